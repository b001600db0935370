"""The process beside a server does what a follower does, ends with the server, and is replaced when it is gone."""

import asyncio
import logging
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess

import pytest
from sqlalchemy import select

from billinghelp import follower_process
from billinghelp.config import Settings
from billinghelp.follower_process import FollowerProcess
from billinghelp.secret import Secret
from services.payments import inbox_store
from services.payments.model import Hint, Subject
from services.payments.port import RemoteEvent
from services.payments.sandbox.sandbox import TEST_KEY
from services.storage.engine import Store
from services.storage.tables import payment_events

PATIENCE = 30.0
NOBODY_ANSWERS = "http://127.0.0.1:9"


def tell(store: Store, event_id: str) -> None:
    """Put an event into the inbox, about somebody whom nobody knows: for that, Stripe is not asked."""
    now = datetime.now(UTC)
    event = RemoteEvent(
        event_id=event_id,
        type="customer.updated",
        object_id=event_id,
        object_kind="customer",
        account_id=event_id,
        created_at=now,
        livemode=False,
    )
    store.transact(lambda conn: inbox_store.receive(conn, [(event, Hint(Subject.ACCOUNT, event_id))], now))


async def tried(store: Store, event_id: str) -> None:
    """Wait until somebody has tried to act on an event."""
    of_it = select(payment_events.c.attempts).where(payment_events.c.event_id == event_id)
    async with asyncio.timeout(PATIENCE):
        while True:
            with store.look() as conn:
                if conn.execute(of_it).scalar_one():
                    return
            await asyncio.sleep(0.01)


def only_process() -> BaseProcess:
    """Return the process beside this one."""
    (process,) = multiprocessing.active_children()
    return process


@pytest.fixture
async def follower(sqlite_store: Store) -> AsyncIterator[FollowerProcess]:
    """A follower that runs, and the end of it."""
    assert sqlite_store.path is not None
    follower = FollowerProcess(
        Settings(
            database_url=Secret(f"sqlite:///{sqlite_store.path}"),
            stripe_secret_key=Secret(TEST_KEY),
            stripe_api_base=NOBODY_ANSWERS,
            stripe_webhook_secret=Secret("whsec_of_this_test"),
        )
    )
    running = asyncio.create_task(follower.run())
    yield follower
    last = only_process()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert last.exitcode == 0


async def test_it_follows_and_another_one_takes_the_place_of_one_that_is_gone(
    sqlite_store: Store,
    follower: FollowerProcess,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(follower_process, "_AGAIN_AFTER", 0.0)
    tell(sqlite_store, "cus_1")
    await tried(sqlite_store, "cus_1")
    for event_id, number, code in (("cus_2", signal.SIGKILL, "-9"), ("cus_3", signal.SIGTERM, "0")):
        before = only_process()
        assert before.pid is not None
        with caplog.at_level(logging.ERROR):
            os.kill(before.pid, number)
            tell(sqlite_store, event_id)
            await tried(sqlite_store, event_id)
        assert only_process().pid != before.pid
        assert f"ended ({code})" in caplog.text
    tell(sqlite_store, "cus_4")
    follower.wake()
    await tried(sqlite_store, "cus_4")
