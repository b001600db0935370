"""Ends of subscriptions."""

from services.payments.sandbox.resources import (
    invoice_drafts,
    invoice_items,
    invoice_lines,
    invoices,
    prorations,
)
from services.payments.sandbox.resources.subscription_shapes import current_period, items_of
from services.payments.sandbox.world import Object, World

OVER = ("canceled", "incomplete_expired")
"""The statuses of subscriptions that will never be charged again."""

GOING_ON = ("incomplete", "trialing", "active", "past_due", "unpaid", "paused")
"""All the others."""


def end(world: World, before: Object, *, reason: str, schedule_status: str = "canceled") -> Object:
    """End a subscription now, and its schedule; its open invoices are asked for no longer by themselves.

    Args:
        reason: Stripe's `cancellation_details.reason`: "cancellation_requested" or "payment_failed".
        schedule_status: what becomes of its schedule: "completed", when that was to cancel.
    """
    stop_collecting(world, world.all("invoice", subscription=before["id"]))
    if before["schedule"] is not None:
        _end_schedule(world, before["schedule"], schedule_status)
    subscription = before | {
        "canceled_at": before["canceled_at"] or world.now,
        "cancellation_details": before["cancellation_details"] | {"reason": reason},
        "ended_at": world.now,
        "status": "canceled",
    }
    world.put(subscription)
    world.emit("customer.subscription.deleted", subscription)
    return subscription


def end_with(world: World, subscription: Object, *, prorate: bool, invoice_now: bool) -> Object:
    """End a subscription now, on request.

    Args:
        prorate: whether time that was paid and not used is given back, as a credit.
        invoice_now: whether what waits for an invoice, the credit as well, is invoiced at once.
    """
    if prorate:
        for item in items_of(subscription):
            if credit := prorations.credit(world, subscription, item, world.now):
                invoice_items.record(world, credit)
    waiting = invoice_items.waiting(world, subscription["customer"], subscription["id"])
    ended = end(world, subscription, reason="cancellation_requested")
    if not (invoice_now and waiting):
        return ended
    lines = [invoice_lines.of_item(world, item) for item in waiting]
    period = (current_period(subscription)[0], world.now)
    last = invoice_drafts.for_subscription(world, ended, lines, reason="subscription_update", period=period)
    invoices.record(world, last, waiting)
    invoices.finalize(world, last["id"])
    invoices.collect(world, last["id"])
    ended = world.get("subscription", ended["id"]) | {"latest_invoice": last["id"]}
    world.put(ended)
    return ended


def stop_collecting(world: World, of_invoices: list[Object]) -> None:
    """Let drafts and open invoices stay as they are until somebody pays them: nothing happens by itself any more."""
    still = {"auto_advance": False, "automatically_finalizes_at": None, "next_payment_attempt": None}
    for invoice in of_invoices:
        stopped = invoice | still
        if invoice["status"] in ("draft", "open") and stopped != invoice:
            world.put(stopped)
            world.emit("invoice.updated", stopped, invoice)


def scheduled(before: Object, at: int, now: int, *, at_period_end: bool) -> Object:
    """Return a subscription that will be canceled at a moment."""
    details = before["cancellation_details"] | {"reason": "cancellation_requested"}
    return before | {
        "cancel_at": at,
        "cancel_at_period_end": at_period_end,
        "canceled_at": now,
        "cancellation_details": details,
    }


def unscheduled(before: Object) -> Object:
    """Return a subscription that goes on."""
    details = before["cancellation_details"] | {"reason": None}
    return before | {
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": details,
    }


def _end_schedule(world: World, schedule_id: str, status: str) -> None:
    before = world.get("subscription_schedule", schedule_id)
    moment = "completed_at" if status == "completed" else "canceled_at"
    schedule = before | {"current_phase": None, "status": status, moment: world.now}
    world.put(schedule)
    world.emit(f"subscription_schedule.{status}", schedule)
