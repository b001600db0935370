"""The method table and its dispatch: the only door between people and records."""
