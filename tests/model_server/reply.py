"""One reply of the model server: what scenarios are written with."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from tests.model_server.recording import Recorded

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

USAGE = {"prompt_tokens": 812, "completion_tokens": 96, "total_tokens": 908}
"""What every answer says that it used."""


class ClientLeft(Exception):
    """The client went away: there is nobody left to play the scenario to."""


@dataclass(frozen=True)
class Pace:
    """How text is streamed: characters in one chunk, and the seconds after each (0: as fast as it goes)."""

    characters: int = 12
    pause: float = 0.0


class Reply:
    """Writes one reply. Every method raises `ClientLeft` once the client is gone."""

    def __init__(self, request: Recorded, send: Send, pace: Pace, gate: asyncio.Event, left: asyncio.Event) -> None:
        self.request = request
        self.pace = pace
        self.is_complete = False
        self._send = send
        self._gate = gate
        self._left = left

    # ── HTTP ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self, status: int = 200, **headers: str) -> None:
        """Send status and headers; an event stream unless `content_type` says otherwise."""
        headers = {"content_type": "text/event-stream; charset=utf-8"} | headers
        pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})

    async def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        await self._send({"type": "http.response.body", "body": data, "more_body": True})
        await asyncio.sleep(0)  # so that every piece goes out by itself, and a client's leaving is noticed
        self._check()

    async def end(self) -> None:
        """Say that the body is complete. A reply without it is cut off: the connection drops."""
        self.is_complete = True
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def whole(self, status: int, body: bytes, **headers: str) -> None:
        """Send a reply that is no stream."""
        await self.start(status, **headers)
        await self.write(body)
        await self.end()

    # ── Chat Completions ──────────────────────────────────────────────────────────────────────────────────────────────

    async def event(self, document: object) -> None:
        """Send one server-sent event."""
        await self.write(b"data: " + json.dumps(document, ensure_ascii=False).encode() + b"\n\n")

    async def delta(self, finish_reason: str | None = None, **delta: object) -> None:
        """Send one chunk of the answer."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        await self.event(chunk([choice]))

    async def text(self, text: str) -> None:
        """Send text in chunks, at the server's pace."""
        for start in range(0, len(text), self.pace.characters):
            await self.delta(content=text[start : start + self.pace.characters])
            if self.pace.pause:
                await asyncio.sleep(self.pace.pause)

    async def finish(self, reason: str = "stop", usage: object = None) -> None:
        """End an answer as servers do: why, what it used where that was asked, `[DONE]`."""
        await self.delta(finish_reason=reason)
        if self.request.document.get("stream_options", {}).get("include_usage"):
            await self.event(chunk([]) | {"usage": usage or USAGE})
        await self.done()

    async def done(self) -> None:
        """Send `[DONE]` and end the body."""
        await self.write(b"data: [DONE]\n\n")
        await self.end()

    # ── waiting ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def hold(self, within: float | None = None) -> bool:
        """Wait until the test opens the gate, or the time is up; return whether it is open."""
        waits = [asyncio.ensure_future(event.wait()) for event in (self._gate, self._left)]
        await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        self._check()
        return self._gate.is_set()

    def _check(self) -> None:
        if self._left.is_set():
            raise ClientLeft


def chunk(choices: object) -> dict[str, object]:
    """Return a chunk of a streamed chat completion."""
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
