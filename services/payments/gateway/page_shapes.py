"""Stripe's hosted pages and events, as far as the product reads them (see `shapes`)."""

from typing import Any, Literal

import msgspec

from services.payments.gateway.shapes import Id, Moment, Reference, Word


class SetupIntent(msgspec.Struct, frozen=True):
    """What came of registering a payment method."""

    payment_method: Reference | None = None


class Subscribed(msgspec.Struct, frozen=True):
    """What came of buying a plan."""

    id: Id
    default_payment_method: Reference | None = None


class CheckoutSession(msgspec.Struct, frozen=True):
    """A Checkout page, asked for with its setup intent and its subscription."""

    id: Id
    mode: Literal["subscription", "setup", "payment"]
    status: Literal["open", "complete", "expired"]
    expires_at: Moment
    url: str | None = None
    customer: Reference | None = None
    subscription: Id | Subscribed | None = None
    setup_intent: Id | SetupIntent | None = None


class PortalSession(msgspec.Struct, frozen=True):
    """A page of the customer portal."""

    id: Id
    url: str


class Configuration(msgspec.Struct, frozen=True):
    """What customers may do in the portal."""

    id: Id
    metadata: dict[str, str] = {}


class Configurations(msgspec.Struct, frozen=True):
    """A page of configurations."""

    data: list[Configuration]


class BusinessProfile(msgspec.Struct, frozen=True):
    """What Stripe knows of a business."""

    url: str | None = None


class Account(msgspec.Struct, frozen=True):
    """The account whose key asks."""

    business_profile: BusinessProfile | None = None


class EventData(msgspec.Struct, frozen=True):
    """What an event is about, and how that was before."""

    object: dict[str, Any]
    previous_attributes: dict[str, Any] | None = None


class Event(msgspec.Struct, frozen=True):
    """That something changed."""

    id: Id
    object: Literal["event"]
    type: Word
    created: Moment
    livemode: bool
    data: EventData


class Events(msgspec.Struct, frozen=True):
    """A page of events."""

    data: list[Event]
    has_more: bool = False
