"""`/v1/invoiceitems`: what waits for the next invoice: prorations, and amounts that the platform adds by hand."""

from msgspec import UNSET

from services.payments.sandbox.resources import currencies
from services.payments.sandbox.resources.params import Metadata, Params, merged, named, refuse_created
from services.payments.sandbox.resources.prices import check_amount
from services.payments.sandbox.routing import ListParams, Route, page_of
from services.payments.sandbox.world import Object, World


class NewInvoiceItem(Params, frozen=True, kw_only=True):
    """The parameters of an invoice item's creation."""

    amount: int
    currency: str
    customer: str
    description: str | None = None
    metadata: Metadata = UNSET
    subscription: str | None = None


class InvoiceItemList(ListParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the list of invoice items."""

    customer: str | None = None
    invoice: str | None = None
    pending: bool | None = None


def new(
    world: World,
    *,
    amount: int,
    currency: str,
    customer: str,
    description: str | None,
    period: tuple[int, int],
    subscription: str | None = None,
    subscription_item: str | None = None,
    price: Object | None = None,
    quantity: int = 1,
    credited: Object | None = None,
    metadata: dict[str, str] | None = None,
) -> Object:
    """Return an invoice item that nobody has recorded yet.

    Args:
        amount: minor units; a credit's is negative.
        period: first and last moment of what it is for.
        price: of a proration; its share of it is the amount.
        credited: of a credit, Stripe's `credited_items`: what is given back.
    """
    parent = {"subscription": subscription, "subscription_item": subscription_item}
    pricing = price and {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"],
    }
    return {
        "id": world.new_id("ii"),
        "object": "invoiceitem",
        "amount": amount,
        "currency": currency,
        "customer": customer,
        "customer_account": None,
        "date": world.now,
        "description": description,
        "discountable": price is None,
        "discounts": [],
        "frozen_fields": [],
        "invoice": None,
        "invoicing_rules": [],
        "livemode": False,
        "metadata": metadata or {},
        "net_amount": amount,
        "parent": subscription and {"subscription_details": parent, "type": "subscription_details"},
        "period": {"start": period[0], "end": period[1]},
        "pricing": pricing,
        "proration": price is not None,
        "proration_details": price and {"credited_items": credited, "discount_amounts": []},
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "tax_rates": [],
        "test_clock": None,
    }


def record(world: World, item: Object) -> None:
    """Let an item wait for the next invoice."""
    world.put(item)
    world.emit("invoiceitem.created", item)


def waiting(world: World, customer: str, subscription: str | None) -> list[Object]:
    """Return what waits for a customer's or a subscription's next invoice, oldest first."""
    found = [item for item in world.all("invoiceitem", customer=customer) if item["invoice"] is None]
    return [item for item in reversed(found) if subscription_of(item) == subscription]


def subscription_of(item: Object) -> str | None:
    """Return the subscription that an item belongs to."""
    parent = item["parent"]
    return None if parent is None else parent["subscription_details"]["subscription"]


def put_on(world: World, items: list[Object], invoice: str) -> None:
    """Record that items wait no longer: they are on an invoice."""
    for item in items:
        world.put(item | {"invoice": invoice})


def create(world: World, params: NewInvoiceItem) -> Object:
    """Add an amount to a customer's next invoice."""
    named(world, "customer", params.customer, "customer")
    check_amount(abs(params.amount), params.currency, "amount")
    currencies.check(world, params.customer, params.currency.lower())
    if params.subscription is not None:
        named(world, "subscription", params.subscription, "subscription")
    item = new(
        world,
        amount=params.amount,
        currency=params.currency.lower(),
        customer=params.customer,
        description=params.description,
        period=(world.now, world.now),
        subscription=params.subscription,
        metadata=merged({}, params.metadata),
    )
    record(world, item)
    return item


def retrieve(world: World, params: None, item: str) -> Object:  # noqa: ARG001 - it takes none
    """Return an invoice item."""
    return world.get("invoiceitem", item)


def list_all(world: World, params: InvoiceItemList) -> Object:
    """List invoice items, newest first. They have a `date` in the place of `created`, and cannot be listed by it."""
    refuse_created(params)
    equal = {"customer": params.customer, "invoice": params.invoice}
    pending = params.pending
    return page_of(
        world, params, "invoiceitem", wanted=lambda item: pending in (None, item["invoice"] is None), **equal
    )


ROUTES = (
    Route("POST", "/v1/invoiceitems", create, NewInvoiceItem),
    Route("GET", "/v1/invoiceitems", list_all, InvoiceItemList),
    Route("GET", "/v1/invoiceitems/{item}", retrieve),
)
