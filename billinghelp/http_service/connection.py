"""One connection, as uvicorn and httptools speak HTTP, and what both leave out: how large and slow a head may be."""

import asyncio
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from billinghelp.http_service.gathering import Gathering
from billinghelp.http_service.statuses import status_of
from services.contract.errors import Refused, invalid
from services.surface.wire import encode

_SPOKEN = ("1.1", "1.0")
_BETWEEN = len(": \r\n")
_CLOSING = b"content-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"


def connection_type(*, most: int, within: float) -> type[HttpToolsProtocol]:
    """Return the protocol of connections whose requests have a head of at most `most` bytes, `within` seconds."""
    return type("Connection", (_Connection,), {"most": most, "within": within})


class _Connection(HttpToolsProtocol):
    most: int
    within: float

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._head_bytes = 0
        self._head_due: asyncio.TimerHandle | None = None
        self._refusal: Refused | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(Gathering(transport, self.loop))  # type: ignore[arg-type]  # it passes on what it has not
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        self._head_is_here()
        lines = sum(len(name) + len(value) + _BETWEEN for name, value in self.headers)
        if lines + len(self.url) > self.most:
            self._refusal = _too_large(self.most)
            raise httptools.HttpParserError
        if self.parser.get_http_version() not in _SPOKEN:
            raise httptools.HttpParserError
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        if self.cycle is None or self.cycle.response_complete:  # type: ignore[redundant-expr]  # none at first
            self._expect_head()  # uvicorn counts the connection as idle no longer, whatever has come
        super().data_received(data)
        if self._head_due is not None:
            self._head_bytes += len(data)
            if self._head_bytes > self.most:
                self._refuse(_too_large(self.most))

    def send_400_response(self, _msg: str) -> None:
        self._refuse(self._refusal or invalid("INVALID_HTTP", "This is not a request as HTTP/1.1 has them."))

    def _expect_head(self) -> None:
        if self._head_due is None:
            self._head_bytes = 0
            self._head_due = self.loop.call_later(self.within, self.transport.close)

    def _head_is_here(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _refuse(self, refused: Refused) -> None:
        if self.transport.is_closing():
            return
        body = encode({"error": refused.as_dict()})
        self.transport.write(STATUS_LINE[status_of(refused)] + _CLOSING % len(body) + body)
        self.transport.close()


def _too_large(most: int) -> Refused:
    return invalid("HEADERS_TOO_LARGE", f"The request's headers are too large: send at most {most} bytes of them.")
