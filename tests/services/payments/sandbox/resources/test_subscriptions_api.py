"""Tests of subscriptions, their items and what happened to them, through the API."""

from typing import Any

import pytest
import stripe

from services.payments.sandbox.errors import ApiError
from services.payments.sandbox.resources import payment_methods, subscriptions
from services.payments.sandbox.resources.subscription_shapes import items_of
from tests.services.payments.sandbox.resources.conftest import DAY, FAILS_LATER, Shop

STARTED = [
    "customer.subscription.created",
    "invoice.created",
    "invoice.finalized",
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.updated",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
    "customer.subscription.updated",
]


def test_a_subscription_starts_incomplete_and_is_active_once_it_is_paid(shop: Shop) -> None:
    before = shop.last_event()

    subscription = shop.subscribe()

    assert (subscription["status"], subscription["metadata"]) == ("active", {"plan": "starter"})
    assert subscription["default_payment_method"] == shop.card
    assert shop.latest_invoice(subscription)["billing_reason"] == "subscription_create"
    assert shop.events_since(before) == STARTED
    created = next(event for event in shop.all("event") if event["type"] == "customer.subscription.created")
    assert created["data"]["object"]["status"] == "incomplete"


@pytest.mark.parametrize("behavior", ["error_if_incomplete", None])
async def test_a_declined_card_starts_nothing_where_that_is_asked_for(shop: Shop, behavior: str | None) -> None:
    with shop.sandbox.world() as world:
        bad = payment_methods.new_card(world, FAILS_LATER, 1, 2040, shop.customer)["id"]
    before = shop.last_event()

    if behavior is None:
        price = shop.prices["starter"]
        with shop.sandbox.world() as world, pytest.raises(ApiError, match="declined"):
            subscriptions.start(world, customer=shop.customer, price=price, payment_method=bad, metadata={})
    else:
        with pytest.raises(stripe.CardError):
            await shop.client.v1.subscriptions.create_async(
                {
                    "customer": shop.customer,
                    "items": [{"price": shop.prices["starter"]}],
                    "default_payment_method": bad,
                    "payment_behavior": behavior,
                }
            )

    assert shop.all("subscription") == shop.all("invoice") == []
    assert shop.events_since(before) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


async def test_without_a_card_only_a_subscription_whose_invoices_are_sent_can_start(shop: Shop) -> None:
    wanted: Any = {"customer": shop.customer, "items": [{"price": shop.prices["starter"]}]}

    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        await shop.client.v1.subscriptions.create_async(wanted)
    sent = await shop.client.v1.subscriptions.create_async(
        wanted | {"collection_method": "send_invoice", "days_until_due": 30, "expand": ["latest_invoice"]}
    )

    assert sent.status == "active"
    assert isinstance(sent.latest_invoice, stripe.Invoice)
    assert sent.latest_invoice.status == "draft"
    shop.sandbox.advance(3_600)
    invoice = shop.latest_invoice({"id": sent.id})
    assert (invoice["status"], invoice["due_date"]) == ("open", invoice["created"] + 30 * DAY)


async def test_what_costs_nothing_needs_no_card(shop: Shop) -> None:
    free = await shop.client.v1.prices.create_async(
        {"currency": "usd", "unit_amount": 0, "recurring": {"interval": "month"}, "product_data": {"name": "Free"}}
    )

    subscription = await shop.client.v1.subscriptions.create_async(
        {"customer": shop.customer, "items": [{"price": free.id}], "expand": ["latest_invoice"]}
    )

    assert subscription.status == "active"
    assert isinstance(subscription.latest_invoice, stripe.Invoice)
    assert (subscription.latest_invoice.status, subscription.latest_invoice.total) == ("paid", 0)
    assert shop.all("payment_intent") == []


async def test_collection_is_switched_off_and_on_again(shop: Shop) -> None:
    subscription = shop.subscribe()["id"]
    api = shop.client.v1.subscriptions

    off = await api.update_async(subscription, {"collection_method": "send_invoice", "days_until_due": 30})
    on = await api.update_async(subscription, {"collection_method": "charge_automatically"})

    assert (off.collection_method, off.days_until_due) == ("send_invoice", 30)
    assert (on.collection_method, on.days_until_due) == ("charge_automatically", None)


async def test_the_api_can_cancel_at_the_periods_end_and_take_that_back(shop: Shop) -> None:
    subscription = shop.subscribe()
    api = shop.client.v1.subscriptions

    told = await api.update_async(subscription["id"], {"cancel_at_period_end": True})
    back = await api.update_async(subscription["id"], {"cancel_at_period_end": False})

    assert told.cancel_at_period_end
    assert told.cancel_at == items_of(subscription)[0]["current_period_end"]
    assert (back.cancel_at, back.cancel_at_period_end, back.canceled_at) == (None, False, None)


async def test_a_canceled_subscription_is_listed_only_where_it_is_asked_for(shop: Shop) -> None:
    api = shop.client.v1.subscriptions
    over, live = shop.subscribe()["id"], shop.subscribe("growth")["id"]

    ended = await api.cancel_async(over, {"cancellation_details": {"feedback": "too_expensive"}})

    assert ended.status == "canceled"
    assert ended.cancellation_details is not None
    assert (ended.cancellation_details.feedback, ended.cancellation_details.reason) == (
        "too_expensive",
        "cancellation_requested",
    )

    async def listed(**params: Any) -> list[str]:
        wanted: Any = {"customer": shop.customer, **params}
        return [each.id for each in (await api.list_async(wanted)).data]

    assert await listed() == [live]
    assert await listed(status="all") == [live, over]
    assert await listed(status="ended") == await listed(status="canceled") == [over]
    assert await listed(status="all", price=shop.prices["starter"]) == [over]
    with pytest.raises(stripe.InvalidRequestError) as again:
        await api.cancel_async(over)
    assert again.value.http_status == 404
    assert (await api.update_async(over, {"metadata": {"kept": "yes"}})).metadata["kept"] == "yes"
    with pytest.raises(stripe.InvalidRequestError, match="can only update its cancellation_details and metadata"):
        await api.update_async(over, {"description": "Again"})


async def test_items_are_added_changed_and_taken_away(shop: Shop) -> None:
    subscription = shop.subscribe()["id"]
    items = shop.client.v1.subscription_items
    quiet: Any = {"proration_behavior": "none"}

    added = await items.create_async(quiet | {"subscription": subscription, "price": shop.prices["growth"]})
    changed = await items.update_async(added.id, quiet | {"quantity": 3, "metadata": {"why": "more"}})
    listed = await items.list_async({"subscription": subscription})
    deleted = await items.delete_async(listed.data[0].id, quiet)

    assert (changed.quantity, changed.metadata["why"]) == (3, "more")
    assert [item.id for item in listed.data][1:] == [added.id]
    assert deleted.deleted
    assert (await items.retrieve_async(added.id)).subscription == subscription
    with pytest.raises(stripe.InvalidRequestError, match="at least one item"):
        await items.delete_async(added.id, quiet)
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription_item"):
        await items.retrieve_async(deleted.id)


async def test_another_quantity_is_prorated_like_another_price(shop: Shop) -> None:
    subscription = shop.subscribe()
    shop.sandbox.advance(10 * DAY)

    await shop.client.v1.subscription_items.update_async(
        items_of(subscription)[0]["id"], {"quantity": 3, "proration_behavior": "always_invoice"}
    )

    lines = shop.latest_invoice(subscription)["lines"]["data"]
    assert [(line["description"], line["amount"], line["quantity"]) for line in lines] == [
        ("Unused time on Starter after 30 Nov 2026", -2_000, 1),
        ("Remaining time on 3 × Starter after 30 Nov 2026", 6_000, 3),
    ]


async def test_what_happened_is_listed_by_type(shop: Shop) -> None:
    shop.subscribe()
    events = shop.client.v1.events

    by_name = await events.list_async({"type": "invoice.paid"})
    by_pattern = await events.list_async({"type": "customer.subscription.*"})
    by_names = await events.list_async({"types": ["invoice.paid", "charge.succeeded"]})
    since = await events.list_async({"created": {"gt": by_name.data[0].created}})

    assert [event.type for event in by_name.data] == ["invoice.paid"]
    assert [event.type for event in by_pattern.data] == [
        "customer.subscription.updated",
        "customer.subscription.created",
    ]
    assert [event.type for event in by_names.data] == ["invoice.paid", "charge.succeeded"]
    assert since.data == []
    assert (await events.retrieve_async(by_name.data[0].id)).id == by_name.data[0].id


async def test_expansion_goes_through_invoice_and_payment(shop: Shop) -> None:
    subscription = shop.subscribe()["id"]

    found = await shop.client.v1.subscriptions.retrieve_async(
        subscription, {"expand": ["latest_invoice.payments", "default_payment_method", "items.data.price.product"]}
    )

    assert isinstance(found.latest_invoice, stripe.Invoice)
    assert found.latest_invoice.payments is not None
    assert found.latest_invoice.payments.data[0].status == "paid"
    assert isinstance(found.default_payment_method, stripe.PaymentMethod)
    product = found["items"].data[0].price.product
    assert isinstance(product, stripe.Product)
    assert product.name == "Starter"
