"""The commands: each parses, calls the surface through the desk, and prints."""
