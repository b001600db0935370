"""The audited-action engine, and one file a kind of action."""
