"""The guide: who answers on this surface, a model where one is configured, and the rules.

Light, because the surface holds it from the start: what writes and checks answers takes 80 ms to import, and is loaded
with the first thread or question.
"""

import asyncio
from collections.abc import AsyncGenerator
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from services.contract.clock import Clock
    from services.contract.views import ChatUsage
    from services.guidance.answering import Answering
    from services.guidance.case import Case
    from services.guidance.client import ModelMessage

RULES_LABEL = "Rule-based guidance (no model)"


class Model(Protocol):
    """The port to a model: see `ChatModel` in client.py."""

    @property
    def label(self) -> str:
        """The model's name as it is shown."""

    @property
    def host(self) -> str:
        """The host it answers from, as it is shown."""

    async def prepare(self) -> None:
        """Load what the first question needs."""

    async def close(self) -> None:
        """Close what is open; a later question opens it again."""

    def body(self, messages: "tuple[ModelMessage, ...]") -> bytes:
        """Return the exact document that `stream` sends."""

    def stream(self, body: bytes) -> "AsyncGenerator[str | ChatUsage, None]":
        """Return the answer's pieces, and at the end what was counted, where the server says.

        Raises:
            ModelFailed: while it is being read.
        """


class Guide:
    """Writes answers, and tells what it would send for one.

    Args:
        model: who phrases the answers; null: the rules do, and nothing leaves this machine.
    """

    def __init__(self, model: Model | None = None) -> None:
        self._model = model

    @property
    def label(self) -> str:
        """Who answers, as it is shown."""
        return self._model.label if self._model is not None else RULES_LABEL

    @property
    def host(self) -> str | None:
        """Where facts go, null for nowhere."""
        return self._model.host if self._model is not None else None

    async def prepare(self) -> None:
        """Load what the first question needs, so that it need not wait for it."""
        await asyncio.to_thread(import_module, "services.guidance.asking")
        if self._model is not None:
            await self._model.prepare()

    async def close(self) -> None:
        """Close the connection to the model, in the event loop in which questions were asked."""
        if self._model is not None:
            await self._model.close()

    def answering(self, case: "Case", clock: "Clock") -> "Answering":
        """Return an answer about to be written."""
        from services.guidance.answering import Answering

        return Answering(case, self._model, clock)

    def payload(self, case: "Case") -> str | None:
        """Return exactly the document that asking would send first, null for nothing."""
        from services.guidance.case import assemble

        return self._model.body(assemble(case).messages).decode() if self._model is not None else None
