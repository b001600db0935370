"""Changes of what a subscription is for: worked out first, so that they can be previewed, then carried out."""

from typing import Literal, NamedTuple

from services.payments.sandbox.errors import ApiError, invalid_request
from services.payments.sandbox.resources import (
    invoice_drafts,
    invoice_items,
    invoice_lines,
    invoices,
    payment_intents,
    payment_methods,
    prorations,
)
from services.payments.sandbox.resources.subscription_shapes import (
    current_period,
    item_shape,
    items_of,
    period_from,
    plan_of,
    same_rhythm,
    sellable_price,
    with_items,
)
from services.payments.sandbox.world import Object, World

ProrationBehavior = Literal["always_invoice", "create_prorations", "none"]


class ItemChange(NamedTuple):
    """What is to become of one item; without an `id` it is a new one. What is None stays."""

    id: str | None = None
    price: str | None = None
    quantity: int | None = None
    deleted: bool = False


class Change(NamedTuple):
    """A change of a subscription, worked out and not carried out.

    Args:
        prorations: invoice items that nobody has recorded yet.
        periods: the lines of a whole new period, where the change begins one.
        at_once: whether an invoice is due at once.
    """

    before: Object
    after: Object
    prorations: list[Object]
    periods: list[Object]
    at_once: bool


def planned(
    world: World,
    before: Object,
    changes: list[ItemChange],
    *,
    proration: ProrationBehavior,
    moment: int | None = None,
    new_cycle: bool = False,
) -> Change:
    """Work out a change of items.

    Another interval begins a new period now, as `new_cycle` asks for: it is invoiced at once, in full.

    Args:
        moment: from when on time is prorated, within the current period; None: now.

    Raises:
        ApiError: 400, for items and prices that cannot be.
    """
    start, end = current_period(before)
    if moment is not None and not start <= moment <= end:
        raise invalid_request("Cannot prorate outside of the current period.", param="proration_date")
    moment = world.now if moment is None else moment
    after = changed(world, before, changes)
    if new_cycle or _rhythm(items_of(after)) != _rhythm(items_of(before)):
        period = period_from(items_of(after)[0]["price"], world.now, world.now)
        after = moved(after | {"billing_cycle_anchor": world.now}, period)
        old = [] if proration == "none" else items_of(before)
        credits = [prorations.credit(world, before, item, moment) for item in old]
        lines = [invoice_lines.of_period(world, after, item, period) for item in items_of(after)]
        return Change(before, after, [each for each in credits if each], lines, at_once=True)
    waiting = [] if proration == "none" else _prorated(world, before, after, moment)
    return Change(before, after, waiting, [], at_once=bool(waiting) and proration == "always_invoice")


def changed(world: World, before: Object, changes: list[ItemChange]) -> Object:
    """Return a subscription with changed items, still in its period; another interval lets its cycle begin anew, now.

    Raises:
        ApiError: 400, for items and prices that cannot be.
    """
    items = _changed_items(world, before, changes)
    if _rhythm(items) == _rhythm(items_of(before)):
        return with_items(before, items)
    return with_items(before | {"billing_cycle_anchor": world.now}, items)


def moved(subscription: Object, period: tuple[int, int]) -> Object:
    """Return a subscription in another period."""
    bounds = {"current_period_start": period[0], "current_period_end": period[1]}
    return with_items(subscription, [item | bounds for item in items_of(subscription)])


def invoice_of(world: World, change: Change) -> Object | None:
    """Return a draft, recorded nowhere, of the invoice that a change makes due at once; None: none is."""
    if not change.at_once:
        return None
    before = change.before
    waiting = invoice_items.waiting(world, before["customer"], before["id"]) + change.prorations
    lines = [invoice_lines.of_item(world, item) for item in waiting] + change.periods
    period = (current_period(before)[0], world.now)
    return invoice_drafts.for_subscription(world, change.after, lines, reason="subscription_update", period=period)


def carry_out(world: World, change: Change, *, only_if_paid: bool) -> Object:
    """Record a change, and collect what is due at once for it. Returns the subscription.

    Args:
        only_if_paid: Stripe's `error_if_incomplete`: a card that is declined leaves all as it was, but for the attempt.

    Raises:
        ApiError: 402, when `only_if_paid` and the card is declined.
    """
    invoice = invoice_of(world, change)
    if invoice is not None and only_if_paid:
        require_payment(world, invoice, invoices.card_of(world, change.after))
    after = change.after if invoice is None else change.after | {"latest_invoice": invoice["id"]}
    world.put(after)
    if after != change.before:
        world.emit("customer.subscription.updated", after, change.before)
    for item in change.prorations:
        invoice_items.record(world, item)
    if invoice is not None:
        invoices.record(world, invoice, invoice_items.waiting(world, after["customer"], after["id"]))
        invoices.finalize(world, invoice["id"])
        invoices.collect(world, invoice["id"])
    return world.get("subscription", after["id"])


def require_payment(world: World, invoice: Object, method: Object | None) -> None:
    """Make sure that an invoice which is not recorded yet will be paid by a card, before anything is.

    Raises:
        ApiError: 402 with the decline; the payment intent and its failed charge stay recorded. 400 without a card.
    """
    if invoice["collection_method"] != "charge_automatically" or invoice["amount_due"] == 0:
        return
    if method is None:
        raise no_card()
    decline = payment_methods.decline_of(world, method)
    if decline is None:
        return
    intent = payment_intents.new(
        world,
        amount=invoice["amount_due"],
        currency=invoice["currency"],
        customer=invoice["customer"],
        description="Subscription",
    )
    payment_intents.charge(world, intent["id"], method)
    intent = world.get("payment_intent", intent["id"])
    raise decline.error(charge=intent["latest_charge"], payment_intent=intent)


def no_card() -> ApiError:
    """Return the refusal of what needs a card where there is none."""
    return invalid_request(
        "This customer has no attached payment source or default payment method. Please consider adding a default "
        "payment method.",
        code="resource_missing",
    )


def _changed_items(world: World, subscription: Object, changes: list[ItemChange]) -> list[Object]:
    period = current_period(subscription)
    items = {item["id"]: item for item in items_of(subscription)}
    for number, change in enumerate(changes):
        price = None
        if change.price is not None:
            price = sellable_price(world, change.price, f"items[{number}][price]", subscription["currency"])
        if change.id is None:
            if price is None:
                raise invalid_request("Missing required param: items[0][price].", param=f"items[{number}][price]")
            new = item_shape(world, price, 1 if change.quantity is None else change.quantity, period)
            items[new["id"]] = new
        elif change.id not in items:
            raise invalid_request(
                f"No such subscription item: '{change.id}'", param=f"items[{number}][id]", code="resource_missing"
            )
        elif change.deleted:
            del items[change.id]
        else:
            items[change.id] = _changed_item(items[change.id], price, change.quantity)
    if not items:
        raise invalid_request("A subscription must have at least one item.", param="items")
    kept = list(items.values())
    if len({item["price"]["id"] for item in kept}) < len(kept):
        raise invalid_request("A subscription cannot have two items of the same price.", param="items")
    same_rhythm([item["price"] for item in kept])
    return kept


def _changed_item(item: Object, price: Object | None, quantity: int | None) -> Object:
    changed = item if price is None else item | {"price": price, "plan": plan_of(price)}
    return changed if quantity is None else changed | {"quantity": quantity}


def _rhythm(items: list[Object]) -> tuple[str, int]:
    recurring = items[0]["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]


def _prorated(world: World, before: Object, after: Object, moment: int) -> list[Object]:
    """Return credits and debits of the items that differ, each item's credit first."""
    old = {item["id"]: item for item in items_of(before)}
    new = {item["id"]: item for item in items_of(after)}
    waiting: list[Object | None] = []
    for item_id in old | new:
        was, is_now = old.get(item_id), new.get(item_id)
        if was and is_now and (was["price"]["id"], was["quantity"]) == (is_now["price"]["id"], is_now["quantity"]):
            continue
        if was:
            waiting.append(prorations.credit(world, before, was, moment))
        if is_now:
            waiting.append(prorations.debit(world, after, is_now, moment))
    return [item for item in waiting if item is not None]
