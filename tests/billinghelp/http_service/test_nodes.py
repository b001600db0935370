"""Nodes over real sockets: heartbeats as they come, as they must not come, and what the documentation says of them."""

import asyncio
import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest

from billinghelp.config import ServerLimits
from billinghelp.http_service.heartbeat_clock import HeartbeatClock
from billinghelp.http_service.run import Service
from billinghelp.listening import listen
from services.contract.errors import Code, Refused
from services.contract.views import NewToken
from services.storage.engine import Store
from tests.billinghelp.http_service.wire import head, line_to
from tests.services.payments.nodes.site import Site, open_site

RECIPE = re.compile(r"```python\n(.*?)```", re.DOTALL)
DOCS = Path(__file__).parents[3] / "docs" / "nodes.md"
BODY = {"version": "4.2.1", "users": 12, "storage_bytes": 5_000_000, "applied_generation": 1}


class Served:
    """A site whose nodes speak to it over HTTP."""

    def __init__(self, site: Site, url: str, stop: Callable[[], None]) -> None:
        self.site = site
        self.url = url
        self.stop = stop

    def beat(self, token: NewToken | None, node_id: str = "node-1", **how: Any) -> httpx2.Response:
        """Send a heartbeat."""
        headers = {} if token is None else {"Authorization": f"Bearer {token.token}"}
        sent: dict[str, Any] = {"json": BODY} if how.keys().isdisjoint(("json", "content")) else {}
        headers |= how.get("headers", {})
        return httpx2.post(f"{self.url}/nodes/{node_id}/heartbeat", **(sent | how | {"headers": headers}))


@pytest.fixture
def served(sqlite_store: Store) -> Iterator[Served]:
    """A site over real sockets."""
    with open_site(sqlite_store) as site:
        listener = listen("127.0.0.1", 0)
        limits = ServerLimits(shutdown_seconds=5, body_seconds=0.2)
        service = Service(site.bench.surface, site.store, limits, None, heartbeats=site.heartbeats, records=True)
        thread = threading.Thread(target=service.run, args=(listener,))
        thread.start()

        def stop() -> None:
            service.stop()
            thread.join()

        yield Served(site, f"http://127.0.0.1:{listener.getsockname()[1]}", stop)
        stop()


def reason(answer: httpx2.Response) -> str:
    """Return why a heartbeat was refused; every error has the same four fields."""
    error = answer.json()["error"]
    assert set(error) == {"code", "reason", "message", "details"}
    return str(error["reason"])


def test_a_node_is_answered_with_what_it_can_check_offline_as_the_documentation_says(served: Served) -> None:
    (code,) = RECIPE.findall(DOCS.read_text())
    recipe: dict[str, Any] = {}
    exec(code, recipe)  # what readers are told to run
    answer = served.beat(served.site.token())
    assert (answer.status_code, answer.json()["generation"], answer.json()["heartbeat_seconds"]) == (200, 1, 60)
    keys, signed, now = (
        httpx2.get(f"{served.url}/nodes/keys").text,
        answer.json()["entitlements"],
        served.site.clock.now,
    )
    told = recipe["check"](signed, keys, "acme-eu", now)
    assert (told["plan"], told["limits"]["users"], told["status"]) == ("growth", 25, "none")
    assert set(told) == set(json.loads(example("customer_id")))
    for customer_id, moment in (("beta", now), ("acme-eu", now + timedelta(hours=74))):
        with pytest.raises(ValueError, match="entitlements"):
            recipe["check"](signed, keys, customer_id, moment)
    with pytest.raises(jwt.InvalidTokenError):
        recipe["check"](signed[:-8] + "AAAAAAAA", keys, "acme-eu", now)
    with pytest.raises(KeyError):
        recipe["check"](signed, keys.replace('"kid":"', '"kid":"x'), "acme-eu", now)


def example(field: str) -> str:
    """Return the documentation's example of a JSON object, by its first field."""
    found = re.search(rf'^    (\{{"{field}".*?\}})$', DOCS.read_text(), re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_documented_heartbeat_is_one(served: Served) -> None:
    token, body = served.site.token(), json.loads(example("version"))
    assert served.beat(token, json=body | {"applied_generation": None}).status_code == 200
    assert set(body) == set(BODY)


def test_a_node_is_known_from_its_token_and_no_other_is(served: Served) -> None:
    token, gone = served.site.token(), served.site.token("node-2")
    served.site.revoke(gone)
    assert [
        (answer.status_code, reason(answer))
        for answer in (
            served.beat(None),
            served.beat(gone, "node-2"),
            served.beat(token, "node-2"),
            served.beat(token, "nobody"),
            served.beat(token, json=BODY | {"applied_generation": 9}),
        )
    ] == [
        (401, "TOKEN_MISSING"),
        (401, "TOKEN_REVOKED"),
        (404, "NODE_NOT_FOUND"),
        (404, "NODE_NOT_FOUND"),
        (422, "GENERATION_UNKNOWN"),
    ]


MALFORMED: list[tuple[dict[str, Any], int, str]] = [
    ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "INVALID_HEARTBEAT"),
    ({"json": BODY | {"more": 1}}, 400, "INVALID_HEARTBEAT"),
    ({"content": b"users=1"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ({"json": BODY | {"version": "1" * 5_000}}, 413, "BODY_TOO_LARGE"),
]


def test_what_is_wrong_with_a_heartbeat_is_told_to_nodes_alone(served: Served) -> None:
    token, gone = served.site.token(), served.site.token()
    served.site.revoke(gone)
    for how, status, why in MALFORMED:
        answer = served.beat(token, **how)
        assert (answer.status_code, reason(answer)) == (status, why)
        assert reason(served.beat(gone, **how)) == "TOKEN_REVOKED"
        assert reason(served.beat(None, **how)) == "TOKEN_MISSING"


def test_a_body_that_is_slow_and_one_without_an_end_are_not_waited_for(served: Served) -> None:
    token = served.site.token().token
    with line_to(served.url) as line:
        line.send(head("/nodes/node-1/heartbeat", token, "Content-Length: 80") + b"{")
        answer = line.answer()
    assert (answer.status, json.loads(answer.body)["error"]["reason"]) == (408, "BODY_TOO_SLOW")
    with line_to(served.url) as line:
        line.send(head("/nodes/node-1/heartbeat", token, "Transfer-Encoding: chunked"))
        line.send(b"2000\r\n" + b" " * 0x2000 + b"\r\n")
        answer = line.answer()
    assert (answer.status, json.loads(answer.body)["error"]["reason"]) == (413, "BODY_TOO_LARGE")


def test_heartbeats_are_posted(served: Served) -> None:
    token = served.site.token()
    answer = httpx2.get(f"{served.url}/nodes/node-1/heartbeat", headers={"Authorization": f"Bearer {token.token}"})
    assert (answer.status_code, reason(answer), answer.headers["allow"]) == (405, "METHOD_NOT_ALLOWED", "POST")
    assert reason(httpx2.post(f"{served.url}/nodes/keys")) == "METHOD_NOT_ALLOWED"


def test_a_node_id_with_signs_of_its_own_is_found_however_it_is_written(served: Served) -> None:
    token = served.site.token("rack:7_a.b-c")
    assert [served.beat(token, node).status_code for node in ("rack:7_a.b-c", "rack%3A7_a.b-c")] == [200, 200]


def test_what_is_in_memory_is_written_when_the_server_stops(served: Served) -> None:
    token = served.site.token()
    served.beat(token)
    served.site.clock.advance(minutes=9)
    served.beat(token)
    assert served.site.nodes().nodes[0].state == "silent"
    served.stop()
    assert served.site.nodes().nodes[0].state == "current"


async def test_rounds_go_on_whatever_goes_wrong(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with open_site(sqlite_store) as site:
        rounds = asyncio.Semaphore(0)
        faults = iter((Refused(Code.UNAVAILABLE, "STORE_LOCKED", "Try again."), ZeroDivisionError("of the product")))

        async def fail(*_: object) -> None:
            rounds.release()
            if fault := next(faults, None):
                raise fault

        monkeypatch.setattr(site.heartbeats, "flush", fail)
        monkeypatch.setattr(site.heartbeats, "retire_expired", fail)
        with caplog.at_level(logging.WARNING):
            running = asyncio.create_task(HeartbeatClock(site.heartbeats, every=0.001).run())
            async with asyncio.timeout(10):
                for _ in range(4):
                    await rounds.acquire()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
        assert len(caplog.messages) == 2
