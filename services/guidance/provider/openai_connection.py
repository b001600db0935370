"""The one door to `openai` and its HTTP library. Loading this module loads both: `client.py` does it, in a thread."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

import httpx2
import msgspec
from openai import APIConnectionError, AsyncOpenAI, AsyncStream, OpenAIError

from services.contract.clock import Clock
from services.contract.server_address import ServerAddress
from services.contract.types import FailureKind
from services.guidance.provider.failures import ModelFailed, refusal
from services.guidance.provider.reading import Chunk

_EVENT_STREAM = "text/event-stream"
# An answer of 64 000 characters in chunks of a token each, with up to 800 bytes of JSON around it: more is a flood.
_MOST_BYTES = 16_000_000
_HTTP_HEADERS = ("host", "content-length")

_UNREACHABLE = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol)
_DROPPED = (httpx2.NetworkError, httpx2.RemoteProtocolError, ssl.SSLError, EOFError)
# What comes out of the library for what a server sent. ValueError: bad JSON and bad UTF-8; AttributeError, TypeError:
# JSON of another shape than it looks for; RecursionError: JSON nested without end.
_LEAKS = (
    OpenAIError,
    httpx2.HTTPError,
    httpx2.StreamError,
    httpx2.InvalidURL,
    msgspec.ValidationError,
    ssl.SSLError,
    ValueError,
    AttributeError,
    TypeError,
    RecursionError,
)


_END = object()


class Connection:
    """Sends questions to one model server and reads what comes back. No retries, no redirects, no other host."""

    def __init__(self, address: ServerAddress, api_key: str | None, connect_within: float, clock: Clock) -> None:
        self._clock = clock
        http = _http_client(address, api_key, connect_within, self._judge)
        # Address and key are both given, so that neither is taken from OPENAI_* variables of the process.
        self._openai = AsyncOpenAI(base_url=address.url, api_key=api_key or "none", max_retries=0, http_client=http)

    async def chunks(self, body: bytes) -> AsyncGenerator[Chunk, None]:
        """Send a request for a streamed chat completion, as it is, and yield the events of the answer.

        Raises:
            ModelFailed: the server refused, went away, or sent something else than such an answer.
        """
        events: asyncio.Queue[object] = asyncio.Queue()
        reading = asyncio.create_task(self._read(body, events))
        failed: ModelFailed | None = None
        try:
            while (event := await events.get()) is not _END:
                yield _chunk(event)
            await reading
        except _LEAKS as error:
            failed = ModelFailed(_kind(error))
        finally:
            reading.cancel()
            await asyncio.wait([reading])
            del reading
        # Raised out here it is not chained: the message is what the server wrote, which no log and no screen may show,
        # and the traceback would keep the library's generators from being closed in this event loop, at once.
        if failed is not None:
            raise failed

    async def _read(self, body: bytes, events: "asyncio.Queue[object]") -> None:
        """Put each event of the answer into `events`, and at the end `_END`.

        A task of its own, which never waits but for the network: cancelled, it unwinds the library's generators, five
        one within the other. Left in the middle by whoever reads them, they would stay for the garbage collector.
        """
        try:
            stream = await self._openai.post(
                "/chat/completions", cast_to=object, content=body, stream=True, stream_cls=AsyncStream[object]
            )
            try:
                async for event in stream:
                    events.put_nowait(event)
            finally:
                await stream.close()
        finally:
            events.put_nowait(_END)

    async def close(self) -> None:
        """Close the connections."""
        await self._openai.close()

    async def _judge(self, response: httpx2.Response) -> None:
        # Before anything is read of it: of what a refusal says not a word is needed, and it may be without end.
        if response.status_code != 200:
            raise refusal(response.status_code, response.headers.get("retry-after"), self._clock())
        content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        # Not asked for, and a few compressed bytes can stand for millions.
        is_compressed = response.headers.get("content-encoding", "identity").lower() != "identity"
        if content_type != _EVENT_STREAM or is_compressed:
            raise ModelFailed(FailureKind.PROTOCOL)
        response.stream = _Bounded(response.stream)


async def probe(address: ServerAddress, api_key: str | None, connect_within: float, clock: Clock) -> None:
    """Ask for the list of models, which costs nothing. Whatever its content, it is not read.

    Raises:
        ModelFailed: no answer, or the key is not accepted, or the server has a fault.
    """
    try:
        async with (
            _http_client(address, api_key, connect_within) as http,
            http.stream("GET", f"{address.url}/models") as response,
        ):
            # Some servers have no such list. They answered, and that was the question.
            if response.status_code not in (200, 404, 405, 501):
                raise refusal(response.status_code, response.headers.get("retry-after"), clock())
    except _LEAKS as error:
        raise ModelFailed(_kind(error)) from None


def _http_client(
    address: ServerAddress,
    api_key: str | None,
    connect_within: float,
    judge: Callable[[httpx2.Response], Awaitable[None]] | None = None,
) -> httpx2.AsyncClient:
    authorization = address.credentials or (f"Bearer {api_key}" if api_key else None)

    async def send_nothing_else(request: httpx2.Request) -> None:
        # The library adds an organisation, a project and any headers from OPENAI_* variables, made for another host
        # perhaps, and a description of this machine; the HTTP client adds cookies.
        headers = {name: request.headers[name] for name in _HTTP_HEADERS if name in request.headers}
        headers |= {"accept-encoding": "identity", "user-agent": "billinghelp"}
        headers |= {"authorization": authorization} if authorization else {}
        if request.method == "POST":
            headers |= {"accept": _EVENT_STREAM, "content-type": "application/json"}
        request.headers = httpx2.Headers(headers)

    return httpx2.AsyncClient(
        follow_redirects=False,
        trust_env=not address.is_loopback,  # the proxies of the environment do not lead to this machine
        timeout=httpx2.Timeout(None, connect=connect_within),  # the deadlines are the caller's
        # A question a minute gains nothing by a kept connection, and one that has gone stale looks like a drop.
        limits=httpx2.Limits(max_keepalive_connections=0),
        event_hooks={"request": [send_nothing_else], "response": [judge] if judge else []},
    )


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends in a failure when it floods: the library keeps a line in memory until it ends."""

    def __init__(self, stream: httpx2.SyncByteStream | httpx2.AsyncByteStream) -> None:
        if not isinstance(stream, httpx2.AsyncByteStream):
            raise TypeError("an asynchronous client streams asynchronously")
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for piece in self._stream:
            read += len(piece)
            if read > _MOST_BYTES:
                raise ModelFailed(FailureKind.PROTOCOL)
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


def _chunk(event: object) -> Chunk:
    chunk = msgspec.convert(event, Chunk)
    for choice in chunk.choices or ():
        if choice.delta and choice.delta.content:
            choice.delta.content.encode()  # a lone surrogate is no text; nothing could store or show it
    return chunk


def _kind(error: Exception) -> FailureKind:
    cause = error.__cause__ if isinstance(error, APIConnectionError) else error
    if isinstance(cause, _UNREACHABLE):
        return FailureKind.UNREACHABLE
    if isinstance(cause, _DROPPED):
        return FailureKind.DROPPED
    return FailureKind.PROTOCOL
