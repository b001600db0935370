"""Requests for what one person alone may not grant: asked for by one, decided by another."""
