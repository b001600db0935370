"""A server that answers each request with the next of some given bytes, whatever it is asked, and then hangs up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Stranger:
    """What it was asked, and where it listens."""

    def __init__(self, replies: tuple[bytes, ...]) -> None:
        self._replies = iter(replies)
        self.requests: list[bytes] = []
        """Each request's head and body, as they came."""
        self.hung_up = asyncio.Event()
        """Set when a caller has gone while its answer was held back."""
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection; `b"…"` without an end holds the rest of the answer back."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.lower().split(b"\r\n")
            length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
            self.requests.append(head + await reader.readexactly(length))
            reply = next(self._replies, b"")
            writer.write(reply.removesuffix(HELD))
            await writer.drain()
            if reply.endswith(HELD):
                await reader.read()
                self.hung_up.set()
        finally:
            writer.close()


HELD = b"<the rest does not come>"
"""At the end of a reply: the connection stays open, and nothing more comes."""


def reply(status: int, body: bytes, kind: str = "application/json", *headers: str) -> bytes:
    """Return a whole HTTP response."""
    lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}", f"content-length: {len(body)}", *headers]
    return "\r\n".join([*lines, "connection: close", "", ""]).encode() + body


def begun(body: bytes, kind: str = "application/json") -> bytes:
    """Return a response whose end never comes: the connection breaks off in the middle."""
    return f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: 100000\r\n\r\n".encode() + body


@asynccontextmanager
async def stranger(*replies: bytes) -> AsyncIterator[Stranger]:
    """Yield such a server on a loopback port; an empty reply hangs up without a word."""
    other = Stranger(replies)
    server = await asyncio.start_server(other.answer, "127.0.0.1", 0)
    async with server:
        other.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield other
