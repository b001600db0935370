"""The Console's pages, one screen each."""
