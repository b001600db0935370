"""`/v1/customers`: who pays."""

from msgspec import UNSET, UnsetType

from services.payments.sandbox.errors import missing
from services.payments.sandbox.resources import cancellation, payment_methods
from services.payments.sandbox.resources.params import Address, Metadata, NullableText, Params, Text, given, merged
from services.payments.sandbox.routing import ListParams, Route, page_of, whole_list
from services.payments.sandbox.world import Object, World


class Shipping(Params, frozen=True, kw_only=True):
    """Where goods go."""

    address: Address
    name: str
    phone: str | None = None


class InvoiceSettings(Params, frozen=True, kw_only=True):
    """What this customer's invoices go by."""

    default_payment_method: NullableText = UNSET
    footer: NullableText = UNSET


class CustomerFields(Params, frozen=True, kw_only=True):
    """What is known of a customer; all of it may be changed later."""

    address: Address | UnsetType | None = UNSET
    balance: int | UnsetType = UNSET
    business_name: NullableText = UNSET
    description: NullableText = UNSET
    email: NullableText = UNSET
    individual_name: NullableText = UNSET
    invoice_prefix: Text = UNSET
    invoice_settings: InvoiceSettings | UnsetType = UNSET
    metadata: Metadata = UNSET
    name: NullableText = UNSET
    next_invoice_sequence: int | UnsetType = UNSET
    phone: NullableText = UNSET
    preferred_locales: list[str] | UnsetType = UNSET
    shipping: Shipping | UnsetType | None = UNSET
    tax_exempt: NullableText = UNSET


class NewCustomer(CustomerFields, frozen=True, kw_only=True):
    """The parameters of a customer's creation."""

    payment_method: Text = UNSET


class CustomerList(ListParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the list of customers."""

    email: str | None = None


_FIELDS_APART = ("invoice_settings", "metadata", "payment_method")


def create(world: World, params: NewCustomer, customer_id: str | None = None) -> Object:
    """Create a customer, and attach the payment method that comes with it.

    Args:
        customer_id: what its id is to be; null: a fresh one.

    Raises:
        ApiError: 402, when its card fails at once: there is no customer then.
    """
    if isinstance(params.payment_method, str):
        payment_methods.attachable(world, params.payment_method, None)
    customer: Object = {
        "id": customer_id or world.new_id("cus_sandbox"),  # so that nobody takes it for one of Stripe's
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": world.now,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": _next_prefix(world),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    customer |= given(params, *_FIELDS_APART) | {"metadata": merged({}, params.metadata)}
    world.put(customer)
    world.emit("customer.created", customer)
    if isinstance(params.payment_method, str):
        payment_methods.attach_to(world, params.payment_method, customer["id"])
    if not isinstance(params.invoice_settings, UnsetType):
        _set_invoice_settings(world, customer, params.invoice_settings)
        world.put(customer)
    return customer


def retrieve(world: World, params: None, customer: str) -> Object:  # noqa: ARG001 - it takes none
    """Return a customer; of one that was deleted, that it was."""
    return world.get("customer", customer)


def update(world: World, params: CustomerFields, customer_id: str) -> Object:
    """Change what is known of a customer."""
    before = _living(world, customer_id)
    customer = before | given(params, *_FIELDS_APART) | {"metadata": merged(before["metadata"], params.metadata)}
    if not isinstance(params.invoice_settings, UnsetType):
        _set_invoice_settings(world, customer, params.invoice_settings)
    world.put(customer)
    world.emit("customer.updated", customer, before)
    return customer


def delete(world: World, params: None, customer_id: str) -> Object:  # noqa: ARG001 - it takes none
    """Delete a customer for good: its subscriptions are canceled at once, its payment methods detached."""
    customer = _living(world, customer_id)
    for subscription in world.all("subscription", customer=customer_id):
        if subscription["status"] not in cancellation.OVER:
            cancellation.end(world, subscription, reason="cancellation_requested")
    cancellation.stop_collecting(world, world.all("invoice", customer=customer_id))
    for method in world.all("payment_method", customer=customer_id):
        payment_methods.detach_from_customer(world, method)
    deleted = {"id": customer_id, "object": "customer", "deleted": True}
    world.put(deleted)
    world.emit("customer.deleted", customer)
    return deleted


def list_all(world: World, params: CustomerList) -> Object:
    """List customers, newest first; `email` is compared as it is written."""
    return page_of(world, params, "customer", wanted=lambda each: not each.get("deleted"), email=params.email)


def subscriptions_of(world: World, customer: Object) -> Object:
    """Return what lies behind `customer.subscriptions`: those that are not over."""
    live = [each for each in world.all("subscription", customer=customer["id"]) if each["status"] != "canceled"]
    return whole_list(f"/v1/customers/{customer['id']}/subscriptions", live)


def _living(world: World, customer_id: str) -> Object:
    customer = world.get("customer", customer_id)
    if customer.get("deleted"):
        raise missing("customer", customer_id)
    return customer


def _set_invoice_settings(world: World, customer: Object, settings: InvoiceSettings) -> None:
    changes = given(settings)
    if isinstance(settings.default_payment_method, str):
        method = payment_methods.attached(
            world, settings.default_payment_method, customer["id"], "invoice_settings[default_payment_method]"
        )
        changes["default_payment_method"] = method["id"]
    customer["invoice_settings"] = customer["invoice_settings"] | changes


def _next_prefix(world: World) -> str:
    """Return what the numbers of a new customer's invoices begin with: "SBX-0001", "SBX-0002", …"""
    counter = world.find("sandbox.counter", "customers") or {"id": "customers", "object": "sandbox.counter", "last": 0}
    counter["last"] += 1
    world.put(counter)
    return f"SBX-{counter['last']:04d}"


ROUTES = (
    Route("POST", "/v1/customers", create, NewCustomer),
    Route("GET", "/v1/customers", list_all, CustomerList),
    Route("GET", "/v1/customers/{customer}", retrieve),
    Route("POST", "/v1/customers/{customer}", update, CustomerFields),
    Route("DELETE", "/v1/customers/{customer}", delete),
)
EXPANDERS = {("customer", "subscriptions"): subscriptions_of}
