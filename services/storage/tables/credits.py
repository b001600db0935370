"""Credits and what used them up."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from services.storage.tables.columns import Key, Moment, RowNumber, customer_column, metadata

credit_lots = Table(
    "credit_lots",
    metadata,
    customer_column(),
    Column("position", BigInteger, primary_key=True),
    Column("grant_id", Key, nullable=False, unique=True),
    Column("unit", String, nullable=False),
    Column("category", String, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("remaining", BigInteger, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("effective_at", Moment),
    Column("expires_at", Moment),
    Column("source", Text, nullable=False),
    Column("reason", Text),
    Column("closed", Boolean, nullable=False),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("remaining >= 0 AND remaining <= amount", name="remaining_within_amount"),
    CheckConstraint("priority BETWEEN 0 AND 100", name="priority_range"),
)
# Spent lots pile up; what a view reads are the few that have something left.
Index(
    "ix_credit_lots_remaining",
    credit_lots.c.customer_id,
    sqlite_where=credit_lots.c.remaining > 0,
    postgresql_where=credit_lots.c.remaining > 0,
)
Index(
    "ix_credit_lots_expires_at",
    credit_lots.c.expires_at,
    sqlite_where=credit_lots.c.remaining > 0,
    postgresql_where=credit_lots.c.remaining > 0,
)

credit_balances = Table(
    "credit_balances",
    metadata,
    customer_column(),
    Column("unit", String, primary_key=True),
    Column("issued", BigInteger, nullable=False),
    Column("available", BigInteger, nullable=False),
    Column("consumed", BigInteger, nullable=False),
    Column("overage", BigInteger, nullable=False),
    Column("expired", BigInteger, nullable=False),
    Column("voided", BigInteger, nullable=False),
    Column("emptied_at", Moment),
    CheckConstraint("available >= 0", name="available_not_negative"),
    CheckConstraint("issued + available + consumed + overage + expired + voided = 0", name="sums_to_zero"),
)

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("entry_number", RowNumber, primary_key=True, autoincrement=True),
    Column("customer_id", Key, ForeignKey("customers.customer_id"), nullable=False),
    Column("transaction_id", Key, nullable=False),
    Column("kind", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("account", String, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("balance_after", BigInteger, nullable=False),
    Column("grant_id", Key),
    Column("category", String),
    Column("occurred_at", Moment),
    Column("booked_at", Moment, nullable=False),
    Column("source", Text, nullable=False),
    Column("reason", Text),
    Column("event_id", Text),
    # A support or promotional grant, or a void: what the summary shows as the latest adjustment.
    Column("adjustment", Boolean, nullable=False),
    Index("ix_ledger_entries_customer_id_entry_number", "customer_id", "entry_number"),
    Index("ix_ledger_entries_customer_id_transaction_id", "customer_id", "transaction_id"),
)
# The few adjustments of a customer among what may be a hundred thousand entries. Were the entry number in it too,
# SQLite could not tell it from the general index and would scan that one.
Index(
    "ix_ledger_entries_adjustment",
    ledger_entries.c.customer_id,
    sqlite_where=ledger_entries.c.adjustment,
    postgresql_where=ledger_entries.c.adjustment,
)

usage_events = Table(
    "usage_events",
    metadata,
    customer_column(),
    Column("event_id", Key, primary_key=True),
    Column("transaction_id", Key, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    # Set when a later event reversed this one: a use is reversed once.
    Column("reversed_by", Key),
    Column("namespace", Key),
    Column("resource", Key),
)

usage_days = Table(
    "usage_days",
    metadata,
    customer_column(),
    Column("day", Moment, primary_key=True),  # its beginning, UTC
    Column("namespace", Key, primary_key=True),  # "" where the use named none
    Column("resource", Key, primary_key=True),
    Column("unit", String, primary_key=True),
    Column("amount", BigInteger, nullable=False),
)
"""What was used on each day, for cost allocation: a projection of the ledger's consumption."""

usage_levels = Table(
    "usage_levels",
    metadata,
    customer_column(),
    Column("resource", String, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("measured_at", Moment, nullable=False),
    Column("source", Text, nullable=False),
)
