"""The guide: who answers on this surface, a model where one is configured, and the rules.

Light, because the surface holds it from the start: what writes and checks answers takes 60 ms to import, and is loaded
with the first thread or question.
"""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from services.guidance.model_port import RULES_LABEL, Model

if TYPE_CHECKING:
    from services.contract.clock import Clock
    from services.guidance.answering import Answering
    from services.guidance.case import Case


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
