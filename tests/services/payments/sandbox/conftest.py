"""A sandbox of a test's own, its clock, and the real Stripe client on it."""

import random
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest
import stripe

from services.payments.sandbox.sandbox import Sandbox
from tests.clocks import FakeClock
from tests.services.payments.sandbox.client import make_client


@pytest.fixture
def clock() -> FakeClock:
    """Return the sandbox's real clock, which stands still."""
    return FakeClock()


@pytest.fixture
def sandbox(clock: FakeClock) -> Iterator[Sandbox]:
    """Yield a sandbox in memory."""
    sandbox = Sandbox(clock=clock, randomness=random.Random(6))
    yield sandbox
    sandbox.close()


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    """Return the real client of that sandbox, without retries."""
    return make_client(sandbox)


@pytest.fixture
async def browser(sandbox: Sandbox) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a plain HTTP client of that sandbox."""
    transport = httpx2.ASGITransport(app=sandbox.application)
    async with httpx2.AsyncClient(transport=transport, base_url=sandbox.base) as http:
        yield http
