"""Billing Help: the support operator's desk, the program a person starts."""

__version__ = "0.1.0"
