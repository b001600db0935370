"""An answer of the chat as server-sent events: alive while the model is silent, over as soon as nobody listens."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from billinghelp.http_service.exchange import ClientLeftError, Exchange, Receive, Send
from billinghelp.http_service.gate import Gate
from billinghelp.http_service.metrics import Metrics
from billinghelp.http_service.replies import NOT_KEPT
from services.contract.errors import Refused
from services.contract.views import ChatError, ChatEvent
from services.surface.wire import encode

# `x-accel-buffering`: a proxy that gathers an answer before it passes it on would make the chat seem to hang.
_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), NOT_KEPT, (b"x-accel-buffering", b"no")]
_PULSE = b": keep-alive\n\n"


class Streams:
    """Answers chat questions.

    Args:
        most: how many answers may be written at the same time.
        pulse: after how many seconds of silence a comment shows that the connection lives.
        patience: how many seconds a caller may take to accept what is written.
    """

    def __init__(self, metrics: Metrics, *, most: int, pulse: float, patience: float) -> None:
        self._metrics = metrics
        self._gate = Gate(most)
        self._pulse = pulse
        self._patience = patience

    async def answer(
        self, events: AsyncGenerator[ChatEvent, None], receive: Receive, send: Send, exchange: Exchange
    ) -> None:
        """Send the events of one answer.

        Raises:
            Refused: before anything was sent. Afterwards a refusal is the stream's last event.
            ClientLeftError: the caller hung up, or takes nothing; the answer was stopped.
        """
        with self._gate.pass_through(), self._metrics.open_stream():
            writer = _Writer(send, self._patience)
            try:
                await self._write(events, receive, writer)
            except Refused as refused:
                exchange.reason = refused.reason
                if not writer.begun:
                    raise
                await writer.event(_as_event(refused))
            await writer.end()

    async def _write(self, events: AsyncGenerator[ChatEvent, None], receive: Receive, writer: "_Writer") -> None:
        refused: Refused | None = None
        try:
            # One task runs the generator from its beginning to its end; the others only watch.
            async with asyncio.TaskGroup() as watchers, aclosing(events):
                watching = [watchers.create_task(_until_left(receive)), watchers.create_task(self._keep_alive(writer))]
                try:
                    async for event in events:
                        await writer.event(event)
                except Refused as error:
                    refused = error
                for task in watching:
                    task.cancel()
        except* ClientLeftError as left:
            raise ClientLeftError from left
        if refused is not None:
            raise refused

    async def _keep_alive(self, writer: "_Writer") -> None:
        while True:
            written = writer.written
            await asyncio.sleep(self._pulse)
            if writer.written == written:
                await writer.pulse()


class _Writer:
    """Writes a stream, and begins it with the first thing there is to write."""

    def __init__(self, send: Send, patience: float) -> None:
        self._send = send
        self._patience = patience
        self._turn = asyncio.Lock()  # a sign of life never comes between a piece and its beginning
        self.begun = False
        self.written = 0

    async def event(self, event: ChatEvent) -> None:
        """Write one event."""
        await self._write(b"data: " + encode(event) + b"\n\n")

    async def pulse(self) -> None:
        """Write a comment, which every reader passes over."""
        await self._write(_PULSE)

    async def end(self) -> None:
        """End the stream."""
        await self._write(b"", more=False)

    async def _write(self, text: bytes, *, more: bool = True) -> None:
        try:
            async with asyncio.timeout(self._patience), self._turn:
                if not self.begun:
                    self.begun = True
                    await self._send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS]})
                await self._send({"type": "http.response.body", "body": text, "more_body": more})
        except TimeoutError as error:
            raise ClientLeftError from error
        self.written += 1


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    raise ClientLeftError


def _as_event(refused: Refused) -> ChatError:
    details = {name: str(value) for name, value in refused.details.items()}
    return ChatError(code=refused.code.value, reason=refused.reason, message=refused.message, details=details)
