"""Stripe's objects become the port's. Pure. Texts are cleaned here; what somebody typed at Stripe is untrusted too."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from services.billing.model import PaymentMethod
from services.contract.text import clean
from services.contract.types import BillingInterval, SubscriptionStatus
from services.payments.gateway import shapes as shapes
from services.payments.gateway.faults import UnreadableAnswer
from services.payments.port import RemoteAccount, RemotePrice, RemoteSubscription
from services.payments.settings import is_web_address

CUSTOMER_ID = "customer_id"
"""The metadata that carries our customer's id."""

REPLACES = "replaces"
"""The metadata of a subscription that ends another one when it is paid: that one's id."""

_LONGEST = 250
_Status = TypeVar("_Status", bound=StrEnum)
_WITH_DIGITS = ("card", "sepa_debit", "us_bank_account", "bacs_debit", "au_becs_debit", "acss_debit")


def identity(reference: shapes.Reference | shapes.Product | shapes.Method) -> str:
    """Return the id of an object, whether or not the object itself stands in its place."""
    return reference if isinstance(reference, str) else reference.id


def identity_if_any(reference: shapes.Reference | None) -> str | None:
    """Return the id of an object; null where there is none."""
    return None if reference is None else identity(reference)


def price(found: shapes.Price) -> RemotePrice | None:
    """Return a price that plans can have: a known amount, each month or year; null for others."""
    interval = _interval(found)
    if interval is None or found.lookup_key is None or found.unit_amount is None:
        return None
    return RemotePrice(
        lookup_key=found.lookup_key,
        price_id=found.id,
        amount=found.unit_amount,
        currency=found.currency,
        interval=interval,
    )


def method(found: shapes.Method) -> PaymentMethod:
    """Return brand, last four and expiry of a payment method."""
    details = next((value for kind in _WITH_DIGITS if (value := getattr(found, kind))), None)
    return method_of(found.id, found.type, details)


def account(found: shapes.Customer, charged: shapes.Method | None) -> RemoteAccount:
    """Return a customer, with what its invoices are charged to."""
    return RemoteAccount(
        account_id=found.id,
        deleted=found.deleted,
        customer_id=words(found.metadata.get(CUSTOMER_ID)),
        method=None if charged is None else method(charged),
        currency=found.currency,
    )


def is_plan(found: shapes.Subscription) -> bool:
    """Return whether a subscription is charged each month or year, as plans are."""
    return _interval(found.items.data[0].price) is not None


def next_phase(found: shapes.Subscription) -> shapes.Phase | None:
    """Return what a subscription's schedule changes it to; null where nothing waits."""
    schedule = found.schedule
    if not isinstance(schedule, shapes.Schedule) or schedule.current_phase is None:
        return None
    later = [phase for phase in schedule.phases if phase.start_date >= schedule.current_phase.end_date and phase.items]
    following = min(later, key=lambda phase: phase.start_date, default=None)
    if following is None or identity(following.items[0].price) == found.items.data[0].price.id:
        return None
    return following


def subscription(
    found: shapes.Subscription, names: Mapping[str, str], becoming: shapes.Price | None
) -> RemoteSubscription:
    """Return a subscription.

    Args:
        names: of products, by their ids; "" stands for one that is not among them.
        becoming: the price of its next phase.

    Raises:
        UnreadableAnswer: it is charged in another rhythm than plans are, or has a status that nobody knows.
    """
    item, following, own = found.items.data[0], next_phase(found), found.default_payment_method
    interval = _interval(item.price)
    if interval is None:
        raise UnreadableAnswer(f"a subscription that is not charged each month or year: {found.id}")
    return RemoteSubscription(
        subscription_id=found.id,
        account_id=identity(found.customer),
        status=status(SubscriptionStatus, found.status),
        item_id=item.id,
        price_id=item.price.id,
        lookup_key=item.price.lookup_key,
        product_name=_name(item.price, names),
        interval=interval,
        amount=sum((each.price.unit_amount or 0) * each.quantity for each in found.items.data),
        currency=found.currency,
        created_at=moment(found.created),
        period_start=moment(item.current_period_start),
        period_end=moment(item.current_period_end),
        ends_at=_ends_at(found),
        next_lookup_key=None if becoming is None else becoming.lookup_key,
        next_name=None if becoming is None else _name(becoming, names),
        changes_at=None if following is None else moment(following.start_date),
        collects_automatically=found.collection_method == "charge_automatically",
        method=method(own) if isinstance(own, shapes.Method) else None,
        replaces=words(found.metadata.get(REPLACES)),
    )


def lookup_key(found: shapes.Subscription) -> str | None:
    """Return the key of the price that is subscribed to."""
    return found.items.data[0].price.lookup_key


def product_ids(found: Sequence[shapes.Subscription]) -> list[str]:
    """Return which products subscriptions are for."""
    return sorted({identity(each.items.data[0].price.product) for each in found})


def method_of(method_id: str, kind: str, details: shapes.Card | None) -> PaymentMethod:
    """Return what may be shown of a payment method; `details` stand under the name of its kind."""
    card = details or shapes.Card()
    has_expiry = card.exp_month is not None and card.exp_year is not None
    return PaymentMethod(
        method_id=method_id,
        kind=kind,
        brand=words(card.brand),
        last4=(words(card.last4) or "")[-4:] or None,
        expires=f"{card.exp_month:02d}/{card.exp_year}" if has_expiry else None,
    )


def moment(seconds: int) -> datetime:
    """Return a moment of Stripe's, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def words(text: str | None) -> str | None:
    """Return a text on one line, at most as long as a line that is read; null where nobody could see any of it."""
    return clean(text)[:_LONGEST] or None if text else None


def address(url: str | None) -> str | None:
    """Return where a browser can be sent to; null for any other address."""
    return url if url is not None and is_web_address(url) else None


def status(kind: type[_Status], word: str) -> _Status:
    """Return a status by Stripe's word for it.

    Raises:
        UnreadableAnswer: nobody knows it.
    """
    try:
        return kind(word)
    except ValueError:
        raise UnreadableAnswer(f"a status that nobody knows: {word}") from None


def _name(of: shapes.Price, names: Mapping[str, str]) -> str:
    product = of.product
    stated = product.name if isinstance(product, shapes.Product) else names.get(identity(product))
    return "" if stated is None else words(stated) or "No name"


def _interval(of: shapes.Price) -> BillingInterval | None:
    rhythm = of.recurring
    if rhythm is None or rhythm.interval_count != 1 or rhythm.interval not in set(BillingInterval):
        return None
    return BillingInterval(rhythm.interval)


def _ends_at(found: shapes.Subscription) -> datetime | None:
    at_period_end = found.items.data[0].current_period_end if found.cancel_at_period_end else None
    seconds = found.ended_at or found.cancel_at or at_period_end
    return None if seconds is None else moment(seconds)
