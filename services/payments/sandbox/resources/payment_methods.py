"""`/v1/payment_methods`: cards. Of a number nothing is kept but brand, last four digits, expiry and a fingerprint."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from services.payments.sandbox import cards
from services.payments.sandbox.errors import invalid_request, missing
from services.payments.sandbox.resources import cardholders, typed_cards
from services.payments.sandbox.resources.params import Address, Metadata, NullableText, Params, given, merged, named
from services.payments.sandbox.routing import ListParams, Route, page_of
from services.payments.sandbox.world import Object, World

_TOKEN = "pm_card_"  # noqa: S105 - how Stripe's test payment methods are called


class CardNumber(Params, frozen=True, kw_only=True):
    """A card as it is typed."""

    number: str
    exp_month: int
    exp_year: int
    cvc: str | None = None


class Expiry(Params, frozen=True, kw_only=True):
    """What of a card may be changed."""

    exp_month: Annotated[int, msgspec.Meta(ge=1, le=12)] | UnsetType = UNSET
    exp_year: int | UnsetType = UNSET


class BillingDetails(Params, frozen=True, kw_only=True):
    """Who owns a card."""

    address: Address | UnsetType | None = UNSET
    email: NullableText = UNSET
    name: NullableText = UNSET
    phone: NullableText = UNSET


class NewPaymentMethod(Params, frozen=True, kw_only=True):
    """The parameters of a payment method's creation."""

    type: Literal["card"]
    card: CardNumber
    billing_details: BillingDetails | UnsetType = UNSET
    metadata: Metadata = UNSET


class PaymentMethodChange(Params, frozen=True, kw_only=True):
    """The parameters of a payment method's update."""

    billing_details: BillingDetails | UnsetType = UNSET
    card: Expiry | UnsetType = UNSET
    metadata: Metadata = UNSET


class Attachment(Params, frozen=True, kw_only=True):
    """The parameters of an attachment."""

    customer: str


class CustomersMethods(ListParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the list of one customer's payment methods."""

    type: str | None = None


class PaymentMethodList(CustomersMethods, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the list of payment methods."""

    customer: str


def new_card(world: World, number: str, exp_month: int, exp_year: int, customer: str) -> Object:
    """Make a payment method of a card that a person typed, and attach it to a customer.

    Raises:
        ApiError: 402 with the decline, for a card that fails at once; nothing is kept of it then.
    """
    method = typed_cards.typed(world, number, exp_month, exp_year)
    _check(method)
    return _attach(world, method, named(world, "customer", customer, "customer"))


def attach_to(world: World, payment_method: str, customer: str) -> Object:
    """Attach a payment method, or a copy of one of Stripe's test tokens, to a customer.

    Raises:
        ApiError: 402, for a card that fails at once; 400, when it is another customer's.
    """
    return _attach(world, attachable(world, payment_method, customer), named(world, "customer", customer, "customer"))


def attachable(world: World, payment_method: str, customer: str | None) -> Object:
    """Return a payment method that can be attached to a customer, who may not be recorded yet; nothing is recorded.

    Raises:
        ApiError: 402, for a card that fails at once; 400, when it is another customer's.
    """
    method = _resolved(world, payment_method)
    if method["customer"] not in (None, customer):
        raise invalid_request("The payment method you provided has already been attached to a customer.")
    _check(method)
    return method


def attached(world: World, payment_method: str, customer: str, param: str) -> Object:
    """Return a payment method that a customer can be charged by; a test token is attached first, as Stripe does.

    Raises:
        ApiError: 400, for one that is nobody's or another's; 402, for a token's card that fails at once.
    """
    if payment_method.startswith(_TOKEN):
        return attach_to(world, payment_method, customer)
    method = named(world, "payment_method", payment_method, param)
    if method["customer"] != customer:
        raise invalid_request(
            f"The customer does not have a payment method with the ID {payment_method}. The payment method must be "
            "attached to the customer.",
            param=param,
            code="resource_missing",
        )
    return method


def detach_from_customer(world: World, before: Object) -> Object:
    """Take a payment method from its customer for good, also where it was the default."""
    customer = world.get("customer", before["customer"])
    method = before | {"customer": None}
    world.put(method)
    world.emit("payment_method.detached", method, before)
    settings = customer["invoice_settings"]
    if settings["default_payment_method"] == method["id"]:
        changed = customer | {"invoice_settings": settings | {"default_payment_method": None}}
        world.put(changed)
        world.emit("customer.updated", changed, customer)
    for subscription in world.all("subscription", customer=customer["id"], default_payment_method=method["id"]):
        changed = subscription | {"default_payment_method": None}
        world.put(changed)
        world.emit("customer.subscription.updated", changed, subscription)
    return method


def decline_of(world: World, method: Object) -> cards.Decline | None:
    """Return why a charge of this card fails now; None: it succeeds."""
    if typed_cards.is_over(world, method["card"]["exp_month"], method["card"]["exp_year"]):
        return cards.EXPIRED
    if cardholders.is_asked(world, method):
        return cards.AUTHENTICATION_REQUIRED
    if cardholders.has_refused(world, method):
        return cards.PAYMENT_UNCONFIRMED
    return cards.by_fingerprint(method["card"]["fingerprint"]).decline


def create(world: World, params: NewPaymentMethod) -> Object:
    """Create a payment method that is nobody's yet."""
    method = typed_cards.typed(world, params.card.number, params.card.exp_month, params.card.exp_year)
    method = _changed(method, params.billing_details, params.metadata)
    world.put(method)
    return method


def retrieve(world: World, params: None, payment_method: str) -> Object:  # noqa: ARG001 - it takes none
    """Return a payment method."""
    return world.get("payment_method", payment_method)


def retrieve_customers(world: World, params: None, customer: str, payment_method: str) -> Object:  # noqa: ARG001
    """Return one of a customer's payment methods."""
    method = world.get("payment_method", payment_method)
    if method["customer"] != customer:
        raise missing("payment_method", payment_method)
    return method


def update(world: World, params: PaymentMethodChange, payment_method: str) -> Object:
    """Change a payment method's owner details or expiry; only one that is attached can be changed."""
    before = world.get("payment_method", payment_method)
    if before["customer"] is None:
        raise invalid_request("You must save this PaymentMethod to a customer before you can update it.")
    method = _changed(before, params.billing_details, params.metadata)
    if not isinstance(params.card, UnsetType):
        method["card"] = before["card"] | given(params.card)
    world.put(method)
    world.emit("payment_method.updated", method, before)
    return method


def attach(world: World, params: Attachment, payment_method: str) -> Object:
    """Attach a payment method to a customer."""
    return attach_to(world, payment_method, params.customer)


def detach(world: World, params: None, payment_method: str) -> Object:  # noqa: ARG001 - it takes none
    """Take a payment method from its customer."""
    method = world.get("payment_method", payment_method)
    if method["customer"] is None:
        raise invalid_request(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    return detach_from_customer(world, method)


def list_all(world: World, params: PaymentMethodList) -> Object:
    """List one customer's payment methods, newest first."""
    return list_customers(world, params, named(world, "customer", params.customer, "customer")["id"])


def list_customers(world: World, params: CustomersMethods, customer: str) -> Object:
    """List one customer's payment methods, newest first."""
    world.get("customer", customer)
    return page_of(world, params, "payment_method", customer=customer, type=params.type)


def _resolved(world: World, payment_method: str) -> Object:
    if not payment_method.startswith(_TOKEN):
        return named(world, "payment_method", payment_method, "payment_method")
    card = cards.by_token(payment_method)
    if card is None:
        raise invalid_request(
            f"No such PaymentMethod: '{payment_method}'", param="payment_method", code="resource_missing"
        )
    return typed_cards.of_token(world, card)


def _check(method: Object) -> None:
    card = cards.by_fingerprint(method["card"]["fingerprint"])
    if card.decline is not None and not card.attachable:
        raise card.decline.error()


def _attach(world: World, method: Object, customer: Object) -> Object:
    if method["customer"] == customer["id"]:
        return method
    attached_method = method | {"customer": customer["id"]}
    world.put(attached_method)
    world.emit("payment_method.attached", attached_method)
    return attached_method


def _changed(method: Object, billing_details: BillingDetails | UnsetType, metadata: Metadata) -> Object:
    details = method["billing_details"]
    if not isinstance(billing_details, UnsetType):
        details = details | given(billing_details)
    return method | {"billing_details": details, "metadata": merged(method["metadata"], metadata)}


ROUTES = (
    Route("POST", "/v1/payment_methods", create, NewPaymentMethod),
    Route("GET", "/v1/payment_methods", list_all, PaymentMethodList),
    Route("GET", "/v1/payment_methods/{payment_method}", retrieve),
    Route("POST", "/v1/payment_methods/{payment_method}", update, PaymentMethodChange),
    Route("POST", "/v1/payment_methods/{payment_method}/attach", attach, Attachment),
    Route("POST", "/v1/payment_methods/{payment_method}/detach", detach),
    Route("GET", "/v1/customers/{customer}/payment_methods", list_customers, CustomersMethods),
    Route("GET", "/v1/customers/{customer}/payment_methods/{payment_method}", retrieve_customers),
)
