"""The one door to the HTTP library on the way to a server. Importing this loads the library (50 ms)."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum, auto
from typing import NamedTuple

import httpx2

from services.contract.server_address import ServerAddress

CONNECT_WITHIN = 5.0
"""Seconds until a server that does not even take the connection is given up."""

_MOST_BYTES = 256_000_000
"""More than any answer holds (a page, a report): what is longer is no answer of ours."""

# The app looks every 5 s: its connection must live longer than that, and is to be gone before a proxy in between
# drops it without a word (a minute, as a rule).
_KEPT_FOR = 30.0

_PIECE = 256 * 1024

_HEADERS = {"user-agent": "billinghelp", "accept-encoding": "gzip, deflate"}
_JSON = {"content-type": "application/json"}

_FAILURES = (httpx2.HTTPError, httpx2.StreamError, ssl.SSLError, EOFError)
_UNREACHED = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.LocalProtocolError,
    httpx2.UnsupportedProtocol,
)
_END = object()


class Silence(Enum):
    """Why there is no answer."""

    UNREACHED = auto()
    """Nothing was sent."""
    UNTRUSTED = auto()
    """Nothing was sent: the other side does not prove that it is the server."""
    CUT_SHORT = auto()
    """A part was sent, and no more of it was taken: nobody can have acted on that."""
    TIMED_OUT = auto()
    BROKEN_OFF = auto()


class _Body:
    """What is sent, in pieces, so that it is known whether all of it was."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.length = len(content)
        self.is_sent = not content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._content), _PIECE):
            yield self._content[start : start + _PIECE]
        self.is_sent = True


class NoAnswer(Exception):
    """The server did not answer, or not to the end."""

    def __init__(self, silence: Silence) -> None:
        super().__init__(silence.name)
        self.silence = silence


class Reply(NamedTuple):
    """What came back, whoever sent it."""

    status: int
    media_type: str
    body: bytes
    retry_after: float | None = None
    """Seconds after which to come again, where the answer says so."""


class Connection:
    """Sends to one server, and to no other: redirects are not followed. Nothing is sent twice.

    The connections are kept open between calls. They belong to the event loop in which they were opened, and
    `hang_up` closes them there; a later call opens others.
    """

    def __init__(self, address: ServerAddress, token: str | None) -> None:
        self._address = address
        self._headers = _HEADERS | ({"authorization": f"Bearer {token}"} if token else {})
        self._urls: dict[str, httpx2.URL] = {}
        # Whom the system trusts takes 30 ms to load; without encryption nobody asks.
        encrypted = address.url.startswith("https://")
        self._trust = httpx2.create_ssl_context() if encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._http: httpx2.AsyncClient | None = None

    async def ask(self, method: str, path: str, body: bytes = b"", *, within: float) -> Reply:
        """Return the reply to one HTTP request.

        Args:
            within: how many seconds the server may stay silent.

        Raises:
            NoAnswer: none came.
        """
        sent = _Body(body)
        try:
            async with self._open(method, path, sent, within) as response:
                return await _reply(response)
        except _FAILURES as error:
            raise NoAnswer(_silence(error, sent)) from error

    async def events(self, path: str, body: bytes, *, within: float) -> AsyncGenerator[Reply | str, None]:
        """Yield the data of each server-sent event; of a reply that is no such stream, yield that reply alone.

        Raises:
            NoAnswer: the stream ended in a failure of the network.
        """
        told: asyncio.Queue[object] = asyncio.Queue()
        sent = _Body(body)
        reading = asyncio.create_task(self._read_events(path, sent, within, told))
        try:
            while (event := await told.get()) is not _END:
                assert isinstance(event, str | Reply)  # noqa: S101  (what the task puts there)
                yield event
            await reading
        except _FAILURES as error:
            raise NoAnswer(_silence(error, sent)) from error
        finally:
            reading.cancel()
            await asyncio.wait([reading])

    async def _read_events(self, path: str, body: _Body, within: float, told: "asyncio.Queue[object]") -> None:
        """Put the events into `told`, and at the end `_END`.

        A task of its own: cancelled, it unwinds the library's generators, which stand one within the other. Left in the
        middle by whoever reads them, they would stay open until the garbage collector came.
        """
        try:
            async with self._open("POST", path, body, within) as response:
                if _media_type(response) != "text/event-stream":
                    told.put_nowait(await _reply(response))
                    return
                async for event in httpx2.EventSource(response):
                    told.put_nowait(event.data)
        finally:
            told.put_nowait(_END)

    async def hang_up(self) -> None:
        """Close the connections."""
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    @asynccontextmanager
    async def _open(self, method: str, path: str, body: _Body, within: float) -> AsyncIterator[httpx2.Response]:
        # Made here and not by the client, which would put address and headers together anew for every call.
        request = httpx2.Request(
            method,
            self._url(path),
            headers=self._headers | (_JSON | {"content-length": str(body.length)} if body.length else {}),
            content=body if body.length else None,
            extensions={"timeout": httpx2.Timeout(within, connect=CONNECT_WITHIN, pool=CONNECT_WITHIN).as_dict()},
        )
        response = await self._client().send(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()

    def _url(self, path: str) -> httpx2.URL:
        if path not in self._urls:
            self._urls[path] = httpx2.URL(f"{self._address.url}{path}")
        return self._urls[path]

    def _client(self) -> httpx2.AsyncClient:
        if self._http is None:
            self._http = httpx2.AsyncClient(
                verify=self._trust,
                follow_redirects=False,  # a token goes to the address that was configured, and nowhere else
                # A company's proxy may be the only way out, and sees no more than the host: only what is encrypted, or
                # on this machine, is asked at all. To this machine no proxy leads.
                trust_env=not self._address.is_loopback,
                limits=httpx2.Limits(keepalive_expiry=_KEPT_FOR),
            )
        return self._http


async def _reply(response: httpx2.Response) -> Reply:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > _MOST_BYTES:
            raise httpx2.DecodingError("longer than any answer")
    return Reply(response.status_code, _media_type(response), bytes(body), _retry_after(response))


def _media_type(response: httpx2.Response) -> str:
    content_type: str = response.headers.get("content-type", "")
    return content_type.partition(";")[0].strip().lower()


def _retry_after(response: httpx2.Response) -> float | None:
    told: str = response.headers.get("retry-after", "")
    return float(told) if told.isascii() and told.isdigit() and len(told) < 10 else None


def _silence(error: Exception, sent: _Body) -> Silence:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Silence.UNTRUSTED
    if isinstance(error, _UNREACHED):
        return Silence.UNREACHED
    if isinstance(error, httpx2.TimeoutException):
        return Silence.TIMED_OUT
    return Silence.BROKEN_OFF if sent.is_sent else Silence.CUT_SHORT
