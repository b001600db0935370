"""A way to a server that can be cut, and that can lose the one answer that matters."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

_PIECE = 65_536


class LosingProxy:
    """Passes connections on.

    Attributes:
        lose: the answer to the next request that holds these bytes is read, and dropped with the connection.
        cut_when_lost: whether the way is cut with that, too.
    """

    def __init__(self, server_url: str) -> None:
        self._server = urlsplit(server_url)
        self._open: set[asyncio.StreamWriter] = set()
        self._port = 0
        self._listener: asyncio.Server | None = None
        self.lose = b""
        self.cut_when_lost = False
        self.lost: list[bytes] = []
        """The answers that were dropped."""
        self.requests: list[bytes] = []
        """What was sent, piece by piece."""
        self.passed = 0
        """How many bytes went either way."""

    @property
    def host(self) -> str:
        """Where it listens, as it is shown."""
        return f"127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.host}"

    async def open(self) -> None:
        """Listen, at the same port as before."""
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._listener.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Close every connection and take no other, like a server that is being restarted."""
        if self._listener is not None:
            self._listener.close()
        for writer in self._open:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(self._server.hostname, self._server.port)
        writers = {writer, inner_writer}
        self._open |= writers
        losing = asyncio.Event()
        answering = asyncio.create_task(self._answer(inner_reader, writer, losing))
        try:
            with suppress(ConnectionError):
                while piece := await reader.read(_PIECE):
                    self.requests.append(piece)
                    self.passed += len(piece)
                    if self.lose and self.lose in piece:
                        self.lose = b""
                        losing.set()
                    inner_writer.write(piece)
                    await inner_writer.drain()
        finally:
            answering.cancel()
            self._open -= writers
            for each in writers:
                each.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, losing: asyncio.Event) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(_PIECE):
                if losing.is_set():
                    self.lost.append(piece)
                    if self.cut_when_lost:
                        self.cut()
                    break
                self.passed += len(piece)
                writer.write(piece)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def losing_proxy(server_url: str) -> AsyncIterator[LosingProxy]:
    """Yield such a proxy on a loopback port."""
    proxy = LosingProxy(server_url)
    await proxy.open()
    try:
        yield proxy
    finally:
        proxy.cut()
