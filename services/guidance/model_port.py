"""The port to a model that phrases answers, and what the guide is called where there is none."""

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from services.contract.views import ChatUsage
    from services.guidance.provider.client import ModelMessage

RULES_LABEL = "Rule-based guidance (no model)"


class Model(Protocol):
    """The port to a model: see `ChatModel` in provider/client.py."""

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
