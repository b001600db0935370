"""A subscription and its items as they stand before anything happened to them."""

from typing import Any

from services.payments.sandbox import periods
from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.resources.params import named
from services.payments.sandbox.routing import whole_list
from services.payments.sandbox.world import Object, World


def shape(world: World, customer: str, items: list[Object], **fields: Any) -> Object:
    """Return a subscription that starts now and waits for its first payment.

    Args:
        items: of `item_shape`.
        fields: what else is to stand in it.
    """
    subscription_id = world.new_id("sub")
    subscription: Object = {
        "id": subscription_id,
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": world.now,
        "billing_cycle_anchor_config": None,
        "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": world.now,
        "currency": items[0]["price"]["currency"],
        "customer": customer,
        "customer_account": None,
        "days_until_due": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": None,
        "latest_invoice": None,
        "livemode": False,
        "metadata": {},
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": world.now,
        "status": "incomplete",
        "test_clock": None,
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
    }
    return with_items(subscription | fields, items)


def item_shape(world: World, price: Object, quantity: int, period: tuple[int, int]) -> Object:
    """Return a subscription item."""
    return {
        "id": world.new_id("si"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": world.now,
        "current_period_end": period[1],
        "current_period_start": period[0],
        "discounts": [],
        "metadata": {},
        "plan": plan_of(price),
        "price": price,
        "quantity": quantity,
        "subscription": None,
        "tax_rates": [],
    }


def with_items(subscription: Object, items: list[Object]) -> Object:
    """Return a subscription with other items."""
    own = [item | {"subscription": subscription["id"]} for item in items]
    return subscription | {"items": whole_list(f"/v1/subscription_items?subscription={subscription['id']}", own)}


def items_of(subscription: Object) -> list[Object]:
    """Return a subscription's items."""
    items: list[Object] = subscription["items"]["data"]
    return items


def current_period(subscription: Object) -> tuple[int, int]:
    """Return when a subscription's period began and ends: it is the same for each of its items here."""
    item = items_of(subscription)[0]
    return item["current_period_start"], item["current_period_end"]


def period_from(price: Object, anchor: int, moment: int) -> tuple[int, int]:
    """Return the period of a price that begins at a moment and ends at the cycle's next boundary."""
    recurring = price["recurring"]
    return moment, periods.next_boundary(anchor, recurring["interval"], recurring["interval_count"], moment)


def sellable_price(world: World, price_id: str, param: str, currency: str | None = None) -> Object:
    """Return a price that a subscription can have.

    Raises:
        ApiError: 400, when there is none, it is inactive or is asked once only, or is in another currency.
    """
    price = named(world, "price", price_id, param)
    if not price["active"]:
        raise invalid_request("The price specified is inactive. This field only accepts active prices.", param=param)
    if price["recurring"] is None:
        raise invalid_request(
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
            param=param,
        )
    if currency not in (None, price["currency"]):
        raise invalid_request(
            f"The price specified only supports `{price['currency']}`. This doesn't match the expected currency: "
            f"`{currency}`.",
            param=param,
        )
    return price


def same_rhythm(prices: list[Object]) -> None:
    """Refuse prices that are asked at different times.

    Raises:
        ApiError: 400. (Stripe can mix some intervals; the sandbox cannot.)
    """
    rhythms = {(price["recurring"]["interval"], price["recurring"]["interval_count"]) for price in prices}
    if len(rhythms) > 1:
        raise invalid_request("All prices of a subscription must have the same interval here.", param="items")


def plan_of(price: Object) -> Object:
    """Return a price in the shape of its predecessor, which items still carry."""
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": price["billing_scheme"],
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": price["metadata"],
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": recurring["usage_type"],
    }
