"""A Stripe of our own: stateful, in the shapes of one API version, for demos and tests; the real client talks to it."""
