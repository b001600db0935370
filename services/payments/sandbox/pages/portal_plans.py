"""`/p/session/{session}/subscriptions/{subscription}/plans…`: the portal's pages to switch plans.

A switch waits for the period's end where the configuration says so (`portal_rules`); any other is made at once, and not
at all when its card is declined.
"""

from starlette.responses import Response

from services.contract.wording import money
from services.payments.sandbox.errors import ApiError, missing
from services.payments.sandbox.pages.plan_states import describe, ends_at
from services.payments.sandbox.pages.portal_rules import days, waits_for_period_end
from services.payments.sandbox.pages.portal_visit import PortalVisit, enter
from services.payments.sandbox.pages.posting import PageGone, looking, posting
from services.payments.sandbox.pages.rendering import page
from services.payments.sandbox.pages.wording import INTERVAL_TITLES, card_title, day, price_text
from services.payments.sandbox.resources import invoices, portal_configurations, subscriptions
from services.payments.sandbox.resources.invoice_lines import product_name
from services.payments.sandbox.resources.subscription_changes import ItemChange, invoice_of, planned
from services.payments.sandbox.routing import PageRequest
from services.payments.sandbox.world import Object, World

_FEATURE = "subscription_update"
_CONFIRMATION = "subscription_update_confirm"
_PATH = "/p/session/{session}/subscriptions/{subscription}/plans"


def show(world: World, asked: PageRequest, session_id: str, subscription_id: str) -> Response:
    """Show the plans of one billing cycle, and when a switch to each would take effect."""
    visit = _allowed(world, session_id)
    subscription = visit.subscription(subscription_id)
    item = subscription["items"]["data"][0]
    prices = _prices(visit, subscription)
    intervals = sorted({_interval(price) for price in prices}, key=list(INTERVAL_TITLES).index)
    shown = asked.query.get("interval", _interval(item["price"]))
    current = describe(world, subscription)
    return page(
        world,
        "portal_plans.html",
        back=visit.back(_FEATURE),
        current=f"{current.name}, {current.price}",
        intervals=[{"key": interval, "title": INTERVAL_TITLES[interval]} for interval in intervals],
        shown=shown,
        choices=[
            {
                "name": product_name(world, price),
                "price": price_text(price, item["quantity"]),
                "is_current": price["id"] == item["price"]["id"],
                "when": f"from {day(current.period_end)}" if _waits(visit, subscription, price) else "at once",
                "path": f"{visit.path}/subscriptions/{subscription_id}/plans/{price['id']}",
            }
            for price in prices
            if _interval(price) == shown
        ],
    )


def confirm(world: World, _: PageRequest, session_id: str, subscription_id: str, price_id: str) -> Response:
    """Say what a switch costs and when it takes effect, and ask."""
    visit = _allowed(world, session_id)
    subscription = visit.subscription(subscription_id)
    return _confirmation(visit, subscription, _chosen(visit, subscription, price_id))


def switch(world: World, _: PageRequest, session_id: str, subscription_id: str, price_id: str) -> Response:
    """Switch: at the period's end, or at once and paid."""
    visit = _allowed(world, session_id)
    subscription = visit.subscription(subscription_id)
    price = _chosen(visit, subscription, price_id)
    try:
        if _waits(visit, subscription, price):
            subscriptions.change_at_period_end(world, subscription_id, price_id)
        else:
            proration = visit.features[_FEATURE]["proration_behavior"]
            subscriptions.change_price(world, subscription_id, price_id, proration=proration)
    except ApiError as declined:
        if not declined.keeps_work:
            raise
        return _confirmation(visit, subscription, price, refusal=declined.message, status=402)
    if ends_at(subscription) is not None:  # who chooses a plan means to stay
        subscriptions.resume(world, subscription_id)
    return visit.finish(_FEATURE, _CONFIRMATION)


def _confirmation(
    visit: PortalVisit, subscription: Object, price: Object, *, refusal: str | None = None, status: int = 200
) -> Response:
    world, quantity = visit.world, subscription["items"]["data"][0]["quantity"]
    now, name = describe(world, subscription), product_name(world, price)
    waits = _waits(visit, subscription, price)
    invoice = None if waits else _invoice(visit, subscription, price)
    due = 0 if invoice is None else invoice["amount_due"]
    card = invoices.default_method(world, invoice) if invoice is not None and due else None
    return page(
        world,
        "portal_switch.html",
        status,
        heading=f"Switch to {name if name != now.name else _cycle(price)}",
        before={"name": now.name, "price": now.price},
        after={"name": name, "price": price_text(price, quantity)},
        effect=day(now.period_end) if waits else "At once",
        due_today=money(due, price["currency"]),
        card=None if card is None else card_title(card),
        explanation=_explanation(visit, subscription, price),
        button="Schedule the switch"
        if waits
        else f"Switch and pay {money(due, price['currency'])}"
        if due
        else "Switch",
        action=f"{visit.path}/subscriptions/{subscription['id']}/plans/{price['id']}",
        back=_way_back(visit, subscription),
        refusal=refusal,
    )


def _explanation(visit: PortalVisit, subscription: Object, price: Object) -> str:
    now, name = describe(visit.world, subscription), product_name(visit.world, price)
    if _waits(visit, subscription, price):
        return f"{now.name} stays as it is until {day(now.period_end)}. You can keep it until then."
    proration = visit.features[_FEATURE]["proration_behavior"]
    if days(price) != days(subscription["items"]["data"][0]["price"]):
        credited = "." if proration == "none" else f"; what is left of {now.name} is credited."
        return f"A new billing period begins today{credited}"
    if proration == "none":
        return f"The price of {name} is charged from the next invoice on."
    if proration == "create_prorations":
        return "The difference for the rest of the period comes on the next invoice."
    return f"{name} is charged for the rest of the period; what is left of {now.name} is credited."


def _way_back(visit: PortalVisit, subscription: Object) -> str:
    if visit.back(_CONFIRMATION) != visit.path:
        return visit.back(_CONFIRMATION)
    return f"{visit.path}/subscriptions/{subscription['id']}/plans"


def _allowed(world: World, session_id: str) -> PortalVisit:
    visit = enter(world, session_id)
    visit.require(_FEATURE)
    return visit


def _prices(visit: PortalVisit, subscription: Object) -> list[Object]:
    configuration = visit.world.get("billing_portal.configuration", visit.session["configuration"])
    found = portal_configurations.prices(visit.world, configuration)
    return [price for price in found if price["currency"] == subscription["currency"]]


def _chosen(visit: PortalVisit, subscription: Object, price_id: str) -> Object:
    if price_id == subscription["items"]["data"][0]["price"]["id"]:
        raise PageGone("This is the plan already", "There is nothing to switch. Go back to see it.", status=409)
    for price in _prices(visit, subscription):
        if price["id"] == price_id:
            return price
    raise missing("price", price_id)


def _waits(visit: PortalVisit, subscription: Object, price: Object) -> bool:
    conditions = [each["type"] for each in visit.features[_FEATURE]["schedule_at_period_end"]["conditions"]]
    return waits_for_period_end(conditions, subscription["items"]["data"][0]["price"], price)


def _invoice(visit: PortalVisit, subscription: Object, price: Object) -> Object | None:
    """Return a draft, recorded nowhere, of what a switch made now would be charged at once."""
    item = ItemChange(id=subscription["items"]["data"][0]["id"], price=price["id"])
    proration = visit.features[_FEATURE]["proration_behavior"]
    return invoice_of(visit.world, planned(visit.world, subscription, [item], proration=proration))


def _cycle(price: Object) -> str:
    return f"{INTERVAL_TITLES[_interval(price)].lower()} billing"


def _interval(price: Object) -> str:
    return str(price["recurring"]["interval"])


PAGES = (looking(_PATH, show), looking(f"{_PATH}/{{price}}", confirm), posting(f"{_PATH}/{{price}}", switch))
