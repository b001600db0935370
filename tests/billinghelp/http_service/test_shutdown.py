"""Told to stop, a server takes nothing more and finishes what it has begun."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from billinghelp.config import ServerLimits
from billinghelp.http_service.run import Service
from billinghelp.listening import listen
from services.contract.errors import Refused
from services.contract.principals import Role
from services.contract.requests import CreateToken, GetBillingChatThread
from services.guidance.guide import Guide
from services.storage.engine import Store
from tests.billinghelp.http_service.wire import head, line_to
from tests.model_server.texts import CLEAN
from tests.services.guidance.scripted import ScriptedModel
from tests.surface import OWNER, Workbench, customer

QUESTION = {"customer_id": "acme-eu", "starter": "unblock_billing"}


class Gate(asyncio.Event):
    """A gate that another thread may open."""

    loop: asyncio.AbstractEventLoop

    async def wait(self) -> bool:  # type: ignore[override]
        self.loop = asyncio.get_running_loop()
        return await super().wait()

    def open(self) -> None:
        """Let the model go on."""
        self.loop.call_soon_threadsafe(self.set)


class Running:
    """A service in a thread, whose model waits at a gate in the middle of its answer."""

    def __init__(self, store: Store, shutdown_seconds: int) -> None:
        self.gate = Gate()
        self.bench = Workbench(store, guide=Guide(ScriptedModel([CLEAN, self.gate, "\n\nThat is all."])))
        self.bench.feed(customer())
        listener = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        limits = ServerLimits(shutdown_seconds=shutdown_seconds)
        self.service = Service(self.bench.surface, store, limits, None, records=False)
        self.thread = threading.Thread(target=self.service.run, args=(listener,))
        self.token: str = self.bench.surface.dispatch(OWNER, CreateToken(role=Role.OPERATOR, name="olga")).token

    @contextmanager
    def asking(self) -> Iterator[Iterator[str]]:
        """Yield the events of an answer that has begun."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with (
            httpx2.Client(base_url=self.url, headers=headers, timeout=10) as client,
            client.stream("POST", "/rpc/AskBillingChat", json=QUESTION) as answer,
        ):
            lines = (line for line in answer.iter_lines() if line.startswith("data: "))
            assert '"delta"' in next(lines)
            yield lines


@contextmanager
def running(store: Store, shutdown_seconds: int = 10) -> Iterator[Running]:
    """Yield a running service."""
    found = Running(store, shutdown_seconds)
    found.thread.start()
    try:
        yield found
    finally:
        found.service.stop()
        found.thread.join(10)
        found.bench.surface.close()
        assert not found.thread.is_alive()


def test_an_answer_that_is_being_written_is_written_to_its_end(sqlite_store: Store) -> None:
    with running(sqlite_store) as found:
        with found.asking() as lines:
            found.service.stop()
            found.gate.open()
            rest = list(lines)
        found.thread.join(10)
    assert '"type":"answer"' in rest[-1]
    assert "That is all" in rest[-1]


def test_an_answer_that_takes_too_long_is_broken_off_and_kept(sqlite_store: Store) -> None:
    with running(sqlite_store, shutdown_seconds=1) as found:
        with found.asking() as lines:
            found.service.stop()
            with pytest.raises(httpx2.RemoteProtocolError):
                list(lines)
        found.thread.join(10)
        thread = found.bench.call(GetBillingChatThread(customer_id="acme-eu"))
    assert thread.messages[-1].partial == "stopped"


def test_a_request_that_is_on_its_way_is_answered_and_nobody_else_is_let_in(sqlite_store: Store) -> None:
    with running(sqlite_store) as found, line_to(found.url) as line, line_to(found.url) as idle:
        idle.send(head("/rpc/WhoAmI", found.token, "Content-Length: 2") + b"{}")
        assert idle.answer().status == 200
        line.send(head("/rpc/WhoAmI", found.token, "Content-Length: 2", "Expect: 100-continue"))
        assert line.socket.recv(100).startswith(b"HTTP/1.1 100")  # it is being answered
        found.service.stop()
        assert idle.is_closed()
        with pytest.raises(ConnectionRefusedError), line_to(found.url):
            pass
        line.send(b"{}")
        answer = line.answer()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        found.thread.join(10)


def test_who_does_not_read_the_answers_holds_nobody_up(sqlite_store: Store) -> None:
    with running(sqlite_store, shutdown_seconds=1) as found, line_to(found.url, room=2_048) as line:
        line.send(b"GET /openapi.json HTTP/1.1\r\nHost: server\r\n\r\n" * 32)
        assert line.socket.recv(100)  # it is being answered
        told = time.monotonic()
        found.service.stop()
        found.thread.join(10)
        assert time.monotonic() - told < 2.5


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_that_is_taken_is_named(host: str) -> None:
    with listen(host, 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=f"Port {port} on {host} is in use") as caught:
            listen(host, port)
    assert caught.value.reason == "ADDRESS_IN_USE"


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_ours_is_refused(host: str) -> None:
    with pytest.raises(Refused) as caught:
        listen(host, 0)
    assert caught.value.reason == "ADDRESS_UNUSABLE"


def test_a_port_is_free_again_at_once() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            first.accept()[0].close()
    with listen("127.0.0.1", port) as second:
        assert second.getsockname()[1] == port
