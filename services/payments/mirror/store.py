"""What Stripe has of a customer, as it was last read: written here, and read with the customer's facts.

Each function runs inside the caller's transaction, which holds the customer's lock.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, select, tuple_, update

from services.billing.model import Invoice, PaymentProfile, Subscription
from services.contract.types import InvoiceStatus
from services.payments.mirror.effects import KnownSubscription
from services.storage.tables import customers, invoices, payment_profiles, subscriptions
from services.storage.upsert import insert_or_update

_OWNERS = select(customers.c.customer_id).where(customers.c.stripe_customer_id == bindparam("account_id")).limit(2)
_KNOWN_SUBSCRIPTION = select(subscriptions.c.subscription_id, subscriptions.c.collects_automatically).where(
    subscriptions.c.customer_id == bindparam("customer_id")
)
_INVOICE = [invoices.c[name] for name in Invoice.__struct_fields__]
_PLACE = tuple_(invoices.c.issued_at, invoices.c.number)
_BY_ID = (
    select(*_INVOICE)
    .where(
        invoices.c.customer_id == bindparam("customer_id"),
        (invoices.c.invoice_id == bindparam("invoice")) | (invoices.c.number == bindparam("invoice")),
    )
    .order_by(invoices.c.invoice_id.is_(None))
    .limit(1)
)
_REMOVE = delete(invoices).where(invoices.c.invoice_id.in_(bindparam("ids", expanding=True)))
_FORGET_INVOICES_AT = (
    update(payment_profiles).where(payment_profiles.c.customer_id == bindparam("key")).values(invoices_at=None)
)
_INVOICES_AT = select(payment_profiles.c.invoices_at).where(payment_profiles.c.customer_id == bindparam("customer_id"))

Place = tuple[datetime, str]
"""Where an invoice stands in the list: when it was issued, and its number."""


def owners_of(conn: Connection, account_id: str) -> list[str]:
    """Return the customers that a Stripe customer belongs to: one or none; more is a mistake of what was imported."""
    return list(conn.execute(_OWNERS, {"account_id": account_id}).scalars())


def known_subscription(conn: Connection, customer_id: str) -> KnownSubscription | None:
    """Return the subscription of a customer that counts, as it was last read; null for none."""
    row = conn.execute(_KNOWN_SUBSCRIPTION, {"customer_id": customer_id}).first()
    return None if row is None else KnownSubscription(*row)


def accounts(conn: Connection) -> list[str]:
    """Return the Stripe customers that belong to customers here."""
    column = customers.c.stripe_customer_id
    return [str(each) for each in conn.execute(select(column).where(column.is_not(None)).distinct()).scalars()]


def set_account(conn: Connection, customer_id: str, account_id: str) -> None:
    """Let a customer be this one at Stripe."""
    conn.execute(update(customers).where(customers.c.customer_id == customer_id).values(stripe_customer_id=account_id))


def save_profile(conn: Connection, customer_id: str, profile: PaymentProfile) -> None:
    """Write what is known of the payment method, the setup and the plan's generation. Sums of use are not written."""
    method = profile.method
    insert_or_update(
        conn,
        payment_profiles,
        [
            {
                "customer_id": customer_id,
                "method_id": method and method.method_id,
                "method_kind": method and method.kind,
                "method_brand": method and method.brand,
                "method_last4": method and method.last4,
                "method_expires": method and method.expires,
                "setup_open_until": profile.setup_open_until,
                "generation": profile.generation,
                "generation_at": profile.generation_at,
                "gone": profile.gone,
            }
        ],
    )


def save_subscription(conn: Connection, customer_id: str, subscription: Subscription | None) -> None:
    """Write the subscription that counts; null: there is none any more."""
    if subscription is None:
        conn.execute(delete(subscriptions).where(subscriptions.c.customer_id == customer_id))
        return
    row = msgspec.structs.asdict(subscription)
    row |= {"customer_id": customer_id, "status": subscription.status.value, "interval": subscription.interval.value}
    insert_or_update(conn, subscriptions, [row])


def invoice_by_id(conn: Connection, customer_id: str, invoice: str) -> Invoice | None:
    """Return a customer's invoice by its id at Stripe or its number; null where there is none."""
    row = conn.execute(_BY_ID, {"customer_id": customer_id, "invoice": invoice}).first()
    return None if row is None else _invoice(row)


def save_invoices(conn: Connection, customer_id: str, found: Sequence[Invoice]) -> None:
    """Write invoices of Stripe's as they are; one that got its number meanwhile is no longer there without it.

    One of the same number that was recorded before Stripe was asked is the same invoice, and becomes Stripe's.
    """
    if not found:
        return
    # Whosever they were: a Stripe customer may have been given to another customer of ours since.
    conn.execute(_REMOVE, {"ids": [invoice.invoice_id for invoice in found]})
    rows = [msgspec.structs.asdict(i) | {"customer_id": customer_id, "status": i.status.value} for i in found]
    insert_or_update(conn, invoices, rows)


def forget_invoice(conn: Connection, customer_id: str, invoice_id: str) -> None:
    """Remove an invoice that Stripe has deleted, as it does with drafts."""
    conn.execute(delete(invoices).where(invoices.c.customer_id == customer_id, invoices.c.invoice_id == invoice_id))


def owner_of_invoice(conn: Connection, invoice_id: str) -> str | None:
    """Return whose an invoice of Stripe's is, as far as it is known here."""
    return conn.execute(select(invoices.c.customer_id).where(invoices.c.invoice_id == invoice_id)).scalar()


def page_of_invoices(conn: Connection, customer_id: str, after: Place | None, limit: int) -> list[Invoice]:
    """Return up to `limit` of a customer's invoices that come after a place, newest first."""
    statement = (
        select(*_INVOICE)
        .where(invoices.c.customer_id == customer_id)
        .order_by(invoices.c.issued_at.desc(), invoices.c.number.desc())
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(_PLACE < after)  # noqa: SIM300  (a column compares itself, a tuple does not)
    return [_invoice(row) for row in conn.execute(statement)]


def known_at_stripe(conn: Connection, customer_id: str) -> int:
    """Return how many invoices of Stripe's are known of a customer."""
    return int(
        conn.execute(
            select(func.count()).where(invoices.c.customer_id == customer_id, invoices.c.invoice_id.is_not(None))
        ).scalar_one()
    )


def invoices_read_at(conn: Connection, customer_id: str) -> datetime | None:
    """Return when Stripe was last asked for a customer's invoices; null: it never was, or it is to be asked again."""
    return conn.execute(_INVOICES_AT, {"customer_id": customer_id}).scalar()


def forget_invoices_read_at(conn: Connection, customer_id: str) -> None:
    """Let Stripe be asked for a customer's invoices the next time."""
    conn.execute(_FORGET_INVOICES_AT, {"key": customer_id})


def set_invoices_read_at(conn: Connection, customer_id: str, moment: datetime) -> None:
    """Write down when Stripe was asked for a customer's invoices."""
    insert_or_update(conn, payment_profiles, [{"customer_id": customer_id, "invoices_at": moment}])


def _invoice(row: Sequence[Any]) -> Invoice:
    fields = dict(zip(Invoice.__struct_fields__, row, strict=True))
    return Invoice(**(fields | {"status": InvoiceStatus(fields["status"])}))
