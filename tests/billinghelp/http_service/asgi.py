"""A caller that speaks ASGI itself: it sees every message of an answer as it comes, and hangs up when it likes."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from billinghelp.http_service.exchange import App, Message

_PATIENCE = 10.0


class Caller:
    """One request to an application. A context manager: the application answers inside."""

    def __init__(self, app: App, path: str, body: Any, headers: Mapping[str, str]) -> None:
        self._app = app
        self._scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
        self._coming: asyncio.Queue[Message] = asyncio.Queue()
        self._coming.put_nowait({"type": "http.request", "body": json.dumps(body).encode(), "more_body": False})
        self._sent: asyncio.Queue[Message] = asyncio.Queue()
        self._accepting = asyncio.Event()
        self._accepting.set()

    async def __aenter__(self) -> "Caller":
        self._answering = asyncio.create_task(self._answer())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.hang_up()
        await self.end()

    async def _answer(self) -> None:
        await self._app(self._scope, self._coming.get, self._send)

    async def _send(self, message: Message) -> None:
        await self._accepting.wait()
        self._sent.put_nowait(message)

    async def next(self) -> Message:
        """Return the next message of the answer."""
        async with asyncio.timeout(_PATIENCE):
            return await self._sent.get()

    def stop_accepting(self) -> None:
        """Take nothing more, as a terminal does that was put to sleep."""
        self._accepting.clear()

    def hang_up(self) -> None:
        """Leave."""
        self._coming.put_nowait({"type": "http.disconnect"})

    async def end(self) -> None:
        """Wait until the application has done with the request."""
        async with asyncio.timeout(_PATIENCE):
            await self._answering

    def cancel(self) -> None:
        """Break the answer off, as a shutdown does that has waited long enough."""
        self._answering.cancel()
