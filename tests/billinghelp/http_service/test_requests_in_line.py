"""Several requests on one connection, what stands behind a body, and callers who do not read what they asked for."""

import json
import logging
import shutil
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from billinghelp.config import ServerLimits
from services.contract.principals import Role
from services.storage.engine import Store
from tests.billinghelp.http_service.wire import Answer, line_to
from tests.http_server import Served, serving
from tests.surface import Workbench, customer

WHO = b"POST /rpc/WhoAmI HTTP/1.1\r\nHost: server\r\n"
JSON = b"Content-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
BODY_IN_CHUNKS = b"\r\n2\r\n{}\r\n0\r\n"
LARGE_PAGE = b"GET /openapi.json HTTP/1.1\r\nHost: server\r\n\r\n"
IN_FLIGHT = "billinghelp_requests_in_flight 2.0"  # one waits until it can be written on, and one asks for the figures
LEFT_EARLY = 'billinghelp_requests_total{method="openapi.json",status="499"}'


@pytest.fixture(scope="module")
def bench(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """A surface with a customer, for all tests of the module."""
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("line") / "store.db")
    bench = Workbench(Store(f"sqlite:///{path}"))
    bench.feed(customer())
    yield bench
    bench.surface.close()


@pytest.fixture(scope="module")
def served(bench: Workbench) -> Iterator[Served]:
    """The surface over real sockets, which waits for nobody longer than a moment."""
    limits = ServerLimits(header_seconds=0.4, body_seconds=0.4, idle_seconds=1)
    with serving(bench.surface, bench.store, limits) as server:
        yield server


@pytest.fixture(scope="module")
def bearer(served: Served) -> bytes:
    """The header of an operator's token."""
    return f"Authorization: Bearer {served.token(Role.OPERATOR)}\r\n".encode()


def reason(answer: Answer) -> str:
    """Return why a request was refused."""
    found: str = json.loads(answer.body)["error"]["reason"]
    return found


# ── several requests ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("garbage", [b"GARBAGE\r\n\r\n", WHO + CHUNKED + b"\r\nzz\r\n"], ids=["no request", "no chunk"])
def test_the_refusal_of_garbage_is_not_taken_for_the_answer_to_what_came_before(
    served: Served, bearer: bytes, garbage: bytes
) -> None:
    with line_to(served.url) as line:
        line.send((WHO + bearer + JSON + b"Content-Length: 2\r\n\r\n{}") * 2 + garbage)
        *answers, last = line.rest()
    assert [answer.status for answer in answers] == [200, 200]
    assert (last.status, reason(last)) == (400, "INVALID_HTTP")


def test_who_does_not_wait_for_answers_at_all_is_told_to(served: Served) -> None:
    with line_to(served.url) as line:
        line.send(b"GET /healthz HTTP/1.1\r\nHost: server\r\n\r\n" * 50)
        *answers, last = line.rest()
    assert [answer.status for answer in answers] == [200] * 32
    assert (last.status, reason(last)) == (400, "TOO_MANY_PIPELINED")


@pytest.mark.parametrize("cut", [20, 60, -30, -1, None])
def test_a_wish_for_another_protocol_is_passed_over_and_the_request_is_answered(
    served: Served, bearer: bytes, cut: int | None
) -> None:
    wish = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"
    request = WHO + bearer + JSON + wish + b"Content-Length: 2\r\n\r\n{}"
    with line_to(served.url) as line:
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (request[:cut], request[len(request[:cut]) :] + WHO + b"\r\n"):
            line.send(piece)
        first = line.answer()
        assert (first.status, json.loads(first.body)["role"]) == (200, "operator")
        assert line.answer().status == 401


# ── behind a body ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_trailer_is_no_header(served: Served, bearer: bytes) -> None:
    forged = b"Authorization: Bearer forged\r\nContent-Type: text/plain\r\nX-Request-Id: forged\r\n\r\n"
    with line_to(served.url) as line:
        line.send(WHO + bearer + JSON + CHUNKED + BODY_IN_CHUNKS + forged)
        answer = line.answer()
    assert answer.status == 200
    assert answer.headers["x-request-id"] != "forged"


def test_what_is_missing_in_the_head_is_not_looked_for_in_a_trailer(served: Served, bearer: bytes) -> None:
    with line_to(served.url) as line:
        line.send(WHO + JSON + CHUNKED + BODY_IN_CHUNKS + bearer + b"\r\n")
        assert line.answer().status == 401
    with line_to(served.url) as line:
        line.send(WHO + bearer + CHUNKED + BODY_IN_CHUNKS + JSON + b"\r\n")
        assert line.answer().status == 415


@pytest.mark.parametrize(
    "beside",
    [b"0\r\n" + b"X: yyyyyyyyyyyy\r\n" * 1_200, b"0\r\nX: " + b"y" * 20_000, b"2;" + b"x" * 20_000],
    ids=["many trailers", "a trailer without an end", "a chunk's line without an end"],
)
def test_what_stands_beside_a_body_may_be_no_larger_than_a_head(served: Served, bearer: bytes, beside: bytes) -> None:
    with line_to(served.url) as line:
        line.send(WHO + bearer + JSON + CHUNKED + b"Expect: 100-continue\r\n\r\n")
        assert line.answer().status == 100
        line.send(beside)
        answer = line.answer()
        assert (answer.status, reason(answer)) == (431, "HEADERS_TOO_LARGE")
        assert line.is_closed()


def test_a_body_may_come_in_many_chunks(served: Served, bearer: bytes) -> None:
    with line_to(served.url) as line:
        line.send(WHO + bearer + JSON + CHUNKED + b"\r\n" + b"1;a=b\r\n \r\n" * 20_000 + b"2\r\n{}\r\n0\r\n\r\n")
        assert line.answer().status == 200


# ── who does not read ─────────────────────────────────────────────────────────────────────────────────────────────────


def left_early(served: Served) -> float:
    """Return how many callers were gone before they had their answer."""
    figures = httpx2.get(f"{served.url}/metrics").text.splitlines()
    return sum(float(line.split()[1]) for line in figures if line.startswith(LEFT_EARLY))


def test_who_does_not_read_the_answers_is_left(served: Served) -> None:
    before, deadline = left_early(served), time.monotonic() + 5
    with line_to(served.url, room=2_048) as line:
        line.send(LARGE_PAGE * 32)
        while left_early(served) == before:
            assert time.monotonic() < deadline


def test_who_reads_gets_all_answers_and_keeps_the_connection(served: Served) -> None:
    with line_to(served.url, room=2_048) as line:
        line.send(LARGE_PAGE * 4)
        assert [line.answer().status for _ in range(4)] == [200] * 4
        read = time.monotonic()
        assert line.is_closed()
    assert time.monotonic() - read > 0.8  # as idle, and not as one who does not read


def test_who_hangs_up_before_the_answer_is_no_fault_of_ours(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    before, deadline = left_early(served), time.monotonic() + 5
    with caplog.at_level(logging.WARNING):
        with line_to(served.url, room=2_048) as line:
            line.send(LARGE_PAGE * 32)
            while IN_FLIGHT not in httpx2.get(f"{served.url}/metrics").text:
                assert time.monotonic() < deadline
            line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        while left_early(served) == before:
            assert time.monotonic() < deadline
    assert not caplog.records
