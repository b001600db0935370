"""Tests of schedules through the API."""

from typing import Any

import pytest
import stripe

from services.payments.sandbox.resources.subscription_shapes import items_of
from tests.services.payments.sandbox.resources.conftest import DAY, Shop


async def _scheduled(shop: Shop, subscription: dict[str, Any]) -> stripe.SubscriptionSchedule:
    return await shop.client.v1.subscription_schedules.create_async({"from_subscription": subscription["id"]})


def _phase(shop: Shop, price: str, **dates: Any) -> dict[str, Any]:
    return {"items": [{"price": shop.prices[price]}], **dates}


async def _update(shop: Shop, schedule: stripe.SubscriptionSchedule, *phases: Any, **more: Any) -> Any:
    wanted: Any = {"phases": list(phases), **more}
    return await shop.client.v1.subscription_schedules.update_async(schedule.id, wanted)


async def test_a_schedule_begins_as_what_the_subscription_is(shop: Shop) -> None:
    subscription = shop.subscribe()

    schedule = await _scheduled(shop, subscription)

    item = items_of(subscription)[0]
    (phase,) = schedule.phases
    assert (phase.start_date, phase.end_date) == (item["current_period_start"], item["current_period_end"])
    assert (phase["items"][0].price, schedule.status, schedule.end_behavior) == (
        item["price"]["id"],
        "active",
        "release",
    )
    assert shop.find(subscription, "subscription")["schedule"] == schedule.id
    with pytest.raises(stripe.InvalidRequestError, match="already attached"):
        await _scheduled(shop, subscription)


async def test_a_downgrade_is_a_second_phase(shop: Shop) -> None:
    subscription = shop.subscribe("growth")
    schedule = await _scheduled(shop, subscription)
    current = schedule.phases[0]

    await _update(
        shop,
        schedule,
        _phase(shop, "growth", start_date=current.start_date, end_date=current.end_date),
        _phase(shop, "starter", duration={"interval": "month", "interval_count": 2}, metadata={"plan": "starter"}),
    )
    shop.sandbox.advance(31 * DAY)

    now = shop.find(subscription, "subscription")
    assert items_of(now)[0]["price"]["id"] == shop.prices["starter"]
    assert now["metadata"]["plan"] == "starter"
    assert [line["amount"] for line in shop.latest_invoice(now)["lines"]["data"]] == [3_000]


async def test_a_schedule_can_end_with_its_subscription(shop: Shop) -> None:
    subscription = shop.subscribe()
    schedule = await _scheduled(shop, subscription)
    await shop.client.v1.subscription_schedules.update_async(schedule.id, {"end_behavior": "cancel"})
    before = shop.last_event()

    shop.sandbox.advance(31 * DAY)

    assert shop.find(subscription, "subscription")["status"] == "canceled"
    assert shop.find(schedule.id, "subscription_schedule")["status"] == "completed"
    assert shop.events_since(before) == ["subscription_schedule.completed", "customer.subscription.deleted"]


async def test_a_phase_that_ends_within_a_period_is_prorated(shop: Shop) -> None:
    subscription = shop.subscribe()
    schedule = await _scheduled(shop, subscription)
    start = schedule.phases[0].start_date

    await _update(
        shop,
        schedule,
        _phase(shop, "starter", start_date=start, end_date=start + 10 * DAY),
        _phase(shop, "growth", proration_behavior="always_invoice", metadata={"plan": "growth"}),
    )
    shop.sandbox.advance(11 * DAY)

    assert shop.find(subscription, "subscription")["metadata"] == {"plan": "growth"}
    assert [line["amount"] for line in shop.latest_invoice(subscription)["lines"]["data"]] == [-2_000, 6_000]


async def test_a_current_phase_with_other_items_takes_effect_at_once(shop: Shop) -> None:
    subscription = shop.subscribe()
    schedule = await _scheduled(shop, subscription)
    current = schedule.phases[0]

    await _update(
        shop,
        schedule,
        _phase(shop, "growth", start_date=current.start_date, end_date=current.end_date),
        proration_behavior="none",
    )

    assert items_of(shop.find(subscription, "subscription"))[0]["price"]["id"] == shop.prices["growth"]
    assert shop.all("invoiceitem") == []


async def test_a_subscription_that_waits_for_its_first_payment_cannot_be_scheduled(shop: Shop) -> None:
    subscription = await shop.client.v1.subscriptions.create_async(
        {
            "customer": shop.customer,
            "items": [{"price": shop.prices["starter"]}],
            "payment_behavior": "default_incomplete",
        }
    )

    with pytest.raises(stripe.InvalidRequestError, match="incomplete"):
        await _scheduled(shop, {"id": subscription.id})


async def test_a_released_schedule_leaves_its_subscription_as_it_is(shop: Shop) -> None:
    subscription = shop.subscribe()
    schedule = await _scheduled(shop, subscription)

    released = await shop.client.v1.subscription_schedules.release_async(schedule.id)

    assert (released.status, released.subscription, released.released_subscription) == (
        "released",
        None,
        subscription["id"],
    )
    assert shop.find(subscription, "subscription") == subscription
    with pytest.raises(stripe.InvalidRequestError, match="`released` status"):
        await shop.client.v1.subscription_schedules.release_async(schedule.id)


async def test_a_canceled_schedule_takes_its_subscription_with_it(shop: Shop) -> None:
    subscription = shop.subscribe()
    schedule = await _scheduled(shop, subscription)

    canceled = await shop.client.v1.subscription_schedules.cancel_async(schedule.id, {"prorate": False})

    assert canceled.status == "canceled"
    assert shop.find(subscription, "subscription")["status"] == "canceled"


async def test_while_a_schedule_manages_it_a_subscription_cannot_be_told_when_to_end(shop: Shop) -> None:
    subscription = shop.subscribe()
    schedule = await _scheduled(shop, subscription)

    with pytest.raises(stripe.InvalidRequestError, match=f"managed by the subscription schedule `{schedule.id}`"):
        await shop.client.v1.subscriptions.update_async(subscription["id"], {"cancel_at_period_end": True})


async def test_a_schedules_current_phase_follows_a_change_that_is_made_now(shop: Shop) -> None:
    subscription = shop.subscribe()
    schedule = await _scheduled(shop, subscription)

    await shop.client.v1.subscription_items.update_async(
        items_of(subscription)[0]["id"], {"price": shop.prices["growth"], "proration_behavior": "none"}
    )

    (phase,) = shop.find(schedule.id, "subscription_schedule")["phases"]
    assert phase["items"][0]["price"] == shop.prices["growth"]


@pytest.mark.parametrize(
    ("dates", "param"),
    [
        ([{}], "phases[0][start_date]"),
        ([{"start_date": 5}], "phases[0][start_date]"),
        ([{"start_date": ..., "end_date": 5}], "phases[0][end_date]"),
        ([{"start_date": ...}, {}], "phases[0]"),
        ([{"start_date": ..., "duration": {"interval": "month"}}, {"start_date": 5}], "phases[1][start_date]"),
        ([{"start_date": ..., "iterations": 1}], "phases[0][iterations]"),
    ],
)
async def test_phases_that_do_not_follow_one_another_are_refused(shop: Shop, dates: list[Any], param: str) -> None:
    schedule = await _scheduled(shop, shop.subscribe())
    start = schedule.phases[0].start_date
    phases = [
        _phase(shop, "starter", **{name: start if value is ... else value for name, value in each.items()})
        for each in dates
    ]

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await _update(shop, schedule, *phases)

    assert refusal.value.param == param
