"""The port of the chat: an engine phrases the rules' advice. The rules themselves are one; a model is another."""

from collections.abc import AsyncIterator
from typing import Protocol

from services.guidance.model import Advice, Facts, Question
from services.guidance.phrase import phrase


class GuidanceEngine(Protocol):
    """What writes an answer. It may only phrase the advice, and refers to facts by `{{key}}`, never by their value.

    `label` is shown with every answer. `host` is where facts go; null: nothing leaves this machine.
    """

    @property
    def label(self) -> str:
        """The engine's name as it is shown."""

    @property
    def host(self) -> str | None:
        """The host the engine talks to, null for none."""

    def answer(self, *, question: Question, facts: Facts, advice: Advice) -> AsyncIterator[str]:
        """Return the answer's pieces as they are written: Markdown with references."""

    def payload(self, *, question: Question, facts: Facts, advice: Advice) -> str | None:
        """Return exactly what `answer` would send to the host, null for nothing."""


class RuleBasedEngine:
    """Guidance without a model: the rules phrase their own advice."""

    label = "Rule-based guidance (no model)"
    host = None

    async def answer(self, *, question: Question, facts: Facts, advice: Advice) -> AsyncIterator[str]:  # noqa: ARG002
        """Yield the answer's pieces."""
        for piece in phrase(advice, facts):
            yield piece

    def payload(self, *, question: Question, facts: Facts, advice: Advice) -> None:
        """Send nothing."""
