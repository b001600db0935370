"""The life of a subscription schedule: phases that a subscription goes through, one after the other."""

from typing import Any

from services.payments.sandbox import periods
from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.resources.subscription_changes import (
    ItemChange,
    ProrationBehavior,
    carry_out,
    changed,
    planned,
)
from services.payments.sandbox.resources.subscription_shapes import current_period, items_of, sellable_price
from services.payments.sandbox.world import Object, World

PhaseItems = list[tuple[str, int]]
"""Prices with their quantities."""


def of_subscription(world: World, before: Object) -> Object:
    """Put a subscription under a schedule whose one phase is its current period.

    Raises:
        ApiError: 400, when it has one, is over, or waits for its first payment.
    """
    if before["schedule"] is not None:
        raise invalid_request(
            f"You cannot migrate a subscription that is already attached to a schedule: `{before['schedule']}`.",
            param="from_subscription",
        )
    if before["status"] not in ("active", "past_due"):
        raise invalid_request(
            f"You cannot migrate a subscription that is {before['status']} to a schedule.", param="from_subscription"
        )
    start, end = current_period(before)
    held = [(item["price"]["id"], item["quantity"]) for item in items_of(before)]
    schedule: Object = {
        "id": world.new_id("sub_sched"),
        "object": "subscription_schedule",
        "application": None,
        "billing_mode": before["billing_mode"],
        "canceled_at": None,
        "completed_at": None,
        "created": world.now,
        "current_phase": {"start_date": start, "end_date": end},
        "customer": before["customer"],
        "customer_account": None,
        "default_settings": {
            "application_fee_percent": None,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": "automatic",
            "billing_thresholds": None,
            "collection_method": before["collection_method"],
            "default_payment_method": before["default_payment_method"],
            "description": None,
            "invoice_settings": {"account_tax_ids": None, "days_until_due": None, "issuer": {"type": "self"}},
            "on_behalf_of": None,
            "transfer_data": None,
        },
        "end_behavior": "release",
        "livemode": False,
        "metadata": {},
        "pause_schedules": [],
        "phases": [phase(world, held, start, end, before["currency"])],
        "released_at": None,
        "released_subscription": None,
        "status": "active",
        "subscription": before["id"],
        "test_clock": None,
    }
    world.put(schedule)
    world.emit("subscription_schedule.created", schedule)
    subscription = before | {"schedule": schedule["id"]}
    world.put(subscription)
    world.emit("customer.subscription.updated", subscription, before)
    return schedule


def phase(world: World, items: PhaseItems, start: int, end: int | None, currency: str, **fields: Any) -> Object:
    """Return a phase of a schedule.

    Args:
        end: None: one period of its first price.
        fields: what else is to stand in it, such as `metadata`.

    Raises:
        ApiError: 400, for a price that the subscription cannot have.
    """
    prices = [sellable_price(world, price, "phases[items][price]", currency) for price, _ in items]
    if end is None:
        recurring = prices[0]["recurring"]
        end = periods.next_boundary(start, recurring["interval"], recurring["interval_count"], start)
    return {
        "add_invoice_items": [],
        "application_fee_percent": None,
        "billing_cycle_anchor": None,
        "billing_thresholds": None,
        "collection_method": None,
        "currency": currency,
        "default_payment_method": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "end_date": end,
        "invoice_settings": None,
        "items": [phase_item(price, quantity) for price, quantity in items],
        "metadata": {},
        "on_behalf_of": None,
        "proration_behavior": "create_prorations",
        "start_date": start,
        "transfer_data": None,
        "trial_end": None,
    } | fields


def add_phase(world: World, before: Object, items: PhaseItems) -> Object:
    """Let other items follow a schedule's last phase, for one period; then the subscription goes on by itself."""
    last = before["phases"][-1]
    following = phase(world, items, last["end_date"], None, last["currency"], proration_behavior="none")
    return replace(world, before, before | {"phases": [*before["phases"], following]})


def replace(world: World, before: Object, schedule: Object) -> Object:
    """Record a changed schedule."""
    world.put(schedule)
    world.emit("subscription_schedule.updated", schedule, before)
    return schedule


def let_go(world: World, before: Object) -> Object:
    """End a schedule and leave its subscription as it is."""
    subscription = world.get("subscription", before["subscription"])
    schedule = before | {
        "current_phase": None,
        "released_at": world.now,
        "released_subscription": subscription["id"],
        "status": "released",
        "subscription": None,
    }
    world.put(schedule)
    free = subscription | {"schedule": None}
    world.put(free)
    world.emit("customer.subscription.updated", free, subscription)
    world.emit("subscription_schedule.released", schedule)
    return schedule


def current_number(schedule: Object) -> int:
    """Return which of an active schedule's phases is the current one, from 0."""
    starts = [phase["start_date"] for phase in schedule["phases"]]
    return starts.index(schedule["current_phase"]["start_date"])


def next_phase(schedule: Object) -> Object | None:
    """Return the phase that follows the current one, or None."""
    following = current_number(schedule) + 1
    return schedule["phases"][following] if following < len(schedule["phases"]) else None


def enter(world: World, before: Object, following: Object) -> Object:
    """Record that a schedule's next phase is the current one."""
    bounds = {"start_date": following["start_date"], "end_date": following["end_date"]}
    return replace(world, before, before | {"current_phase": bounds})


def follow(world: World, subscription: Object) -> None:
    """Let the current phase of a subscription's schedule, if it has one, say what the subscription is for by now."""
    if subscription["schedule"] is None:
        return
    before = world.get("subscription_schedule", subscription["schedule"])
    number = current_number(before)
    held = [phase_item(item["price"]["id"], item["quantity"]) for item in items_of(subscription)]
    current = before["phases"][number] | {"items": held}
    phases = [*before["phases"][:number], current, *before["phases"][number + 1 :]]
    if phases != before["phases"]:
        replace(world, before, before | {"phases": phases})


def carry_out_phase(world: World, before: Object, of_phase: Object, *, proration: ProrationBehavior) -> Object:
    """Let a subscription be for what a phase says from now on, within its period, and return it."""
    labelled = before | {"metadata": before["metadata"] | of_phase["metadata"]}
    change = planned(world, labelled, _changes_to(before, of_phase), proration=proration)
    return carry_out(world, change._replace(before=before), only_if_paid=False)


def with_items_of(world: World, subscription: Object, of_phase: Object) -> Object:
    """Return a subscription with a phase's items and metadata, recorded nowhere."""
    after = changed(world, subscription, _changes_to(subscription, of_phase))
    return after | {"metadata": after["metadata"] | of_phase["metadata"]}


def _changes_to(subscription: Object, of_phase: Object) -> list[ItemChange]:
    """Return how a subscription's items become a phase's: one stands for the other in their order."""
    held, wanted = items_of(subscription), of_phase["items"]
    kept = [ItemChange(item["id"], new["price"], new["quantity"]) for item, new in zip(held, wanted, strict=False)]
    dropped = [ItemChange(item["id"], deleted=True) for item in held[len(wanted) :]]
    added = [ItemChange(None, new["price"], new["quantity"]) for new in wanted[len(held) :]]
    return kept + dropped + added


def phase_item(price: str, quantity: int) -> Object:
    """Return one item of a phase."""
    return {
        "billing_thresholds": None,
        "discounts": [],
        "metadata": {},
        "plan": price,
        "price": price,
        "quantity": quantity,
        "tax_rates": [],
    }
