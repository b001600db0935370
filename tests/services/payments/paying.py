"""A bench whose payments are taken by a sandbox, through the real client; and a person in front of its pages."""

import asyncio
import random
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from itertools import count
from typing import Any, TypeVar

import httpx2

from billinghelp.payments import sandbox_prices
from services.contract.policy import Policy
from services.contract.principals import Principal, Role
from services.contract.requests import Request, StartRequest
from services.contract.views import HostedPage
from services.payments.door import Payments
from services.payments.gateway.asking import ALL_WITHIN, RETRIES
from services.payments.gateway.stripe_gateway import StripeGateway
from services.payments.inbox import reconcile
from services.payments.mirror.under_lock import Mirror
from services.payments.readers import Readers
from services.payments.sandbox.resources import payment_methods
from services.payments.sandbox.sandbox import TEST_KEY, Sandbox
from services.payments.settings import PaymentSettings
from services.storage.engine import Store
from services.surface.surface import Surface
from tests.services.payments.sandbox.client import make_client
from tests.services.payments.sandbox.pages.visitor import CARD, Visitor
from tests.surface import OPERATOR, Workbench, counting_ids

T = TypeVar("T")

GOOD, DECLINED = "4242424242424242", "4000000000000002"
SECRET = "whsec_of_these_tests"
TENANT = Principal(actor="tess", role=Role.CUSTOMER_ADMIN, customer_id="acme-eu")


async def read_all(mirror: Mirror) -> None:
    """Read again what is due, until nothing is."""
    readers = Readers(mirror)
    while await readers.take_up():
        await readers.finish()


class PayingBench(Workbench):
    """A surface on a store, and a sandbox on the same clock. Everything awaited runs in one loop, in a thread."""

    def __init__(
        self, store: Store, *, policy: Policy | None = None, retries: int = RETRIES, within: float = ALL_WITHIN
    ) -> None:
        super().__init__(store, policy=policy)
        self._asking: dict[str, Any] = {"retries": retries, "within": within}
        self.policy = policy or Policy()
        self.new_id = counting_ids()
        self.loop = asyncio.new_event_loop()
        self._numbers = count(1)
        self._open_sandbox(seed=6)

    def _open_sandbox(self, seed: int) -> None:
        self.sandbox = Sandbox(clock=self.clock, randomness=random.Random(seed))
        self.prices = self.sandbox.ensure_catalogue(sandbox_prices(self.policy.plans))
        self.gateway = self._gateway()
        self.surface = Surface(
            self.store,
            policy=self.policy,
            clock=self.clock,
            new_id=self.new_id,
            payments=Payments("Stripe sandbox", lambda: self.gateway),
        )

    def use_another_stripe(self) -> None:
        """Let another sandbox take payments from now on, which knows nobody."""
        self.wait(self.surface.hang_up())
        self.sandbox.close()
        self._open_sandbox(seed=7)

    def _gateway(self) -> StripeGateway:
        settings = PaymentSettings(key=TEST_KEY, api_base=self.sandbox.base, webhook_secrets=(SECRET,))
        transport = httpx2.ASGITransport(app=self.sandbox.application)
        return StripeGateway(settings, sold=self.policy.plans.lookup_keys, transport=transport, **self._asking)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the loop run."""
        thread = threading.Thread(target=self.loop.run_forever, name="payments")
        thread.start()
        try:
            yield
        finally:
            self.wait(self.surface.hang_up())
            self.loop.call_soon_threadsafe(self.loop.stop)
            thread.join()
            self.loop.close()
            self.sandbox.close()

    def wait(self, work: Awaitable[T]) -> T:
        """Return what comes of something that is awaited."""

        async def awaited() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(awaited(), self.loop).result(timeout=30)

    def call(self, request: Request, principal: Principal = OPERATOR) -> Any:
        """Return the surface's answer."""
        return self.wait(self.surface.call(principal, request))

    def start(self, kind: type[StartRequest], principal: Principal = TENANT, **fields: Any) -> HostedPage:
        """Return the page that a request leads to."""
        fields = {"customer_id": "acme-eu", "request_id": f"pay-{next(self._numbers)}"} | fields
        page: HostedPage = self.call(kind(**fields), principal)
        return page

    @property
    def mirror(self) -> Mirror:
        """What it takes to read Stripe again."""
        return Mirror(self.store, self.gateway, self.policy, self.clock, self.new_id)

    def follow(self) -> None:
        """Read again whatever Stripe tells of, until nothing is left to read."""

        async def follow() -> None:
            await reconcile(self.mirror, again=timedelta(days=1))
            await read_all(self.mirror)

        self.wait(follow())

    def read(self) -> None:
        """Read again what the inbox holds and is due, without asking for events."""
        self.wait(read_all(self.mirror))

    async def delete_account(self, account_id: str) -> None:
        """Delete a customer at Stripe."""
        await make_client(self.sandbox).v1.customers.delete_async(account_id)

    async def spoil_card(self, account_id: str) -> None:
        """Let a customer's subscriptions be charged to a card that is declined from now on."""
        client = make_client(self.sandbox)
        with self.sandbox.world() as world:
            card = payment_methods.new_card(world, "4000000000000341", 4, 2030, account_id)["id"]
        for each in (await client.v1.subscriptions.list_async({"customer": account_id})).data:
            await client.v1.subscriptions.update_async(each.id, {"default_payment_method": card})

    @asynccontextmanager
    async def _visitor(self) -> AsyncGenerator[Visitor, None]:
        transport = httpx2.ASGITransport(app=self.sandbox.application)
        async with httpx2.AsyncClient(transport=transport, base_url=self.sandbox.base) as http:
            yield Visitor(http)

    def visit(self, what: Callable[[Visitor], Awaitable[T]]) -> T:
        """Return what comes of somebody's visit to the sandbox's pages."""

        async def visit() -> T:
            async with self._visitor() as visitor:
                return await what(visitor)

        return self.wait(visit())

    def pay(self, page: HostedPage, number: str = GOOD) -> str:
        """Fill in a card on a page and send it; return what the page then says."""

        async def pay(visitor: Visitor) -> str:
            shown = await visitor.open(page.url)
            sent = await visitor.send(shown.forms[0], number=number, **CARD)
            return sent.text

        return self.visit(pay)


@contextmanager
def paying(store: Store, **how: Any) -> Iterator[PayingBench]:
    """Yield a bench whose payments run."""
    bench = PayingBench(store, **how)
    with bench.running():
        yield bench
