"""Payments and plans: what Stripe has of a customer, the inbox of its events, nodes, and what was used where.

Revision ID: billinghelp_0008
Revises: billinghelp_0007
"""

import sqlalchemy as sa
from alembic import op

revision = "billinghelp_0008"
down_revision = "billinghelp_0007"
branch_labels = None
depends_on = None

KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.BigInteger()
DAY = 24 * 60 * 60 * 1_000_000  # microseconds

# Of what was used before, it is not known where; it counts for cost allocation all the same. What was undone is taken
# off the day on which it was used.
WHEN = f"""
(CASE WHEN entry.kind = 'reverse' THEN COALESCE(
    (SELECT MIN(COALESCE(used.occurred_at, used.booked_at)) FROM usage_events AS undone
     JOIN ledger_entries AS used
       ON used.customer_id = undone.customer_id AND used.transaction_id = undone.transaction_id
     WHERE undone.customer_id = entry.customer_id AND undone.reversed_by = entry.event_id),
    entry.occurred_at, entry.booked_at)
 ELSE COALESCE(entry.occurred_at, entry.booked_at) END / {DAY}) * {DAY}
"""  # noqa: S608 - constants
PAST_USE = f"""
INSERT INTO usage_days (customer_id, day, namespace, resource, unit, amount)
SELECT customer_id, day, '', '', unit, SUM(amount)
FROM (SELECT entry.customer_id, {WHEN} AS day, entry.unit, entry.amount
      FROM ledger_entries AS entry WHERE entry.account = 'consumed') AS uses
GROUP BY customer_id, day, unit
HAVING SUM(amount) <> 0
"""  # noqa: S608 - constants


def upgrade() -> None:
    """Extend what there is, and make the tables of payments."""
    _extended()
    _usage()
    _customers_payments()
    _background()
    _nodes()


def _extended() -> None:
    for column in (
        sa.Column("invoice_id", KEY),
        sa.Column("period_start", MOMENT),
        sa.Column("period_end", MOMENT),
        sa.Column("has_pdf", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("payable", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("invoices", column)
    op.create_index("ix_invoices_customer_id_issued_at", "invoices", ["customer_id", "issued_at", "number"])
    op.create_index("ix_invoices_invoice_id", "invoices", ["invoice_id"], unique=True)
    op.create_index("ix_customers_stripe_customer_id", "customers", ["stripe_customer_id"])
    op.add_column("usage_events", sa.Column("namespace", KEY))
    op.add_column("usage_events", sa.Column("resource", KEY))
    op.add_column("access_tokens", sa.Column("node_id", KEY))
    of_nodes = sa.text("node_id IS NOT NULL")
    op.create_index(
        "ix_access_tokens_customer_id_node_id",
        "access_tokens",
        ["customer_id", "node_id"],
        sqlite_where=of_nodes,
        postgresql_where=of_nodes,
    )


def _usage() -> None:
    _of_customers(
        "usage_days",
        sa.Column("day", MOMENT, nullable=False),
        sa.Column("namespace", KEY, nullable=False),
        sa.Column("resource", KEY, nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        key=("day", "namespace", "resource", "unit"),
    )
    op.execute(PAST_USE)
    _of_customers(
        "usage_levels",
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("measured_at", MOMENT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        key=("resource",),
    )


def _customers_payments() -> None:
    _of_customers(
        "payment_profiles",
        sa.Column("method_id", KEY),
        sa.Column("method_kind", sa.String()),
        sa.Column("method_brand", sa.String()),
        sa.Column("method_last4", sa.String()),
        sa.Column("method_expires", sa.String()),
        sa.Column("setup_open_until", MOMENT),
        sa.Column("nodes", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("users", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("storage", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("generation", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("generation_at", MOMENT),
        sa.Column("invoices_at", MOMENT),
        sa.Column("gone", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _of_customers(
        "subscriptions",
        sa.Column("subscription_id", KEY, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("plan", sa.String()),
        sa.Column("plan_name", sa.Text(), nullable=False),
        sa.Column("interval", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("period_start", MOMENT, nullable=False),
        sa.Column("period_end", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT),
        sa.Column("next_plan", sa.String()),
        sa.Column("next_plan_name", sa.Text()),
        sa.Column("changes_at", MOMENT),
        sa.Column("collects_automatically", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("subscription_id", name="uq_subscriptions_subscription_id"),
    )
    _of_customers(
        "payment_operations",
        sa.Column("request_id", KEY, nullable=False),
        sa.Column("operation_id", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("session_id", KEY),
        sa.Column("answer", sa.LargeBinary()),
        sa.Column("ended_at", MOMENT),
        sa.UniqueConstraint("operation_id", name="uq_payment_operations_operation_id"),
        key=("request_id",),
    )
    op.create_index("ix_payment_operations_session_id", "payment_operations", ["session_id"])
    op.create_index("ix_payment_operations_started_at", "payment_operations", ["customer_id", "started_at"])


def _background() -> None:
    op.create_table(
        "payment_events",
        sa.Column("event_id", KEY, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("object_id", KEY, nullable=False),
        sa.Column("account_id", KEY),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_attempt_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT),
        sa.Column("problem", sa.Text()),
        sa.CheckConstraint("status IN ('waiting', 'done', 'ignored', 'quarantined')", name="ck_payment_events_status"),
        sa.PrimaryKeyConstraint("event_id", name="pk_payment_events"),
    )
    op.create_index("ix_payment_events_received_at", "payment_events", ["received_at"])
    waiting = sa.text("status = 'waiting'")
    op.create_index(
        "ix_payment_events_waiting",
        "payment_events",
        ["next_attempt_at", "object_id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "payment_locks",
        sa.Column("object_id", KEY, nullable=False),
        sa.Column("holder", KEY),
        sa.Column("until", MOMENT),
        sa.PrimaryKeyConstraint("object_id", name="pk_payment_locks"),
    )
    op.create_table(
        "payment_prices",
        sa.Column("lookup_key", KEY, nullable=False),
        sa.Column("price_id", KEY, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("interval", sa.String(), nullable=False),
        sa.Column("fetched_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("lookup_key", name="pk_payment_prices"),
    )
    op.create_index("ix_payment_prices_price_id", "payment_prices", ["price_id"])
    op.create_table(
        "payment_cursors",
        sa.Column("name", KEY, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_payment_cursors"),
    )


def _nodes() -> None:
    _of_customers(
        "nodes",
        sa.Column("node_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT),
        sa.Column("version", sa.String()),
        sa.Column("users", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("storage_bytes", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("applied_generation", sa.BigInteger()),
        key=("node_id",),
    )
    op.create_table(
        "signing_keys",
        sa.Column("key_id", KEY, nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key_id", name="pk_signing_keys"),
    )


def _of_customers(name: str, *columns: sa.schema.SchemaItem, key: tuple[str, ...] = ()) -> None:
    op.create_table(
        name,
        sa.Column("customer_id", KEY, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name=f"fk_{name}_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", *key, name=f"pk_{name}"),
    )
