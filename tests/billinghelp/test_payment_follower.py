"""A follower asks Stripe when it is time to, and goes on whatever goes wrong."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

import pytest

from billinghelp import payment_follower
from billinghelp.payment_follower import BY_WEBHOOKS, Pace, PaymentFollower
from services.contract.errors import Code, Refused
from services.contract.policy import Policy
from services.payments.inbox import ask_since
from services.payments.port import RemoteEvents
from services.storage.engine import Store
from tests.clocks import START, FakeClock

PATIENCE = 10.0


class Stripe:
    """A provider at which nothing happens, and which is told what to fail with."""

    livemode = False

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.asked = asyncio.Semaphore(0)
        self.hung_up = False

    async def events(self, _since: datetime, _after: str | None) -> RemoteEvents:
        """Return no events, or fail."""
        self.asked.release()
        if self.faults:
            raise self.faults.pop(0)
        return RemoteEvents(events=(), has_more=False)

    async def hang_up(self) -> None:
        """Hang up."""
        self.hung_up = True


def follower(store: Store, make: Callable[[], object], pace: Pace, *, waits: bool = False) -> PaymentFollower:
    """Return a follower of a store that asked for events before."""
    store.transact(lambda conn: ask_since(conn, START))
    return PaymentFollower(store, make, Policy(), pace, waits=waits, clock=FakeClock())  # type: ignore[arg-type]


async def stopped(running: "asyncio.Task[object]") -> None:
    """Stop a follower."""
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_it_asks_again_and_again_whatever_goes_wrong_and_hangs_up(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(payment_follower, "_LOOK_EVERY", 0.001)
    stripe = Stripe(
        Refused(Code.UNAVAILABLE, "PAYMENTS_UNREACHABLE", "Try again."), ZeroDivisionError("of the product")
    )
    with caplog.at_level(logging.WARNING):
        running = asyncio.create_task(follower(sqlite_store, lambda: stripe, Pace(idle=0, busy=None)).run())
        async with asyncio.timeout(PATIENCE):
            for _ in range(4):
                await stripe.asked.acquire()
        await stopped(running)
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]
    assert stripe.hung_up


async def test_with_webhooks_it_asks_once_and_then_not_for_an_hour(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = asyncio.Semaphore(0)
    monkeypatch.setattr(payment_follower, "_LOOK_EVERY", 0.001)
    stripe = Stripe()
    following = follower(sqlite_store, lambda: stripe, BY_WEBHOOKS)
    look = following._follow

    async def counted() -> None:
        await look()
        looks.release()

    monkeypatch.setattr(following, "_follow", counted)
    running = asyncio.create_task(following.run())
    async with asyncio.timeout(PATIENCE):
        for _ in range(4):
            await looks.acquire()
    await stopped(running)
    await stripe.asked.acquire()
    assert stripe.asked.locked()


async def test_one_that_waits_leaves_stripe_alone_until_there_is_something_to_do(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payment_follower, "_LOOK_EVERY", 0.001)
    looks = asyncio.Semaphore(0)

    def never() -> object:
        raise AssertionError("nothing is to be done")

    following = follower(sqlite_store, never, BY_WEBHOOKS, waits=True)
    look = following._follow

    async def counted() -> None:
        await look()
        looks.release()

    monkeypatch.setattr(following, "_follow", counted)
    running = asyncio.create_task(following.run())
    async with asyncio.timeout(PATIENCE):
        for _ in range(3):
            await looks.acquire()
    await stopped(running)
