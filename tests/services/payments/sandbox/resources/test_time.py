"""Tests of what time brings: renewals, retries, ends, phases of schedules."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from services.payments.sandbox.errors import ApiError
from services.payments.sandbox.resources import customers, subscriptions
from services.payments.sandbox.resources.subscription_shapes import current_period, items_of
from tests.clocks import FakeClock
from tests.services.payments.sandbox.resources.conftest import DAY, FAILS_LATER, Shop

HOUR = 3_600
PAID = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.updated",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
]


def _end(subscription: dict[str, Any]) -> str:
    return f"{datetime.fromtimestamp(current_period(subscription)[1], UTC):%Y-%m-%d}"


def _to_renewal(shop: Shop, subscription: dict[str, Any]) -> None:
    with shop.sandbox.world() as world:
        now = world.now
    shop.sandbox.advance(current_period(shop.find(subscription, "subscription"))[1] - now)


def test_a_renewal_is_a_draft_for_an_hour_and_then_charged(shop: Shop) -> None:
    subscription = shop.subscribe()
    before = shop.last_event()

    _to_renewal(shop, subscription)

    draft = shop.latest_invoice(subscription)
    assert (draft["status"], draft["number"], draft["hosted_invoice_url"], draft["invoice_pdf"]) == (
        "draft",
        None,
        None,
        None,
    )
    assert draft["automatically_finalizes_at"] == draft["next_payment_attempt"] == draft["created"] + HOUR
    assert (draft["period_start"], draft["period_end"]) == current_period(subscription)
    shop.sandbox.advance(HOUR)
    paid = shop.latest_invoice(subscription)
    assert (paid["id"], paid["status"], paid["number"]) == (draft["id"], "paid", "SBX-0001-0002")
    assert paid["hosted_invoice_url"] == f"{shop.sandbox.base}/i/{paid['id']}"
    assert shop.events_since(before) == [
        "customer.subscription.updated",
        "invoice.created",
        "invoice.finalized",
        *PAID,
    ]


def test_renewals_follow_the_anchor_through_shorter_months_however_far_the_clock_jumps(
    shop: Shop, clock: FakeClock
) -> None:
    clock.now = datetime(2027, 12, 31, 8, tzinfo=UTC)
    subscription = shop.subscribe()

    shop.sandbox.advance(121 * DAY)

    invoices = shop.all("invoice", subscription=subscription["id"])
    periods = [invoice["lines"]["data"][0]["period"] for invoice in reversed(invoices)]
    starts = [f"{datetime.fromtimestamp(period['start'], UTC):%Y-%m-%d %H:%M}" for period in periods]
    assert starts == [
        "2027-12-31 08:00",
        "2028-01-31 08:00",
        "2028-02-29 08:00",
        "2028-03-31 08:00",
        "2028-04-30 08:00",
    ]
    assert [invoice["status"] for invoice in invoices] == ["draft", "paid", "paid", "paid", "paid"]
    assert all(invoice["created"] == period["start"] for invoice, period in zip(invoices[::-1], periods, strict=True))


def test_an_invoice_that_cannot_be_charged_is_tried_again_and_the_subscription_falls_behind(shop: Shop) -> None:
    subscription = shop.subscribe()
    shop.use_card(subscription, FAILS_LATER)
    _to_renewal(shop, subscription)
    before = shop.last_event()

    shop.sandbox.advance(HOUR)

    invoice = shop.latest_invoice(subscription)
    assert (invoice["status"], invoice["attempt_count"], invoice["attempted"]) == ("open", 1, True)
    assert invoice["next_payment_attempt"] == invoice["created"] + HOUR + 3 * DAY
    assert shop.find(subscription, "subscription")["status"] == "past_due"
    assert shop.find(shop.customer, "customer")["delinquent"]
    assert shop.events_since(before) == [
        "invoice.finalized",
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "invoice.updated",
        "invoice.payment_failed",
        "customer.updated",
        "customer.subscription.updated",
    ]


def test_a_good_card_at_the_next_try_brings_all_back_into_order(shop: Shop) -> None:
    subscription = shop.subscribe()
    shop.use_card(subscription, FAILS_LATER)
    _to_renewal(shop, subscription)
    shop.sandbox.advance(HOUR)
    shop.use_card(subscription, "5555 5555 5555 4444")
    before = shop.last_event()

    shop.sandbox.advance(3 * DAY)

    invoice = shop.latest_invoice(subscription)
    assert (invoice["status"], invoice["attempt_count"], invoice["next_payment_attempt"]) == ("paid", 2, None)
    assert shop.find(subscription, "subscription")["status"] == "active"
    assert not shop.find(shop.customer, "customer")["delinquent"]
    assert shop.events_since(before) == [*PAID[1:], "customer.updated", "customer.subscription.updated"]


def test_after_the_last_try_the_subscription_is_canceled_and_the_invoice_stays_open(shop: Shop) -> None:
    subscription = shop.subscribe()
    shop.use_card(subscription, FAILS_LATER)
    _to_renewal(shop, subscription)

    shop.sandbox.advance(HOUR + (3 + 5 + 7) * DAY)

    ended, invoice = shop.find(subscription, "subscription"), shop.latest_invoice(subscription)
    assert (ended["status"], ended["cancellation_details"]["reason"]) == ("canceled", "payment_failed")
    assert ended["ended_at"] == invoice["created"] + HOUR + 15 * DAY
    assert (invoice["status"], invoice["attempt_count"], invoice["auto_advance"]) == ("open", 4, False)
    shop.sandbox.advance(60 * DAY)
    assert shop.latest_invoice(subscription) == invoice


def test_a_manual_try_between_counts_as_the_first_alone(shop: Shop) -> None:
    subscription = shop.subscribe()
    shop.use_card(subscription, FAILS_LATER)
    _to_renewal(shop, subscription)
    shop.sandbox.advance(HOUR)
    invoice = shop.latest_invoice(subscription)

    paid = shop.pay(invoice)

    (payment,) = shop.all("invoice_payment", invoice=paid["id"])
    attempts = shop.all("charge", payment_intent=payment["payment"]["payment_intent"])
    assert (paid["status"], paid["attempt_count"]) == ("paid", 1)
    assert [attempt["status"] for attempt in attempts] == ["succeeded", "failed"]


async def test_an_invoice_that_is_sent_is_open_until_somebody_pays_it_also_after_it_is_due(shop: Shop) -> None:
    subscription = shop.subscribe()
    await shop.client.v1.subscriptions.update_async(
        subscription["id"], {"collection_method": "send_invoice", "days_until_due": 30}
    )
    _to_renewal(shop, subscription)
    before = shop.last_event()

    shop.sandbox.advance(HOUR)

    invoice = shop.latest_invoice(subscription)
    assert (invoice["status"], invoice["due_date"]) == ("open", invoice["created"] + 30 * DAY)
    assert shop.events_since(before) == ["invoice.finalized", "payment_intent.created", "invoice.sent"]
    _to_renewal(shop, subscription)
    shop.sandbox.advance(5 * DAY)
    assert shop.find(invoice, "invoice")["status"] == "open"
    assert shop.pay(invoice)["status"] == "paid"


def test_a_first_payment_that_never_comes_lets_the_subscription_expire(shop: Shop) -> None:
    with shop.sandbox.world() as world:
        items = [(world.get("price", shop.prices["starter"]), 1)]
        started = subscriptions.begin(world, customer=shop.customer, items=items, wait_for_payment=True)
    assert started["status"] == "incomplete"
    before = shop.last_event()

    shop.sandbox.advance(23 * HOUR)

    assert shop.find(started, "subscription")["status"] == "incomplete_expired"
    assert shop.latest_invoice(started)["status"] == "void"
    assert shop.events_since(before) == [
        "payment_intent.canceled",
        "invoice.updated",
        "invoice.voided",
        "customer.subscription.updated",
    ]


def test_the_portals_cancellation_says_when_and_then_ends_the_subscription_without_an_invoice(shop: Shop) -> None:
    subscription = shop.subscribe()
    end = current_period(subscription)[1]
    with shop.sandbox.world() as world:
        told = subscriptions.cancel(world, subscription["id"], at_period_end=True)
    assert (told["status"], told["cancel_at"], told["cancel_at_period_end"]) == ("active", end, False)
    before = shop.last_event()

    _to_renewal(shop, subscription)

    ended = shop.find(subscription, "subscription")
    assert (ended["status"], ended["ended_at"], ended["canceled_at"]) == ("canceled", end, told["canceled_at"])
    assert shop.events_since(before) == ["customer.subscription.deleted"]
    assert len(shop.all("invoice")) == 1


def test_a_cancellation_can_be_taken_back_until_then(shop: Shop) -> None:
    subscription = shop.subscribe()
    with shop.sandbox.world() as world:
        subscriptions.cancel(world, subscription["id"], at_period_end=True)
        assert subscriptions.resume(world, subscription["id"]) == subscription

    _to_renewal(shop, subscription)

    assert shop.find(subscription, "subscription")["status"] == "active"


@pytest.mark.parametrize("prorate", [True, False])
def test_a_cancellation_now_gives_back_what_was_not_used_if_it_is_told_to(shop: Shop, prorate: bool) -> None:
    subscription = shop.subscribe()
    shop.sandbox.advance(10 * DAY)

    with shop.sandbox.world() as world:
        subscriptions.cancel(world, subscription["id"], at_period_end=False, prorate=prorate, invoice_now=True)

    assert shop.find(shop.customer, "customer")["balance"] == (-2_000 if prorate else 0)
    assert len(shop.all("invoice")) == (2 if prorate else 1)


def test_what_is_canceled_cannot_be_changed_any_more(shop: Shop) -> None:
    subscription = shop.subscribe()["id"]
    with shop.sandbox.world() as world:
        subscriptions.cancel(world, subscription, at_period_end=False)
        changes: list[Callable[[], object]] = [
            lambda: subscriptions.cancel(world, subscription, at_period_end=True),
            lambda: subscriptions.resume(world, subscription),
            lambda: subscriptions.change_price(world, subscription, shop.prices["growth"], proration="none"),
            lambda: subscriptions.change_at_period_end(world, subscription, shop.prices["growth"]),
        ]
        for change in changes:
            with pytest.raises(ApiError, match="canceled subscription"):
                change()


def test_the_portals_downgrade_waits_for_the_periods_end(shop: Shop) -> None:
    subscription = shop.subscribe("growth")
    before = shop.last_event()
    with shop.sandbox.world() as world:
        told = subscriptions.change_at_period_end(world, subscription["id"], shop.prices["starter"])
    assert items_of(told)[0]["price"]["id"] == shop.prices["growth"]
    assert shop.events_since(before) == [
        "subscription_schedule.created",
        "customer.subscription.updated",
        "subscription_schedule.updated",
    ]
    planned = shop.last_event()

    _to_renewal(shop, subscription)

    now, schedule = shop.find(subscription, "subscription"), shop.find(told["schedule"], "subscription_schedule")
    assert items_of(now)[0]["price"]["id"] == shop.prices["starter"]
    assert shop.latest_invoice(now)["total"] == 3_000
    assert schedule["current_phase"] == dict(zip(("start_date", "end_date"), current_period(now), strict=True))
    assert shop.events_since(planned) == [
        "subscription_schedule.updated",
        "customer.subscription.updated",
        "invoice.created",
    ]
    _to_renewal(shop, subscription)
    released = shop.find(schedule, "subscription_schedule")
    assert (released["status"], released["released_subscription"]) == ("released", subscription["id"])
    assert shop.find(subscription, "subscription")["schedule"] is None
    assert _end(shop.find(subscription, "subscription")) == "2027-02-20"


def test_a_second_thought_takes_the_place_of_the_first(shop: Shop) -> None:
    subscription = shop.subscribe("growth")["id"]
    with shop.sandbox.world() as world:
        first = subscriptions.change_at_period_end(world, subscription, shop.prices["starter"])["schedule"]
        second = subscriptions.change_at_period_end(world, subscription, shop.prices["growth_year"])["schedule"]
        assert world.get("subscription_schedule", first)["status"] == "released"
        assert world.get("subscription_schedule", second)["status"] == "active"
        upgraded = subscriptions.change_price(world, subscription, shop.prices["starter"], proration="none")

    assert upgraded["schedule"] is None
    assert shop.find(second, "subscription_schedule")["status"] == "released"


def test_a_change_of_interval_at_the_periods_end_begins_a_whole_new_period(shop: Shop) -> None:
    subscription = shop.subscribe("growth")
    with shop.sandbox.world() as world:
        subscriptions.change_at_period_end(world, subscription["id"], shop.prices["growth_year"])

    _to_renewal(shop, subscription)

    assert _end(shop.find(subscription, "subscription")) == "2027-12-20"
    assert shop.latest_invoice(subscription)["total"] == 90_000


def test_what_belongs_to_a_deleted_customer_is_asked_for_no_longer(shop: Shop) -> None:
    subscription = shop.subscribe()
    _to_renewal(shop, subscription)
    with shop.sandbox.world() as world:
        customers.delete(world, None, shop.customer)

    shop.sandbox.advance(90 * DAY)

    assert shop.find(subscription, "subscription")["status"] == "canceled"
    assert shop.latest_invoice(subscription)["status"] == "draft"
    with pytest.raises(ApiError, match="No such customer"):
        shop.pay(shop.latest_invoice(subscription))


def test_nothing_happens_where_nothing_is_due(shop: Shop) -> None:
    shop.subscribe()
    before = shop.last_event()

    shop.sandbox.advance(DAY)
    shop.sandbox.tick()

    assert shop.events_since(before) == []
