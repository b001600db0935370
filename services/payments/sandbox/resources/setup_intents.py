"""`/v1/setup_intents`: cards kept for later payments."""

from typing import Any, Literal

from msgspec import UNSET, UnsetType

from services.payments.sandbox.cards import SETUP_UNCONFIRMED
from services.payments.sandbox.errors import ApiError, invalid_request
from services.payments.sandbox.resources import cardholders, payment_methods
from services.payments.sandbox.resources.params import Metadata, NullableText, Params, Text, given, merged, named
from services.payments.sandbox.resources.payment_intents import AutomaticPaymentMethods
from services.payments.sandbox.routing import ListParams, Route, page_of
from services.payments.sandbox.world import Object, World

_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


class NewSetupIntent(Params, frozen=True, kw_only=True):
    """The parameters of a setup intent's creation."""

    automatic_payment_methods: AutomaticPaymentMethods | None = None
    confirm: bool = False
    customer: str | None = None
    description: str | None = None
    metadata: Metadata = UNSET
    payment_method: str | None = None
    return_url: str | None = None
    usage: Literal["off_session", "on_session"] = "off_session"


class SetupIntentChange(Params, frozen=True, kw_only=True):
    """The parameters of a setup intent's update."""

    description: NullableText = UNSET
    metadata: Metadata = UNSET


class Confirmation(Params, frozen=True, kw_only=True):
    """The parameters of a confirmation."""

    payment_method: Text = UNSET
    return_url: str | None = None


class Cancellation(Params, frozen=True, kw_only=True):
    """The parameters of a setup intent's cancellation."""

    cancellation_reason: Literal["abandoned", "duplicate", "requested_by_customer"] | None = None


class SetupIntentList(ListParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the list of setup intents."""

    customer: str | None = None
    payment_method: str | None = None


def new(world: World, *, customer: str | None, **fields: Any) -> Object:
    """Create a setup intent that waits for a card.

    Args:
        fields: what else is to stand in it, such as `metadata`.
    """
    intent_id = world.new_id("seti")
    intent: Object = {
        "id": intent_id,
        "object": "setup_intent",
        "application": None,
        "automatic_payment_methods": None,
        "cancellation_reason": None,
        "client_secret": world.new_id(f"{intent_id}_secret"),
        "created": world.now,
        "customer": customer,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
        },
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": "off_session",
    } | fields
    world.put(intent)
    world.emit("setup_intent.created", intent)
    return intent


def succeed(world: World, intent_id: str, method: Object) -> Object:
    """Record that a card is kept for later payments; the card is the customer's by now."""
    intent = world.get("setup_intent", intent_id)
    intent |= {"payment_method": method["id"], "status": "succeeded", "last_setup_error": None, "next_action": None}
    world.put(intent)
    world.emit("setup_intent.succeeded", intent)
    return intent


def fail(world: World, intent_id: str, error: ApiError) -> Object:
    """Record that a card could not be kept, and why."""
    intent = world.get("setup_intent", intent_id)
    intent |= {
        "last_setup_error": error.body()["error"],
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
    }
    world.put(intent)
    world.emit("setup_intent.setup_failed", intent)
    return intent


def create(world: World, params: NewSetupIntent) -> Object:
    """Create a setup intent, and confirm it at once where that is asked for."""
    if params.customer is not None:
        named(world, "customer", params.customer, "customer")
    intent = new(
        world,
        customer=params.customer,
        metadata=merged({}, params.metadata),
        **given(params, "confirm", "customer", "metadata", "payment_method", "return_url"),
    )
    if params.confirm:
        return confirm(world, Confirmation(payment_method=params.payment_method or UNSET), intent["id"])
    if params.payment_method is not None:
        intent |= {"payment_method": params.payment_method, "status": "requires_confirmation"}
        world.put(intent)
    return intent


def retrieve(world: World, params: None, intent: str) -> Object:  # noqa: ARG001 - it takes none
    """Return a setup intent."""
    return world.get("setup_intent", intent)


def update(world: World, params: SetupIntentChange, intent_id: str) -> Object:
    """Change what is said of a setup intent."""
    before = world.get("setup_intent", intent_id)
    intent = before | given(params, "metadata") | {"metadata": merged(before["metadata"], params.metadata)}
    world.put(intent)
    return intent


def confirm(world: World, params: Confirmation, intent_id: str) -> Object:
    """Keep a card for later: attach it to the customer; one that its cardholder has to confirm waits for that.

    Raises:
        ApiError: 402, for a card that cannot be kept; 400, when there is nothing to confirm, or no card.
    """
    intent = world.get("setup_intent", intent_id)
    if intent["status"] not in _OPEN:
        raise _unexpected_state(intent, "confirm")
    chosen = intent["payment_method"] if isinstance(params.payment_method, UnsetType) else params.payment_method
    if chosen is None:
        raise invalid_request(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            code="setup_intent_unexpected_state",
            setup_intent=intent,
        )
    try:
        method = _kept(world, chosen, intent["customer"])
        if cardholders.is_asked(world, method):
            return _wait_for_cardholder(world, intent, method)
        if cardholders.has_refused(world, method):
            raise SETUP_UNCONFIRMED.error()
        if intent["customer"] is not None:
            method = payment_methods.attach_to(world, method["id"], intent["customer"])
    except ApiError as refusal:
        if refusal.keeps_work:
            refusal.extra["setup_intent"] = fail(world, intent_id, refusal)
        raise
    cardholders.use_up(world, method)
    return succeed(world, intent_id, method)


def cancel(world: World, params: Cancellation, intent_id: str) -> Object:
    """Cancel a setup intent that is still open."""
    intent = world.get("setup_intent", intent_id)
    if intent["status"] not in _OPEN:
        raise _unexpected_state(intent, "cancel")
    intent |= {"status": "canceled", "cancellation_reason": params.cancellation_reason}
    world.put(intent)
    world.emit("setup_intent.canceled", intent)
    return intent


def list_all(world: World, params: SetupIntentList) -> Object:
    """List setup intents, newest first."""
    return page_of(world, params, "setup_intent", customer=params.customer, payment_method=params.payment_method)


def _kept(world: World, payment_method: str, customer: str | None) -> Object:
    """Return a recorded card that can be kept for a customer; null: nobody's."""
    if customer is None:
        return named(world, "payment_method", payment_method, "payment_method")
    method = payment_methods.attachable(world, payment_method, customer)
    world.put(method)  # a test token's card is a new one
    return method


def _wait_for_cardholder(world: World, intent: Object, method: Object) -> Object:
    waiting = {"next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}}, "payment_method": method["id"]}
    intent = intent | waiting | {"status": "requires_action"}
    world.put(intent)
    world.emit("setup_intent.requires_action", intent)
    return intent


def _unexpected_state(intent: Object, verb: str) -> ApiError:
    return invalid_request(
        f"You cannot {verb} this SetupIntent because it has already {intent['status']}.",
        code="setup_intent_unexpected_state",
        setup_intent=intent,
    )


ROUTES = (
    Route("POST", "/v1/setup_intents", create, NewSetupIntent),
    Route("GET", "/v1/setup_intents", list_all, SetupIntentList),
    Route("GET", "/v1/setup_intents/{intent}", retrieve),
    Route("POST", "/v1/setup_intents/{intent}", update, SetupIntentChange),
    Route("POST", "/v1/setup_intents/{intent}/confirm", confirm, Confirmation),
    Route("POST", "/v1/setup_intents/{intent}/cancel", cancel, Cancellation),
)
