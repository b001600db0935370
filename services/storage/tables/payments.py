"""What Stripe has of customers, and what it tells."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
)

from services.storage.tables.columns import Key, Moment, customer_column, metadata

payment_profiles = Table(
    "payment_profiles",
    metadata,
    customer_column(),
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
    customer_column(),
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
    customer_column(),
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
