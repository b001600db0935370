"""`/v1/invoices/create_preview`: what an invoice would be, worked out as the real one is, and recorded nowhere."""

from typing import Literal

from msgspec import UNSET, UnsetType

from services.payments.sandbox.errors import ApiError, invalid_request
from services.payments.sandbox.resources import (
    cancellation,
    currencies,
    invoice_drafts,
    invoice_items,
    invoice_lines,
    prorations,
    subscription_changes,
    subscription_schedules,
    subscriptions,
)
from services.payments.sandbox.resources.params import Params, named
from services.payments.sandbox.resources.subscription_changes import ProrationBehavior
from services.payments.sandbox.resources.subscription_params import ItemUpdate
from services.payments.sandbox.resources.subscription_schedules_api import EndBehavior, Phase, phases_from
from services.payments.sandbox.resources.subscription_shapes import (
    current_period,
    item_shape,
    items_of,
    period_from,
    same_rhythm,
    sellable_price,
    shape,
)
from services.payments.sandbox.routing import Route
from services.payments.sandbox.world import Object, World


class SubscriptionDetails(Params, frozen=True, kw_only=True):
    """What the subscription would be."""

    cancel_at: int | UnsetType | None = UNSET
    cancel_at_period_end: bool | UnsetType = UNSET
    cancel_now: bool = False
    items: list[ItemUpdate] = []
    proration_behavior: ProrationBehavior = "create_prorations"
    proration_date: int | None = None


class ScheduleDetails(Params, frozen=True, kw_only=True):
    """What the schedule would be."""

    end_behavior: EndBehavior | UnsetType = UNSET
    phases: list[Phase] = []
    proration_behavior: ProrationBehavior = "create_prorations"


class NewPreview(Params, frozen=True, kw_only=True):
    """The parameters of a preview: of a subscription, of a schedule, or of a customer's first invoice."""

    customer: str | None = None
    preview_mode: Literal["next", "recurring"] = "next"
    schedule: str | None = None
    schedule_details: ScheduleDetails | None = None
    subscription: str | None = None
    subscription_details: SubscriptionDetails = SubscriptionDetails()


def create(world: World, params: NewPreview) -> Object:
    """Return the invoice that would come next.

    Raises:
        ApiError: 404 `invoice_upcoming_none`, where none would come; 400, for what cannot be.
    """
    if params.subscription is None and params.schedule is None:
        invoice = _first(world, params)
    else:
        invoice = _next(world, params, _subscription(world, params))
    preview_id = invoice["id"].replace("in_", "upcoming_in_", 1)
    lines = invoice_lines.listed(preview_id, invoice["lines"]["data"])
    return invoice | {"id": preview_id, "lines": lines}


def _subscription(world: World, params: NewPreview) -> Object:
    subscription_id = params.subscription
    if params.schedule is not None:
        subscription_id = named(world, "subscription_schedule", params.schedule, "schedule")["subscription"]
    if subscription_id is None:
        raise _nothing(params)
    subscription = named(world, "subscription", subscription_id, "subscription")
    if params.customer not in (None, subscription["customer"]):
        raise invalid_request("The subscription does not belong to this customer.", param="customer")
    if subscription["status"] in cancellation.OVER:
        raise _nothing(params)
    return subscription


def _next(world: World, params: NewPreview, before: Object) -> Object:
    """Return what would come next of a subscription that is there."""
    details = params.subscription_details
    if details.cancel_now:
        return _last(world, before, details)
    after, waiting = before, []
    if details.items:
        change = subscription_changes.planned(
            world,
            before,
            [item.change() for item in details.items],
            proration=details.proration_behavior,
            moment=details.proration_date,
        )
        at_once = subscription_changes.invoice_of(world, change)
        if at_once is not None and params.preview_mode == "next":
            return at_once
        after, waiting = change.after, change.prorations
    return _renewal(world, params, _with_end(after, details), waiting)


def _renewal(world: World, params: NewPreview, subscription: Object, more: list[Object]) -> Object:
    """Return the invoice of a subscription's next period; `more` waits for it beside what waits already."""
    end = current_period(subscription)[1]
    if subscription["cancel_at"] is not None and subscription["cancel_at"] <= end:
        raise _nothing(params)
    with world.at(end):
        becoming = _after_its_phase(world, params, subscription, end)
        renewed = subscriptions.renewed(becoming)
        if params.preview_mode == "recurring":
            waiting: list[Object] = []
        else:
            waiting = invoice_items.waiting(world, subscription["customer"], subscription["id"]) + more
        return subscriptions.next_invoice(world, renewed, current_period(subscription), waiting)


def _after_its_phase(world: World, params: NewPreview, subscription: Object, end: int) -> Object:
    """Return a subscription with what its schedule, as it is or would be, makes of it when the period ends."""
    schedule = subscription["schedule"] and world.get("subscription_schedule", subscription["schedule"])
    phases = schedule["phases"] if schedule else []
    end_behavior = schedule["end_behavior"] if schedule else "release"
    wanted = params.schedule_details
    if wanted is not None:
        if wanted.phases:
            start = schedule["current_phase"]["start_date"] if schedule else current_period(subscription)[0]
            phases = phases_from(world, start, subscription["currency"], wanted.phases, "schedule_details[phases]")
        if not isinstance(wanted.end_behavior, UnsetType):
            end_behavior = wanted.end_behavior
    for phase in phases:
        if phase["start_date"] <= end < phase["end_date"]:
            return subscription_schedules.with_items_of(world, subscription, phase)
    if phases and end_behavior == "cancel":
        raise _nothing(params)
    return subscription


def _last(world: World, subscription: Object, details: SubscriptionDetails) -> Object:
    """Return the invoice that a cancellation now would leave."""
    waiting = invoice_items.waiting(world, subscription["customer"], subscription["id"])
    if details.proration_behavior != "none":
        moment = world.now if details.proration_date is None else details.proration_date
        credits = [prorations.credit(world, subscription, item, moment) for item in items_of(subscription)]
        waiting += [credit for credit in credits if credit is not None]
    lines = [invoice_lines.of_item(world, item) for item in waiting]
    period = (current_period(subscription)[0], world.now)
    return invoice_drafts.for_subscription(world, subscription, lines, reason="subscription_update", period=period)


def _first(world: World, params: NewPreview) -> Object:
    """Return the first invoice of a subscription that a customer does not have yet."""
    if params.customer is None:
        raise invalid_request("You must specify a customer, a subscription or a schedule.", param="customer")
    customer = named(world, "customer", params.customer, "customer")
    if not params.subscription_details.items:
        raise _nothing(params)
    prices = [
        sellable_price(world, item.price or "", f"subscription_details[items][{number}][price]")
        for number, item in enumerate(params.subscription_details.items)
    ]
    same_rhythm(prices)
    currencies.check(world, customer["id"], prices[0]["currency"])
    period = period_from(prices[0], world.now, world.now)
    items = [
        item_shape(world, price, 1 if item.quantity is None else item.quantity, period)
        for price, item in zip(prices, params.subscription_details.items, strict=True)
    ]
    subscription = shape(world, customer["id"], items)
    lines = [invoice_lines.of_period(world, subscription, item, period) for item in items_of(subscription)]
    now = (world.now, world.now)
    invoice = invoice_drafts.for_subscription(world, subscription, lines, reason="subscription_create", period=now)
    return invoice | {"parent": None}  # the subscription that it would be for is nowhere


def _with_end(subscription: Object, details: SubscriptionDetails) -> Object:
    if details.cancel_at_period_end is True:
        return subscription | {"cancel_at": current_period(subscription)[1]}
    if details.cancel_at_period_end is False:
        return subscription | {"cancel_at": None}
    return subscription if isinstance(details.cancel_at, UnsetType) else subscription | {"cancel_at": details.cancel_at}


def _nothing(params: NewPreview) -> ApiError:
    whose = params.customer or params.subscription or params.schedule
    return invalid_request(f"No upcoming invoices for {whose}", code="invoice_upcoming_none", status=404)


ROUTES = (Route("POST", "/v1/invoices/create_preview", create, NewPreview),)
