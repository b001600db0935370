"""`HttpSurface`: the method table of a server, as the holder of an access token calls it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from http import HTTPStatus
from typing import Any

import tenacity

from services.contract.errors import Code, Refused
from services.contract.requests import AskBillingChat, ImportCustomers, Request
from services.contract.views import ChatAnswer, ChatError, ChatEvent
from services.surface.http_client.address import parse_server_url
from services.surface.http_client.answers import read_answer, read_event, read_refusal, silence
from services.surface.http_client.connection import Connection, NoAnswer, Reply, Silence
from services.surface.model import Method
from services.surface.table import METHOD_BY_REQUEST
from services.surface.wire import encode

Sleep = Callable[[float], Awaitable[None]]

ANSWER_WITHIN = 60.0
"""Seconds a server may stay silent: longer than it waits for a lock, and than it is silent within a chat answer."""

IMPORT_WITHIN = 900.0
"""Seconds for an import, which is one transaction over all its rows."""

READ_ATTEMPTS = 3
"""How often a read is tried, within a second or so: what takes longer is told, and tried again by whoever waits."""

LONGEST_PAUSE = 1.0
"""Seconds between two attempts. A server that asks for a longer pause is not asked again here."""

_PASSING = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)


class HttpSurface:
    """A server's surface. Reads are tried again where that can help; whatever changes a record is sent once.

    Args:
        server_url: the server's base address.
        token: the access token's text.
        sleep: waits between attempts.

    Raises:
        Refused: `SERVER_URL_INVALID`, `SERVER_NOT_SECURE`, `TOKEN_INVALID`.
    """

    def __init__(self, server_url: str, token: str, *, sleep: Sleep = asyncio.sleep) -> None:
        self._address = parse_server_url(server_url)
        if not token.isascii() or not token.isprintable() or not token or " " in token:
            raise Refused(
                Code.UNAUTHENTICATED,
                "TOKEN_INVALID",
                "The access token holds characters that no token holds: copy it again.",
            )
        self._sleep = sleep
        self._connection = Connection(self._address, token)

    @property
    def host(self) -> str:
        """What a person calls the server: its host, and its port where that is not the usual one."""
        return self._address.host

    async def call(self, request: Request) -> Any:
        """Return the answer to a request.

        Raises:
            Refused: as the server refused; `SERVER_UNREACHABLE` where no answer came. Of a request that changes a
                record it is then unknown whether it did; the detail `outcome_unknown` says so.
        """
        method = METHOD_BY_REQUEST[type(request)]
        within = IMPORT_WITHIN if isinstance(request, ImportCustomers) else ANSWER_WITHIN
        path, body = _path(method), encode(request)

        async def send() -> Reply:
            return await self._connection.ask("POST", path, body, within=within)

        try:
            reply = await (send() if method.writes else self._until_answered(send))
        except NoAnswer as missing:
            raise silence(missing.silence, self.host, recorded=method.writes) from missing
        return read_answer(reply, method, self.host)

    async def stream(self, request: AskBillingChat) -> AsyncGenerator[ChatEvent, None]:
        """Yield the events of an answer as it is written.

        Raises:
            Refused: as `call`; also in the middle, where the connection broke off.
        """
        path = _path(METHOD_BY_REQUEST[type(request)])
        finished = False
        try:
            async with aclosing(self._connection.events(path, encode(request), within=ANSWER_WITHIN)) as told:
                async for data in told:
                    if isinstance(data, Reply):
                        raise read_refusal(data, self.host)
                    event = read_event(data, self.host)
                    finished = isinstance(event, ChatAnswer | ChatError)
                    yield event
        except NoAnswer as missing:
            if not finished:
                raise silence(missing.silence, self.host) from missing
        if not finished:
            raise silence(Silence.BROKEN_OFF, self.host)

    async def hang_up(self) -> None:
        """Close the connections, in the event loop in which they were opened; a later call opens others."""
        await self._connection.hang_up()

    async def _until_answered(self, send: Callable[[], Awaitable[Reply]]) -> Reply:
        first = await _outcome(send)
        if isinstance(first, Reply) and not _passes_soon(first):
            return first  # nearly always: what tries again costs more than the call
        had = [first]

        async def attempt() -> Reply:
            outcome = had.pop() if had else await _outcome(send)
            if isinstance(outcome, NoAnswer):
                raise outcome
            return outcome

        retrying = tenacity.AsyncRetrying(
            sleep=self._sleep,
            stop=tenacity.stop_after_attempt(READ_ATTEMPTS),
            wait=_pause,
            retry=tenacity.retry_if_exception(_may_pass) | tenacity.retry_if_result(_passes_soon),
            retry_error_callback=_last,
        )
        reply: Reply = await retrying(attempt)
        return reply


async def _outcome(send: Callable[[], Awaitable[Reply]]) -> Reply | NoAnswer:
    try:
        return await send()
    except NoAnswer as missing:
        return missing


def _path(method: Method) -> str:
    return f"/rpc/{method.name}"


def _may_pass(error: BaseException) -> bool:
    """Return whether another attempt can help; one that timed out has been waited for long enough."""
    return isinstance(error, NoAnswer) and error.silence in (Silence.UNREACHED, Silence.CUT_SHORT, Silence.BROKEN_OFF)


def _passes_soon(reply: Reply) -> bool:
    return reply.status in _PASSING and (reply.retry_after or 0) <= LONGEST_PAUSE


_growing = tenacity.wait_exponential_jitter(multiplier=0.1, max=LONGEST_PAUSE, jitter=0.2)


def _pause(state: tenacity.RetryCallState) -> float:
    """Return how long to wait: as the server asked, else longer each time, and not in step with everybody else."""
    reply = None if state.outcome is None or state.outcome.failed else state.outcome.result()
    return max(_growing(state), reply.retry_after or 0 if reply is not None else 0)


def _last(state: tenacity.RetryCallState) -> Reply:
    """Return the last reply, or raise why there was none."""
    assert state.outcome is not None  # noqa: S101  (it is called after an attempt)
    reply: Reply = state.outcome.result()
    return reply
