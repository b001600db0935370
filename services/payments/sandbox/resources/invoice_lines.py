"""The lines of invoices: whole periods of a subscription, and what was waiting for an invoice."""

from typing import Any

from services.contract.wording import money
from services.payments.sandbox.routing import whole_list
from services.payments.sandbox.world import Object, World

Period = tuple[int, int]
"""First and last moment, in unix seconds."""


def of_period(world: World, subscription: Object, item: Object, period: Period) -> Object:
    """Return the line that asks for a whole period of a subscription item: "1 × Growth (at 99.00 USD / month)"."""
    price, quantity = item["price"], item["quantity"]
    details = {
        "invoice_item": None,
        "proration": False,
        "proration_details": {"credited_items": None},
        "subscription": subscription["id"],
        "subscription_item": item["id"],
    }
    each = f"{money(price['unit_amount'], price['currency'])} / {_every(price['recurring'])}"
    return _line(
        world,
        amount=price["unit_amount"] * quantity,
        currency=price["currency"],
        description=f"{quantity} × {product_name(world, price)} (at {each})",
        metadata=subscription["metadata"],
        parent={
            "invoice_item_details": None,
            "subscription_item_details": details,
            "type": "subscription_item_details",
        },
        period={"start": period[0], "end": period[1]},
        pricing={
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        quantity=quantity,
        subscription=subscription["id"],
    )


def of_item(world: World, item: Object) -> Object:
    """Return the line that an invoice item becomes."""
    subscription = item["parent"] and item["parent"]["subscription_details"]
    credited = item["proration_details"] and item["proration_details"]["credited_items"]
    on_lines = credited and credited["invoice_line_item_details"]
    details = {
        "invoice_item": item["id"],
        "proration": item["proration"],
        "proration_details": {"credited_items": on_lines},
        "subscription": subscription and subscription["subscription"],
    }
    parent: Object
    if subscription and subscription["subscription_item"]:
        for_item = details | {"subscription_item": subscription["subscription_item"]}
        parent = {
            "invoice_item_details": None,
            "subscription_item_details": for_item,
            "type": "subscription_item_details",
        }
    else:
        parent = {"invoice_item_details": details, "subscription_item_details": None, "type": "invoice_item_details"}
    return _line(
        world,
        amount=item["amount"],
        currency=item["currency"],
        description=item["description"],
        metadata=item["metadata"],
        parent=parent,
        period=item["period"],
        pricing=item["pricing"],
        quantity=item["quantity"],
        subscription=subscription and subscription["subscription"],
        discountable=item["discountable"],
    )


def listed(invoice: str, lines: list[Object]) -> Object:
    """Return an invoice's lines as they stand in it."""
    return whole_list(f"/v1/invoices/{invoice}/lines", [line | {"invoice": invoice} for line in lines])


def subscription_item_of(line: Object) -> str | None:
    """Return the subscription item that a line is for."""
    details = line["parent"]["subscription_item_details"]
    return None if details is None else str(details["subscription_item"])


def product_name(world: World, price: Object) -> str:
    """Return how a person calls what a price is for."""
    name: str = world.get("product", price["product"])["name"]
    return name


def _every(recurring: Object) -> str:
    count, interval = recurring["interval_count"], recurring["interval"]
    return interval if count == 1 else f"every {count} {interval}s"


def _line(world: World, *, amount: int, quantity: int, **fields: Any) -> Object:
    return {
        "id": world.new_id("il"),
        "object": "line_item",
        "amount": amount,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "pretax_credit_amounts": [],
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "subtotal": amount,
        "taxes": [],
    } | fields
