"""The card that is shown is the one that the next invoice is charged to, whichever way it came to be there."""

from collections.abc import Iterator
from typing import Literal

import pytest

from services.contract.requests import (
    GetInvoice,
    ListInvoices,
    StartBillingPaymentSetup,
    StartCustomerPortal,
    StartPlanCheckout,
)
from services.payments.sandbox.resources import customers, payment_methods
from services.storage.engine import Store
from tests.services.payments.paying import TENANT, PayingBench, paying
from tests.services.payments.sandbox.pages.visitor import CARD, Visitor
from tests.surface import customer

Way = Literal["setup", "checkout", "portal"]

CARDS: dict[Way, str] = {"setup": "4242424242424242", "checkout": "5555555555554444", "portal": "378282246310005"}
SHOWN: dict[Way, str] = {
    "setup": "Visa ending in 4242",
    "checkout": "Mastercard ending in 4444",
    "portal": "Amex ending in 0005",
}

ROTATIONS: tuple[tuple[Way, ...], ...] = (
    ("setup", "checkout", "portal"),
    ("checkout", "portal", "setup"),
    ("portal", "setup", "checkout"),
)


@pytest.fixture
def bench(sqlite_store: Store) -> Iterator[PayingBench]:
    """A customer who pays for a plan with a card that no way leads to."""
    with paying(sqlite_store) as bench:
        subscribe(bench)
        yield bench


def subscribe(bench: PayingBench) -> None:
    """Buy the smallest plan."""
    bench.feed(customer(billing={"state": "verified", "payment_rail": "none", "usage_tier": None}))
    bench.pay(bench.start(StartPlanCheckout, plan="starter"), "6011111111111117")
    bench.follow()


def use_card(bench: PayingBench, way: Way) -> None:
    """Give another card in one of the ways that there are."""
    match way:
        case "setup":
            bench.pay(bench.start(StartBillingPaymentSetup), CARDS[way])
        case "checkout":
            bench.pay(bench.start(StartPlanCheckout, plan="growth"), CARDS[way])
        case "portal":
            page = bench.start(StartCustomerPortal, purpose="payment_method")

            async def add(visitor: Visitor) -> None:
                await visitor.follow((await visitor.open(page.url)).forms[0], number=CARDS["portal"], **CARD)

            bench.visit(add)


def shown(bench: PayingBench) -> str | None:
    """Return the card that the Billing page shows."""
    setup = bench.view().payment_setup
    return None if setup is None or setup.method is None else setup.method.text


def charged_next(bench: PayingBench) -> str | None:
    """Return the card that the next invoice is charged to."""
    before = bench.clock.now
    bench.clock.advance(days=31)
    bench.sandbox.tick()
    newest = bench.call(ListInvoices(customer_id="acme-eu", refresh=True), TENANT).invoices[0]
    assert newest.issued_at > before
    (attempt,) = bench.call(GetInvoice(customer_id="acme-eu", invoice=newest.number), TENANT).attempts
    method: str | None = attempt.method
    return method


def test_a_purchase_with_another_card_shows_that_card(store: Store) -> None:
    with paying(store) as bench:
        bench.feed(customer(billing={"state": "verified", "payment_rail": "none", "usage_tier": None}))
        use_card(bench, "setup")
        bench.follow()
        assert shown(bench) == SHOWN["setup"]
        bench.clock.advance(minutes=1)
        use_card(bench, "checkout")
        bench.follow()
        assert shown(bench) == SHOWN["checkout"]
        assert charged_next(bench) == SHOWN["checkout"]
        use_card(bench, "setup")
        bench.follow()
        assert shown(bench) == SHOWN["setup"]
        assert charged_next(bench) == SHOWN["setup"]


@pytest.mark.parametrize("ways", ROTATIONS, ids="-".join)
def test_the_card_that_was_given_last_is_shown_and_charged(bench: PayingBench, ways: tuple[Way, ...]) -> None:
    for way in ways:
        bench.clock.advance(minutes=1)
        use_card(bench, way)
        bench.follow()
        assert shown(bench) == SHOWN[way]
    assert charged_next(bench) == SHOWN[ways[-1]]


@pytest.mark.parametrize("ways", ROTATIONS, ids="-".join)
def test_what_is_shown_is_charged_though_all_was_told_at_the_end(bench: PayingBench, ways: tuple[Way, ...]) -> None:
    for way in ways:
        bench.clock.advance(minutes=1)
        use_card(bench, way)
    bench.follow()
    before = shown(bench)
    assert before in SHOWN.values()
    assert charged_next(bench) == before


def test_a_default_that_is_chosen_at_stripe_is_what_is_charged_from_then_on(bench: PayingBench) -> None:
    """As on the portal's page for a new card, which touches no subscription (Stripe's "portal deep links")."""
    use_card(bench, "checkout")
    bench.follow()
    with bench.sandbox.world() as world:
        card = payment_methods.new_card(world, CARDS["portal"], 4, 2030, world.all("customer")[0]["id"])
        settings = customers.InvoiceSettings(default_payment_method=card["id"])
        customers.update(world, customers.CustomerFields(invoice_settings=settings), card["customer"])
    bench.follow()
    assert shown(bench) == SHOWN["portal"]
    assert charged_next(bench) == SHOWN["portal"]


def test_a_card_of_the_subscriptions_own_is_shown_and_after_it_the_customers_default(bench: PayingBench) -> None:
    use_card(bench, "setup")
    bench.follow()
    with bench.sandbox.world() as world:
        (subscription,) = world.all("subscription", status="active")
        (other,) = [card for card in world.all("payment_method") if card["card"]["last4"] == "1117"]
        own = subscription | {"default_payment_method": other["id"]}
        world.put(own)
        world.emit("customer.subscription.updated", own, subscription)
    bench.follow()
    assert shown(bench) == "Discover ending in 1117"
    with bench.sandbox.world() as world:
        without = own | {"default_payment_method": None}
        world.put(without)
        world.emit("customer.subscription.updated", without, own)
    bench.follow()
    assert shown(bench) == SHOWN["setup"]
    assert charged_next(bench) == SHOWN["setup"]
