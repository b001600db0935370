"""The one door to Stripe: how it is asked, what its objects mean in the product's words, and how it fails."""
