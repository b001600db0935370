"""Audit events, their chain, verification and export."""
