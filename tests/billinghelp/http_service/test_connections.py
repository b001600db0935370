"""Connections as strangers, slow lines and hostile programs make them."""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from billinghelp.config import ServerLimits
from services.contract.principals import Role
from services.storage.engine import Store
from tests.billinghelp.http_service.wire import Answer, head, line_to
from tests.http_server import Served, serving
from tests.surface import Workbench, customer

BODY = b'{"customer_id": "acme-eu"}'
VIEW = "/rpc/GetCustomerBillingView"


@pytest.fixture(scope="module")
def bench(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """A surface with two customers, for all tests of the module."""
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("connections") / "store.db")
    bench = Workbench(Store(f"sqlite:///{path}"))
    bench.feed(customer(), customer("beta"))
    yield bench
    bench.surface.close()


@pytest.fixture(scope="module")
def served(bench: Workbench) -> Iterator[Served]:
    """The surface over real sockets, which waits for nobody longer than a moment."""
    limits = ServerLimits(header_seconds=0.4, body_seconds=0.4, idle_seconds=1, max_body_mib=1)
    with serving(bench.surface, bench.store, limits) as server:
        yield server


def reason(answer: Answer) -> str:
    """Return why a request was refused."""
    found: str = json.loads(answer.body)["error"]["reason"]
    return found


def whole(token: str, path: str = VIEW, body: bytes = BODY) -> bytes:
    """Return a request as it should be."""
    return head(path, token, f"Content-Length: {len(body)}") + body


def test_a_connection_serves_many_requests_even_if_they_come_all_at_once(served: Served) -> None:
    token = served.token(Role.OPERATOR)
    with line_to(served.url) as line:
        for _ in range(3):
            line.send(whole(token))
            assert line.answer().status == 200
        line.send(whole(token) * 3)
        received = b""
        while received.count(b"HTTP/1.1 200 OK") < 3 or not received.endswith(b"}"):
            received += line.socket.recv(65_536)


def test_an_idle_connection_is_closed(served: Served) -> None:
    with line_to(served.url) as line:
        line.send(whole(served.token(Role.OPERATOR)))
        assert line.answer().status == 200
        assert line.is_closed()


def test_a_connection_is_no_less_idle_for_line_breaks(served: Served) -> None:
    with line_to(served.url) as line:
        line.send(whole(served.token(Role.OPERATOR)))
        assert line.answer().status == 200
        line.send(b"\r\n")
        assert line.is_closed()


# ── slow and half-sent ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_body_that_does_not_come_is_not_waited_for(served: Served) -> None:
    with line_to(served.url) as line:
        line.send(head(VIEW, served.token(Role.OPERATOR), "Content-Length: 26") + BODY[:10])
        answer = line.answer()
        assert (answer.status, reason(answer)) == (408, "BODY_TOO_SLOW")
        assert answer.headers["connection"] == "close"
        assert line.is_closed()


@pytest.mark.parametrize("sent", [b"", b"POST /rpc/WhoAmI HTT", b"POST /rpc/WhoAmI HTTP/1.1\r\nHost: server\r\nX-"])
def test_a_head_that_does_not_come_is_not_waited_for(served: Served, sent: bytes) -> None:
    with line_to(served.url) as line:
        line.send(sent)
        assert line.is_closed()


def test_the_second_head_of_a_connection_is_not_waited_for_either(served: Served) -> None:
    with line_to(served.url) as line:
        line.send(whole(served.token(Role.OPERATOR)) + b"POST /rp")
        assert line.answer().status == 200
        assert line.is_closed()


def test_half_a_request_leaves_nothing_behind(served: Served, bench: Workbench) -> None:
    etag = bench.view().billing.etag
    action = {"customer_id": "acme-eu", "reason": "agreed", "request_id": "r1", "etag": etag}
    body = json.dumps(action).encode()
    token = served.token(Role.OPERATOR)
    before, events = threading.active_count(), len(bench.events())
    for _ in range(20):
        with line_to(served.url) as line:
            line.send(head("/rpc/MarkInvoiceVerified", token, f"Content-Length: {len(body)}") + body[:-1])
    with line_to(served.url) as line:
        line.send(whole(token))
        assert json.loads(line.answer().body)["billing"]["etag"] == etag
    assert len(bench.events()) == events
    assert threading.active_count() <= before + 1  # the surface's worker that answered the view


def test_who_hangs_up_after_the_request_has_asked_all_the_same(served: Served, bench: Workbench) -> None:
    etag = bench.view("beta").billing.etag
    action = {"customer_id": "beta", "reason": "agreed", "request_id": "r1", "etag": etag}
    request = whole(served.token(Role.OPERATOR), "/rpc/MarkInvoiceVerified", json.dumps(action).encode())
    with line_to(served.url) as line:
        line.send(request)
    with line_to(served.url) as line:  # as a client does whose answer was lost
        line.send(request)
        answer = line.answer()
    assert answer.status == 200
    assert [event.action for event in bench.events("beta")].count("MarkInvoiceVerified") == 1


# ── large ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_hundred_megabytes_are_refused_before_they_are_sent(served: Served) -> None:
    with line_to(served.url) as line:
        line.send(head("/rpc/WhoAmI", served.token(Role.OPERATOR), "Content-Length: 104857600"))
        answer = line.answer()
        assert (answer.status, reason(answer)) == (413, "BODY_TOO_LARGE")
        assert line.is_closed()


def test_a_hundred_megabytes_that_nobody_announced_are_not_read_to_their_end(served: Served) -> None:
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    sent = 0
    with line_to(served.url) as line:
        line.send(head("/rpc/WhoAmI", served.token(Role.OPERATOR), "Transfer-Encoding: chunked"))
        try:
            while sent < 100 * 1024 * 1024:
                line.send(piece)
                sent += len(piece)
        except (ConnectionResetError, BrokenPipeError):
            pass
    assert sent < 20 * 1024 * 1024  # what the sockets' own buffers hold beyond the one that may be sent


def test_who_waits_for_leave_to_send_is_told_no(served: Served) -> None:
    with line_to(served.url) as line:
        line.send(head("/rpc/WhoAmI", served.token(Role.OPERATOR), "Content-Length: 104857600", "Expect: 100-continue"))
        assert line.answer().status == 413


def test_a_stranger_is_not_asked_for_a_body(served: Served) -> None:
    with line_to(served.url) as line:
        line.send(head("/rpc/WhoAmI", "", "Content-Length: 1000000"))
        answer = line.answer()
        assert (answer.status, answer.headers["connection"]) == (401, "close")
        assert line.is_closed()


@pytest.mark.parametrize(
    "line_of_head",
    [b"X-Long: " + b"x" * 20_000 + b"\r\n\r\n", b"X-Endless: " + b"x" * 200_000, b"X: y\r\n" * 4_000 + b"\r\n"],
    ids=["one long header", "a header without an end", "many headers"],
)
def test_headers_that_are_too_large_are_refused(served: Served, line_of_head: bytes) -> None:
    with line_to(served.url) as line:
        line.send(b"GET /healthz HTTP/1.1\r\nHost: server\r\n" + line_of_head)
        answer = line.answer()
        assert (answer.status, reason(answer)) == (431, "HEADERS_TOO_LARGE")
        assert line.is_closed()


# ── malformed ─────────────────────────────────────────────────────────────────────────────────────────────────────────

CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
NOT_HTTP = {
    "nonsense": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "no version": b"GET /healthz\r\nHost: server\r\n\r\n",
    "a space in a header's name": b"GET /healthz HTTP/1.1\r\nHost: server\r\nX Y: z\r\n\r\n",
    "a bare line break in a value": b"GET /healthz HTTP/1.1\r\nHost: server\r\nX: y\nZ\x00: q\r\n\r\n",
    "two lengths": b"POST /rpc/WhoAmI HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a length and chunks": b"POST /rpc/WhoAmI HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\n" + CHUNKED + b"0\r\n\r\n",
    "a negative length": b"POST /rpc/WhoAmI HTTP/1.1\r\nHost: s\r\nContent-Length: -2\r\n\r\n{}",
    "a broken chunk": b"POST /rpc/WhoAmI HTTP/1.1\r\nHost: s\r\n" + CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("raw", NOT_HTTP.values(), ids=NOT_HTTP)
def test_what_is_not_http_is_refused_in_the_form_of_every_error(served: Served, raw: bytes) -> None:
    with line_to(served.url) as line:
        line.send(raw)
        answer = line.answer()
        assert answer.status in (400, 401)  # the token is looked for before a chunk is
        assert reason(answer) in ("INVALID_HTTP", "TOKEN_MISSING")
        assert line.is_closed()


@pytest.mark.parametrize("injected", ["a\r\nX-Evil: yes", "a\nX-Evil: yes", "a\rX-Evil: yes"])
def test_nothing_that_is_sent_becomes_a_header_of_the_answer(served: Served, injected: str) -> None:
    with line_to(served.url) as line:
        request = head(VIEW, served.token(Role.OPERATOR), f"X-Request-Id: {injected}", f'If-None-Match: "{injected}"')
        line.send(request + BODY)
        assert "x-evil" not in line.answer().headers


def test_a_protocol_that_is_not_spoken_here_is_not_switched_to(served: Served) -> None:
    with line_to(served.url) as line:
        upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        line.send(b"GET /healthz HTTP/1.1\r\nHost: server\r\n" + upgrade)
        assert line.answer().status == 200
