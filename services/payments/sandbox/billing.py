"""What time brings: renewals, phases of schedules, cancellations, drafts that become due, and retries of payments.

Everything happens at the moment at which it fell due, in that order, however far the clock jumps.
"""

import heapq
from typing import NamedTuple

from services.payments.sandbox.resources import (
    cancellation,
    invoice_endings,
    invoices,
    subscription_schedules,
    subscriptions,
)
from services.payments.sandbox.resources.subscription_shapes import current_period
from services.payments.sandbox.resources.subscription_status import of_invoice
from services.payments.sandbox.world import Object, World

INCOMPLETE_SECONDS = 23 * 3_600
"""How long a first payment may take before the subscription expires (docs.stripe.com/billing/subscriptions)."""


class _Due(NamedTuple):
    """Something that falls due; of the same moment, what ends or changes a subscription goes before its invoices."""

    moment: int
    rank: int
    kind: str
    id: str


def tick(world: World) -> None:
    """Bring the world up to its `now`."""
    due = [
        each
        for status in cancellation.GOING_ON
        for subscription in world.all("subscription", status=status)
        for each in _of_subscription(world, subscription)
    ]
    due += [
        each
        for status in ("draft", "open")
        for invoice in world.all("invoice", status=status)
        for each in _of_invoice(invoice)
    ]
    heapq.heapify(due)
    while due and due[0].moment <= world.now:
        first = heapq.heappop(due)
        obj = world.get(first.kind, first.id)
        if first not in (_of_subscription(world, obj) if first.kind == "subscription" else _of_invoice(obj)):
            continue  # what came before has changed it
        with world.at(first.moment):
            if first.kind == "subscription":
                _bring(world, obj)
            else:
                _advance(world, obj)
        for each in _following(world, obj):
            heapq.heappush(due, each)


def _of_subscription(world: World, subscription: Object) -> list[_Due]:
    """Return the next moment at which a subscription changes by itself, if there is one."""
    if subscription["status"] in cancellation.OVER:
        return []
    if subscription["status"] == "incomplete":
        moment = subscription["created"] + INCOMPLETE_SECONDS
    else:
        moment = min(
            each
            for each in (current_period(subscription)[1], subscription["cancel_at"], _phase_end(world, subscription))
            if each is not None
        )
    return [_Due(moment, 0, "subscription", subscription["id"])]


def _of_invoice(invoice: Object) -> list[_Due]:
    """Return when an invoice is finalized or charged next by itself, if it is."""
    moment = invoice["automatically_finalizes_at"] if invoice["status"] == "draft" else invoice["next_payment_attempt"]
    if invoice["status"] not in ("draft", "open") or not invoice["auto_advance"] or moment is None:
        return []
    return [_Due(moment, 1, "invoice", invoice["id"])]


def _following(world: World, obj: Object) -> list[_Due]:
    """Return what falls due next after something happened to a subscription, or to an invoice of one."""
    subscription = obj["id"] if obj["object"] == "subscription" else of_invoice(obj)
    if subscription is None:
        return _of_invoice(world.get("invoice", obj["id"]))
    of_invoices = [each for invoice in world.all("invoice", subscription=subscription) for each in _of_invoice(invoice)]
    return _of_subscription(world, world.get("subscription", subscription)) + of_invoices


def _bring(world: World, subscription: Object) -> None:
    """Do what fell due for a subscription now."""
    if subscription["status"] == "incomplete":
        invoice_endings.void(world, subscription["latest_invoice"])
        return
    if subscription["cancel_at"] is not None and subscription["cancel_at"] <= world.now:
        cancellation.end(world, subscription, reason="cancellation_requested")
        return
    if _phase_end(world, subscription) == world.now:
        _end_phase(world, subscription)
    elif current_period(subscription)[1] == world.now:
        subscriptions.renew(world, subscription)


def _phase_end(world: World, subscription: Object) -> int | None:
    if subscription["schedule"] is None:
        return None
    end: int = world.get("subscription_schedule", subscription["schedule"])["current_phase"]["end_date"]
    return end


def _end_phase(world: World, subscription: Object) -> None:
    """Go on to a schedule's next phase, or end the schedule, and the subscription with it if it says so."""
    schedule = world.get("subscription_schedule", subscription["schedule"])
    following = subscription_schedules.next_phase(schedule)
    if following is not None:
        subscription_schedules.enter(world, schedule, following)
        if current_period(subscription)[1] == world.now:
            becoming = subscription_schedules.with_items_of(world, subscription, following)
            subscriptions.renew(world, subscription, becoming)
        else:
            subscription_schedules.carry_out_phase(
                world, subscription, following, proration=following["proration_behavior"]
            )
    elif schedule["end_behavior"] == "cancel":
        cancellation.end(world, subscription, reason="cancellation_requested", schedule_status="completed")
    else:
        subscription_schedules.let_go(world, schedule)


def _advance(world: World, invoice: Object) -> None:
    """Finalize and charge an invoice, or charge it again; after the last try its subscription is canceled.

    One that waits for its cardholder is neither tried again nor given up
    (support.stripe.com/questions/subscription-retries-for-failed-3d-secure-authorizations).
    """
    if invoice["status"] == "draft":
        invoices.finalize(world, invoice["id"])
    after = invoices.collect(world, invoice["id"])
    subscription_id = of_invoice(after)
    given_up = after["status"] == "open" and after["attempted"] and after["next_payment_attempt"] is None
    if subscription_id is None or not given_up or invoices.waits_for_cardholder(world, after):
        return
    if after["collection_method"] == "charge_automatically":
        subscription = world.get("subscription", subscription_id)
        if subscription["status"] not in cancellation.OVER:
            cancellation.end(world, subscription, reason="payment_failed")
