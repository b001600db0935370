"""What Stripe has of customers, kept here: read again when Stripe tells of a change, and recorded where it is new."""
