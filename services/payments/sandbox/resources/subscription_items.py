"""`/v1/subscription_items`: the prices that a subscription is for, one by one. They are kept in their subscription."""

from msgspec import UNSET

from services.payments.sandbox.errors import missing
from services.payments.sandbox.resources import subscription_schedules
from services.payments.sandbox.resources.params import Metadata, Params, merged, named, refuse_created
from services.payments.sandbox.resources.subscription_changes import (
    Change,
    ItemChange,
    ProrationBehavior,
    carry_out,
    planned,
)
from services.payments.sandbox.resources.subscription_params import PaymentBehavior, Quantity
from services.payments.sandbox.resources.subscription_shapes import items_of, with_items
from services.payments.sandbox.routing import ListParams, Route, paged
from services.payments.sandbox.world import Object, World


class _HowToCharge(Params, frozen=True, kw_only=True):
    """How a change is charged."""

    payment_behavior: PaymentBehavior = "allow_incomplete"
    proration_behavior: ProrationBehavior = "create_prorations"
    proration_date: int | None = None


class NewSubscriptionItem(_HowToCharge, frozen=True, kw_only=True):
    """The parameters of an item's creation."""

    subscription: str
    price: str
    quantity: Quantity = 1


class SubscriptionItemUpdate(_HowToCharge, frozen=True, kw_only=True):
    """The parameters of an item's update."""

    metadata: Metadata = UNSET
    price: str | None = None
    quantity: Quantity | None = None


class SubscriptionItemList(ListParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the list of a subscription's items."""

    subscription: str


def create(world: World, params: NewSubscriptionItem) -> Object:
    """Add a price to a subscription."""
    subscription = named(world, "subscription", params.subscription, "subscription")
    changed = _carried_out(world, subscription, ItemChange(None, params.price, params.quantity), params)
    return items_of(changed)[-1]


def retrieve(world: World, params: None, item: str) -> Object:  # noqa: ARG001 - it takes none
    """Return an item."""
    return _find(world, item)[1]


def update(world: World, params: SubscriptionItemUpdate, item_id: str) -> Object:
    """Change an item's price, quantity or metadata."""
    before, item = _find(world, item_id)
    labelled = item | {"metadata": merged(item["metadata"], params.metadata)}
    items = [labelled if each["id"] == item_id else each for each in items_of(before)]
    change = ItemChange(item_id, params.price, params.quantity)
    _carried_out(world, with_items(before, items), change, params, before)
    return _find(world, item_id)[1]


def delete(world: World, params: _HowToCharge, item_id: str) -> Object:
    """Take an item out of its subscription, which keeps at least one."""
    before, _ = _find(world, item_id)
    _carried_out(world, before, ItemChange(item_id, deleted=True), params)
    return {"id": item_id, "object": "subscription_item", "deleted": True}


def list_all(world: World, params: SubscriptionItemList) -> Object:
    """List a subscription's items."""
    refuse_created(params)
    return paged(world, params, items_of(named(world, "subscription", params.subscription, "subscription")))


def _carried_out(
    world: World, subscription: Object, change: ItemChange, how: _HowToCharge, before: Object | None = None
) -> Object:
    worked_out: Change = planned(
        world, subscription, [change], proration=how.proration_behavior, moment=how.proration_date
    )
    if before is not None:
        worked_out = worked_out._replace(before=before)
    changed = carry_out(world, worked_out, only_if_paid=how.payment_behavior == "error_if_incomplete")
    subscription_schedules.follow(world, changed)
    return changed


def _find(world: World, item_id: str) -> tuple[Object, Object]:
    """Return an item's subscription, and the item."""
    for subscription in world.all("subscription"):
        for item in items_of(subscription):
            if item["id"] == item_id:
                return subscription, item
    raise missing("subscription_item", item_id)


ROUTES = (
    Route("POST", "/v1/subscription_items", create, NewSubscriptionItem),
    Route("GET", "/v1/subscription_items", list_all, SubscriptionItemList),
    Route("GET", "/v1/subscription_items/{item}", retrieve),
    Route("POST", "/v1/subscription_items/{item}", update, SubscriptionItemUpdate),
    Route("DELETE", "/v1/subscription_items/{item}", delete, _HowToCharge),
)
