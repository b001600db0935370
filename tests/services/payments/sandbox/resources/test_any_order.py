"""Tests of what holds whatever a customer does, in whatever order, and however the clock goes."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.payments.sandbox.errors import ApiError
from services.payments.sandbox.resources import cancellation, invoice_endings, invoices, payment_methods, subscriptions
from services.payments.sandbox.resources.subscription_shapes import current_period
from services.payments.sandbox.world import World
from tests.services.payments.sandbox.resources.conftest import DAY, FAILS_LATER, Shop
from tests.services.payments.sandbox.resources.shapes import problems

Step = Callable[[World, Shop, str], object]


def _use(number: str) -> Step:
    def step(world: World, shop: Shop, subscription: str) -> None:
        card = payment_methods.new_card(world, number, 12, 2040, shop.customer)
        world.put(world.get("subscription", subscription) | {"default_payment_method": card["id"]})

    return step


def _to(price: str, proration: Any) -> Step:
    return lambda world, shop, sub: subscriptions.change_price(world, sub, shop.prices[price], proration=proration)


def _later_to(price: str) -> Step:
    return lambda world, shop, sub: subscriptions.change_at_period_end(world, sub, shop.prices[price])


def _to_latest_invoice(do: Callable[[World, str], object]) -> Step:
    return lambda world, _, sub: do(world, world.get("subscription", sub)["latest_invoice"])


STEPS: dict[str, Step] = {
    "a card that fails": _use(FAILS_LATER),
    "a good card": _use("4242424242424242"),
    "upgrade": _to("growth", "always_invoice"),
    "downgrade": _to("starter", "create_prorations"),
    "yearly": _to("growth_year", "none"),
    "downgrade later": _later_to("starter"),
    "yearly later": _later_to("growth_year"),
    "leave later": lambda world, _, sub: subscriptions.cancel(world, sub, at_period_end=True),
    "stay": lambda world, _, sub: subscriptions.resume(world, sub),
    "leave": lambda world, _, sub: subscriptions.cancel(world, sub, at_period_end=False, prorate=True),
    "pay": _to_latest_invoice(lambda world, invoice: invoices.pay(world, invoice, None)),
    "void": _to_latest_invoice(invoice_endings.void),
    "write off": _to_latest_invoice(invoice_endings.mark_uncollectible),
}
DAYS = st.sampled_from([0, 1, 4, 9, 31])


@given(steps=st.lists(st.tuples(st.sampled_from(sorted(STEPS)), DAYS), max_size=8))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_books_agree_with_themselves(shop: Shop, steps: list[tuple[str, int]]) -> None:
    subscription = shop.subscribe()["id"]
    for name, days in steps:
        with shop.sandbox.world() as world, suppress(ApiError):  # what is not possible as things stand is refused
            STEPS[name](world, shop, subscription)
        shop.sandbox.advance(days * DAY)

    with shop.sandbox.world() as world:
        found = world.get("subscription", subscription)
        if found["status"] not in cancellation.OVER:
            start, end = current_period(found)
            assert start <= world.now < end
        for invoice in world.all("invoice", subscription=subscription):
            waiting = world.all("invoice_payment", invoice=invoice["id"], status="open")
            assert len(waiting) == (invoice["status"] in ("open", "uncollectible"))
            assert invoice["amount_due"] == invoice["amount_paid"] + invoice["amount_remaining"]
            assert problems(invoice) == set()
        charged = [charge["amount"] for charge in world.all("charge", customer=shop.customer) if charge["paid"]]
        paid = [invoice["amount_paid"] for invoice in world.all("invoice", customer=shop.customer)]
    assert sum(charged) == sum(paid)
