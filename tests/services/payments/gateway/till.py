"""The gateway on a sandbox in this process, and what a person would do on Stripe's pages."""

import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
from starlette.types import ASGIApp, Receive, Scope, Send

from services.contract.plans import PlanCatalogue
from services.contract.types import BillingInterval
from services.payments.gateway.stripe_gateway import StripeGateway
from services.payments.port import HostedSession, RemoteSubscription
from services.payments.sandbox import checkout_outcome
from services.payments.sandbox.catalogue import PlanPrice
from services.payments.sandbox.resources import payment_methods
from services.payments.sandbox.sandbox import TEST_KEY, Sandbox
from services.payments.sandbox.state import Object
from services.payments.settings import PaymentSettings

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
DAY = 86_400
SECRET = "whsec_till"
VISA, CHARGED_IN_VAIN = "4242424242424242", "4000000000000341"

_AMOUNTS = {"starter": 2_900, "growth": 9_900, "business": 49_900}
PRICES = tuple(
    PlanPrice(
        product_name=plan.name,
        lookup_key=key,
        amount=_AMOUNTS[plan.slug] * (1 if interval is BillingInterval.MONTH else 10),
        currency="usd",
        interval="month" if interval is BillingInterval.MONTH else "year",
    )
    for plan in PlanCatalogue().offered
    for interval in BillingInterval
    if (key := plan.lookup_key(interval))
)
SOLD = [price.lookup_key for price in PRICES]


class Till:
    """A gateway, the sandbox that it asks, and the ids of its prices by lookup key."""

    def __init__(self, sandbox: Sandbox, gateway: StripeGateway, prices: Sequence[PlanPrice]) -> None:
        self.sandbox = sandbox
        self.gateway = gateway
        self.prices = sandbox.ensure_catalogue(prices)

    async def account(self, customer_id: str = "acme") -> str:
        """Return a new customer at Stripe."""
        return await self.gateway.create_account(customer_id, "Acme GmbH", f"op-account-{customer_id}")

    async def subscribed(
        self, account_id: str, lookup_key: str = "growth_monthly", *, number: str = VISA, replaces: str | None = None
    ) -> RemoteSubscription:
        """Return the subscription that comes of a Checkout page which a person has completed."""
        page = await self.gateway.start_checkout(
            account_id, "acme", self.prices[lookup_key], replaces=replaces, key=f"op-checkout-{lookup_key}-{account_id}"
        )
        self.complete(page, number)
        subscription_id = (await self.gateway.session(page.session_id)).subscription_id
        assert subscription_id is not None
        return await self.gateway.subscription(subscription_id)

    def complete(self, page: HostedSession, number: str = VISA) -> None:
        """Type a card on a Checkout page."""
        card = payment_methods.CardNumber(number=number, exp_month=12, exp_year=2029)
        with self.sandbox.world() as world:
            session = world.get("checkout.session", page.session_id)
            typed = payment_methods.create(world, payment_methods.NewPaymentMethod(type="card", card=card))
            checkout_outcome.complete(world, session, typed)

    def all(self, kind: str, **equal: Any) -> list[Object]:
        """Return what the sandbox has of a kind, the newest first."""
        with self.sandbox.world() as world:
            return world.all(kind, **equal)

    def put(self, obj: Object) -> None:
        """Record an object as it never is by itself."""
        with self.sandbox.world() as world:
            world.put(obj)


@asynccontextmanager
async def open_till(
    *,
    prices: Sequence[PlanPrice] = PRICES,
    sandboxed: bool = True,
    return_url: str | None = None,
    retries: int = 0,
    within: float = 30.0,
) -> AsyncGenerator[Till, None]:
    """Open a gateway on a new sandbox.

    Args:
        sandboxed: whether the gateway knows that it is none of Stripe's own.
    """
    sandbox = Sandbox(clock=lambda: NOW, randomness=random.Random(7))
    settings = PaymentSettings(
        key=TEST_KEY,
        api_base=sandbox.base if sandboxed else None,
        webhook_secrets=(SECRET,),
        return_url=return_url,
    )
    transport = httpx2.ASGITransport(app=sandbox.application if sandboxed else _at_stripe(sandbox))
    gateway = StripeGateway(settings, sold=SOLD, transport=transport, retries=retries, within=within)
    try:
        yield Till(sandbox, gateway, prices)
    finally:
        await gateway.hang_up()
        sandbox.close()


def _at_stripe(sandbox: Sandbox) -> ASGIApp:
    """Return the sandbox's application under Stripe's name, which it does not answer to by itself."""
    host = sandbox.base.removeprefix("http://").encode()

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, host if name == b"host" else value) for name, value in scope["headers"]]
        await sandbox.application({**scope, "headers": headers}, receive, send)

    return answer
