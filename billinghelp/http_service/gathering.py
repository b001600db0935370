"""What is written to a connection at one moment leaves in one piece.

Uvicorn writes an answer's head and body apart. Sent apart, they wake the caller twice, who can do nothing with a head
alone: a round trip over loopback took a tenth longer.
"""

import asyncio
from typing import Any


class Gathering:
    """A transport that sends at the end of the event loop's turn what was written in it; otherwise the one it wraps."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send this, together with what else is written in this turn."""
        if not self._written:
            self._loop.call_soon(self._send)
        self._written.append(data)

    def close(self) -> None:
        """Close once everything is sent."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        written, self._written = self._written, []
        if written and not self._transport.is_closing():
            self._transport.write(b"".join(written))
