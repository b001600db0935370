"""`/v1/subscriptions`: the requests about subscriptions."""

from msgspec import UNSET

from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.resources import cancellation, payment_methods, subscription_schedules, subscriptions
from services.payments.sandbox.resources.params import given, merged, or_else
from services.payments.sandbox.resources.subscription_changes import carry_out, planned
from services.payments.sandbox.resources.subscription_params import (
    Cancel,
    NewSubscription,
    SubscriptionList,
    SubscriptionUpdate,
)
from services.payments.sandbox.resources.subscription_shapes import current_period, items_of, sellable_price
from services.payments.sandbox.routing import Route, page_of
from services.payments.sandbox.world import Object, World

_MANAGED = (
    "The subscription is managed by the subscription schedule `{}`, and updating any cancelation behavior directly is "
    "not allowed. Please update the schedule instead."
)


def create(world: World, params: NewSubscription) -> Object:
    """Start a subscription."""
    items = [
        (sellable_price(world, item.price, f"items[{number}][price]", params.currency), item.quantity)
        for number, item in enumerate(params.items)
    ]
    _check_due_days(params.collection_method, params.days_until_due)
    subscription = subscriptions.begin(
        world,
        customer=params.customer,
        items=items,
        only_if_paid=params.payment_behavior == "error_if_incomplete",
        wait_for_payment=params.payment_behavior == "default_incomplete",
        collection_method=params.collection_method,
        days_until_due=params.days_until_due,
        default_payment_method=params.default_payment_method,
        description=params.description,
        metadata=merged({}, params.metadata),
        payment_settings=_PAYMENT_SETTINGS | given(params.payment_settings),
    )
    if not params.cancel_at_period_end:
        return subscription
    end = current_period(subscription)[1]
    return _recorded(world, subscription, cancellation.scheduled(subscription, end, world.now, at_period_end=True))


def retrieve(world: World, params: None, subscription: str) -> Object:  # noqa: ARG001 - it takes none
    """Return a subscription."""
    return world.get("subscription", subscription)


def update(world: World, params: SubscriptionUpdate, subscription_id: str) -> Object:
    """Change a subscription: what it is for, how it is collected, when it ends."""
    before = world.get("subscription", subscription_id)
    after = _with_fields(world, before, params)
    if before["status"] in cancellation.OVER:
        return _recorded(world, before, _with_words_only(before, after))
    after = _with_end(world, after, params)
    if not params.items and params.billing_cycle_anchor == "unchanged":
        return _recorded(world, before, after)
    change = planned(
        world,
        after,
        [item.change() for item in params.items],
        proration=params.proration_behavior,
        moment=params.proration_date,
        new_cycle=params.billing_cycle_anchor == "now",
    )
    only_if_paid = params.payment_behavior == "error_if_incomplete"
    changed = carry_out(world, change._replace(before=before), only_if_paid=only_if_paid)
    subscription_schedules.follow(world, changed)
    return changed


def cancel(world: World, params: Cancel, subscription_id: str) -> Object:
    """Cancel a subscription now."""
    before = world.get("subscription", subscription_id)
    if before["status"] in cancellation.OVER:
        raise invalid_request(
            f"No such subscription: '{subscription_id}'", param="id", code="resource_missing", status=404
        )
    details = before["cancellation_details"] | given(params.cancellation_details)
    world.put(before | {"cancellation_details": details})
    return subscriptions.cancel(
        world, subscription_id, at_period_end=False, prorate=params.prorate, invoice_now=params.invoice_now
    )


def list_all(world: World, params: SubscriptionList) -> Object:
    """List subscriptions, newest first; canceled ones only where the status asks for them."""
    equal = {"collection_method": params.collection_method, "customer": params.customer}
    return page_of(world, params, "subscription", wanted=lambda each: _is_wanted(each, params), **equal)


_PAYMENT_SETTINGS = {
    "payment_method_options": None,
    "payment_method_types": None,
    "save_default_payment_method": "off",
}


def _is_wanted(subscription: Object, params: SubscriptionList) -> bool:
    if params.price is not None and params.price not in (item["price"]["id"] for item in items_of(subscription)):
        return False
    if params.status is None:
        return bool(subscription["status"] != "canceled")
    if params.status == "all":
        return True
    return subscription["status"] in (cancellation.OVER if params.status == "ended" else [params.status])


def _with_fields(world: World, before: Object, params: SubscriptionUpdate) -> Object:
    """Return a subscription with the fields that say how it is collected and called."""
    after = before | {
        "cancellation_details": before["cancellation_details"] | given(params.cancellation_details),
        "collection_method": or_else(params.collection_method, before["collection_method"]),
        "description": or_else(params.description, before["description"]),
        "metadata": merged(before["metadata"], params.metadata),
        "payment_settings": before["payment_settings"] | given(params.payment_settings),
    }
    if isinstance(params.default_payment_method, str):
        method = payment_methods.attached(
            world, params.default_payment_method, before["customer"], "default_payment_method"
        )
        after["default_payment_method"] = method["id"]
    elif params.default_payment_method is None:
        after["default_payment_method"] = None
    kept = before["days_until_due"] if after["collection_method"] == before["collection_method"] else None
    after["days_until_due"] = or_else(params.days_until_due, kept)
    _check_due_days(after["collection_method"], after["days_until_due"])
    return after


def _with_words_only(before: Object, after: Object) -> Object:
    """Return a subscription that is over with what may still be said of it.

    Raises:
        ApiError: 400, for any other change.
    """
    words = {field: after[field] for field in ("cancellation_details", "metadata")}
    if after != before | words:
        raise invalid_request("A canceled subscription can only update its cancellation_details and metadata.")
    return before | words


def _with_end(world: World, subscription: Object, params: SubscriptionUpdate) -> Object:
    """Return a subscription that is canceled when the request says, or goes on."""
    if params.cancel_at is UNSET and params.cancel_at_period_end is UNSET:
        return subscription
    if subscription["schedule"] is not None:
        raise invalid_request(_MANAGED.format(subscription["schedule"]))
    if params.cancel_at is not UNSET and params.cancel_at_period_end is not UNSET:
        raise invalid_request("You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
    end = current_period(subscription)[1]
    if params.cancel_at_period_end is True:
        return cancellation.scheduled(subscription, end, world.now, at_period_end=True)
    if params.cancel_at_period_end is False or params.cancel_at is None:
        return cancellation.unscheduled(subscription)
    at = params.cancel_at if isinstance(params.cancel_at, int) else end
    if at <= world.now:
        raise invalid_request("Timestamp for `cancel_at` must be in the future.", param="cancel_at")
    return cancellation.scheduled(subscription, at, world.now, at_period_end=False)


def _check_due_days(collection_method: str, days: int | None) -> None:
    if collection_method == "send_invoice" and days is None:
        raise invalid_request(
            "Missing required param: days_until_due.", param="days_until_due", code="parameter_missing"
        )
    if collection_method == "charge_automatically" and days is not None:
        raise invalid_request(
            "You can only set `days_until_due` if `collection_method` is `send_invoice`.", param="days_until_due"
        )


def _recorded(world: World, before: Object, subscription: Object) -> Object:
    if subscription != before:
        world.put(subscription)
        world.emit("customer.subscription.updated", subscription, before)
    return subscription


ROUTES = (
    Route("POST", "/v1/subscriptions", create, NewSubscription),
    Route("GET", "/v1/subscriptions", list_all, SubscriptionList),
    Route("GET", "/v1/subscriptions/{subscription}", retrieve),
    Route("POST", "/v1/subscriptions/{subscription}", update, SubscriptionUpdate),
    Route("DELETE", "/v1/subscriptions/{subscription}", cancel, Cancel),
)
