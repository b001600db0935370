"""What stands in the transcript beside the answers: the questions, and why an answer did not come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from services.contract.text import clean, clean_block
from services.contract.types import STARTER_TITLES
from widgets.chat.entry import Entry
from widgets.chat.rows import hung, wrapped
from widgets.format import BAD, BRIGHT, DIM

if TYPE_CHECKING:
    from services.contract.views import ChatError, ChatMessage
    from widgets.chat.rows import Row

YOU = "You"
GUIDE = "Guide"

_WAIT_A_MOMENT = "Try again in a moment: your question is back in the composer."
_WAIT_A_LITTLE = "Wait a little, then send it again: your question is back in the composer."


class Question(Entry):
    """What somebody asked: plain text that is never read as markup."""

    def __init__(self, text: str, message: ChatMessage | None = None, author: str = YOU) -> None:
        super().__init__(message)
        self.text = text
        """The question."""
        self.author = author

    @classmethod
    def stored(cls, message: ChatMessage, own_actor: str | None) -> Question:
        """Return a stored question, a colleague's under their name; a starter reads as its title."""
        text = STARTER_TITLES[message.starter] if message.starter else message.text
        return cls(text, message, YOU if own_actor in (None, message.actor) else clean(message.actor))

    def make_rows(self, width: int) -> list[Row]:
        """Return the question, line breaks kept."""
        lines = clean_block(self.text).split("\n")
        return [row for text in lines for row in wrapped(Content.styled(text, BRIGHT), width)]


class ChatProblem(Entry):
    """Why there is no answer, and what to do.

    Args:
        ask_key: the key that leads into the composer.
    """

    author = GUIDE

    def __init__(self, error: ChatError, ask_key: str) -> None:
        super().__init__()
        self._error = error
        edit = f"press {ask_key} to change it and ask again" if ask_key else "change it and ask again"
        remedies = {"unavailable": _WAIT_A_MOMENT, "resource_exhausted": _WAIT_A_LITTLE}
        self._remedy = remedies.get(error.code, f"Your question is back in the composer: {edit}.")

    def make_rows(self, width: int) -> list[Row]:
        """Return the reason and the remedy."""
        reason = Content.styled(f"No answer. {clean(self._error.message)}", BAD)
        return [*hung(Content.styled("✗ ", BAD), reason, width), *wrapped(Content.styled(self._remedy, DIM), width)]
