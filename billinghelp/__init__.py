"""Billing Help: the support operator's desk, the program a person starts."""
