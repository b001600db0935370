"""Tests of previews: they say what the real invoice says later, and change nothing."""

from typing import Any

import pytest
import stripe

from services.payments.sandbox.resources import subscriptions
from services.payments.sandbox.resources.subscription_shapes import items_of
from tests.services.payments.sandbox.resources.conftest import DAY, Shop


async def _preview(shop: Shop, **params: Any) -> stripe.Invoice:
    before = shop.last_event()
    kinds = ("invoice", "invoiceitem", "subscription", "subscription_schedule", "customer")
    stood = [shop.all(kind) for kind in kinds]
    preview = await shop.client.v1.invoices.create_preview_async(params)  # type: ignore[arg-type]  # a typed dict
    assert shop.events_since(before) == []
    assert [shop.all(kind) for kind in kinds] == stood
    return preview


def _amounts(invoice: Any) -> list[int]:
    return [line["amount"] for line in invoice["lines"]["data"]]


def _changed(shop: Shop, subscription: dict[str, Any], price: str, **more: Any) -> dict[str, Any]:
    return {"items": [{"id": items_of(subscription)[0]["id"], "price": shop.prices[price]}], **more}


async def test_the_next_invoice_is_the_next_periods(shop: Shop) -> None:
    subscription = shop.subscribe()

    preview = await _preview(shop, subscription=subscription["id"])

    shop.sandbox.advance(31 * DAY)
    renewal = shop.latest_invoice(subscription)
    assert preview.id is not None
    assert preview.id.startswith("upcoming_in_")
    assert (preview.status, preview.number, preview.amount_due) == ("draft", None, 3_000)
    assert [line.period.to_dict() for line in preview.lines.data] == [
        line["period"] for line in renewal["lines"]["data"]
    ]
    assert _amounts(preview) == _amounts(renewal)


@pytest.mark.parametrize("price", ["growth", "growth_year"])
async def test_an_upgrade_is_charged_exactly_what_was_previewed(shop: Shop, price: str) -> None:
    subscription = shop.subscribe()
    shop.sandbox.advance(7 * DAY + 12_345)
    details = _changed(shop, subscription, price, proration_behavior="always_invoice")

    preview = await _preview(shop, subscription=subscription["id"], subscription_details=details)

    with shop.sandbox.world() as world:
        changed = subscriptions.change_price(world, subscription["id"], shop.prices[price], proration="always_invoice")
    invoice = shop.latest_invoice(changed)
    assert _amounts(preview) == _amounts(invoice)
    assert preview.amount_due == invoice["amount_paid"] > 0
    assert preview.billing_reason == "subscription_update"


async def test_prorations_that_wait_are_previewed_on_the_next_periods_invoice(shop: Shop) -> None:
    subscription = shop.subscribe()
    shop.sandbox.advance(10 * DAY)
    details = _changed(shop, subscription, "growth")

    preview = await _preview(shop, subscription=subscription["id"], subscription_details=details)
    recurring = await _preview(
        shop, subscription=subscription["id"], subscription_details=details, preview_mode="recurring"
    )

    assert _amounts(preview) == [-2_000, 6_000, 9_000]
    assert _amounts(recurring) == [9_000]


async def test_a_cancellation_now_is_previewed_as_what_it_gives_back(shop: Shop) -> None:
    subscription = shop.subscribe()
    shop.sandbox.advance(10 * DAY)

    preview = await _preview(shop, subscription=subscription["id"], subscription_details={"cancel_now": True})

    assert (_amounts(preview), preview.amount_due) == ([-2_000], 0)


async def test_a_downgrade_at_the_periods_end_is_previewed_through_its_schedule(shop: Shop) -> None:
    subscription = shop.subscribe("growth")
    with shop.sandbox.world() as world:
        planned = subscriptions.change_at_period_end(world, subscription["id"], shop.prices["starter"])

    preview = await _preview(shop, schedule=planned["schedule"])

    assert (_amounts(preview), preview.total) == ([3_000], 3_000)


async def test_phases_can_be_previewed_before_there_is_a_schedule(shop: Shop) -> None:
    subscription = shop.subscribe("growth")
    period = items_of(subscription)[0]
    phases = [
        {
            "items": [{"price": shop.prices["growth"]}],
            "start_date": period["current_period_start"],
            "end_date": period["current_period_end"],
        },
        {"items": [{"price": shop.prices["starter"]}], "proration_behavior": "none"},
    ]

    preview = await _preview(shop, subscription=subscription["id"], schedule_details={"phases": phases})

    assert _amounts(preview) == [3_000]


async def test_a_first_invoice_can_be_previewed_for_who_has_no_subscription(shop: Shop) -> None:
    wanted = {"items": [{"price": shop.prices["growth_jpy"], "quantity": 3}]}

    preview = await _preview(shop, customer=shop.customer, subscription_details=wanted)

    assert (preview.total, preview.currency, preview.parent) == (21_003, "jpy", None)


@pytest.mark.parametrize("details", [{"cancel_at_period_end": True}, {"cancel_at": 1}])
async def test_where_no_invoice_would_come_there_is_no_preview(shop: Shop, details: dict[str, Any]) -> None:
    subscription = shop.subscribe()

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await _preview(shop, subscription=subscription["id"], subscription_details=details)

    assert (refusal.value.code, refusal.value.http_status) == ("invoice_upcoming_none", 404)


async def test_the_predecessor_of_previews_is_gone(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await shop.client.v1.invoices.retrieve_async("upcoming")

    assert refusal.value.http_status == 404
