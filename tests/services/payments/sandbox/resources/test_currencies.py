"""One customer, two currencies: Stripe bills a customer in one at a time, and credits of one pay nothing in another."""

from typing import Any

import pytest
import stripe

from services.payments.sandbox.resources import subscriptions
from tests.services.payments.sandbox.resources.conftest import DAY, Shop

REFUSED = "You cannot combine currencies on a single customer.*with currency usd"


async def test_a_customer_who_pays_in_one_currency_begins_nothing_in_another(shop: Shop) -> None:
    shop.subscribe("growth")
    v1, jpy = shop.client.v1, shop.prices["growth_jpy"]
    item: Any = {"items": [{"price": jpy}]}
    page: Any = {
        "mode": "subscription",
        "customer": shop.customer,
        "line_items": [{"price": jpy, "quantity": 1}],
        "success_url": "https://shop.example/done",
    }
    for begun in (
        v1.checkout.sessions.create_async(page),
        v1.subscriptions.create_async(item | {"customer": shop.customer}),
        v1.invoices.create_preview_async({"customer": shop.customer, "subscription_details": item}),
        v1.invoice_items.create_async({"customer": shop.customer, "amount": 5, "currency": "jpy"}),
    ):
        with pytest.raises(stripe.InvalidRequestError, match=REFUSED):
            await begun
    assert len(shop.all("subscription")) == len(shop.all("invoice")) == 1


def test_when_all_of_the_first_is_over_another_may_begin_without_the_credit_of_the_first(shop: Shop) -> None:
    first = shop.subscribe("growth")
    shop.sandbox.advance(10 * DAY)
    with shop.sandbox.world() as world:
        subscriptions.cancel(world, first["id"], at_period_end=False, prorate=True, invoice_now=True)
    assert shop.find(shop.customer, "customer")["balance"] == -6_000
    second = shop.subscribe("growth_jpy")
    invoice = shop.latest_invoice(second)
    assert (invoice["currency"], invoice["amount_due"], invoice["starting_balance"]) == ("jpy", 7_001, 0)
    customer = shop.find(shop.customer, "customer")
    assert (customer["currency"], customer["balance"]) == ("jpy", 0)
    with shop.sandbox.world() as world:
        subscriptions.cancel(world, second["id"], at_period_end=False)
    again = shop.latest_invoice(shop.subscribe("starter"))
    assert (again["currency"], again["total"], again["amount_due"]) == ("usd", 3_000, 0)
    assert shop.find(shop.customer, "customer")["balance"] == -3_000
