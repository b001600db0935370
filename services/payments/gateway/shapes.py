"""Stripe's objects, as far as the product reads them (API version 2026-10-28.endive): names and nesting are Stripe's.

Whatever else an object has is left unread; one that lacks what stands here is none of Stripe's.
"""

from typing import Annotated, TypeVar

import msgspec
import stripe
from msgspec import Meta

from services.payments.gateway.faults import UnreadableAnswer

Id = Annotated[str, Meta(pattern=r"\A[\x21-\x7e]{1,255}\Z")]
Word = Annotated[str, Meta(pattern=r"\A[\x21-\x7e]{1,100}\Z")]
Currency = Annotated[str, Meta(pattern=r"\A[a-z]{3}\Z")]
Moment = Annotated[int, Meta(ge=0, le=253_402_300_799)]  # unix seconds, to the end of the year 9999
Amount = Annotated[int, Meta(ge=-(10**15), le=10**15)]  # minor units; Stripe's own limit has eight to twelve digits

Document = TypeVar("Document", bound=msgspec.Struct)


class Named(msgspec.Struct, frozen=True):
    """What is read of an object by its id alone."""

    id: Id


Reference = Id | Named
"""An id, or the object in its place where it was asked for."""


class Product(msgspec.Struct, frozen=True):
    """What is sold."""

    id: Id
    name: str


class Recurring(msgspec.Struct, frozen=True):
    """How often a price is charged."""

    interval: Word
    interval_count: int = 1


class Price(msgspec.Struct, frozen=True):
    """A price; `unit_amount`: null where it depends on the quantity."""

    id: Id
    currency: Currency
    product: Id | Product
    unit_amount: Amount | None = None
    lookup_key: str | None = None
    recurring: Recurring | None = None


class Prices(msgspec.Struct, frozen=True):
    """A page of prices."""

    data: list[Price]


class Products(msgspec.Struct, frozen=True):
    """A page of products."""

    data: list[Product]


class Card(msgspec.Struct, frozen=True):
    """What may be shown of a card; `last4` stands in other kinds of payment method too."""

    brand: str | None = None
    last4: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None


class Method(msgspec.Struct, frozen=True):
    """A payment method. What stands under the name of its kind is read of any that has four last digits."""

    id: Id
    type: Word
    card: Card | None = None
    sepa_debit: Card | None = None
    us_bank_account: Card | None = None
    bacs_debit: Card | None = None
    au_becs_debit: Card | None = None
    acss_debit: Card | None = None


class Methods(msgspec.Struct, frozen=True):
    """A page of payment methods."""

    data: list[Method]


class InvoiceSettings(msgspec.Struct, frozen=True):
    """How a customer's invoices are collected."""

    default_payment_method: Reference | None = None


class Customer(msgspec.Struct, frozen=True):
    """A customer; of a deleted one only the first two are left."""

    id: Id
    deleted: bool = False
    currency: Currency | None = None
    invoice_settings: InvoiceSettings | None = None
    metadata: dict[str, str] = {}


class Item(msgspec.Struct, frozen=True):
    """One price of a subscription."""

    id: Id
    price: Price
    current_period_start: Moment
    current_period_end: Moment
    quantity: int = 1


class Items(msgspec.Struct, frozen=True):
    """A subscription's prices."""

    data: Annotated[list[Item], Meta(min_length=1)]


class PhaseItem(msgspec.Struct, frozen=True):
    """One price of a phase."""

    price: Reference


class Phase(msgspec.Struct, frozen=True):
    """What a subscription has for a time."""

    start_date: Moment
    items: list[PhaseItem]


class CurrentPhase(msgspec.Struct, frozen=True):
    """The time of the phase that a schedule is in."""

    end_date: Moment


class Schedule(msgspec.Struct, frozen=True):
    """What a subscription becomes, and when."""

    phases: list[Phase]
    current_phase: CurrentPhase | None = None


class Subscription(msgspec.Struct, frozen=True):
    """A subscription, asked for with its schedule and its own payment method."""

    id: Id
    customer: Reference
    status: Word
    currency: Currency
    created: Moment
    items: Items
    collection_method: Word
    cancel_at: Moment | None = None
    cancel_at_period_end: bool = False
    ended_at: Moment | None = None
    default_payment_method: Id | Method | None = None
    schedule: Id | Schedule | None = None
    metadata: dict[str, str] = {}


class Subscriptions(msgspec.Struct, frozen=True):
    """A page of subscriptions."""

    data: list[Subscription]


def read_as(kind: type[Document], answer: object) -> Document:
    """Return an answer of Stripe's library in one of these shapes.

    Raises:
        UnreadableAnswer: it lacks something, or has something else in its place.
    """
    if not isinstance(answer, stripe.StripeObject):
        raise UnreadableAnswer(f"a {kind.__name__} was expected")
    try:
        return msgspec.convert(answer.to_dict(for_json=True), kind)
    except msgspec.ValidationError as error:
        raise UnreadableAnswer(f"{kind.__name__}: {error}") from None


def read_body(kind: type[Document], body: str) -> Document:
    """Return the body of an answer in one of these shapes; otherwise as `read_as`."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise UnreadableAnswer(f"{kind.__name__}: {error}") from None
