"""Panes and dialogs: they know views and messages, never a service."""
