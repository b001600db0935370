"""One file a kind of change that a tenant may ask for: its fields, their validation, its bounds and its effect."""
