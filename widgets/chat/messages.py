"""What stands in the transcript beside the answers: the operator's questions, and why an answer did not come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.contract.text import clean_block
from widgets.format import BAD, DIM
from widgets.line_block import Line, LineBlock, hanging

if TYPE_CHECKING:
    from services.contract.views import ChatError

YOU = "You    "
GUIDE = "Guide  "

_REMEDIES = {
    "unavailable": "Try again in a moment: your question is back in the composer.",
    "resource_exhausted": "Wait a little, then send it again: your question is back in the composer.",
}
_REMEDY = "Your question is back in the composer: press i to change it and ask again."


class Question(LineBlock):
    """What the operator asked, plain text that is never read as markup."""

    DEFAULT_CSS = """
    Question { margin: 1 0; }
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        """The question."""

    def lines(self, width: int) -> list[Line]:
        """Return the question behind its author, line breaks kept."""
        lines: list[Line] = []
        for paragraph in clean_block(self.text).split("\n"):
            lead = " " * len(YOU) if lines else YOU
            lines += hanging((lead, DIM), paragraph, width, "bold")
        return lines


class ChatProblem(LineBlock):
    """Why there is no answer, and what to do."""

    DEFAULT_CSS = """
    ChatProblem { margin-bottom: 1; }
    """

    def __init__(self, error: ChatError) -> None:
        super().__init__()
        self._error = error

    def lines(self, width: int) -> list[Line]:
        """Return the reason and the remedy."""
        remedy = _REMEDIES.get(self._error.code, _REMEDY)
        return [
            *hanging((GUIDE, DIM), f"✗ No answer. {self._error.message}", width, BAD),
            *hanging(" " * len(GUIDE), remedy, width, DIM),
        ]
