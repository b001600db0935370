"""Reads and writes what an import needs of customers, within the caller's transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, Table, bindparam, delete, insert, select, update

from services.billing import payment_facts_store
from services.billing.model import Customer, CustomerFacts, Invoice
from services.billing.projection import Projection
from services.contract.types import Ownership
from services.credits import store as credit_store
from services.feeding.history import History
from services.feeding.model import ResourceUse
from services.storage.search import fold, search_text
from services.storage.tables import (
    billing_records,
    checklist_items,
    customer_blockers,
    customer_status,
    customers,
    invoices,
    tenant_use,
)

_IDS_AT_ONCE = 5_000  # SQLite takes 32 766 parameters in one statement

_IDS: BindParameter[Any] = bindparam("customer_ids", expanding=True)
_EXISTING = select(customers.c.customer_id).where(customers.c.customer_id.in_(_IDS))
_KNOWN = (
    select(
        customers.c.customer_id,
        customers.c.legal_name,
        customers.c.ownership,
        customers.c.parent_customer_id,
        customers.c.stripe_customer_id,
        billing_records.c.review_reference,
        billing_records.c.commercial_reference,
        tenant_use.c.cpu,
        tenant_use.c.memory,
        tenant_use.c.storage,
    )
    .join(billing_records, billing_records.c.customer_id == customers.c.customer_id)
    .outerjoin(tenant_use, tenant_use.c.customer_id == customers.c.customer_id)
    .where(customers.c.customer_id.in_(_IDS))
)

_KEY: BindParameter[Any] = bindparam("key")
# First of the three: whoever changes a customer locks its status row first.
_TOUCH_STATUS = (
    update(customer_status)
    .where(customer_status.c.customer_id == _KEY)
    .values(
        revision=customer_status.c.revision + 1,
        changed_at=bindparam("changed_at", type_=customer_status.c.changed_at.type),
        sort_name=bindparam("sort_name"),
    )
)
_RENAME_BLOCKERS = (
    update(customer_blockers).where(customer_blockers.c.customer_id == _KEY).values(sort_name=bindparam("sort_name"))
)
_IDENTIFY = (
    update(customers)
    .where(customers.c.customer_id == _KEY)
    .values(
        {name: bindparam(name) for name in ("legal_name", "parent_customer_id", "stripe_customer_id", "search_text")}
    )
)

_FORGET_USE = delete(tenant_use).where(tenant_use.c.customer_id == _KEY)


class NewCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer ready to be written. `invoices`: all of them, of which the facts hold the open ones."""

    facts: CustomerFacts
    invoices: tuple[Invoice, ...]
    history: History
    projection: Projection


class KnownCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer that exists already, with the references that search looks at too, and its use where it is known."""

    customer: Customer
    review_reference: str | None
    commercial_reference: str | None
    use: ResourceUse | None


class ChangedIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """A customer that an import says something new about: as known, and as it is to be."""

    before: KnownCustomer
    after: Customer


def existing_ids(conn: Connection, customer_ids: Sequence[str]) -> set[str]:
    """Return those of the ids under which there is a customer."""
    return {
        found
        for start in range(0, len(customer_ids), _IDS_AT_ONCE)
        for found in conn.scalars(_EXISTING, {"customer_ids": customer_ids[start : start + _IDS_AT_ONCE]})
    }


def known_customers(conn: Connection, customer_ids: Sequence[str]) -> dict[str, KnownCustomer]:
    """Return the customers that exist under these ids (at most some thousands), by id."""
    return {
        row.customer_id: KnownCustomer(
            customer=Customer(
                customer_id=row.customer_id,
                legal_name=row.legal_name,
                ownership=Ownership(row.ownership),
                parent_customer_id=row.parent_customer_id,
                stripe_customer_id=row.stripe_customer_id,
            ),
            review_reference=row.review_reference,
            commercial_reference=row.commercial_reference,
            use=None if row.cpu is None else ResourceUse(cpu=row.cpu, memory=row.memory, storage=row.storage),
        )
        for row in conn.execute(_KNOWN, {"customer_ids": customer_ids})
    }


def add_customers(conn: Connection, new: Sequence[NewCustomer], now: datetime) -> None:
    """Write new customers whole: record, checklist, invoices, status, the blockers' projection, credits and ledger."""
    rows: dict[Table, list[dict[str, Any]]] = {
        customers: [_customer_row(n.facts, now) for n in new],
        billing_records: [_billing_row(n.facts) for n in new],
        checklist_items: [row for n in new for row in _checklist_rows(n.facts)],
        invoices: [_invoice_row(n.facts.customer.customer_id, invoice) for n in new for invoice in n.invoices],
        customer_status: [_status_row(n.facts, n.projection) for n in new],
        customer_blockers: [row for n in new for row in _blocker_rows(n.facts, n.projection)],
    }
    for table, table_rows in rows.items():
        if table_rows:
            conn.execute(insert(table), table_rows)
    credit_store.write_many(conn, (_change(n) for n in new), now)


def update_identities(conn: Connection, changed: Sequence[ChangedIdentity], now: datetime) -> None:
    """Write the name, parent and Stripe id, which are all that an import changes of a customer (PRODUCT.md §6)."""
    if not changed:
        return
    names = [{"key": c.after.customer_id, "sort_name": fold(c.after.legal_name)} for c in changed]
    conn.execute(_TOUCH_STATUS, [name | {"changed_at": now} for name in names])
    conn.execute(_RENAME_BLOCKERS, names)
    conn.execute(_IDENTIFY, [_identity_row(c) for c in changed])
    moved = [c for c in changed if c.after.stripe_customer_id != c.before.customer.stripe_customer_id]
    payment_facts_store.forget_account(conn, [c.after.customer_id for c in moved])


def save_use(conn: Connection, used: Mapping[str, ResourceUse], now: datetime) -> None:
    """Write what tenants use now, by customer id, in the place of what was measured before."""
    if not used:
        return
    conn.execute(_FORGET_USE, [{"key": customer_id} for customer_id in used])
    conn.execute(
        insert(tenant_use),
        [
            {"customer_id": customer_id, "measured_at": now, **msgspec.structs.asdict(use)}
            for customer_id, use in used.items()
        ],
    )


def _identity_row(changed: ChangedIdentity) -> dict[str, Any]:
    customer, known = changed.after, changed.before
    return {
        "key": customer.customer_id,
        "legal_name": customer.legal_name,
        "parent_customer_id": customer.parent_customer_id,
        "stripe_customer_id": customer.stripe_customer_id,
        "search_text": search_text(
            customer.legal_name, customer.customer_id, known.review_reference, known.commercial_reference
        ),
    }


def _customer_row(facts: CustomerFacts, now: datetime) -> dict[str, Any]:
    customer, billing = facts.customer, facts.billing
    return msgspec.structs.asdict(customer) | {
        "ownership": customer.ownership.value,
        "search_text": search_text(
            customer.legal_name, customer.customer_id, billing.review_reference, billing.commercial_reference
        ),
        "created_at": now,
    }


def _billing_row(facts: CustomerFacts) -> dict[str, Any]:
    return msgspec.structs.asdict(facts.billing) | {
        "customer_id": facts.customer.customer_id,
        "state": facts.billing.state.value,
        "payment_rail": facts.billing.payment_rail.value,
    }


def _checklist_rows(facts: CustomerFacts) -> list[dict[str, Any]]:
    return [
        {
            "customer_id": facts.customer.customer_id,
            "item": item.item,
            "position": position,
            "status": item.status.value,
        }
        for position, item in enumerate(facts.checklist)
    ]


def _invoice_row(customer_id: str, invoice: Invoice) -> dict[str, Any]:
    return msgspec.structs.asdict(invoice) | {"customer_id": customer_id, "status": invoice.status.value}


def _status_row(facts: CustomerFacts, projection: Projection) -> dict[str, Any]:
    return {
        "customer_id": facts.customer.customer_id,
        "revision": facts.revision,
        "changed_at": facts.changed_at,
        "lots_created": facts.credits.lots_created,
        "sort_name": fold(facts.customer.legal_name),
        "blocked": bool(projection.codes),
        "blocked_since": projection.blocked_since,
        "next_change_at": projection.next_change_at,
    }


def _blocker_rows(facts: CustomerFacts, projection: Projection) -> list[dict[str, Any]]:
    return [
        {
            "customer_id": facts.customer.customer_id,
            "code": code.value,
            "sort_name": fold(facts.customer.legal_name),
            "blocked_since": projection.blocked_since,
        }
        for code in projection.codes
    ]


def _change(new: NewCustomer) -> credit_store.Change:
    return credit_store.Change(
        customer_id=new.facts.customer.customer_id,
        transactions=new.history.transactions,
        lots=new.history.lots,
        balances=new.history.credits.balances,
    )
