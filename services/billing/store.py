"""Reads a customer's facts and writes what actions change. Each function runs inside the caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, bindparam, case, delete, func, insert, literal_column, select, update

from services.billing import payment_facts_store
from services.billing.model import (
    Adjustment,
    BillingRecord,
    ChecklistItem,
    Customer,
    CustomerFacts,
    Invoice,
    etag_of,
)
from services.billing.projection import Projection, project
from services.billing.views import view_etag
from services.contract.types import (
    BillingState,
    ChangeRequestStatus,
    ChecklistStatus,
    InvoiceStatus,
    Ownership,
    PaymentRail,
    PolicyDecision,
)
from services.credits import store as credit_store
from services.credits.state import Credits
from services.storage.nested import rows_of
from services.storage.pipeline import pipelined
from services.storage.tables import (
    billing_records,
    change_requests,
    checklist_items,
    customer_blockers,
    customer_status,
    customers,
    invoices,
    payment_profiles,
    subscriptions,
)

_ID: BindParameter[str] = bindparam("customer_id")
_LISTS = 2 + len(credit_store.HOLDINGS)
_RECORD_COLUMNS = [c for c in billing_records.c if c.name != "customer_id"]

_CHECKLIST = (
    select(checklist_items.c.item, checklist_items.c.status)
    .where(checklist_items.c.customer_id == _ID)
    .order_by(checklist_items.c.position)
)
_INVOICE_COLUMNS = [invoices.c[name] for name in Invoice.__struct_fields__]
_INVOICES = select(*_INVOICE_COLUMNS).where(invoices.c.customer_id == _ID)
_OPEN_INVOICES = _INVOICES.where(invoices.c.status == InvoiceStatus.OPEN.value).order_by(
    invoices.c.due_at, invoices.c.number
)
_ALL_INVOICES = _INVOICES.order_by(invoices.c.issued_at.desc(), invoices.c.number)
# Written into the statement, and not bound: a partial index serves only a value that the planner sees.
_PENDING_REQUESTS = (
    select(func.count())
    .select_from(change_requests)
    .where(
        change_requests.c.customer_id == _ID,
        change_requests.c.status == literal_column(f"'{ChangeRequestStatus.PENDING}'"),
    )
    .scalar_subquery()
)
_REJECTED_AT = (
    select(
        case((change_requests.c.status == ChangeRequestStatus.REJECTED.value, change_requests.c.decided_at)),
    )
    .where(
        change_requests.c.customer_id == _ID,
        # not what operators ask of each other, and not what needed nobody
        change_requests.c.policy_decision != PolicyDecision.SELF_SERVICE.value,
    )
    .order_by(change_requests.c.requested_at.desc(), change_requests.c.change_request_id.desc())
    .limit(1)
    .scalar_subquery()
)
# One statement: who they are, how they are billed, where the counters stand, and the lists of what is theirs. Others
# add columns of their own behind these, rather than ask the database once more.
FACTS = (
    select(
        rows_of(_CHECKLIST),
        rows_of(_OPEN_INVOICES),
        *credit_store.HOLDINGS,
        customers.c.legal_name,
        customers.c.ownership,
        customers.c.parent_customer_id,
        customers.c.stripe_customer_id,
        customer_status.c.revision,
        customer_status.c.changed_at,
        customer_status.c.lots_created,
        _PENDING_REQUESTS,
        _REJECTED_AT,
        *_RECORD_COLUMNS,
        *payment_facts_store.COLUMNS,
    )
    .join(billing_records, billing_records.c.customer_id == customers.c.customer_id)
    .join(customer_status, customer_status.c.customer_id == customers.c.customer_id)
    .outerjoin(payment_profiles, payment_profiles.c.customer_id == customers.c.customer_id)
    .outerjoin(subscriptions, subscriptions.c.customer_id == customers.c.customer_id)
    .where(customers.c.customer_id == _ID)
)
_SCOPE = select(customers.c.parent_customer_id).where(customers.c.customer_id == _ID)
_STATUS = select(customer_status.c.revision).where(customer_status.c.customer_id == _ID)
_LOCK = _STATUS.with_for_update()
_LOCK_IF_FREE = _STATUS.with_for_update(skip_locked=True)
_FRESHNESS = select(customer_status.c.revision, customer_status.c.next_change_at).where(
    customer_status.c.customer_id == _ID
)
_VERSION = select(billing_records.c.version).where(billing_records.c.customer_id == _ID)
_DUE = (
    select(customer_status.c.customer_id)
    .where(customer_status.c.next_change_at <= bindparam("now"))
    .order_by(customer_status.c.next_change_at)
    .limit(bindparam("limit"))
)

_KEY: BindParameter[str] = bindparam("key")
_SAVE_BILLING = update(billing_records).where(billing_records.c.customer_id == _KEY)
_SAVE_CHECKLIST = update(checklist_items).where(
    checklist_items.c.customer_id == _KEY, checklist_items.c.item == bindparam("key_item")
)
_SAVE_STATUS = (
    update(customer_status)
    .where(customer_status.c.customer_id == _KEY)
    .values(
        {
            name: bindparam(name)
            for name in ("revision", "changed_at", "lots_created", "blocked", "blocked_since", "next_change_at")
        }
    )
)
_CLEAR_BLOCKERS = delete(customer_blockers).where(customer_blockers.c.customer_id == _KEY)
_ADD_BLOCKERS = insert(customer_blockers).from_select(
    ["customer_id", "code", "sort_name", "blocked_since"],
    select(
        customer_status.c.customer_id,
        bindparam("code", type_=customer_blockers.c.code.type),
        customer_status.c.sort_name,
        customer_status.c.blocked_since,
    ).where(customer_status.c.customer_id == _KEY),
)


def lock_customer(conn: Connection, customer_id: str, *, if_free: bool = False) -> bool:
    """Lock the customer's status row until the transaction ends; return whether there is such a customer.

    Every writer takes this lock first and reads in later statements: what the locking statement itself reads can come
    from before the lock was granted.

    Args:
        if_free: wait for nobody; false is returned too while another transaction holds the lock.
    """
    lock = _LOCK_IF_FREE if if_free else _LOCK
    return conn.execute(lock, {"customer_id": customer_id}).first() is not None


def lock_customer_unseen(conn: Connection, customer_id: str) -> None:
    """Lock the customer's status row, if there is one, without being told; otherwise as `lock_customer`.

    It goes to PostgreSQL in one message with the beginning of the transaction. The next statement tells the rest. On
    SQLite a writer is alone already.
    """
    if conn.dialect.name == "postgresql":
        with pipelined(conn):
            conn.execute(_LOCK, {"customer_id": customer_id})


def parent_of(conn: Connection, customer_id: str) -> tuple[bool, str | None]:
    """Return whether the customer exists, and the MSP it belongs to."""
    row = conn.execute(_SCOPE, {"customer_id": customer_id}).first()
    return (False, None) if row is None else (True, row[0])


def load_facts(conn: Connection, customer_id: str) -> CustomerFacts | None:
    """Return the customer's facts, or None when there is no such customer."""
    row = conn.execute(FACTS, {"customer_id": customer_id}).first()
    return None if row is None else read_facts(customer_id, row)


def read_facts(customer_id: str, row: Sequence[Any]) -> CustomerFacts:
    """Return the facts that the columns of `FACTS` hold."""
    checklist, open_invoices, *holdings = row[:_LISTS]
    name, ownership, parent, stripe_id, revision, changed_at, lots_created, pending, rejected_at, *rest = row[_LISTS:]
    record, payments = rest[: len(_RECORD_COLUMNS)], rest[len(_RECORD_COLUMNS) :]
    lots, balances, adjustment = credit_store.read_holdings(*holdings)
    return CustomerFacts(
        customer=Customer(
            customer_id=customer_id,
            legal_name=name,
            ownership=Ownership(ownership),
            parent_customer_id=parent,
            stripe_customer_id=stripe_id,
        ),
        billing=_billing(record),
        checklist=tuple(ChecklistItem(item=item, status=ChecklistStatus(status)) for item, status in checklist),
        credits=Credits.of(lots, balances, lots_created),
        invoices=_invoices(open_invoices),
        latest_adjustment=_adjustment(adjustment),
        revision=revision,
        changed_at=changed_at,
        pending_requests=pending,
        rejected_at=rejected_at,
        subscription=payment_facts_store.read_subscription(payments),
        payments=payment_facts_store.read_profile(payments),
    )


def _adjustment(found: credit_store.LedgerAdjustment | None) -> Adjustment | None:
    return None if found is None else Adjustment(**(msgspec.structs.asdict(found) | {"amount": abs(found.amount)}))


def current_etag(conn: Connection, customer_id: str) -> str | None:
    """Return the etag of the customer's billing record as it stands, or None when there is no such customer."""
    version = conn.execute(_VERSION, {"customer_id": customer_id}).scalar()
    return None if version is None else etag_of(version)


def all_invoices(conn: Connection, customer_id: str) -> tuple[Invoice, ...]:
    """Return all invoices of a customer, newest first."""
    return _invoices(conn.execute(_ALL_INVOICES, {"customer_id": customer_id}))


def current_view_etag(conn: Connection, customer_id: str, now: datetime) -> str | None:
    """Return the etag that the customer's view has at `now`, read from one row.

    None: the customer is unknown, or the clock has passed the moment until which the projection holds.
    """
    row = conn.execute(_FRESHNESS, {"customer_id": customer_id}).first()
    if row is None or (row[1] is not None and row[1] <= now):
        return None
    return view_etag(row[0], row[1])


def save(conn: Connection, before: CustomerFacts, after: CustomerFacts, now: datetime) -> None:
    """Write what differs between two states of a customer, its status row and its blockers' projection.

    Credits (lots, balances, ledger) are written by the credit room; `after` already carries the new revision.
    """
    customer_id = after.customer.customer_id
    if after.billing != before.billing:
        conn.execute(_SAVE_BILLING, {"key": customer_id, **_billing_row(after.billing)})
    changed = [item for item in after.checklist if item not in before.checklist]
    if changed:
        conn.execute(
            _SAVE_CHECKLIST,
            [{"key": customer_id, "key_item": item.item, "status": item.status.value} for item in changed],
        )
    save_status(conn, after, project(after, now))


def save_status(conn: Connection, facts: CustomerFacts, new: Projection) -> None:
    """Write the status row and the projection of the blockers."""
    key = {"key": facts.customer.customer_id}
    conn.execute(
        _SAVE_STATUS,
        key
        | {
            "revision": facts.revision,
            "changed_at": facts.changed_at,
            "lots_created": facts.credits.lots_created,
            "blocked": bool(new.codes),
            "blocked_since": new.blocked_since,
            "next_change_at": new.next_change_at,
        },
    )
    conn.execute(_CLEAR_BLOCKERS, key)
    if new.codes:
        conn.execute(_ADD_BLOCKERS, [key | {"code": code.value} for code in new.codes])


def refresh_due(conn: Connection, now: datetime, limit: int) -> int:
    """Bring up to `limit` projections up to date whose moment has passed; return how many it were.

    A customer whom somebody else holds is passed over: who changes them brings their projection up to date, too.
    """
    refreshed = 0
    for customer_id in conn.execute(_DUE, {"now": now, "limit": limit}).scalars().all():
        if lock_customer(conn, customer_id, if_free=True) and (facts := load_facts(conn, customer_id)):
            save_status(conn, facts, project(facts, now))
            refreshed += 1
    return refreshed


def any_due(conn: Connection, now: datetime) -> bool:
    """Return whether a projection's moment has passed."""
    return conn.execute(_DUE, {"now": now, "limit": 1}).first() is not None


def _billing(record: list[Any]) -> BillingRecord:
    fields = dict(zip((c.name for c in _RECORD_COLUMNS), record, strict=True))
    fields["state"] = BillingState(fields["state"])
    fields["payment_rail"] = PaymentRail(fields["payment_rail"])
    return BillingRecord(**fields)


def _billing_row(billing: BillingRecord) -> dict[str, Any]:
    row = msgspec.structs.asdict(billing)
    row["state"] = billing.state.value
    row["payment_rail"] = billing.payment_rail.value
    return row


def _invoices(rows: Iterable[Sequence[Any]]) -> tuple[Invoice, ...]:
    return tuple(_invoice(row) for row in rows)


def _invoice(row: Sequence[Any]) -> Invoice:
    fields = dict(zip(Invoice.__struct_fields__, row, strict=True))
    return Invoice(**(fields | {"status": InvoiceStatus(fields["status"])}))
