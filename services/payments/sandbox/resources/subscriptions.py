"""The life of a subscription: what starts, changes, renews, cancels and resumes it. Requests come in at
`subscriptions_api`; the hosted pages and the clock call these functions."""

from typing import Any

from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.resources import (
    cancellation,
    currencies,
    invoice_drafts,
    invoice_items,
    invoice_lines,
    invoices,
    payment_methods,
    subscription_schedules,
)
from services.payments.sandbox.resources.params import named
from services.payments.sandbox.resources.subscription_changes import (
    ItemChange,
    ProrationBehavior,
    carry_out,
    moved,
    no_card,
    planned,
    require_payment,
)
from services.payments.sandbox.resources.subscription_shapes import (
    current_period,
    item_shape,
    items_of,
    period_from,
    same_rhythm,
    sellable_price,
    shape,
)
from services.payments.sandbox.world import Object, World


def start(
    world: World,
    *,
    customer: str,
    price: str,
    quantity: int = 1,
    payment_method: str | None,
    metadata: dict[str, str],
    collection_method: str = "charge_automatically",
) -> Object:
    """Start a subscription as Checkout does: charged at once, or not at all.

    Args:
        payment_method: the card, which becomes the subscription's own, and the customer's, if it is not declined;
            None: the customer's.

    Raises:
        ApiError: 402 with the decline: there is no subscription then, only the payment intent and its failed charge.
    """
    return begin(
        world,
        customer=customer,
        items=[(sellable_price(world, price, "price"), quantity)],
        only_if_paid=True,
        new_card=payment_method,
        metadata=metadata,
        collection_method=collection_method,
        days_until_due=None if collection_method == "charge_automatically" else 30,
    )


def begin(
    world: World,
    *,
    customer: str,
    items: list[tuple[Object, int]],
    only_if_paid: bool = False,
    wait_for_payment: bool = False,
    new_card: str | None = None,
    **fields: Any,
) -> Object:
    """Start a subscription and invoice its first period.

    One that is charged automatically is active when that invoice is paid, and incomplete until then; one whose
    invoices are sent is active at once.

    Args:
        items: prices with their quantities.
        only_if_paid: whether there is to be none when the card is declined (Stripe's `error_if_incomplete`).
        wait_for_payment: whether the card is not charged yet (`default_incomplete`).
        new_card: a card that need not be the customer's yet, in the place of a `default_payment_method`.
        fields: what else is to stand in the subscription.

    Raises:
        ApiError: 402, when `only_if_paid` and the card is declined; 400, without a card.
    """
    named(world, "customer", customer, "customer")
    prices = [price for price, _ in items]
    same_rhythm(prices)
    currencies.check(world, customer, prices[0]["currency"])
    if new_card is not None:
        fields["default_payment_method"] = new_card
    elif method := fields.get("default_payment_method"):
        own = payment_methods.attached(world, method, customer, "default_payment_method")
        fields["default_payment_method"] = own["id"]
    period = period_from(prices[0], world.now, world.now)
    shaped = [item_shape(world, price, quantity, period) for price, quantity in items]
    subscription = shape(world, customer, shaped, **fields)
    lines = [invoice_lines.of_period(world, subscription, item, period) for item in items_of(subscription)]
    charged = subscription["collection_method"] == "charge_automatically"
    invoice = invoice_drafts.for_subscription(
        world,
        subscription,
        lines,
        reason="subscription_create",
        period=(world.now, world.now),
        auto_advance=not charged,  # a first payment that fails is not retried: it is the customer's turn
    )
    card = invoices.card_of(world, subscription)
    if charged and card is None and invoice["amount_due"] and not wait_for_payment:
        raise no_card()
    if only_if_paid:
        require_payment(world, invoice, card)
    if new_card is not None:
        payment_methods.attach_to(world, new_card, customer)
    subscription |= {"latest_invoice": invoice["id"], "status": "incomplete" if charged else "active"}
    world.put(subscription)
    world.emit("customer.subscription.created", subscription)
    invoices.record(world, invoice, [])
    if charged:
        invoices.finalize(world, invoice["id"])
        if not wait_for_payment:
            invoices.collect(world, invoice["id"])
    return world.get("subscription", subscription["id"])


def renew(world: World, before: Object, becoming: Object | None = None) -> Object:
    """Begin a subscription's next period, which its last one's end is the start of, and draft its invoice.

    Args:
        becoming: the subscription with what it is for from now on; None: the same.
    """
    last = current_period(before)
    subscription = renewed(before if becoming is None else becoming)
    waiting = invoice_items.waiting(world, subscription["customer"], subscription["id"])
    invoice = next_invoice(world, subscription, last, waiting)
    subscription["latest_invoice"] = invoice["id"]
    world.put(subscription)
    world.emit("customer.subscription.updated", subscription, before)
    invoices.record(world, invoice, waiting)
    return subscription


def renewed(subscription: Object) -> Object:
    """Return a subscription in the period that follows its current one."""
    end = current_period(subscription)[1]
    return moved(
        subscription, period_from(items_of(subscription)[0]["price"], subscription["billing_cycle_anchor"], end)
    )


def next_invoice(world: World, subscription: Object, last: tuple[int, int], waiting: list[Object]) -> Object:
    """Return the draft, recorded nowhere, of a renewed subscription's invoice.

    Args:
        subscription: in its new period.
        last: the period before.
        waiting: the invoice items that come on it, before the period's own lines.
    """
    period = current_period(subscription)
    lines = [invoice_lines.of_item(world, item) for item in waiting]
    lines += [invoice_lines.of_period(world, subscription, item, period) for item in items_of(subscription)]
    return invoice_drafts.for_subscription(world, subscription, lines, reason="subscription_cycle", period=last)


def change_price(world: World, subscription: str, price: str, *, proration: ProrationBehavior) -> Object:
    """Change a subscription to another price now, as the portal does: what was planned for later is dropped.

    Raises:
        ApiError: 402 with the decline, when the change is charged at once and the card is declined: nothing changed.
    """
    before = _live(world, subscription)
    change = planned(world, before, [ItemChange(items_of(before)[0]["id"], price)], proration=proration)
    changed = carry_out(world, change, only_if_paid=True)
    return _released(world, changed)


def change_at_period_end(world: World, subscription: str, price: str) -> Object:
    """Change a subscription to another price when its period ends, through a schedule, as the portal does."""
    before = _released(world, _live(world, subscription))
    sellable_price(world, price, "price", before["currency"])
    schedule = subscription_schedules.of_subscription(world, before)
    quantity = items_of(before)[0]["quantity"]
    subscription_schedules.add_phase(world, schedule, [(price, quantity)])
    return world.get("subscription", subscription)


def cancel(
    world: World, subscription: str, *, at_period_end: bool, prorate: bool = False, invoice_now: bool = False
) -> Object:
    """Cancel a subscription now, or when its period ends.

    At the period's end it is done as the portal does it in flexible billing mode: `cancel_at` is set, and
    `cancel_at_period_end` stays false (docs.stripe.com/billing/subscriptions/billing-mode/compare).
    """
    before = _live(world, subscription)
    if not at_period_end:
        return cancellation.end_with(world, before, prorate=prorate, invoice_now=invoice_now)
    before = _released(world, before)
    end = current_period(before)[1]
    return _recorded(world, before, cancellation.scheduled(before, end, world.now, at_period_end=False))


def resume(world: World, subscription: str) -> Object:
    """Take back that a subscription is to be canceled later, and a change that waits for its period's end."""
    before = _released(world, _live(world, subscription))
    return _recorded(world, before, cancellation.unscheduled(before))


def _live(world: World, subscription_id: str) -> Object:
    subscription = world.get("subscription", subscription_id)
    if subscription["status"] in cancellation.OVER:
        raise invalid_request(
            "A canceled subscription can only update its cancellation_details and metadata.", param="subscription"
        )
    return subscription


def _released(world: World, subscription: Object) -> Object:
    """Return a subscription that no schedule manages any longer."""
    if subscription["schedule"] is None:
        return subscription
    subscription_schedules.let_go(world, world.get("subscription_schedule", subscription["schedule"]))
    return world.get("subscription", subscription["id"])


def _recorded(world: World, before: Object, subscription: Object) -> Object:
    if subscription != before:
        world.put(subscription)
        world.emit("customer.subscription.updated", subscription, before)
    return subscription
