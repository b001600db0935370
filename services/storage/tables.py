"""One schema for SQLite and PostgreSQL, keyed by customer wherever it can be (ARCHITECTURE.md, «Beyond one machine»).

Moments are microseconds since 1970 UTC, amounts are integers (seconds, micro-dollars): the same values, the same order
and the same arithmetic on both databases. Audit times are text, because their stored bytes are hashed.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Return the stored integer."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the aware datetime."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class SinceMoment(TypeDecorator[datetime]):
    """A moment that may be unknown, stored so that the unknown sorts last on both databases."""

    impl = BigInteger
    cache_ok = True
    UNKNOWN = 2**62

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int:  # noqa: ARG002
        """Return the stored integer."""
        return self.UNKNOWN if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the aware datetime, or None for the unknown."""
        return None if value is None or value == self.UNKNOWN else _EPOCH + timedelta(microseconds=value)


# PostgreSQL sorts text by locale unless told otherwise; keys must sort the same on both.
Key = String().with_variant(String(collation="C"), "postgresql")
# SQLite numbers rows by itself only in a column that is exactly INTEGER PRIMARY KEY.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _customer() -> Column[str]:
    return Column("customer_id", Key, ForeignKey("customers.customer_id"), primary_key=True)


customers = Table(
    "customers",
    metadata,
    Column("row", RowNumber, primary_key=True, autoincrement=True),  # the search index's key
    Column("customer_id", Key, nullable=False, unique=True),
    Column("legal_name", Text, nullable=False),
    Column("ownership", String, nullable=False),
    Column("parent_customer_id", Key, index=True),
    Column("stripe_customer_id", Text, index=True),
    # What search looks at, folded once at write time: name, id and references, one a line.
    Column("search_text", Key, nullable=False),
    Column("created_at", Moment, nullable=False),
)

billing_records = Table(
    "billing_records",
    metadata,
    _customer(),
    Column("state", String, nullable=False),
    Column("review_reference", Text),
    Column("payment_rail", String, nullable=False),
    Column("usage_tier", String),
    Column("invoice_rail_approved", Boolean, nullable=False),
    Column("commercial_reference", Text),
    Column("trial_ends_at", Moment),
    Column("trial_extended", Boolean, nullable=False),
    Column("payment_method_on_file", Boolean),
    Column("automatic_collection", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)

checklist_items = Table(
    "checklist_items",
    metadata,
    _customer(),
    Column("item", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("status", String, nullable=False),
)

invoices = Table(
    "invoices",
    metadata,
    _customer(),
    Column("number", Key, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String, nullable=False),
    Column("status", String, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("due_at", Moment),
    # Of those that come from Stripe.
    Column("invoice_id", Key),
    Column("period_start", Moment),
    Column("period_end", Moment),
    Column("has_pdf", Boolean, nullable=False, server_default=false()),
    Column("payable", Boolean, nullable=False, server_default=false()),
    Index("ix_invoices_customer_id_status", "customer_id", "status"),
    Index("ix_invoices_customer_id_issued_at", "customer_id", "issued_at", "number"),
    Index("ix_invoices_invoice_id", "invoice_id", unique=True),
)

credit_lots = Table(
    "credit_lots",
    metadata,
    _customer(),
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
    _customer(),
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
    _customer(),
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
    _customer(),
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
    _customer(),
    Column("resource", String, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("measured_at", Moment, nullable=False),
    Column("source", Text, nullable=False),
)

customer_status = Table(
    "customer_status",
    metadata,
    _customer(),
    # Grows with every change of the customer's facts; the row every writer locks first.
    Column("revision", BigInteger, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("lots_created", BigInteger, nullable=False),
    # The projection of the blockers rule: rebuildable, and due again when the clock reaches next_change_at.
    Column("sort_name", Key, nullable=False),
    Column("blocked", Boolean, nullable=False),
    Column("blocked_since", SinceMoment, nullable=False),
    Column("next_change_at", Moment),
    Index("ix_customer_status_sort_name", "sort_name", "customer_id"),
    Index("ix_customer_status_next_change_at", "next_change_at"),
)
Index(
    "ix_customer_status_blocked",
    customer_status.c.sort_name,
    customer_status.c.customer_id,
    sqlite_where=customer_status.c.blocked,
    postgresql_where=customer_status.c.blocked,
)
Index(
    "ix_customer_status_blocked_since",
    customer_status.c.blocked_since,
    customer_status.c.customer_id,
    sqlite_where=customer_status.c.blocked,
    postgresql_where=customer_status.c.blocked,
)

customer_blockers = Table(
    "customer_blockers",
    metadata,
    _customer(),
    Column("code", String, primary_key=True),
    Column("sort_name", Key, nullable=False),
    Column("blocked_since", SinceMoment, nullable=False),
    Index("ix_customer_blockers_code_sort_name", "code", "sort_name", "customer_id"),
    Index("ix_customer_blockers_code_blocked_since", "code", "blocked_since", "customer_id"),
)

idempotency_records = Table(
    "idempotency_records",
    metadata,
    _customer(),
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

change_requests = Table(
    "change_requests",
    metadata,
    _customer(),
    Column("change_request_id", Key, primary_key=True),
    Column("kind", String, nullable=False),
    Column("status", String, nullable=False),
    Column("params", LargeBinary, nullable=False),  # the fields of what is asked for, as JSON
    Column("reason", Text, nullable=False),
    Column("requested_by", Key, nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("request_id", Key, nullable=False),
    Column("decided_by", Key),
    Column("decided_at", Moment),
    Column("decision_reason", Text),
    # Of what a tenant asks for: what the policy said of it, and what it changes, costs and adds, as JSON.
    Column("policy_decision", String),
    Column("policy_version", String),
    Column("terms", LargeBinary),
    Column("expires_at", Moment),
    # How it ended without, or after, a decision: cancelled, expired, applied or failed.
    Column("ended_by", Key),
    Column("ended_at", Moment),
    Column("end_reason", Text),
    # While the platform is asked to apply it.
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", Moment),
    Column("last_problem", Text),
    Column("platform_order", LargeBinary),  # what it is told, as JSON
    # Four eyes: the database itself refuses that somebody decides on their own request.
    CheckConstraint("decided_by <> requested_by", name="four_eyes"),
    CheckConstraint(
        "status NOT IN ('approved', 'applying', 'applied', 'failed', 'rejected') OR decided_by IS NOT NULL",
        name="decided_by_somebody",
    ),
    # The queue, in order. What else a list may be filtered by stands behind: rows that no list shows are not looked up.
    Index(
        "ix_change_requests_requested_at",
        "requested_at",
        "change_request_id",
        "kind",
        "status",
        "policy_decision",
    ),
    Index(
        "ix_change_requests_status",
        "status",
        "requested_at",
        "change_request_id",
        "kind",
        "policy_decision",
    ),
    Index("ix_change_requests_customer", "customer_id", "requested_at", "change_request_id"),
    # What is approved and not applied yet.
    Index(
        "ix_change_requests_in_line",
        "customer_id",
        "decided_at",
        sqlite_where=text("status IN ('approved', 'applying')"),
        postgresql_where=text("status IN ('approved', 'applying')"),
    ),
)
for _name, _column in (("pending", change_requests.c.customer_id), ("expiring", change_requests.c.expires_at)):
    Index(
        f"ix_change_requests_{_name}",
        _column,
        sqlite_where=change_requests.c.status == "pending",
        postgresql_where=change_requests.c.status == "pending",
    )

tenant_allowances = Table(
    "tenant_allowances",
    metadata,
    _customer(),
    Column("version", BigInteger, nullable=False),
    Column("granted", LargeBinary, nullable=False),  # beside what the tier gives, as JSON
    Column("changed_at", Moment, nullable=False),
)

tenant_use = Table(
    "tenant_use",
    metadata,
    _customer(),
    Column("cpu", BigInteger, nullable=False),
    Column("memory", BigInteger, nullable=False),
    Column("storage", BigInteger, nullable=False),
    Column("measured_at", Moment, nullable=False),
)

exposed_hostnames = Table(
    "exposed_hostnames",
    metadata,
    Column("hostname", Key, primary_key=True),  # one tenant's alone
    Column("customer_id", Key, ForeignKey("customers.customer_id"), nullable=False),
    Index("ix_exposed_hostnames_customer_id", "customer_id"),
)

payment_profiles = Table(
    "payment_profiles",
    metadata,
    _customer(),
    # The stored method of payment: no more of a card than brand, last four and expiry ever comes here.
    Column("method_id", Key),
    Column("method_kind", String),
    Column("method_brand", String),
    Column("method_last4", String),
    Column("method_expires", String),
    Column("setup_open_until", Moment),
    # How much of what a plan includes is used: nodes', and what is told beside them.
    Column("nodes", BigInteger, nullable=False, server_default="0"),
    Column("users", BigInteger, nullable=False, server_default="0"),
    Column("storage", BigInteger, nullable=False, server_default="0"),
    # Grows with every change of the plan: what nodes are to work with.
    Column("generation", BigInteger, nullable=False, server_default="1"),
    Column("generation_at", Moment),
    Column("invoices_at", Moment),  # when Stripe was last asked for them; null: ask again
    Column("gone", Boolean, nullable=False, server_default=false()),  # deleted at Stripe
)
"""What is known of a customer's payments and plan beside its billing record; no row: nothing yet."""

subscriptions = Table(
    "subscriptions",
    metadata,
    _customer(),
    Column("subscription_id", Key, nullable=False, unique=True),
    Column("status", String, nullable=False),
    Column("plan", String),  # null: a price that the plans do not name
    Column("plan_name", Text, nullable=False),
    Column("interval", String, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String, nullable=False),
    Column("period_start", Moment, nullable=False),
    Column("period_end", Moment, nullable=False),
    Column("ends_at", Moment),
    Column("next_plan", String),
    Column("next_plan_name", Text),
    Column("changes_at", Moment),
    Column("collects_automatically", Boolean, nullable=False),
)
"""The one subscription that counts, as Stripe last had it."""

payment_operations = Table(
    "payment_operations",
    metadata,
    _customer(),
    Column("request_id", Key, primary_key=True),
    Column("operation_id", Key, nullable=False, unique=True),  # the idempotency key at Stripe
    Column("kind", String, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("session_id", Key),  # Stripe's, of the page that was opened
    Column("answer", LargeBinary),  # what was answered, as JSON; null: it is not known what Stripe did
    Column("ended_at", Moment),  # when it was learned what came of the page
    Index("ix_payment_operations_session_id", "session_id"),
    Index("ix_payment_operations_started_at", "customer_id", "started_at"),
)
"""What Stripe is asked to do for a person, written down before it is asked: a repeated request asks for the same."""

payment_events = Table(
    "payment_events",
    metadata,
    Column("event_id", Key, primary_key=True),
    Column("type", String, nullable=False),
    Column("object_id", Key, nullable=False),
    Column("account_id", Key),  # the Stripe customer that it is about
    Column("created_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("status", String, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("problem", Text),
    CheckConstraint("status IN ('waiting', 'done', 'ignored', 'quarantined')", name="status"),
    Index("ix_payment_events_received_at", "received_at"),
)
"""The inbox: what Stripe told of, each event once. It is a hint that something changed, and not what it became."""
Index(
    "ix_payment_events_waiting",
    payment_events.c.next_attempt_at,
    payment_events.c.object_id,
    sqlite_where=payment_events.c.status == "waiting",
    postgresql_where=payment_events.c.status == "waiting",
)

payment_locks = Table(
    "payment_locks",
    metadata,
    Column("object_id", Key, primary_key=True),
    Column("holder", Key),
    Column("until", Moment),
)
"""Who reads an object of Stripe's just now, and writes down what it has become; until then nobody else does."""

payment_prices = Table(
    "payment_prices",
    metadata,
    Column("lookup_key", Key, primary_key=True),
    Column("price_id", Key, nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String, nullable=False),
    Column("interval", String, nullable=False),
    Column("fetched_at", Moment, nullable=False),
)
"""What plans cost, as Stripe last said."""

payment_cursors = Table(
    "payment_cursors",
    metadata,
    Column("name", Key, primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
"""How far background work has come that several processes share."""

nodes = Table(
    "nodes",
    metadata,
    _customer(),
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

audit_events = Table(
    "audit_events",
    metadata,
    Column("event_number", RowNumber, primary_key=True, autoincrement=True),
    Column("stream", Key, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("occurred_at", String, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", String, nullable=False),
    Column("action", String, nullable=False),
    Column("resource", Text, nullable=False),
    Column("etag_before", String),
    Column("etag_after", String),
    Column("request_id", Text),
    Column("outcome", String, nullable=False),
    Column("reason", Text),
    Column("payload", LargeBinary, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("stream", "sequence"),
    UniqueConstraint("stream", "previous_hash"),
)

chat_threads = Table(
    "chat_threads",
    metadata,
    _customer(),
    Column("thread_id", Key, primary_key=True),
    Column("created_at", Moment, nullable=False),
)

chat_messages = Table(
    "chat_messages",
    metadata,
    Column("message_number", RowNumber, primary_key=True, autoincrement=True),
    Column("customer_id", Key, ForeignKey("customers.customer_id"), nullable=False),
    Column("thread_id", Key, nullable=False),
    Column("message_id", Key),
    Column("message", LargeBinary, nullable=False),  # the ChatMessage, as JSON
    Column("template", Text),  # an answer with its references open: what may be sent along with a later question
    Column("sent", LargeBinary),  # each document that a model was sent for it, a line each
    Index("ix_chat_messages_thread", "customer_id", "thread_id", "message_number"),
    Index("ix_chat_messages_message", "customer_id", "message_id", unique=True),
)

APPEND_ONLY = (ledger_entries, audit_events)
"""The tables in which the database itself refuses update and delete."""
