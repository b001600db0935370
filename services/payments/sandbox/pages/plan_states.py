"""A subscription as its customer sees it: what it is, what comes next, and how to keep it as it is."""

from typing import NamedTuple

from services.payments.sandbox.pages.wording import day, price_text
from services.payments.sandbox.resources.invoice_lines import product_name
from services.payments.sandbox.world import Object, World


class PlanState(NamedTuple):
    """A plan in words.

    Args:
        period_end: unix seconds.
        outlook: what happens next, and when.
        kept_by: the label of the button that takes back what waits for the period's end; null: nothing does.
    """

    name: str
    price: str
    period_end: int
    outlook: str
    kept_by: str | None


def describe(world: World, subscription: Object) -> PlanState:
    """Return a subscription in words. It has one item: the pages start and change no others."""
    item = subscription["items"]["data"][0]
    name, end = product_name(world, item["price"]), item["current_period_end"]
    outlook, kept_by = f"Renews on {day(end)}.", None
    coming, last_day = coming_price(world, subscription), ends_at(subscription)
    if last_day is not None:
        outlook, kept_by = f"Ends on {day(last_day)}, and stays as it is until then.", f"Keep {name}"
    elif coming is not None:
        then = f"{product_name(world, coming)} for {price_text(coming, item['quantity'])}"
        outlook, kept_by = f"{name} until {day(end)}, then {then}.", f"Keep {name}"
    elif subscription["status"] in ("past_due", "unpaid", "incomplete"):
        outlook = "The last payment failed. Pay the open invoice."
    elif subscription["status"] == "trialing":
        outlook = f"On trial until {day(end)}."
    return PlanState(name, price_text(item["price"], item["quantity"]), end, outlook, kept_by)


def ends_at(subscription: Object) -> int | None:
    """Return when a subscription that was canceled ends, in unix seconds."""
    moment: int | None = subscription["cancel_at"]
    return moment


def coming_price(world: World, subscription: Object) -> Object | None:
    """Return the price that a schedule puts in the place of the present one."""
    if subscription["schedule"] is None:
        return None
    present = subscription["items"]["data"][0]["price"]["id"]
    for phase in world.get("subscription_schedule", subscription["schedule"])["phases"]:
        price: str = phase["items"][0]["price"]
        if phase["start_date"] > world.now and price != present:
            return world.get("price", price)
    return None
