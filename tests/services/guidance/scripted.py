"""A model at the port that says what a test tells it to: for the flow around it, without a socket."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import msgspec

from services.contract.views import ChatUsage
from services.guidance.provider.client import ModelMessage
from services.guidance.provider.failures import ModelFailed

Script = Sequence[str | ChatUsage | ModelFailed | asyncio.Event]
"""Pieces of text; what was counted; a failure, which is raised; a gate, which is waited for."""


class ScriptedModel:
    """Answers by its scripts, one an attempt; the last one again and again."""

    label = "scripted-model"
    host = "127.0.0.1:9"

    def __init__(self, *scripts: Script) -> None:
        self.scripts = scripts
        self.sent: list[bytes] = []
        self.closed = 0

    async def prepare(self) -> None:
        """Load nothing."""

    async def close(self) -> None:
        """Close nothing."""

    def body(self, messages: Sequence[ModelMessage]) -> bytes:
        """Return the messages as JSON."""
        return msgspec.json.encode({"messages": list(messages)})

    async def stream(self, body: bytes) -> AsyncGenerator[str | ChatUsage, None]:
        """Yield the script's pieces."""
        self.sent.append(body)
        try:
            for step in self.scripts[min(len(self.sent), len(self.scripts)) - 1]:
                if isinstance(step, ModelFailed):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    yield step
        finally:
            self.closed += 1
