"""The parser of requests, for which `Upgrade` is a header like any other: no other protocol is spoken here."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import httptools


class Listener(Protocol):
    """Whom the parser tells what it finds, and asks for the head of the request that it is in."""

    url: bytes
    headers: list[tuple[bytes, bytes]]


class RequestParser:
    """The parser of httptools, which leaves a body unread behind a head that asks for another protocol.

    RFC 9110 §7.8 lets a server pass over such a wish. So the request begins again without it; what asks for another
    protocol is not to be answered at `on_headers_complete`.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._parser = self._new_parser()

    def feed_data(self, data: bytes) -> None:
        """Parse what has come.

        Raises:
            httptools.HttpParserError: it is not HTTP.
        """
        while True:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as stopped:
                again = self._head_without_upgrade()
                self._parser = self._new_parser()
                data = again + data[stopped.args[0] :]
            else:
                return

    def should_upgrade(self) -> bool:
        """Return whether the head asks for another protocol, and will therefore come once more."""
        upgrades: bool = self._parser.should_upgrade()
        return upgrades

    def should_keep_alive(self) -> bool:
        """Return whether the connection outlives the answer."""
        lives: bool = self._parser.should_keep_alive()
        return lives

    def get_method(self) -> bytes:
        """Return the request's verb."""
        method: bytes = self._parser.get_method()
        return method

    def get_http_version(self) -> str:
        """Return the request's version of HTTP."""
        version: str = self._parser.get_http_version()
        return version

    def _new_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self._listener)
        parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's: the request before is answered
        return parser

    def _head_without_upgrade(self) -> bytes:
        listener = self._listener
        first = b"%s %s HTTP/%s" % (self.get_method(), listener.url, self.get_http_version().encode())
        return b"\r\n".join([first, *_lines(listener.headers), b"", b""])


def _lines(headers: Sequence[tuple[bytes, bytes]]) -> Iterable[bytes]:
    return (b"%s: %s" % header for header in headers if header[0] != b"upgrade")
