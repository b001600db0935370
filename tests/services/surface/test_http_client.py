"""The client of a server: what it sends and to whom, what it makes of answers, and of what is none."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.contract import requests
from services.contract.errors import Code, Refused
from services.contract.types import Starter
from services.contract.views import ChatDelta, ChatEvent, Identity
from services.surface.http_client import client as client_module
from services.surface.http_client.client import READ_ATTEMPTS, HttpSurface
from tests.stranger import HELD, Stranger, begun, reply, stranger

TOKEN = "bht_01.abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq"
WHO = requests.WhoAmI()
ACT = requests.MarkInvoiceVerified(customer_id="acme-eu", reason="PO-1", request_id="r1", etag="b1")
ASK = requests.AskBillingChat(customer_id="acme-eu", starter=Starter.UNBLOCK_BILLING)
IDENTITY = Identity(
    actor="olga", role="operator", customer_id=None, store="", read_only=False, methods=[], support_credit_limits=None
)
OLGA = reply(200, msgspec.json.encode(IDENTITY))
BUSY = b'{"error":{"code":"unavailable","reason":"STORE_LOCKED","message":"Busy.","details":{}}}'
HTML = b"<html>Sign in to the hotel's network</html>"


class Calls:
    """A client of a stranger, whose pauses take no time and are counted."""

    def __init__(self, url: str) -> None:
        self.pauses: list[float] = []
        self.surface = HttpSurface(url, TOKEN, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def refusal(self, request: requests.Request) -> Refused:
        with pytest.raises(Refused) as caught:
            await self.surface.call(request)
        return caught.value


@asynccontextmanager
async def calling(*replies: bytes) -> AsyncIterator[tuple[Calls, Stranger]]:
    """Yield a client and the stranger that it calls."""
    async with stranger(*replies) as other:
        calls = Calls(other.url)
        yield calls, other
        await calls.surface.hang_up()


def closed_port() -> int:
    """Return a port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


# ── to whom ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://billing.example.com", "SERVER_NOT_SECURE"),
        ("http://10.0.0.1:8080", "SERVER_NOT_SECURE"),
        ("http://localhost.example.com", "SERVER_NOT_SECURE"),
        ("https://user:hunter2@billing.example.com", "SERVER_URL_INVALID"),
        ("billing.example.com", "SERVER_URL_INVALID"),
        ("https://billing.example.com/?next=x", "SERVER_URL_INVALID"),
        ("https://bılling.example.com", "SERVER_URL_INVALID"),
    ],
)
def test_a_token_travels_encrypted_or_not_at_all(url: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        HttpSurface(url, TOKEN)
    assert caught.value.reason == reason
    assert "OPENAI" not in caught.value.message
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://billing.example.com/desk/", "billing.example.com"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://[::1]:8080", "[::1]:8080"),
        ("http://localhost:8080/", "localhost:8080"),
    ],
)
def test_the_server_is_called_by_its_host(url: str, host: str) -> None:
    assert HttpSurface(url, TOKEN).host == host


@pytest.mark.parametrize("token", ["", "bht_01.abc\r\nx-admin: yes", "bht_01 abc", "bht_01.äbc"])
def test_what_can_be_no_token_is_not_sent(token: str) -> None:
    with pytest.raises(Refused) as caught:
        HttpSurface("https://billing.example.com", token)
    assert caught.value.reason == "TOKEN_INVALID"


async def test_a_call_carries_the_token_and_the_request_and_names_no_machine() -> None:
    async with calling(OLGA) as (calls, other):
        assert await calls.surface.call(WHO) == IDENTITY
    (sent,) = other.requests
    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /rpc/WhoAmI HTTP/1.1\r\n")
    lines = head.lower().split(b"\r\n")
    assert f"authorization: bearer {TOKEN}".encode() in lines
    assert b"user-agent: billinghelp" in lines
    assert body == b"{}"


async def test_a_redirect_is_not_followed_for_the_token_is_for_one_address_alone() -> None:
    async with stranger(OLGA) as elsewhere:
        async with calling(reply(302, b"", "text/html", f"location: {elsewhere.url}")) as (calls, _):
            refusal = await calls.refusal(WHO)
        assert elsewhere.requests == []
    assert (refusal.code, refusal.reason) == (Code.UNAVAILABLE, "SERVER_UNREACHABLE")
    assert "leads elsewhere (302)" in refusal.message


async def test_whoever_does_not_prove_to_be_the_server_is_sent_nothing(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def listen_in(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read())

    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(self_signed(tmp_path))
    server = await asyncio.start_server(listen_in, "127.0.0.1", 0, ssl=trust)
    async with server:
        calls = Calls(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        refusal = await calls.refusal(ACT)
    assert "does not prove that it is this server" in refusal.message
    assert refusal.details == {"outcome_unknown": False}
    assert calls.pauses == []
    assert heard == []


def self_signed(folder: Path) -> Path:
    """Return a file with a key and a certificate for this machine that nobody else has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    day = datetime(2026, 11, 20, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(day).not_valid_after(day + timedelta(days=36_500))
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "server.pem"
    file.write_bytes(secret + certificate)
    return file


async def test_no_proxy_leads_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    async with calling(OLGA) as (calls, _):
        assert await calls.surface.call(WHO) == IDENTITY


# ── answers and what is none ──────────────────────────────────────────────────────────────────────────────────────────


async def test_a_refusal_comes_as_the_server_gave_it() -> None:
    error = {
        "code": "aborted",
        "reason": "STALE_ETAG",
        "message": "It changed.",
        "details": {"preview": {"etag": "b2"}},
    }
    async with calling(reply(409, msgspec.json.encode({"error": error}))) as (calls, _):
        refusal = await calls.refusal(ACT)
    assert refusal.as_dict() == error


async def test_what_a_terminal_would_obey_is_removed_from_a_refusal() -> None:
    said = "Press\x1b]52;c;aGk=\x07 \u202eenter\n".ljust(9_000, "!")
    error = {"error": {"code": "aborted", "reason": "STALE_ETAG", "message": said}}
    async with calling(reply(409, msgspec.json.encode(error))) as (calls, _):
        refusal = await calls.refusal(ACT)
    assert refusal.message.startswith("Press]52;c;aGk= enter !!!")
    assert len(refusal.message) == 2_000


@pytest.mark.parametrize(
    "other",
    [
        reply(200, HTML, "text/html"),
        reply(200, b'{"actor": "olga"'),
        reply(200, b'{"actor": 7}'),
        reply(200, b"[" * 200_000),
        reply(200, b'"\xff\xfe"'),
        reply(204, b""),
        reply(401, HTML, "text/html"),
        reply(403, b'{"error":{"code":"permission_denied","reason":"<script>","message":"x"}}'),
        reply(404, b'{"detail":"Not Found"}'),
        reply(407, b""),
        reply(500, b'{"error":"boom"}'),
        reply(502, HTML, "text/html"),
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        begun(b'{"actor":'),
        b"",
    ],
)
async def test_whoever_is_no_server_of_ours_is_not_understood_and_not_quoted(other: bytes) -> None:
    async with calling(*[other] * READ_ATTEMPTS) as (calls, _):
        refusal = await calls.refusal(WHO)
    assert (refusal.code, refusal.reason) == (Code.UNAVAILABLE, "SERVER_UNREACHABLE")
    assert calls.surface.host in refusal.message
    for word in ("hotel", "boom", "script", "Not Found", "Traceback"):
        assert word not in refusal.message


async def test_a_newer_servers_answer_with_more_fields_is_read() -> None:
    body = msgspec.json.encode({**msgspec.to_builtins(IDENTITY), "shoe_size": 43})
    async with calling(reply(200, body)) as (calls, _):
        assert await calls.surface.call(WHO) == IDENTITY


# ── again, or not ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("passing", [b"", begun(b"{"), reply(503, BUSY), reply(503, HTML, "text/html")])
async def test_a_read_is_tried_again_where_that_can_help(passing: bytes) -> None:
    async with calling(passing, passing, OLGA) as (calls, other):
        assert await calls.surface.call(WHO) == IDENTITY
    assert len(other.requests) == READ_ATTEMPTS
    assert sum(calls.pauses) < 1


async def test_a_read_that_is_never_answered_is_given_up_within_a_second() -> None:
    calls = Calls(f"http://127.0.0.1:{closed_port()}")
    refusal = await calls.refusal(WHO)
    assert "cannot be reached" in refusal.message
    assert len(calls.pauses) == READ_ATTEMPTS - 1
    assert sum(calls.pauses) < 1


@pytest.mark.parametrize("status", [429, 503])
async def test_the_pause_is_as_long_as_the_server_asks_and_a_long_one_is_left_to_who_waits(status: int) -> None:
    async with calling(reply(status, BUSY, "application/json", "retry-after: 1"), OLGA) as (calls, _):
        assert await calls.surface.call(WHO) == IDENTITY
        assert calls.pauses == [1.0]
    async with calling(reply(status, BUSY, "application/json", "retry-after: 30")) as (calls, _):
        assert (await calls.refusal(WHO)).reason == "STORE_LOCKED"
        assert calls.pauses == []


@pytest.mark.parametrize("broken", [b"", begun(b'{"outcome":'), reply(503, BUSY)])
async def test_a_change_is_sent_once(broken: bytes) -> None:
    async with calling(broken, broken) as (calls, other):
        assert (await calls.refusal(ACT)).code is Code.UNAVAILABLE
    assert len(other.requests) == 1


async def test_of_a_change_without_an_answer_it_is_not_known_whether_it_was_recorded() -> None:
    async with calling(b"") as (calls, _):
        refusal = await calls.refusal(ACT)
    assert refusal.details == {"outcome_unknown": True}
    assert "not known whether this was recorded" in refusal.message


@pytest.mark.parametrize(
    ("other", "unknown"),
    [
        (reply(502, HTML, "text/html"), True),  # a proxy that lost the server in the middle
        (reply(504, HTML, "text/html"), True),  # and one that waited in vain
        (reply(200, b'{"outcome":"applied"'), True),
        (reply(503, HTML, "text/html"), False),
        (reply(404, HTML, "text/html"), False),
    ],
)
async def test_what_stands_in_between_may_not_know_either_what_was_recorded(other: bytes, unknown: bool) -> None:
    async with calling(other) as (calls, _):
        refusal = await calls.refusal(ACT)
    assert refusal.details == {"outcome_unknown": unknown}
    assert ("not known whether" in refusal.message) is unknown


async def test_of_a_change_that_could_not_be_sent_it_is_known() -> None:
    refusal = await Calls(f"http://127.0.0.1:{closed_port()}").refusal(ACT)
    assert refusal.details == {"outcome_unknown": False}
    assert "not known" not in refusal.message


async def test_of_a_change_that_was_taken_in_part_it_is_known() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()  # as those do who find a body too large: the rest of it is not read

    large = requests.ImportCustomers(source="t", format="jsonl", content=b"x" * 8_000_000)
    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        calls = Calls(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        refusal = await calls.refusal(large)
        await calls.surface.hang_up()
    assert refusal.details == {"outcome_unknown": False}
    assert "took only a part" in refusal.message


async def test_a_silent_server_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "ANSWER_WITHIN", 0.05)
    async with calling(HELD) as (calls, other):
        refusal = await calls.refusal(WHO)
        assert "did not answer in time" in refusal.message
        assert calls.pauses == []
        await other.hung_up.wait()


# ── an answer as it is written ────────────────────────────────────────────────────────────────────────────────────────


def events(*pieces: str, end: bytes = b"") -> bytes:
    """Return a stream of pieces of an answer, and then its end."""
    told = b"".join(b"data: " + msgspec.json.encode(ChatDelta(text=piece)) + b"\n\n" for piece in pieces)
    return b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n\r\n" + told + end


async def listen(calls: Calls) -> tuple[list[ChatEvent], Refused]:
    """Return what came of an answer, and why it ended."""
    heard: list[ChatEvent] = []
    try:
        async with aclosing(calls.surface.stream(ASK)) as answer:
            async for event in answer:
                heard.append(event)  # noqa: PERF401  (a comprehension would lose what came before the refusal)
    except Refused as refusal:
        return heard, refusal
    raise AssertionError(heard)


async def test_an_answer_that_breaks_off_says_so_after_what_was_written() -> None:
    async with calling(events("They are ", "blocked.")) as (calls, _):
        heard, refusal = await listen(calls)
    assert [event.text for event in heard if isinstance(event, ChatDelta)] == ["They are ", "blocked."]
    assert "broke off" in refusal.message


async def test_what_a_terminal_would_obey_is_removed_from_an_answer_and_its_spaces_are_kept() -> None:
    pieces = ("They \x1b[2Jare ", " blocked.\n\n", "  \u202eSo.  \nNow\t")
    async with calling(events(*pieces)) as (calls, _):
        heard, _ = await listen(calls)
    assert [event.text for event in heard if isinstance(event, ChatDelta)] == [
        *("They [2Jare ", " blocked.\n\n", "  So.\nNow    ")
    ]


async def test_comments_that_keep_the_connection_alive_are_no_events() -> None:
    async with calling(events("One", end=b": keep-alive\n\n: keep-alive\n\n")) as (calls, _):
        heard, _ = await listen(calls)
    assert len(heard) == 1


@pytest.mark.parametrize("other", [reply(200, HTML, "text/html"), events(end=b"data: {}\n\n"), b""])
async def test_a_stream_of_something_else_is_not_understood(other: bytes) -> None:
    async with calling(other) as (calls, _):
        heard, refusal = await listen(calls)
    assert (heard, refusal.reason) == ([], "SERVER_UNREACHABLE")


async def test_a_question_is_refused_as_any_call_is() -> None:
    body = b'{"error":{"code":"unauthenticated","reason":"TOKEN_REVOKED","message":"Ask for another one."}}'
    async with calling(reply(401, body)) as (calls, _):
        _, refusal = await listen(calls)
    assert (refusal.code, refusal.reason) == (Code.UNAUTHENTICATED, "TOKEN_REVOKED")


async def test_who_stops_listening_hangs_up() -> None:
    async with calling(events("They are ", end=HELD)) as (calls, other):
        async with aclosing(calls.surface.stream(ASK)) as answer:
            assert await anext(answer) == ChatDelta(text="They are ")
        async with asyncio.timeout(5):
            await other.hung_up.wait()
