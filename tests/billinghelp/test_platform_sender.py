"""A server, and an app that holds the store itself, tell the configured platform of what was approved."""

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from billinghelp.config import Platform, ServerLimits, Settings
from billinghelp.desk import Desk, open_desk
from billinghelp.http_service.run import Service
from billinghelp.listening import listen
from billinghelp.loop_thread import LoopThread
from billinghelp.platform_sender import PlatformSender, make_sender
from billinghelp.secret import Secret
from services.contract.errors import Code, Refused
from services.platform.port import Answer, Applied, ChangeOrder
from services.storage.engine import Store
from tests.platform_server import PlatformServer
from tests.services.change_requests.platformed import APPLIED, APPROVED, MORE, POLICY, Platformed

PATIENCE = 10  # seconds for what takes some milliseconds


class Listening:
    """Carries everything out; `told` is released for each order, and `hung_up` set when it is left."""

    answers_within = 1.0

    def __init__(self) -> None:
        self.told = threading.Semaphore(0)
        self.hung_up = threading.Event()

    async def send(self, _order: ChangeOrder) -> Answer:
        self.told.release()
        return Applied()

    async def hang_up(self) -> None:
        self.hung_up.set()


class Failing(Listening):
    """Has a fault of its own, each time."""

    async def send(self, _order: ChangeOrder) -> Answer:
        self.told.release()
        raise ZeroDivisionError("of the product itself")


def sender(bench: Platformed, platform: Any) -> PlatformSender:
    return PlatformSender(bench.store, lambda: platform, lambda: POLICY, clock=bench.clock, every=0.001)


def wait_until(done: Callable[[], bool]) -> None:
    """Look until something is so, or long enough."""
    nothing = threading.Event()
    assert any(done() or nothing.wait(0.01) for _ in range(PATIENCE * 100))


def test_a_thread_tells_what_is_approved_before_and_meanwhile_until_it_is_stopped(
    sqlite_store: Store, platform: PlatformServer
) -> None:
    bench, listening = Platformed(sqlite_store, platform), Listening()
    asked = [bench.ask(MORE)]
    sending = LoopThread("sender", sender(bench, listening).run)
    assert listening.told.acquire(timeout=PATIENCE)
    asked.append(bench.ask(MORE, customer_id="beta"))
    assert listening.told.acquire(timeout=PATIENCE)
    wait_until(lambda: all(bench.find(each).status is APPLIED for each in asked))
    sending.stop()
    assert listening.hung_up.is_set()
    bench.ask({"storage": "150Gi"})
    assert not listening.told.acquire(timeout=0.02)


async def test_what_goes_wrong_is_logged_and_sent_again(
    sqlite_store: Store, platform: PlatformServer, caplog: pytest.LogCaptureFixture
) -> None:
    bench, failing = Platformed(sqlite_store, platform), Failing()
    bench.ask(MORE)
    with caplog.at_level(logging.WARNING):
        running = asyncio.create_task(sender(bench, failing).run())
        for _ in range(2):
            assert await asyncio.to_thread(failing.told.acquire, timeout=PATIENCE)
            bench.clock.advance(minutes=5)
        running.cancel()
        await asyncio.wait([running])
    assert [message.split(" cr_")[0] for message in caplog.messages] == [
        "ZeroDivisionError while the platform was told of"
    ] * 2
    assert failing.hung_up.is_set()


async def test_a_store_that_cannot_be_used_is_looked_at_again(
    sqlite_store: Store, platform: PlatformServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, listening = Platformed(sqlite_store, platform), Listening()
    bench.ask(MORE)
    read, looks = sqlite_store.read, threading.Semaphore(0)

    def out_of_order() -> Any:
        looks.release()
        raise Refused(Code.UNAVAILABLE, "STORE_UNREACHABLE", "Try again.")

    monkeypatch.setattr(sqlite_store, "read", out_of_order)
    with caplog.at_level(logging.WARNING):
        running = asyncio.create_task(sender(bench, listening).run())
        assert await asyncio.to_thread(looks.acquire, timeout=PATIENCE)
        monkeypatch.setattr(sqlite_store, "read", read)
        assert await asyncio.to_thread(listening.told.acquire, timeout=PATIENCE)
        running.cancel()
        await asyncio.wait([running])
    assert "Approved changes were not sent: STORE_UNREACHABLE" in caplog.messages


def test_a_service_tells_the_platform_while_it_serves(sqlite_store: Store, platform: PlatformServer) -> None:
    bench, listening = Platformed(sqlite_store, platform), Listening()
    service = Service(
        bench.surface, sqlite_store, ServerLimits(shutdown_seconds=5), None, sender(bench, listening), records=True
    )
    serving = threading.Thread(target=service.run, args=(listen("127.0.0.1", 0),))
    serving.start()
    try:
        asked = bench.ask(MORE)
        assert asked.status is APPROVED
        wait_until(lambda: bench.find(asked).status is APPLIED)
    finally:
        service.stop()
        serving.join()
    assert listening.hung_up.is_set()


@pytest.mark.parametrize("sends", [True, False])
def test_an_app_on_a_store_tells_the_platform_and_a_command_leaves_it_to_others(
    sqlite_store: Store, sqlite_path: Path, platform: PlatformServer, sends: bool
) -> None:
    bench = Platformed(sqlite_store, platform)
    asked = bench.ask(MORE)
    settings = Settings(
        database_url=Secret(f"sqlite:///{sqlite_path}"),
        platform=Platform(url=platform.url),
        platform_token=Secret("from the settings"),
    )
    desk = open_desk(settings, sends=sends)
    assert isinstance(desk, Desk)
    try:
        if sends:
            wait_until(lambda: bench.find(asked).status is APPLIED)
            assert platform.told[0].headers["authorization"] == "Bearer from the settings"
    finally:
        desk.close()
    assert len(platform.told) == int(sends)


def test_nobody_sends_without_a_platform_or_where_nothing_may_be_changed(
    sqlite_store: Store, platform: PlatformServer
) -> None:
    there = Platform(url=platform.url)
    for chosen, read_only in ((None, False), (there, True)):
        settings = Settings(database_url=Secret("sqlite://"), platform=chosen, read_only=read_only)
        assert make_sender(settings, sqlite_store, lambda: POLICY) is None


@pytest.fixture
def unencrypted(sqlite_path: Path) -> Settings:
    """Settings whose platform cannot be used: its token would be shown to the network."""
    return Settings(
        database_url=Secret(f"sqlite:///{sqlite_path}"),
        platform=Platform(url="http://platform.example"),
        platform_token=Secret("hunter2"),
    )


def test_a_platform_whose_address_cannot_be_used_is_refused_to_who_sends(
    sqlite_store: Store, unencrypted: Settings
) -> None:
    with pytest.raises(Refused, match="without encryption"):
        make_sender(unencrypted, sqlite_store, lambda: POLICY)


@pytest.mark.parametrize("sends", [True, False])
def test_it_keeps_nobody_from_the_store_and_what_is_approved_stands_in_line(
    sqlite_store: Store, platform: PlatformServer, unencrypted: Settings, caplog: pytest.LogCaptureFixture, sends: bool
) -> None:
    bench = Platformed(sqlite_store, platform)
    with caplog.at_level(logging.WARNING):
        desk = open_desk(unencrypted, sends=sends)
    assert isinstance(desk, Desk)
    try:
        assert bench.find(bench.ask(MORE)).status is APPROVED
    finally:
        desk.close()
    warned = [message for message in caplog.messages if message.startswith("Approved changes are not sent: ")]
    assert len(warned) == int(sends)
    assert all("without encryption" in message and "hunter2" not in message for message in warned)
