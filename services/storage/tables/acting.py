"""What people do, and what they may."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table, Text, text

from services.storage.tables.columns import Key, Moment, customer_column, metadata

idempotency_records = Table(
    "idempotency_records",
    metadata,
    customer_column(),
    Column("request_id", Key, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("receipt", LargeBinary, nullable=False),
    Column("recorded_at", Moment, nullable=False),
)

operators = Table("operators", metadata, Column("actor", Key, primary_key=True))
"""One lockable row per operator: cumulative limits are checked under it."""

operator_credits = Table(
    "operator_credits",
    metadata,
    Column("actor", Key, ForeignKey("operators.actor"), primary_key=True),
    Column("customer_id", Key, primary_key=True),
    Column("request_id", Key, primary_key=True),
    Column("applied_at", Moment, nullable=False),
    Column("workspace_seconds", BigInteger, nullable=False),
    Column("ai_micros", BigInteger, nullable=False),
    Index("ix_operator_credits_actor_applied_at", "actor", "applied_at"),
)

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("token_id", Key, primary_key=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", String, nullable=False),
    Column("customer_id", Key, ForeignKey("customers.customer_id")),
    Column("node_id", Key),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("revoked_by", Text),
    Column("last_used_at", Moment),
    # How many calls all processes together have taken in the minute that began then.
    Column("minute", Moment),
    Column("taken", BigInteger, nullable=False),
    Index("ix_access_tokens_created_at", "created_at", "token_id"),
    Index(
        "ix_access_tokens_customer_id_node_id",
        "customer_id",
        "node_id",
        sqlite_where=text("node_id IS NOT NULL"),
        postgresql_where=text("node_id IS NOT NULL"),
    ),
)
