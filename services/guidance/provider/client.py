"""The model client: sends a question to an OpenAI-compatible server and streams the answer, or says how it failed.

Nothing is hidden: no retries, no redirects, one host, which is shown; and `openai` is not loaded before the first
question (`prepare` loads it earlier).
"""

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Literal

import msgspec

from services.contract.clock import Clock
from services.contract.errors import invalid
from services.contract.server_address import ServerAddress, UnusableAddressError, parse_address
from services.contract.text import clean
from services.contract.types import FailureKind
from services.contract.views import ChatUsage
from services.guidance.provider.failures import ModelFailed
from services.guidance.provider.reading import Reading

if TYPE_CHECKING:
    from services.guidance.provider.openai_connection import Connection

OPENAI_ADDRESS = "https://api.openai.com/v1"
"""Where questions go unless another address is set."""

_CONNECT_WITHIN = (
    10.0  # seconds: a server that is there answers a handshake in one; the rest is for a network that wakes up
)
_USAGE_WITHIN = 2.0  # seconds that a finished answer waits for what it used
_PROBE_WITHIN = 5.0
_LONGEST_NAME = 200

OutputLimit = Literal["max_completion_tokens", "max_tokens", "none"]


class ModelSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which model answers, and where.

    Args:
        model: its name, as its server knows it.
        base_url: its server's address; a name and password in it are sent in place of the key.
        api_key: null: none is sent.
        first_piece_within: seconds until the first text of the answer, and between one piece of text and the next.
            Reasoning is not text: a model that thinks for long needs more.
        total_within: seconds until the answer is complete.
        max_output_tokens: how long an answer may become.
        max_output_tokens_field: what the server calls that limit; "none" sends no limit.

    Raises:
        Refused: `CONFIG_INVALID`, when settings are made that cannot work.
    """

    model: str
    base_url: str = OPENAI_ADDRESS
    api_key: str | None = None
    first_piece_within: float = 30
    total_within: float = 120
    max_output_tokens: int = 1500
    max_output_tokens_field: OutputLimit = "max_completion_tokens"

    def __post_init__(self) -> None:
        try:
            parse_address(self.base_url)
        except UnusableAddressError as problem:
            message = f"OPENAI_BASE_URL is not the address of a model server: {problem}."
            raise invalid("CONFIG_INVALID", message) from problem
        if not self.model or self.model != clean(self.model) or len(self.model) > _LONGEST_NAME:
            raise invalid(
                "CONFIG_INVALID",
                f"BILLINGHELP_MODEL must name a model on one line of at most {_LONGEST_NAME} characters.",
            )
        # An HTTP header takes no others, and an empty key is none.
        if self.api_key is not None and not (self.api_key.isascii() and self.api_key.isprintable() and self.api_key):
            raise invalid("CONFIG_INVALID", "OPENAI_API_KEY holds characters that no key can hold: copy it again.")
        if min(self.first_piece_within, self.total_within, self.max_output_tokens) <= 0:
            raise invalid("CONFIG_INVALID", "The limits on a model's answer must be greater than 0.")

    def __repr__(self) -> str:
        """Return neither the key nor the password in an address: this is what a traceback shows."""
        return f"ModelSettings(model={self.model!r}, host={self.address.host!r})"

    @property
    def address(self) -> ServerAddress:
        """The server's address, taken apart."""
        return parse_address(self.base_url)

    @property
    def connect_within(self) -> float:
        """Seconds until a connection stands: before the first text is due, so that the two are told apart."""
        return min(_CONNECT_WITHIN, 0.8 * min(self.first_piece_within, self.total_within))


class ModelMessage(msgspec.Struct, frozen=True):
    """One message of what is sent."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatModel:
    """A model behind an OpenAI-compatible server (Chat Completions, streamed)."""

    def __init__(self, settings: ModelSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._address = settings.address
        self._connection: Connection | None = None
        self._connecting = asyncio.Lock()

    @property
    def label(self) -> str:
        """The model's name, as shown."""
        return self._settings.model

    @property
    def host(self) -> str:
        """The server that facts are sent to, as shown, with its port where that is not the usual one."""
        return self._address.host

    def body(self, messages: Sequence[ModelMessage]) -> bytes:
        """Return the document that is sent, to the byte: JSON in UTF-8, its keys always in the same order."""
        settings = self._settings
        document: dict[str, object] = {"model": settings.model, "messages": list(messages)}
        if settings.max_output_tokens_field != "none":
            document[settings.max_output_tokens_field] = settings.max_output_tokens
        return msgspec.json.encode(document | {"stream": True, "stream_options": {"include_usage": True}})

    async def prepare(self) -> None:
        """Load what a question needs, without a connection, so that the first one need not wait for it."""
        await self._connect()

    async def stream(self, body: bytes) -> AsyncGenerator[str | ChatUsage, None]:
        """Send a document made by `body` and yield the answer's text as it comes, then what it used, where told.

        Closing the generator or cancelling the task that reads it closes the connection at once. The deadlines hold
        whatever else the server sends to stay alive: comments and reasoning are not text.

        Raises:
            ModelFailed: there is no answer, or what was yielded is not the whole of it.
        """
        connection = await self._connect()
        deadlines = _Deadlines(self._settings)
        reading = Reading()
        async with aclosing(connection.chunks(body)) as chunks:
            while not reading.is_full:
                try:
                    # No `yield` in here: the time-out would then cut the reader off in whatever it does.
                    async with asyncio.timeout_at(deadlines.next(reading)):
                        chunk = await anext(chunks, None)
                except (TimeoutError, ModelFailed) as error:
                    if reading.is_finished:
                        break  # the answer is whole; only what it used is not known
                    raise deadlines.failure(reading) if isinstance(error, TimeoutError) else error from None
                if chunk is None:
                    break
                if text := reading.take(chunk):
                    yield text
                    if not text.isspace():  # which some servers send to stay alive
                        deadlines.text_came()
        if reading.usage:
            yield reading.usage
        if kind := reading.verdict():
            raise ModelFailed(kind)

    async def close(self) -> None:
        """Close what is open. A later question opens it again."""
        async with self._connecting:
            connection, self._connection = self._connection, None
        if connection:
            await connection.close()

    async def _connect(self) -> "Connection":
        async with self._connecting:
            if self._connection is None:
                self._connection = await asyncio.to_thread(_open, self._settings, self._clock)
            return self._connection


class _Deadlines:
    """Until when the next chunk must have come. Moments are the event loop's own."""

    def __init__(self, settings: ModelSettings) -> None:
        self._time = asyncio.get_running_loop().time
        self._quiet_for = settings.first_piece_within
        self._text_due = self._time() + settings.first_piece_within
        self._end = self._time() + settings.total_within
        self._usage_due = math.inf

    def next(self, reading: Reading) -> float:
        if reading.is_finished:
            self._usage_due = min(self._usage_due, self._time() + min(_USAGE_WITHIN, self._quiet_for))
            return min(self._usage_due, self._end)
        return min(self._text_due, self._end)

    def text_came(self) -> None:
        self._text_due = self._time() + self._quiet_for

    def failure(self, reading: Reading) -> ModelFailed:
        is_slow = not reading.has_text and self._text_due <= self._end
        return ModelFailed(FailureKind.SLOW_FIRST_TOKEN if is_slow else FailureKind.TIMED_OUT)


async def probe(settings: ModelSettings, clock: Clock) -> ModelFailed | None:
    """Return why a question would fail now, as far as can be told without one; null: the server takes the key."""
    ask = await asyncio.to_thread(_load_probe)
    try:
        async with asyncio.timeout(_PROBE_WITHIN):
            await ask(settings.address, settings.api_key, 0.8 * _PROBE_WITHIN, clock)
    except ModelFailed as failed:
        return failed
    except TimeoutError:
        return ModelFailed(FailureKind.TIMED_OUT)
    return None


# `import openai` takes 240–330 ms and brings 755 modules, and the HTTP client's certificates take another 30 ms: too
# much for a start and for the event loop, so both happen in a thread, and only when a model is asked.


def _open(settings: ModelSettings, clock: Clock) -> "Connection":
    from services.guidance.provider.openai_connection import Connection

    return Connection(settings.address, settings.api_key, settings.connect_within, clock)


def _load_probe() -> Callable[[ServerAddress, str | None, float, Clock], Awaitable[None]]:
    from services.guidance.provider import openai_connection

    return openai_connection.probe
