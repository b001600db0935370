"""`/v1/payment_intents`: payments on their way, of invoices and of their own. Cards are charged at once, in full."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from services.payments.sandbox.cards import AUTHENTICATION_REQUIRED, Decline
from services.payments.sandbox.errors import ApiError, invalid_request
from services.payments.sandbox.resources import cardholders, charges, payment_methods
from services.payments.sandbox.resources.params import Metadata, NullableText, Params, Text, given, merged, named
from services.payments.sandbox.resources.prices import check_amount
from services.payments.sandbox.routing import ListParams, Route, page_of
from services.payments.sandbox.world import Object, World

_PAYABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


class AutomaticPaymentMethods(Params, frozen=True, kw_only=True):
    """Whether Stripe chooses the kinds of payment method: here it is the card in either case."""

    enabled: bool
    allow_redirects: Literal["always", "never"] = "always"


class NewPaymentIntent(Params, frozen=True, kw_only=True):
    """The parameters of a payment intent's creation."""

    amount: Annotated[int, msgspec.Meta(ge=1, le=99_999_999)]
    currency: str
    automatic_payment_methods: AutomaticPaymentMethods | None = None
    confirm: bool = False
    customer: str | None = None
    description: str | None = None
    metadata: Metadata = UNSET
    off_session: bool = False
    payment_method: str | None = None
    receipt_email: str | None = None
    return_url: str | None = None
    setup_future_usage: Literal["off_session", "on_session"] | None = None


class PaymentIntentChange(Params, frozen=True, kw_only=True):
    """The parameters of a payment intent's update."""

    description: NullableText = UNSET
    metadata: Metadata = UNSET
    receipt_email: NullableText = UNSET


class Confirmation(Params, frozen=True, kw_only=True):
    """The parameters of a confirmation."""

    off_session: bool = False
    payment_method: Text = UNSET
    return_url: str | None = None


class Cancellation(Params, frozen=True, kw_only=True):
    """The parameters of a payment intent's cancellation."""

    cancellation_reason: Literal["abandoned", "duplicate", "fraudulent", "requested_by_customer"] | None = None


class PaymentIntentList(ListParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the list of payment intents."""

    customer: str | None = None


def new(world: World, *, amount: int, currency: str, customer: str | None, **fields: Any) -> Object:
    """Create a payment intent that waits for a card.

    Args:
        amount: minor units.
        fields: what else is to stand in it, such as `description`.
    """
    intent_id = world.new_id("pi")
    intent: Object = {
        "id": intent_id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": world.new_id(f"{intent_id}_secret"),
        "confirmation_method": "automatic",
        "created": world.now,
        "currency": currency,
        "customer": customer,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"installments": None, "mandate_options": None, "network": None}},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    } | fields
    world.put(intent)
    world.emit("payment_intent.created", intent)
    return intent


def charge(world: World, intent_id: str, method: Object) -> Decline | None:
    """Charge a card for a payment intent, and record how it went: the charge, the intent and their events.

    Its bank is asked, and there is a charge, where its cardholder has confirmed what has to be confirmed.

    Returns:
        Why it is not charged; None: it is paid.
    """
    intent = world.get("payment_intent", intent_id) | {"next_action": None}
    decline = payment_methods.decline_of(world, method)
    if decline == AUTHENTICATION_REQUIRED:
        waiting = {"next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}}, "payment_method": method["id"]}
        intent |= waiting | {"status": "requires_action"}
        world.put(intent)
        world.emit("payment_intent.requires_action", intent)
        return decline
    if decline is None or decline.decline_code is not None:
        intent["latest_charge"] = charges.attempt(world, intent, method, decline)["id"]
    if decline is None:
        cardholders.use_up(world, method)
        intent |= {
            "amount_received": intent["amount"],
            "last_payment_error": None,
            "payment_method": method["id"],
            "status": "succeeded",
        }
    else:
        asked = {} if decline.decline_code is None else {"charge": intent["latest_charge"]}
        error = decline.error(**asked, payment_method=method).body()["error"]
        intent |= {"last_payment_error": error, "payment_method": None, "status": "requires_payment_method"}
    world.put(intent)
    world.emit("payment_intent.succeeded" if decline is None else "payment_intent.payment_failed", intent)
    return decline


def give_up(world: World, intent_id: str, reason: str) -> Object:
    """Cancel a payment intent that is not paid yet.

    Args:
        reason: Stripe's `cancellation_reason`, such as "void_invoice".
    """
    before = world.get("payment_intent", intent_id)
    intent = before | {"status": "canceled", "canceled_at": world.now, "cancellation_reason": reason}
    world.put(intent)
    world.emit("payment_intent.canceled", intent)
    return intent


def create(world: World, params: NewPaymentIntent) -> Object:
    """Create a payment intent, and confirm it at once where that is asked for."""
    check_amount(params.amount, params.currency, "amount")
    if params.customer is not None:
        named(world, "customer", params.customer, "customer")
    apart = ("amount", "confirm", "currency", "customer", "metadata", "off_session", "payment_method", "return_url")
    intent = new(
        world,
        amount=params.amount,
        currency=params.currency.lower(),
        customer=params.customer,
        metadata=merged({}, params.metadata),
        **given(params, *apart),
    )
    if params.payment_method is not None:
        method = _usable(world, params.payment_method, intent)
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
        world.put(intent)
    return confirm(world, Confirmation(off_session=params.off_session), intent["id"]) if params.confirm else intent


def retrieve(world: World, params: None, intent: str) -> Object:  # noqa: ARG001 - it takes none
    """Return a payment intent."""
    return world.get("payment_intent", intent)


def update(world: World, params: PaymentIntentChange, intent_id: str) -> Object:
    """Change what is said of a payment intent."""
    before = world.get("payment_intent", intent_id)
    intent = before | given(params, "metadata") | {"metadata": merged(before["metadata"], params.metadata)}
    world.put(intent)
    return intent


def confirm(world: World, params: Confirmation, intent_id: str) -> Object:
    """Charge the card of a payment intent; one that its cardholder has to confirm waits for that, if anybody is there.

    Raises:
        ApiError: 402 with the decline; 400, when there is nothing to confirm, or no card to do it with.
    """
    intent = world.get("payment_intent", intent_id)
    if intent["status"] not in _PAYABLE:
        raise _unexpected_state(intent, "confirm")
    chosen = intent["payment_method"] if isinstance(params.payment_method, UnsetType) else params.payment_method
    if chosen is None:
        raise invalid_request(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    decline = charge(world, intent_id, _usable(world, chosen, intent))
    after = world.get("payment_intent", intent_id)
    if decline is None or (decline == AUTHENTICATION_REQUIRED and not params.off_session):
        return after
    raise decline.error(charge=after["latest_charge"], payment_intent=after)


def cancel(world: World, params: Cancellation, intent_id: str) -> Object:
    """Cancel a payment intent that is not paid."""
    intent = world.get("payment_intent", intent_id)
    if intent["status"] not in _PAYABLE:
        raise _unexpected_state(intent, "cancel")
    return give_up(world, intent_id, params.cancellation_reason or "requested_by_customer")


def list_all(world: World, params: PaymentIntentList) -> Object:
    """List payment intents, newest first."""
    return page_of(world, params, "payment_intent", customer=params.customer)


def _usable(world: World, payment_method: str, intent: Object) -> Object:
    if intent["customer"] is not None:
        return payment_methods.attached(world, payment_method, intent["customer"], "payment_method")
    return named(world, "payment_method", payment_method, "payment_method")


def _unexpected_state(intent: Object, verb: str) -> ApiError:
    return invalid_request(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )


ROUTES = (
    Route("POST", "/v1/payment_intents", create, NewPaymentIntent),
    Route("GET", "/v1/payment_intents", list_all, PaymentIntentList),
    Route("GET", "/v1/payment_intents/{intent}", retrieve),
    Route("POST", "/v1/payment_intents/{intent}", update, PaymentIntentChange),
    Route("POST", "/v1/payment_intents/{intent}/confirm", confirm, Confirmation),
    Route("POST", "/v1/payment_intents/{intent}/cancel", cancel, Cancellation),
)
