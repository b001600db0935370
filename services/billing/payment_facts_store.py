"""What the payments room writes of a customer and facts are read with: subscription, payment method, plan's use."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, func, select, update

from services.billing.model import PaymentMethod, PaymentProfile, Subscription
from services.contract.types import BillingInterval, SubscriptionStatus
from services.storage.tables import access_tokens, invoices, nodes, payment_profiles, subscriptions

_SUBSCRIPTION_COLUMNS = [subscriptions.c[name] for name in Subscription.__struct_fields__]
_REGISTERED = select(access_tokens.c.node_id).where(
    access_tokens.c.customer_id == bindparam("customer_id"),
    access_tokens.c.node_id.is_not(None),
    access_tokens.c.revoked_at.is_(None),
)
_BEHIND = (
    select(func.count())
    .select_from(nodes)
    .where(
        nodes.c.customer_id == bindparam("customer_id"),
        nodes.c.version.is_not(None),  # one that was never heard of cannot have taken up anything
        nodes.c.node_id.in_(_REGISTERED),
        func.coalesce(nodes.c.applied_generation, 0) < func.coalesce(payment_profiles.c.generation, 1),
    )
    .correlate(payment_profiles)
    .scalar_subquery()
)
_PROFILE_COLUMNS = [
    payment_profiles.c.method_id,
    payment_profiles.c.method_kind,
    payment_profiles.c.method_brand,
    payment_profiles.c.method_last4,
    payment_profiles.c.method_expires,
    payment_profiles.c.setup_open_until,
    payment_profiles.c.nodes,
    payment_profiles.c.users,
    payment_profiles.c.storage,
    payment_profiles.c.generation,
    payment_profiles.c.generation_at,
    _BEHIND,
    payment_profiles.c.gone,
]
_KEY: BindParameter[str] = bindparam("key")
_FORGET_SUBSCRIPTION = delete(subscriptions).where(subscriptions.c.customer_id == _KEY)
_FORGET_METHOD = (
    update(payment_profiles)
    .where(payment_profiles.c.customer_id == _KEY)
    .values(
        method_id=None,
        method_kind=None,
        method_brand=None,
        method_last4=None,
        method_expires=None,
        setup_open_until=None,
        invoices_at=None,
        gone=False,
    )
)
_FORGET_INVOICE_IDS = (
    update(invoices).where(invoices.c.customer_id == _KEY).values(invoice_id=None, has_pdf=False, payable=False)
)
COLUMNS = (*_PROFILE_COLUMNS, *_SUBSCRIPTION_COLUMNS)
"""What a statement adds that joins both tables, where they have a row, to a customer."""


def read_subscription(columns: Sequence[Any]) -> Subscription | None:
    """Return the subscription that `COLUMNS` hold; null for none."""
    columns = columns[len(_PROFILE_COLUMNS) :]
    if columns[0] is None:
        return None
    fields = dict(zip(Subscription.__struct_fields__, columns, strict=True))
    fields["status"] = SubscriptionStatus(fields["status"])
    fields["interval"] = BillingInterval(fields["interval"])
    return Subscription(**fields)


def read_profile(columns: Sequence[Any]) -> PaymentProfile:
    """Return the profile that `COLUMNS` hold."""
    method_id, kind, brand, last4, expires, open_until, *rest = columns[: len(_PROFILE_COLUMNS)]
    *used, generation, generation_at, behind, gone = rest
    if generation is None:  # there is no such row
        return PaymentProfile(behind=behind)
    method = None
    if method_id is not None:
        method = PaymentMethod(method_id=method_id, kind=kind, brand=brand, last4=last4, expires=expires)
    return PaymentProfile(
        method=method,
        setup_open_until=open_until,
        nodes=used[0],
        users=used[1],
        storage=used[2],
        generation=generation,
        generation_at=generation_at,
        behind=behind,
        gone=gone,
    )


def forget_account(conn: Connection, customer_ids: Sequence[str]) -> None:
    """Forget what another customer of Stripe's has: these are no longer that one. Invoices stay as they were known."""
    if not customer_ids:
        return
    keys = [{"key": customer_id} for customer_id in customer_ids]
    conn.execute(_FORGET_SUBSCRIPTION, keys)
    conn.execute(_FORGET_METHOD, keys)
    conn.execute(_FORGET_INVOICE_IDS, keys)
