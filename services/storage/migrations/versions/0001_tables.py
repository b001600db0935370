"""The tables.

Revision ID: billinghelp_0001
Revises: nothing
"""

import sqlalchemy as sa
from alembic import op

revision = "billinghelp_0001"
down_revision = None
branch_labels = None
depends_on = None

# PostgreSQL sorts text by locale unless told otherwise; keys must sort the same on both.
KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
# SQLite numbers rows by itself only in a column that is exactly INTEGER PRIMARY KEY.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Microseconds since 1970 UTC.
MOMENT = sa.BigInteger()


def upgrade() -> None:
    """Make all tables and their indexes."""
    _audit_events()
    _customers()
    _operators()
    _billing_records()
    _chat_messages()
    _chat_threads()
    _checklist_items()
    _credit_balances()
    _credit_lots()
    _customer_blockers()
    _customer_status()
    _idempotency_records()
    _invoices()
    _ledger_entries()
    _operator_credits()
    _usage_events()


def _audit_events() -> None:
    op.create_table(
        "audit_events",
        sa.Column("event_number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("stream", KEY, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.String(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("etag_before", sa.String(), nullable=True),
        sa.Column("etag_after", sa.String(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_number", name="pk_audit_events"),
        sa.UniqueConstraint("stream", "previous_hash", name="uq_audit_events_stream_previous_hash"),
        sa.UniqueConstraint("stream", "sequence", name="uq_audit_events_stream_sequence"),
    )


def _customers() -> None:
    op.create_table(
        "customers",
        sa.Column("row", NUMBER, autoincrement=True, nullable=False),
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("legal_name", sa.Text(), nullable=False),
        sa.Column("ownership", sa.String(), nullable=False),
        sa.Column("parent_customer_id", KEY, nullable=True),
        sa.Column("stripe_customer_id", sa.Text(), nullable=True),
        sa.Column("search_text", KEY, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_customers"),
        sa.UniqueConstraint("customer_id", name="uq_customers_customer_id"),
    )
    op.create_index("ix_customers_parent_customer_id", "customers", ["parent_customer_id"])


def _operators() -> None:
    op.create_table(
        "operators", sa.Column("actor", KEY, nullable=False), sa.PrimaryKeyConstraint("actor", name="pk_operators")
    )


def _billing_records() -> None:
    op.create_table(
        "billing_records",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("review_reference", sa.Text(), nullable=True),
        sa.Column("payment_rail", sa.String(), nullable=False),
        sa.Column("usage_tier", sa.String(), nullable=True),
        sa.Column("invoice_rail_approved", sa.Boolean(), nullable=False),
        sa.Column("commercial_reference", sa.Text(), nullable=True),
        sa.Column("trial_ends_at", MOMENT, nullable=True),
        sa.Column("trial_extended", sa.Boolean(), nullable=False),
        sa.Column("payment_method_on_file", sa.Boolean(), nullable=True),
        sa.Column("automatic_collection", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_billing_records_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", name="pk_billing_records"),
    )


def _chat_messages() -> None:
    op.create_table(
        "chat_messages",
        sa.Column("message_number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("thread_id", KEY, nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_chat_messages_customer_id"),
        sa.PrimaryKeyConstraint("message_number", name="pk_chat_messages"),
    )
    op.create_index("ix_chat_messages_thread", "chat_messages", ["customer_id", "thread_id", "message_number"])


def _chat_threads() -> None:
    op.create_table(
        "chat_threads",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("thread_id", KEY, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_chat_threads_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", "thread_id", name="pk_chat_threads"),
    )


def _checklist_items() -> None:
    op.create_table(
        "checklist_items",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_checklist_items_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", "item", name="pk_checklist_items"),
    )


def _credit_balances() -> None:
    op.create_table(
        "credit_balances",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("consumed", sa.BigInteger(), nullable=False),
        sa.Column("overage", sa.BigInteger(), nullable=False),
        sa.Column("expired", sa.BigInteger(), nullable=False),
        sa.Column("voided", sa.BigInteger(), nullable=False),
        sa.Column("emptied_at", MOMENT, nullable=True),
        sa.CheckConstraint("available >= 0", name="ck_credit_balances_available_not_negative"),
        sa.CheckConstraint(
            "issued + available + consumed + overage + expired + voided = 0", name="ck_credit_balances_sums_to_zero"
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_credit_balances_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", "unit", name="pk_credit_balances"),
    )


def _credit_lots() -> None:
    op.create_table(
        "credit_lots",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("grant_id", KEY, nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("effective_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount > 0", name="ck_credit_lots_amount_positive"),
        sa.CheckConstraint("priority BETWEEN 0 AND 100", name="ck_credit_lots_priority_range"),
        sa.CheckConstraint("remaining >= 0 AND remaining <= amount", name="ck_credit_lots_remaining_within_amount"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_credit_lots_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", "position", name="pk_credit_lots"),
        sa.UniqueConstraint("grant_id", name="uq_credit_lots_grant_id"),
    )
    op.create_index(
        "ix_credit_lots_expires_at",
        "credit_lots",
        ["expires_at"],
        sqlite_where=sa.text("remaining > 0"),
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_index(
        "ix_credit_lots_remaining",
        "credit_lots",
        ["customer_id"],
        sqlite_where=sa.text("remaining > 0"),
        postgresql_where=sa.text("remaining > 0"),
    )


def _customer_blockers() -> None:
    op.create_table(
        "customer_blockers",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("sort_name", KEY, nullable=False),
        sa.Column("blocked_since", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_customer_blockers_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", "code", name="pk_customer_blockers"),
    )
    op.create_index(
        "ix_customer_blockers_code_blocked_since", "customer_blockers", ["code", "blocked_since", "customer_id"]
    )
    op.create_index("ix_customer_blockers_code_sort_name", "customer_blockers", ["code", "sort_name", "customer_id"])


def _customer_status() -> None:
    op.create_table(
        "customer_status",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("lots_created", sa.BigInteger(), nullable=False),
        sa.Column("sort_name", KEY, nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("blocked_since", MOMENT, nullable=False),
        sa.Column("next_change_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_customer_status_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", name="pk_customer_status"),
    )
    op.create_index(
        "ix_customer_status_blocked",
        "customer_status",
        ["sort_name", "customer_id"],
        sqlite_where=sa.text("blocked"),
        postgresql_where=sa.text("blocked"),
    )
    op.create_index(
        "ix_customer_status_blocked_since",
        "customer_status",
        ["blocked_since", "customer_id"],
        sqlite_where=sa.text("blocked"),
        postgresql_where=sa.text("blocked"),
    )
    op.create_index("ix_customer_status_next_change_at", "customer_status", ["next_change_at"])
    op.create_index("ix_customer_status_sort_name", "customer_status", ["sort_name", "customer_id"])


def _idempotency_records() -> None:
    op.create_table(
        "idempotency_records",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("request_id", KEY, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_idempotency_records_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", "request_id", name="pk_idempotency_records"),
    )


def _invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_invoices_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", "number", name="pk_invoices"),
    )
    op.create_index("ix_invoices_customer_id_status", "invoices", ["customer_id", "status"])


def _ledger_entries() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("entry_number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("transaction_id", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("balance_after", sa.BigInteger(), nullable=False),
        sa.Column("grant_id", KEY, nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("occurred_at", MOMENT, nullable=True),
        sa.Column("booked_at", MOMENT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("adjustment", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_ledger_entries_customer_id"),
        sa.PrimaryKeyConstraint("entry_number", name="pk_ledger_entries"),
    )
    op.create_index(
        "ix_ledger_entries_adjustment",
        "ledger_entries",
        ["customer_id"],
        sqlite_where=sa.text("adjustment"),
        postgresql_where=sa.text("adjustment"),
    )
    op.create_index("ix_ledger_entries_customer_id_entry_number", "ledger_entries", ["customer_id", "entry_number"])
    op.create_index("ix_ledger_entries_customer_id_transaction_id", "ledger_entries", ["customer_id", "transaction_id"])


def _operator_credits() -> None:
    op.create_table(
        "operator_credits",
        sa.Column("actor", KEY, nullable=False),
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("request_id", KEY, nullable=False),
        sa.Column("applied_at", MOMENT, nullable=False),
        sa.Column("workspace_seconds", sa.BigInteger(), nullable=False),
        sa.Column("ai_micros", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["actor"], ["operators.actor"], name="fk_operator_credits_actor"),
        sa.PrimaryKeyConstraint("actor", "customer_id", "request_id", name="pk_operator_credits"),
    )
    op.create_index("ix_operator_credits_actor_applied_at", "operator_credits", ["actor", "applied_at"])


def _usage_events() -> None:
    op.create_table(
        "usage_events",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("event_id", KEY, nullable=False),
        sa.Column("transaction_id", KEY, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("reversed_by", KEY, nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_usage_events_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", "event_id", name="pk_usage_events"),
    )
