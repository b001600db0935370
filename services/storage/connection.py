"""The connection type, for rooms that only hand a transaction on: SQLAlchemy itself has one door."""

from sqlalchemy import Connection

__all__ = ["Connection"]
