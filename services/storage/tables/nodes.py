"""Customers' nodes, and what they are told."""

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table, Text

from services.storage.tables.columns import Key, Moment, customer_column, metadata

nodes = Table(
    "nodes",
    metadata,
    customer_column(),
    Column("node_id", Key, primary_key=True),
    Column("name", Text, nullable=False),
    Column("registered_at", Moment, nullable=False),
    Column("last_seen_at", Moment),
    Column("version", String),
    Column("users", BigInteger, nullable=False, server_default="0"),
    Column("storage_bytes", BigInteger, nullable=False, server_default="0"),
    Column("applied_generation", BigInteger),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("key_id", Key, primary_key=True),
    Column("private_key", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
)
"""What entitlements are signed with; the latest one counts."""
