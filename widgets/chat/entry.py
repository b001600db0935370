"""`Entry`: one message as the transcript shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.contract.views import ChatMessage
    from widgets.chat.rows import Row


class Entry:
    """An author and rows. The rows of a width are made once; `change` lets them be made anew."""

    author: str
    """Who speaks, as shown before the first row."""

    def __init__(self, message: ChatMessage | None = None) -> None:
        self._message = message
        self._made_for = 0
        self._rows: list[Row] = []

    @property
    def message(self) -> ChatMessage | None:
        """The message as it is stored, None for what is not, or not yet."""
        return self._message

    @message.setter
    def message(self, message: ChatMessage | None) -> None:
        self._message = message
        self.change()

    def rows(self, width: int) -> list[Row]:
        """Return the entry's rows, at most `width` cells wide."""
        if self._made_for != width:
            self._rows, self._made_for = self.make_rows(width), width
        return self._rows

    def make_rows(self, width: int) -> list[Row]:
        """Make the rows: a subclass says what they are."""
        raise NotImplementedError

    def change(self) -> None:
        """Let the rows be made anew when they are next asked for."""
        self._made_for = 0

    @property
    def counts_seconds(self) -> bool:
        """Whether what is shown changes with each second."""
        return False

    def keep_time(self) -> None:
        """Bring the seconds up to date."""
