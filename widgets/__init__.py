"""Panes and dialogs: they show views and post messages, and know no service. Import the one file you need."""
