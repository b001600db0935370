"""Tests of changes within a period: what they give back and ask for, at once, later or not at all."""

from typing import Any

import pytest
import stripe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.payments.sandbox.errors import ApiError
from services.payments.sandbox.resources import invoice_items, subscriptions
from services.payments.sandbox.resources.subscription_changes import ItemChange, invoice_of, planned
from services.payments.sandbox.resources.subscription_shapes import current_period, items_of
from tests.services.payments.sandbox.resources.conftest import DAY, FAILS_LATER, Shop


def _lines(invoice: dict[str, Any]) -> list[tuple[str, int]]:
    return [(line["description"], line["amount"]) for line in invoice["lines"]["data"]]


def _change(shop: Shop, subscription: dict[str, Any], price: str, proration: Any) -> dict[str, Any]:
    with shop.sandbox.world() as world:
        return subscriptions.change_price(world, subscription["id"], shop.prices[price], proration=proration)


def test_an_upgrade_gives_back_what_is_left_of_the_old_price_and_asks_for_the_rest_of_the_new_one(shop: Shop) -> None:
    subscription = shop.subscribe("starter")
    shop.sandbox.advance(10 * DAY)
    before = shop.last_event()

    changed = _change(shop, subscription, "growth", "always_invoice")

    invoice = shop.latest_invoice(changed)
    assert _lines(invoice) == [
        ("Unused time on Starter after 30 Nov 2026", -2_000),
        ("Remaining time on Growth after 30 Nov 2026", 6_000),
    ]
    assert (invoice["status"], invoice["amount_paid"], invoice["billing_reason"]) == (
        "paid",
        4_000,
        "subscription_update",
    )
    assert current_period(changed) == current_period(subscription)
    assert shop.events_since(before) == [
        "customer.subscription.updated",
        "invoiceitem.created",
        "invoiceitem.created",
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]


def test_a_credit_names_the_line_that_it_gives_back(shop: Shop) -> None:
    subscription = shop.subscribe("starter")
    first = shop.latest_invoice(subscription)
    shop.sandbox.advance(DAY)

    invoice = shop.latest_invoice(_change(shop, subscription, "growth", "always_invoice"))

    credit, debit = (line["parent"]["subscription_item_details"] for line in invoice["lines"]["data"])
    assert credit["proration_details"]["credited_items"] == {
        "invoice": first["id"],
        "invoice_line_items": [first["lines"]["data"][0]["id"]],
    }
    assert debit["proration_details"]["credited_items"] is None
    assert credit["proration"]
    assert debit["proration"]


def test_a_downgrade_now_leaves_a_credit_that_the_next_invoice_uses(shop: Shop) -> None:
    subscription = shop.subscribe("growth")
    shop.sandbox.advance(10 * DAY)

    changed = _change(shop, subscription, "starter", "always_invoice")

    invoice = shop.latest_invoice(changed)
    assert (invoice["total"], invoice["amount_due"], invoice["status"]) == (-4_000, 0, "paid")
    assert shop.find(shop.customer, "customer")["balance"] == -4_000
    shop.sandbox.advance(21 * DAY)
    renewal = shop.latest_invoice(changed)
    assert (renewal["total"], renewal["starting_balance"], renewal["ending_balance"]) == (3_000, -4_000, -1_000)
    assert renewal["amount_due"] == 0
    assert shop.find(shop.customer, "customer")["balance"] == -1_000


def test_prorations_that_are_not_invoiced_at_once_come_on_the_next_invoice(shop: Shop) -> None:
    subscription = shop.subscribe("starter")
    shop.sandbox.advance(10 * DAY)

    changed = _change(shop, subscription, "growth", "create_prorations")

    assert changed["latest_invoice"] == subscription["latest_invoice"]
    shop.sandbox.advance(21 * DAY)
    assert [amount for _, amount in _lines(shop.latest_invoice(changed))] == [-2_000, 6_000, 9_000]


def test_without_proration_only_the_next_invoice_is_different(shop: Shop) -> None:
    subscription = shop.subscribe("starter")
    shop.sandbox.advance(10 * DAY)

    changed = _change(shop, subscription, "growth", "none")

    assert shop.all("invoiceitem") == []
    shop.sandbox.advance(21 * DAY)
    assert _lines(shop.latest_invoice(changed)) == [("1 × Growth (at 90.00 USD / month)", 9_000)]


def test_another_interval_begins_a_period_of_its_own_at_once(shop: Shop) -> None:
    subscription = shop.subscribe("growth")
    shop.sandbox.advance(10 * DAY)

    changed = _change(shop, subscription, "growth_year", "create_prorations")

    start, end = current_period(changed)
    assert (end - start, changed["billing_cycle_anchor"]) == (365 * DAY, start)
    assert [amount for _, amount in _lines(shop.latest_invoice(changed))] == [-6_000, 90_000]
    assert shop.latest_invoice(changed)["amount_paid"] == 84_000


def test_another_interval_is_another_cycle_in_the_very_second_of_the_start_too(shop: Shop) -> None:
    changed = _change(shop, shop.subscribe("growth"), "growth_year", "always_invoice")

    start, end = current_period(changed)
    assert end - start == 365 * DAY
    assert [amount for _, amount in _lines(shop.latest_invoice(changed))] == [-9_000, 90_000]


def test_a_card_that_is_declined_leaves_the_portals_change_undone_and_its_attempt_to_be_seen(shop: Shop) -> None:
    subscription = shop.subscribe("starter")
    shop.use_card(subscription, FAILS_LATER)
    shop.sandbox.advance(10 * DAY)
    before = shop.last_event()

    with shop.sandbox.world() as world, pytest.raises(ApiError, match="declined") as refusal:
        subscriptions.change_price(world, subscription["id"], shop.prices["growth"], proration="always_invoice")

    assert (refusal.value.status, refusal.value.decline_code) == (402, "generic_decline")
    assert items_of(shop.find(subscription, "subscription"))[0]["price"]["id"] == shop.prices["starter"]
    assert shop.events_since(before) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


async def test_by_default_the_api_changes_the_subscription_and_lets_it_fall_behind(shop: Shop) -> None:
    subscription = shop.subscribe("starter")
    shop.use_card(subscription, FAILS_LATER)

    changed = await shop.client.v1.subscriptions.update_async(
        subscription["id"],
        {
            "items": [{"id": items_of(subscription)[0]["id"], "price": shop.prices["growth"]}],
            "proration_behavior": "always_invoice",
            "expand": ["latest_invoice"],
        },
    )

    assert changed.status == "past_due"
    assert isinstance(changed.latest_invoice, stripe.Invoice)
    assert (changed.latest_invoice.status, changed.latest_invoice.attempt_count) == ("open", 1)


async def test_an_item_without_its_id_is_added_beside_the_one_that_is_there(shop: Shop) -> None:
    subscription = shop.subscribe("starter")

    changed = await shop.client.v1.subscriptions.update_async(
        subscription["id"], {"items": [{"price": shop.prices["growth"]}]}
    )

    assert [item.price.lookup_key for item in changed["items"].data] == ["starter", "growth"]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"items": [{"id": "si_none", "quantity": 2}]}, "items[0][id]"),
        ({"items": [{"price": "price_none"}]}, "items[0][price]"),
        ({"items": [{"quantity": 2}]}, "items[0][price]"),
        ({"proration_date": 5, "items": [{"quantity": 2}]}, "proration_date"),
        ({"plan": "growth"}, "plan"),
        ({"coupon": "ten"}, "coupon"),
        ({"payment_behavior": "whenever"}, "payment_behavior"),
        ({"collection_method": "send_invoice"}, "days_until_due"),
        ({"days_until_due": 30}, "days_until_due"),
        ({"default_payment_method": "pm_none"}, "default_payment_method"),
        ({"cancel_at": 5}, "cancel_at"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_parameter(shop: Shop, params: Any, param: str) -> None:
    subscription = shop.subscribe("starter")

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await shop.client.v1.subscriptions.update_async(subscription["id"], params)

    assert refusal.value.param == param
    assert shop.find(subscription, "subscription") == subscription


async def test_a_price_in_another_currency_cannot_take_the_place_of_the_first(shop: Shop) -> None:
    subscription = shop.subscribe("starter")
    item = items_of(subscription)[0]["id"]

    with pytest.raises(stripe.InvalidRequestError, match="only supports `jpy`"):
        await shop.client.v1.subscriptions.update_async(
            subscription["id"], {"items": [{"id": item, "price": shop.prices["growth_jpy"]}]}
        )


def test_currencies_without_minor_units_are_prorated_in_whole_units(shop: Shop) -> None:
    subscription = shop.subscribe("growth_jpy")
    shop.sandbox.advance(15 * DAY)
    with shop.sandbox.world() as world:
        ended = subscriptions.cancel(world, subscription["id"], at_period_end=False, prorate=True, invoice_now=True)

    assert shop.latest_invoice(ended)["total"] == -3_501
    assert _lines(shop.find(subscription["latest_invoice"], "invoice")) == [
        ("1 × Growth (at 7,001 JPY / month)", 7_001)
    ]


def test_currencies_with_three_decimals_are_prorated_in_tens(shop: Shop) -> None:
    subscription = shop.subscribe("starter_kwd")
    shop.sandbox.advance(11 * DAY)

    invoice = shop.latest_invoice(_change(shop, subscription, "growth_kwd", "always_invoice"))

    assert _lines(invoice) == [
        ("Unused time on Starter after 01 Dec 2026", -3_170),
        ("Remaining time on Growth after 01 Dec 2026", 12_670),
    ]


Steps = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=9 * DAY),
        st.sampled_from(["starter", "growth"]),
        st.sampled_from(["always_invoice", "create_prorations"]),
    ),
    max_size=3,
)
_ONE_SHOP = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(passed=st.integers(min_value=0, max_value=29 * DAY))
@_ONE_SHOP
def test_an_upgrade_and_a_downgrade_at_the_same_instant_cancel_out(shop: Shop, passed: int) -> None:
    subscription = shop.subscribe("starter")
    item = items_of(subscription)[0]["id"]
    with shop.sandbox.world() as world, world.at(world.now + passed):
        for price in ("growth", "starter"):
            subscriptions.change_price(world, subscription["id"], shop.prices[price], proration="create_prorations")
        waiting = invoice_items.waiting(world, shop.customer, subscription["id"])

    assert len(waiting) == 4
    assert {each["parent"]["subscription_details"]["subscription_item"] for each in waiting} == {item}
    assert sum(each["amount"] for each in waiting) == 0


@given(steps=Steps)
@_ONE_SHOP
def test_credits_never_exceed_what_was_asked_for_the_period(shop: Shop, steps: list[Any]) -> None:
    subscription = shop.subscribe("growth")
    with shop.sandbox.world() as world:
        moment = world.now
        for passed, price, proration in steps:
            moment += passed
            with world.at(moment):
                subscriptions.change_price(world, subscription["id"], shop.prices[price], proration=proration)
        with world.at(moment):
            subscriptions.cancel(world, subscription["id"], at_period_end=False, prorate=True, invoice_now=True)
        asked = world.all("invoice", subscription=subscription["id"])
        lines = [line["amount"] for invoice in asked for line in invoice["lines"]["data"]]

    assert sum(lines) >= 0
    assert sum(lines) <= 9_000 + len(steps)  # never more than the dearest price, but for halves that were rounded


def test_a_change_can_be_worked_out_without_being_made(shop: Shop) -> None:
    subscription = shop.subscribe("starter")
    before = shop.last_event()
    with shop.sandbox.world() as world:
        wanted = [ItemChange(items_of(subscription)[0]["id"], shop.prices["growth"])]
        change = planned(world, subscription, wanted, proration="always_invoice")
        invoice = invoice_of(world, change)

    assert invoice is not None
    assert invoice["amount_due"] == 6_000
    assert shop.events_since(before) == []
    assert shop.find(subscription, "subscription") == subscription
