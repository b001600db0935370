"""Checkout sessions: hosted pages on which a customer subscribes or leaves a card (`/v1/checkout/sessions`).

What a person does on the page is in `pages.checkout`, what comes of it in `checkout_outcome`.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta

from services.payments.sandbox import checkout_outcome
from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.resources import currencies, setup_intents
from services.payments.sandbox.resources.checkout_shapes import customer_details, line_item, shape
from services.payments.sandbox.resources.params import Metadata, Params, merged, named
from services.payments.sandbox.resources.subscription_shapes import sellable_price
from services.payments.sandbox.routing import ListParams, Route, page_of, paged, whole_list
from services.payments.sandbox.web_addresses import check_address
from services.payments.sandbox.world import Object, World

_SHORTEST, _LONGEST = 30 * 60, 24 * 3600
"""Seconds that a session can be open, as at Stripe; the longest unless `expires_at` says otherwise."""


class LineItem(Params, frozen=True, kw_only=True):
    """What is sold, and how many of it."""

    price: str
    quantity: Annotated[int, Meta(ge=1)] = 1


class SubscriptionData(Params, frozen=True, kw_only=True):
    """What the subscription gets that the session creates."""

    description: str | None = None
    metadata: Metadata = UNSET


class SetupIntentData(Params, frozen=True, kw_only=True):
    """What the setup intent gets that the session creates."""

    description: str | None = None
    metadata: Metadata = UNSET


class CreateSession(Params, frozen=True, kw_only=True):
    """The parameters of a new session. The sandbox has no mode `payment`, and hosted pages alone."""

    mode: Literal["subscription", "setup"]
    ui_mode: Literal["hosted_page"] = "hosted_page"
    success_url: str
    cancel_url: str | None = None
    customer: str | None = None
    customer_email: str | None = None
    client_reference_id: Annotated[str, Meta(max_length=200)] | None = None
    currency: str | None = None
    line_items: list[LineItem] | None = None
    subscription_data: SubscriptionData | None = None
    setup_intent_data: SetupIntentData | None = None
    payment_method_collection: Literal["always"] = "always"
    locale: str | None = None
    expires_at: int | None = None
    metadata: Metadata = UNSET


class UpdateSession(Params, frozen=True, kw_only=True):
    """The parameters of a change: a session's metadata."""

    metadata: Metadata = UNSET


class ListSessions(ListParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The filters of the list."""

    customer: str | None = None
    subscription: str | None = None
    status: Literal["open", "complete", "expired"] | None = None


def create(world: World, params: CreateSession) -> Object:
    """Open a session; in mode setup its setup intent too."""
    check_address(params.success_url, "success_url")
    if params.cancel_url is not None:
        check_address(params.cancel_url, "cancel_url")
    expires_at = world.now + _LONGEST if params.expires_at is None else params.expires_at
    if not _SHORTEST <= expires_at - world.now <= _LONGEST:
        sentence = "The `expires_at` timestamp must be 30 minutes to 24 hours from Checkout Session creation."
        raise invalid_request(sentence, param="expires_at")
    customer = _customer(world, params)
    session_id = world.new_id("cs_test")
    lines = [] if params.mode == "setup" else [_line(world, params)]
    session = shape(
        world,
        session_id,
        cancel_url=params.cancel_url,
        client_reference_id=params.client_reference_id,
        customer=customer and customer["id"],
        customer_details=_details(customer, params.customer_email),
        customer_email=params.customer_email,
        expires_at=expires_at,
        locale=params.locale,
        metadata=merged({}, params.metadata),
        mode=params.mode,
        success_url=params.success_url,
    )
    session |= _to_pay(lines[0]) if lines else _to_set_up(world, params)
    given = params.subscription_data or SubscriptionData()
    world.put(
        {
            "id": checkout_outcome.particulars_id(session_id),
            "object": checkout_outcome.PARTICULARS,
            "created": world.now,
            "lines": lines,
            "subscription": {"description": given.description, "metadata": merged({}, given.metadata)},
        }
    )
    world.put(session)
    return session


def retrieve(world: World, params: None, session: str) -> Object:  # noqa: ARG001 - it takes none
    """Return a session."""
    return world.get("checkout.session", session, "session")


def update(world: World, params: UpdateSession, session: str) -> Object:
    """Change a session's metadata."""
    found = world.get("checkout.session", session, "session")
    found["metadata"] = merged(found["metadata"], params.metadata)
    world.put(found)
    return found


def list_all(world: World, params: ListSessions) -> Object:
    """Return sessions, newest first."""
    return page_of(
        world,
        params,
        "checkout.session",
        customer=params.customer,
        subscription=params.subscription,
        status=params.status,
    )


def line_items(world: World, params: ListParams, session: str) -> Object:
    """Return what a session sells."""
    return paged(world, params, checkout_outcome.lines(world, world.get("checkout.session", session, "session")))


def expire(world: World, params: None, session: str) -> Object:  # noqa: ARG001 - it takes none
    """Close a session that nobody completed.

    Raises:
        ApiError: 400, when it is not open any more.
    """
    found = world.get("checkout.session", session, "session")
    if found["status"] != "open":
        sentence = f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {found["status"]}.'
        raise invalid_request(sentence, param="session")
    return checkout_outcome.expire(world, found)


def _customer(world: World, params: CreateSession) -> Object | None:
    if params.customer is None:
        if params.mode == "setup":
            raise invalid_request("Missing required param: customer.", param="customer", code="parameter_missing")
        return None
    if params.customer_email is not None:
        sentence = "You may only specify one of these parameters: customer, customer_email."
        raise invalid_request(sentence, param="customer_email")
    return named(world, "customer", params.customer, "customer")


def _details(customer: Object | None, email: str | None) -> Object | None:
    if customer is not None:
        return customer_details(email=customer["email"], name=customer["name"], phone=customer["phone"])
    return None if email is None else customer_details(email=email)


def _line(world: World, params: CreateSession) -> Object:
    if not params.line_items:
        raise invalid_request("Missing required param: line_items.", param="line_items", code="parameter_missing")
    if params.setup_intent_data is not None:
        sentence = "You can not pass `setup_intent_data` in `subscription` mode."
        raise invalid_request(sentence, param="setup_intent_data")
    if len(params.line_items) > 1:
        raise invalid_request("The sandbox sells one price in a session.", param="line_items[1]")
    item = params.line_items[0]
    price = sellable_price(world, item.price, "line_items[0][price]", params.currency)
    if params.customer is not None:
        currencies.check(world, params.customer, price["currency"])
    return line_item(world, price, item.quantity)


def _to_pay(line: Object) -> Object:
    return {
        "currency": line["currency"],
        "amount_subtotal": line["amount_subtotal"],
        "amount_total": line["amount_total"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    }


def _to_set_up(world: World, params: CreateSession) -> Object:
    for name in ("line_items", "subscription_data"):
        if getattr(params, name) is not None:
            raise invalid_request(f"You can not pass `{name}` in `setup` mode.", param=name)
    if params.currency is None:
        raise invalid_request("Missing required param: currency.", param="currency", code="parameter_missing")
    given = params.setup_intent_data or SetupIntentData()
    intent = setup_intents.new(
        world, customer=params.customer, description=given.description, metadata=merged({}, given.metadata)
    )
    return {"currency": params.currency, "setup_intent": intent["id"], "payment_status": "no_payment_required"}


EXPANDERS = {
    ("checkout.session", "line_items"): lambda world, session: whole_list(
        f"/v1/checkout/sessions/{session['id']}/line_items", checkout_outcome.lines(world, session)
    )
}

ROUTES = (
    Route("POST", "/v1/checkout/sessions", create, CreateSession),
    Route("GET", "/v1/checkout/sessions", list_all, ListSessions),
    Route("GET", "/v1/checkout/sessions/{id}", retrieve),
    Route("POST", "/v1/checkout/sessions/{id}", update, UpdateSession),
    Route("GET", "/v1/checkout/sessions/{id}/line_items", line_items, ListParams),
    Route("POST", "/v1/checkout/sessions/{id}/expire", expire),
)
