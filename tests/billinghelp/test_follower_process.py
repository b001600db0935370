"""The process beside a server does what a follower does, ends with the server, and is replaced when it is gone."""

import asyncio
import logging
import multiprocessing
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

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
from services.storage.tables import payment_events, payment_locks
from tests.surface import Workbench, customer

PATIENCE = 30.0


def tell(store: Store, event_id: str) -> None:
    """Put an event into the inbox, about an account of this name. Of one that nobody knows, Stripe is not asked."""
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


async def taken(store: Store) -> None:
    """Wait until a subject is being read."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if locks(store):
                return
            await asyncio.sleep(0.01)


def locks(store: Store) -> list[str]:
    """Return what is being read, by anybody."""
    with store.look() as conn:
        return list(conn.execute(select(payment_locks.c.object_id)).scalars())


def only_process() -> BaseProcess:
    """Return the process beside this one."""
    (process,) = multiprocessing.active_children()
    return process


@pytest.fixture
def silent_stripe() -> Iterator[str]:
    """An address at which calls are taken and never answered."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
async def follower(sqlite_store: Store, silent_stripe: str) -> AsyncIterator[FollowerProcess]:
    """A follower that runs, and the end of it: what it was reading is given back."""
    assert sqlite_store.path is not None
    follower = FollowerProcess(
        Settings(
            database_url=Secret(f"sqlite:///{sqlite_store.path}"),
            stripe_secret_key=Secret(TEST_KEY),
            stripe_api_base=silent_stripe,
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
    assert locks(sqlite_store) == []


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
    Workbench(sqlite_store).feed(customer(stripe_customer_id="cus_slow"))
    tell(sqlite_store, "cus_slow")
    follower.wake()
    await taken(sqlite_store)


def test_a_store_whose_file_is_away_is_not_made_anew(tmp_path: Path) -> None:
    settings = Settings(database_url=Secret(f"sqlite:///{tmp_path}/gone.db"), stripe_secret_key=Secret(TEST_KEY))
    heard, bell = multiprocessing.get_context("spawn").Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=follower_process._run, args=(settings, heard))
    process.start()
    process.join(PATIENCE)
    heard.close()
    bell.close()
    assert process.exitcode == 1
    assert list(tmp_path.iterdir()) == []
