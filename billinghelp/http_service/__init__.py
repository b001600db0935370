"""The surface over HTTP: the same table of methods, for callers with an access token."""
