"""Payments: the one door to Stripe, plans and nodes, and the Stripe sandbox for demos and tests."""
