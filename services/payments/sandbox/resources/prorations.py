"""What a change within a period gives back and asks for (docs.stripe.com/billing/subscriptions/prorations).

In flexible billing mode a credit is a share of what was debited last for the item, not of its price.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from services.payments.sandbox.proration import remaining_share, smallest_step
from services.payments.sandbox.resources import invoice_items, invoice_lines
from services.payments.sandbox.resources.subscription_shapes import current_period
from services.payments.sandbox.world import Object, World


class _Debit(NamedTuple):
    """What was asked for an item until the end of its period, and where that stands."""

    amount: int
    start: int
    end: int
    price: str
    credited: Object


def credit(world: World, subscription: Object, item: Object, moment: int) -> Object | None:
    """Return the invoice item that gives back what was debited for an item from a moment on; None: nothing was."""
    debit = _last_debit(world, subscription, item["id"], moment)
    if debit is None:
        return None
    step = smallest_step(subscription["currency"])
    price = world.get("price", debit.price)
    return invoice_items.new(
        world,
        amount=-remaining_share(debit.amount, debit.start, debit.end, moment, step=step),
        currency=subscription["currency"],
        customer=subscription["customer"],
        description=f"Unused time on {_named(world, price, item['quantity'])} after {_day(moment)}",
        period=(moment, debit.end),
        subscription=subscription["id"],
        subscription_item=item["id"],
        price=price,
        quantity=item["quantity"],
        credited=debit.credited,
    )


def debit(world: World, subscription: Object, item: Object, moment: int) -> Object:
    """Return the invoice item that asks for an item's price from a moment on until the period's end."""
    start, end = current_period(subscription)
    price, quantity = item["price"], item["quantity"]
    step = smallest_step(subscription["currency"])
    return invoice_items.new(
        world,
        amount=remaining_share(price["unit_amount"] * quantity, start, end, moment, step=step),
        currency=subscription["currency"],
        customer=subscription["customer"],
        description=f"Remaining time on {_named(world, price, quantity)} after {_day(moment)}",
        period=(moment, end),
        subscription=subscription["id"],
        subscription_item=item["id"],
        price=price,
        quantity=quantity,
    )


def _last_debit(world: World, subscription: Object, item_id: str, moment: int) -> _Debit | None:
    """Return what was asked last for an item's time after a moment: waiting items come after everything invoiced."""
    for waiting in reversed(invoice_items.waiting(world, subscription["customer"], subscription["id"])):
        details = waiting["parent"]["subscription_details"]
        if details["subscription_item"] == item_id and _covers(waiting, moment):
            credited = {"invoice_item": waiting["id"], "invoice_line_item_details": None, "type": "invoice_item"}
            return _debit_of(waiting, credited)
    for invoice in world.all("invoice", subscription=subscription["id"]):
        if invoice["status"] == "void":
            continue
        for line in reversed(invoice["lines"]["data"]):
            if invoice_lines.subscription_item_of(line) == item_id and _covers(line, moment):
                where = {"invoice": invoice["id"], "invoice_line_items": [line["id"]]}
                credited = {"invoice_item": None, "invoice_line_item_details": where, "type": "invoice_line_items"}
                return _debit_of(line, credited)
    return None


def _covers(asked: Object, moment: int) -> bool:
    period = asked["period"]
    return asked["amount"] >= 0 and bool(period["start"] <= moment < period["end"])


def _debit_of(asked: Object, credited: Object) -> _Debit:
    period, price = asked["period"], asked["pricing"]["price_details"]["price"]
    return _Debit(asked["amount"], period["start"], period["end"], price, credited)


def _named(world: World, price: Object, quantity: int) -> str:
    name = invoice_lines.product_name(world, price)
    return name if quantity == 1 else f"{quantity} × {name}"


def _day(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%d %b %Y}"
