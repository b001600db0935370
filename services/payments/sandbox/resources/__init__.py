"""The sandbox's resources: one file a kind of object, with the operations that Stripe's API has on it."""
