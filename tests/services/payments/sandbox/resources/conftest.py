"""A sandbox that sells two plans to one customer, who has a card that pays."""

from typing import Any, NamedTuple

import pytest
import stripe

from services.payments.sandbox.catalogue import PlanPrice
from services.payments.sandbox.resources import customers, invoices, payment_methods, subscriptions
from services.payments.sandbox.sandbox import Sandbox

_PLANS = (
    PlanPrice(product_name="Starter", lookup_key="starter", amount=3_000, currency="usd", interval="month"),
    PlanPrice(product_name="Growth", lookup_key="growth", amount=9_000, currency="usd", interval="month"),
    PlanPrice(product_name="Growth", lookup_key="growth_year", amount=90_000, currency="usd", interval="year"),
    PlanPrice(product_name="Growth", lookup_key="growth_jpy", amount=7_001, currency="jpy", interval="month"),
    PlanPrice(product_name="Starter", lookup_key="starter_kwd", amount=5_000, currency="kwd", interval="month"),
    PlanPrice(product_name="Growth", lookup_key="growth_kwd", amount=20_010, currency="kwd", interval="month"),
)
DAY = 86_400
FAILS_LATER = "4000000000000341"
"""A card that can be kept and then cannot be charged."""


class Shop(NamedTuple):
    """A sandbox, the real client on it, the ids of its prices by lookup key, and a customer with a good card."""

    sandbox: Sandbox
    client: stripe.StripeClient
    prices: dict[str, str]
    customer: str
    card: str

    def subscribe(self, lookup_key: str = "starter") -> dict[str, Any]:
        """Subscribe the customer, and return the subscription."""
        with self.sandbox.world() as world:
            price = self.prices[lookup_key]
            return subscriptions.start(
                world, customer=self.customer, price=price, payment_method=self.card, metadata={"plan": lookup_key}
            )

    def find(self, obj: dict[str, Any] | str, kind: str) -> dict[str, Any]:
        """Return an object as it stands by now."""
        with self.sandbox.world() as world:
            return world.get(kind, obj if isinstance(obj, str) else obj["id"])

    def all(self, kind: str, **equal: Any) -> list[dict[str, Any]]:
        """Return the objects of a kind, newest first."""
        with self.sandbox.world() as world:
            return world.all(kind, **equal)

    def use_card(self, subscription: dict[str, Any], number: str) -> None:
        """Let a subscription be charged to another card from now on."""
        with self.sandbox.world() as world:
            card = payment_methods.new_card(world, number, 12, 2040, self.customer)
            world.put(world.get("subscription", subscription["id"]) | {"default_payment_method": card["id"]})

    def latest_invoice(self, subscription: dict[str, Any]) -> dict[str, Any]:
        """Return a subscription's latest invoice."""
        return self.find(self.find(subscription, "subscription")["latest_invoice"], "invoice")

    def pay(self, invoice: dict[str, Any]) -> dict[str, Any]:
        """Pay an invoice with the good card."""
        with self.sandbox.world() as world:
            return invoices.pay(world, invoice["id"], self.card)

    def events_since(self, event: str | None = None) -> list[str]:
        """Return the types of the events after one, oldest first."""
        with self.sandbox.world() as world:
            types = []
            for each in world.all("event"):
                if each["id"] == event:
                    break
                types.append(each["type"])
        return types[::-1]

    def last_event(self) -> str:
        """Return the id of the newest event."""
        with self.sandbox.world() as world:
            return str(world.all("event")[0]["id"])


@pytest.fixture
def shop(sandbox: Sandbox, client: stripe.StripeClient) -> Shop:
    """Return that sandbox."""
    prices = sandbox.ensure_catalogue(_PLANS)
    with sandbox.world() as world:
        customer = customers.create(world, customers.NewCustomer(email="billing@acme.example", name="Acme GmbH"))
        card = payment_methods.new_card(world, "4242424242424242", 4, 2030, customer["id"])
    return Shop(sandbox, client, prices, customer["id"], card["id"])
