"""What tenants ask for, and what they may use."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from services.storage.tables.columns import Key, Moment, customer_column, metadata

change_requests = Table(
    "change_requests",
    metadata,
    customer_column(),
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
    customer_column(),
    Column("version", BigInteger, nullable=False),
    Column("granted", LargeBinary, nullable=False),  # beside what the tier gives, as JSON
    Column("changed_at", Moment, nullable=False),
)

tenant_use = Table(
    "tenant_use",
    metadata,
    customer_column(),
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
