"""One connection, as uvicorn and httptools speak HTTP, and what both leave out.

How large and slow a head may be, what stands behind a body, how slowly an answer may be taken, and which answer is
whose when several are owed.
"""

import asyncio
from collections import deque
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from billinghelp.config import ServerLimits
from billinghelp.http_service.exchange import tell_when_left
from billinghelp.http_service.gathering import Gathering
from billinghelp.http_service.parsing import RequestParser
from billinghelp.http_service.statuses import status_of
from services.contract.errors import Refused, invalid
from services.surface.wire import encode

_SPOKEN = ("1.1", "1.0")
_BETWEEN = len(": \r\n")
_CLOSING = b"content-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
_MOST_OWED = 32  # answers on one connection: nobody needs to send so many requests before an answer is there


def connection_type(limits: ServerLimits) -> type["Connection"]:
    """Return the protocol of connections within these limits."""
    return type(
        "LimitedConnection",
        (Connection,),
        {
            "most": limits.max_header_kib * 1024,
            "head_seconds": limits.header_seconds,
            "answer_seconds": limits.body_seconds,
        },
    )


class Connection(HttpToolsProtocol):
    """A connection.

    Attributes:
        most: how many bytes a request's head may have, and what stands beside its body: trailers and the like.
        head_seconds: how long a head may take to arrive.
        answer_seconds: how long an answer may take to be accepted.
    """

    most: int
    head_seconds: float
    answer_seconds: float

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.parser = RequestParser(self)  # type: ignore[assignment]  # it does what uvicorn asks of one
        self._head_bytes = 0
        self._head_due: asyncio.TimerHandle | None = None
        self._in_body = False  # between a head that was accepted and the end of its request
        self._body_came = False
        self._bytes_beside = 0  # since the last of the body: trailers, and what may stand in a chunk's first line
        self._acceptance_due: asyncio.TimerHandle | None = None
        self._owed: deque[RequestResponseCycle] = deque()
        self._refusal: Refused | None = None
        self._last_words: Refused | None = None
        self._is_lost = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        # Writing pauses as long as anything is unsent, and with it the next answer.
        transport.set_write_buffer_limits(high=0)
        super().connection_made(Gathering(transport, self.loop))  # type: ignore[arg-type]  # it passes on what it has not
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_lost = True
        self._head_is_here()
        self._answer_is_accepted()
        for cycle in self._owed:  # uvicorn tells the last one alone
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    # ── what comes ────────────────────────────────────────────────────────────────────────────────────────────────────

    def data_received(self, data: bytes) -> None:
        if self._last_words is not None:
            return
        if self.cycle is None or self.cycle.response_complete:  # type: ignore[redundant-expr]  # none at first
            self._expect_head()  # uvicorn counts the connection as idle no longer, whatever has come
        self._body_came = False
        super().data_received(data)
        if self._head_due is not None:
            self._head_bytes += len(data)
            if self._head_bytes > self.most:
                self._refuse(_too_large(self.most))
        elif self._in_body:
            self._bytes_beside = 0 if self._body_came else self._bytes_beside + len(data)
            if self._bytes_beside > self.most:
                self._refuse(_too_large(self.most))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        tell_when_left(self.scope, self._has_left)  # type: ignore[arg-type]  # uvicorn names the keys that it knows
        self._expect_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_body:
            super().on_header(name, value)
            return
        # A trailer is no header (RFC 9110 §6.5.1), and there is none that means anything here.
        self._bytes_beside += len(name) + len(value) + _BETWEEN
        if self._bytes_beside > self.most:
            self._refusal = _too_large(self.most)
            raise httptools.HttpParserError

    def on_headers_complete(self) -> None:
        self._head_is_here()
        lines = sum(len(name) + len(value) + _BETWEEN for name, value in self.headers)
        if lines + len(self.url) > self.most:
            self._refusal = _too_large(self.most)
            raise httptools.HttpParserError
        if self.parser.get_http_version() not in _SPOKEN or self.parser.get_method() == b"CONNECT":
            raise httptools.HttpParserError
        if self.parser.should_upgrade():
            return
        if len(self._owed) >= _MOST_OWED:
            self._refusal = _too_many_owed()
            raise httptools.HttpParserError
        super().on_headers_complete()
        self._owed.append(self.cycle)
        self._in_body = True
        self._bytes_beside = 0

    def on_body(self, body: bytes) -> None:
        self._body_came = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._in_body:
            self._in_body = False
            super().on_message_complete()

    def send_400_response(self, _msg: str) -> None:
        self._refuse(self._refusal or invalid("INVALID_HTTP", "This is not a request as HTTP/1.1 has them."))

    # ── what goes ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def pause_writing(self) -> None:
        super().pause_writing()
        self._acceptance_due = self.loop.call_later(self.answer_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._answer_is_accepted()

    def on_response_complete(self) -> None:
        self._owed.popleft()
        super().on_response_complete()
        if self._last_words is not None and not self._owed:
            self._close_with(self._last_words)

    def _has_left(self) -> bool:
        return self._is_lost

    def leave_if_unheard(self) -> None:
        """Break the connection off if somebody is at its other end who does not take what is written."""
        if self.flow.write_paused:
            self.transport.abort()

    def _refuse(self, refused: Refused) -> None:
        """Answer what cannot be read on with a refusal, which is the connection's last answer; others come first."""
        if len(self._owed) <= int(self._in_body):  # none is owed, or that to the very request which is refused
            self._close_with(refused)
            return
        if self._in_body:  # it waits for its turn still, and is not to have one
            self._owed.pop()
            self.pipeline.popleft()
        self._last_words = refused
        self.flow.pause_reading()

    def _close_with(self, refused: Refused) -> None:
        if self.transport.is_closing():
            return
        body = encode({"error": refused.as_dict()})
        self.transport.write(STATUS_LINE[status_of(refused)] + _CLOSING % len(body) + body)
        self.transport.close()

    # ── timers ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _expect_head(self) -> None:
        if self._head_due is None:
            self._head_bytes = 0
            self._head_due = self.loop.call_later(self.head_seconds, self.transport.close)

    def _head_is_here(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _answer_is_accepted(self) -> None:
        if self._acceptance_due is not None:
            self._acceptance_due.cancel()
            self._acceptance_due = None


def _too_large(most: int) -> Refused:
    return invalid("HEADERS_TOO_LARGE", f"The request's headers are too large: send at most {most} bytes of them.")


def _too_many_owed() -> Refused:
    return invalid("TOO_MANY_PIPELINED", f"Wait for an answer before you send more than {_MOST_OWED} requests.")
