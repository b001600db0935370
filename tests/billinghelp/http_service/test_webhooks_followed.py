"""From the sandbox's webhooks to the record, with real sockets on every way; and what is heard while nobody reads."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx2
import pytest
import stripe
from sqlalchemy import select, text

from billinghelp.http_service.webhooks import PATH, Webhooks
from billinghelp.listening import listen
from billinghelp.payment_follower import BY_WEBHOOKS, PaymentFollower
from billinghelp.payments import sandbox_prices
from services.billing.store import lock_customer
from services.contract.policy import Policy
from services.contract.principals import Role
from services.contract.requests import GetCustomerBillingView
from services.contract.views import CustomerBillingView
from services.payments.door import Payments
from services.payments.gateway.stripe_gateway import StripeGateway
from services.payments.sandbox.resources.customers import NewCustomer, create
from services.payments.sandbox.sandbox import TEST_KEY, Sandbox
from services.payments.sandbox.server import served
from services.payments.sandbox.settings import Switches
from services.payments.settings import PaymentSettings
from services.storage.engine import Store
from services.storage.tables import payment_events
from services.surface.surface import Surface
from tests.billinghelp.http_service.test_webhooks import event
from tests.http_server import serving
from tests.services.payments.paying import GOOD
from tests.services.payments.sandbox.pages.visitor import CARD, Visitor
from tests.surface import OPERATOR, Workbench, customer

SECRET = "whsec_of_the_sandbox"
PATIENCE = 10.0
NOBODYS = {"state": "verified", "payment_rail": "none", "usage_tier": None}


class Town:
    """A sandbox and a service, each on a port of its own, with nothing but HTTP between them."""

    def __init__(self, store: Store, opened: ExitStack) -> None:
        listener = opened.enter_context(listen("127.0.0.1", 0))
        policy = Policy()
        self.sandbox = Sandbox(base=f"http://127.0.0.1:{listener.getsockname()[1]}", randomness=random.Random(6))
        opened.callback(self.sandbox.close)
        self.sandbox.ensure_catalogue(sandbox_prices(policy.plans))
        opened.enter_context(served(self.sandbox, listener))
        settings = PaymentSettings(key=TEST_KEY, api_base=self.sandbox.base, webhook_secrets=(SECRET,))

        def provider() -> StripeGateway:
            return StripeGateway(settings, sold=policy.plans.lookup_keys)

        payments = Payments("Stripe sandbox", provider)
        self.store = store
        self.surface = Surface(store, policy=policy, payments=payments)
        follower = PaymentFollower(store, provider, policy, BY_WEBHOOKS)
        webhooks = Webhooks(store, payments, follower.wake)
        self.served = opened.enter_context(serving(self.surface, store, follower=follower, webhooks=webhooks))

    def hear(self, switches: Switches) -> None:
        """Let the sandbox tell the service what happens, by these ways."""
        self.sandbox.switch(switches)
        self.sandbox.add_webhook(self.served.url + PATH, SECRET)

    def buy(self, plan: str) -> None:
        """Buy a plan as a person does: have the page opened, and fill it in."""
        asked = {"customer_id": "acme-eu", "request_id": f"buy-{plan}", "plan": plan}
        headers = self.served.headers(Role.CUSTOMER_ADMIN, "acme-eu")
        answer = httpx2.post(f"{self.served.url}/rpc/StartPlanCheckout", headers=headers, json=asked, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        asyncio.run(self._pay(answer.json()["url"]))

    async def _pay(self, url: str) -> None:
        async with httpx2.AsyncClient(base_url=self.sandbox.base) as browser:
            visitor = Visitor(browser)
            await visitor.send((await visitor.open(url)).forms[0], number=GOOD, **CARD)

    def view(self) -> CustomerBillingView:
        """Return what the record says."""
        found: CustomerBillingView = self.surface.dispatch(OPERATOR, GetCustomerBillingView(customer_id="acme-eu"))
        return found

    @property
    def on_their_way(self) -> int:
        """How many webhooks have not arrived."""
        status = httpx2.get(f"{self.sandbox.base}/sandbox/status").json()
        return int(status["waiting_deliveries"])

    def inbox(self) -> Counter[str]:
        """Return how many events have which status."""
        with self.store.read() as conn:
            statuses = conn.execute(select(payment_events.c.status)).scalars()
            return Counter(statuses)


@pytest.fixture
def town(sqlite_store: Store) -> Iterator[Town]:
    """A customer who has bought nothing."""
    Workbench(sqlite_store).feed(customer(billing=NOBODYS))
    with ExitStack() as opened:
        yield Town(sqlite_store, opened)


def until(condition: Callable[[], bool]) -> None:
    """Wait for what happens by itself."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it has not happened"
        time.sleep(0.01)  # what is waited for wants the processor as well


def test_a_plan_that_is_paid_changes_by_the_sandboxs_own_webhooks(town: Town) -> None:
    town.hear(Switches())
    town.buy("starter")
    until(lambda: town.view().billing.usage_tier == "starter")
    until(lambda: set(town.inbox()) == {"done"})
    # Twice, late, and in another order: the same in the end, and each event once.
    told = town.inbox()["done"]
    town.hear(Switches(copies=2, delay=0.2, disorder=5))
    town.buy("growth")
    until(lambda: town.view().billing.usage_tier == "growth")
    until(lambda: town.on_their_way == 0)
    until(lambda: set(town.inbox()) == {"done"})
    with town.sandbox.world() as world:
        events = world.all("event")
        statuses = sorted(each["status"] for each in world.all("subscription"))
    assert told < town.inbox()["done"] <= len(events)
    assert statuses == ["active", "canceled"]


def test_webhooks_are_acknowledged_while_all_readers_are_stuck(postgres_store: Store) -> None:
    bench = Workbench(postgres_store)
    with ExitStack() as opened:
        town = Town(postgres_store, opened)
        with town.sandbox.world() as world:
            accounts = [create(world, NewCustomer())["id"] for _ in range(20)]
        bench.feed(*(customer(account, stripe_customer_id=account) for account in accounts))

        def post(number: int, account: str) -> float:
            body = event(f"evt_{number}", about={"customer": account})
            signature = stripe.WebhookSignature.generate_signature_header(body, SECRET, int(time.time()))
            answer = httpx2.post(
                town.served.url + PATH, content=body.encode(), headers={"Stripe-Signature": signature}, timeout=5
            )
            assert answer.status_code == 200, answer.text
            return answer.elapsed.total_seconds()

        with postgres_store.write() as conn:
            for account in accounts:
                lock_customer(conn, account)
            for number, account in enumerate(accounts):
                post(number, account)
            until(lambda: _waiting_for_locks(postgres_store) >= 2)
            assert max(post(100 + number, account) for number, account in enumerate(accounts)) < 1
        until(lambda: set(town.inbox()) == {"done"})


def _waiting_for_locks(store: Store) -> int:
    """Return how many transactions wait for somebody else's lock."""
    with store.look() as conn:
        return int(
            conn.execute(text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).scalar_one()
        )
