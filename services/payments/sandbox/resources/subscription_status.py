"""What becomes of a subscription by how its latest invoice fares (docs.stripe.com/billing/subscriptions/overview)."""

from services.payments.sandbox.world import Object, World


def of_invoice(invoice: Object) -> str | None:
    """Return the subscription that an invoice is for."""
    if invoice["parent"] is None:
        return None
    subscription: str = invoice["parent"]["subscription_details"]["subscription"]
    return subscription


def after_settled(world: World, invoice: Object) -> None:
    """Let a subscription go on when its latest invoice is paid, void or uncollectible.

    A first invoice has to be paid: when it is void, the subscription never was.
    """
    subscription = _latest_of(world, invoice)
    if subscription is None:
        return
    first_is_paid = subscription["status"] == "incomplete" and invoice["status"] == "paid"
    if subscription["status"] == "past_due" or first_is_paid:
        set_status(world, subscription, "active")
    elif subscription["status"] == "incomplete" and invoice["status"] == "void":
        set_status(world, subscription, "incomplete_expired")


def after_failed_payment(world: World, invoice: Object) -> None:
    """Let a subscription fall behind when its latest invoice could not be charged.

    One whose invoices are sent is not behind before they are due, however often somebody tries to pay.
    """
    subscription = _latest_of(world, invoice)
    if invoice["collection_method"] != "charge_automatically" or subscription is None:
        return
    if subscription["status"] == "active":
        set_status(world, subscription, "past_due")


def set_status(world: World, before: Object, status: str) -> None:
    """Change a subscription's status."""
    subscription = before | {"status": status}
    if status == "incomplete_expired":
        subscription["ended_at"] = world.now
    world.put(subscription)
    world.emit("customer.subscription.updated", subscription, before)


def _latest_of(world: World, invoice: Object) -> Object | None:
    subscription_id = of_invoice(invoice)
    if subscription_id is None:
        return None
    subscription = world.get("subscription", subscription_id)
    return subscription if subscription["latest_invoice"] == invoice["id"] else None
