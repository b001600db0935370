"""Stripe's hosted pages and events become the port's. Pure (see `reading`)."""

from collections.abc import Mapping
from typing import Any

from services.payments.gateway import page_shapes as page_shapes
from services.payments.gateway import reading
from services.payments.gateway.faults import UnreadableAnswer
from services.payments.port import HostedSession, RemoteEvent, SessionOutcome


def checkout_page(found: page_shapes.CheckoutSession) -> HostedSession:
    """Return a Checkout page that waits for somebody.

    Raises:
        UnreadableAnswer: it has no address.
    """
    return HostedSession(session_id=found.id, url=_page(found.url), expires_at=reading.moment(found.expires_at))


def portal_page(found: page_shapes.PortalSession) -> HostedSession:
    """Return a page of the customer portal. Stripe does not say when it expires.

    Raises:
        UnreadableAnswer: its address is none that a browser can be sent to.
    """
    return HostedSession(session_id=found.id, url=_page(found.url), expires_at=None)


def outcome(found: page_shapes.CheckoutSession) -> SessionOutcome:
    """Return what came of a Checkout page."""
    intent, bought = found.setup_intent, found.subscription
    given = intent.payment_method if isinstance(intent, page_shapes.SetupIntent) else None
    if isinstance(bought, page_shapes.Subscribed):
        given, bought = bought.default_payment_method, bought.id
    return SessionOutcome(
        session_id=found.id,
        mode=found.mode,
        status=found.status,
        account_id=reading.identity_if_any(found.customer),
        subscription_id=bought,
        method_id=reading.identity_if_any(given) if found.status == "complete" else None,
        expires_at=reading.moment(found.expires_at),
        url=reading.address(found.url) if found.status == "open" else None,
    )


def event(found: page_shapes.Event) -> RemoteEvent:
    """Return an event. What is detached from a customer says whose it was among what it was before."""
    about = found.data.object
    kind, object_id = _short(about.get("object")), _short(about.get("id"))
    whose = object_id if kind == "customer" else _whose(about) or _whose(found.data.previous_attributes or {})
    return RemoteEvent(
        event_id=found.id,
        type=found.type,
        object_id=object_id or "",
        object_kind=kind or "",
        account_id=whose,
        created_at=reading.moment(found.created),
        livemode=found.livemode,
    )


def _whose(fields: Mapping[str, Any]) -> str | None:
    customer = fields.get("customer")
    return _short(customer.get("id") if isinstance(customer, dict) else customer)


def _short(value: object) -> str | None:
    """Return an id or a kind of an object that is not read any further."""
    fits = isinstance(value, str) and len(value) <= 255 and value.isascii() and value.isprintable()
    return str(value) if fits and value else None


def _page(url: str | None) -> str:
    address = reading.address(url)
    if address is None:
        raise UnreadableAnswer("a page has no address that a browser can be sent to")
    return address
