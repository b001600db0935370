"""A sandbox that sells something: two plans, monthly and yearly, and a customer."""

from typing import Any, NamedTuple

import stripe

from services.payments.sandbox.catalogue import PlanPrice
from services.payments.sandbox.resources import customers, payment_methods, subscriptions
from services.payments.sandbox.sandbox import Sandbox

PLANS = (
    PlanPrice(product_name="Starter", lookup_key="starter_month", amount=1_900, currency="usd", interval="month"),
    PlanPrice(product_name="Starter", lookup_key="starter_year", amount=19_000, currency="usd", interval="year"),
    PlanPrice(product_name="Growth", lookup_key="growth_month", amount=4_900, currency="usd", interval="month"),
    PlanPrice(product_name="Growth", lookup_key="growth_year", amount=49_000, currency="usd", interval="year"),
    PlanPrice(product_name="Growth Japan", lookup_key="growth_jpy", amount=7_000, currency="jpy", interval="month"),
)
GOOD, DECLINED, FAILS_LATER = "4242424242424242", "4000 0000 0000 0002", "4000000000000341"


class Shop(NamedTuple):
    """The sandbox, the real client on it, the prices' ids by lookup key, and a customer's id."""

    sandbox: Sandbox
    client: stripe.StripeClient
    prices: dict[str, str]
    customer: str

    async def checkout(self, lookup_key: str = "growth_month", **params: Any) -> stripe.checkout.Session:
        """Open a Checkout session for a subscription."""
        request: Any = {
            "mode": "subscription",
            "customer": self.customer,
            "line_items": [{"price": self.prices[lookup_key], "quantity": 1}],
            "success_url": "https://shop.example/done?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://shop.example/plans",
        }
        return await self.client.v1.checkout.sessions.create_async(request | params)

    async def portal(self, **params: Any) -> stripe.billing_portal.Session:
        """Open a portal session for the customer."""
        request: Any = {"customer": self.customer, "return_url": "https://shop.example/billing"}
        return await self.client.v1.billing_portal.sessions.create_async(request | params)

    def add_card(self, number: str = GOOD) -> str:
        """Give the customer a card, and return its id."""
        with self.sandbox.world() as world:
            return str(payment_methods.new_card(world, number, 4, 2030, self.customer)["id"])

    def subscribe(self, lookup_key: str = "growth_month") -> str:
        """Subscribe the customer with a good card, and return the subscription's id."""
        card = self.add_card()
        with self.sandbox.world() as world:
            started = subscriptions.start(
                world, customer=self.customer, price=self.prices[lookup_key], payment_method=card, metadata={}
            )
            return str(started["id"])

    def one(self, kind: str, **equal: Any) -> dict[str, Any]:
        """Return the only object of a kind with these fields."""
        (found,) = self.all(kind, **equal)
        return found

    def all(self, kind: str, **equal: Any) -> list[dict[str, Any]]:
        """Return the objects of a kind with these fields, newest first."""
        with self.sandbox.world() as world:
            return world.all(kind, **equal)

    def events(self) -> list[str]:
        """Return the types of all events, oldest first."""
        return [event["type"] for event in reversed(self.all("event"))]


def stocked(sandbox: Sandbox, client: stripe.StripeClient) -> Shop:
    """Return a shop in a sandbox that is empty yet."""
    prices = sandbox.ensure_catalogue(PLANS)
    with sandbox.world() as world:
        customer = customers.create(world, customers.NewCustomer(name="Acme GmbH", email="ap@acme.example"))
    return Shop(sandbox, client, prices, customer["id"])
