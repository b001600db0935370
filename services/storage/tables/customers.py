"""Who customers are, how they are billed, and what of it is indexed for lists."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, false

from services.storage.tables.columns import Key, Moment, RowNumber, SinceMoment, customer_column, metadata

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
    customer_column(),
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
    customer_column(),
    Column("item", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("status", String, nullable=False),
)

invoices = Table(
    "invoices",
    metadata,
    customer_column(),
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

customer_status = Table(
    "customer_status",
    metadata,
    customer_column(),
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
    customer_column(),
    Column("code", String, primary_key=True),
    Column("sort_name", Key, nullable=False),
    Column("blocked_since", SinceMoment, nullable=False),
    Index("ix_customer_blockers_code_sort_name", "code", "sort_name", "customer_id"),
    Index("ix_customer_blockers_code_blocked_since", "code", "blocked_since", "customer_id"),
)
