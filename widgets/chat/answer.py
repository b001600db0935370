"""`Answer`: one of the guide's answers, while it is waited for, while it is written, and as it is stored.

Imported only when there is one to show: what reads Markdown costs 30 ms to import.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Literal

from textual.content import Content

from widgets.chat.commands import ChatCommand
from widgets.chat.entry import Entry
from widgets.chat.label import ended_rows, label_rows, notice_rows, stale_rows
from widgets.chat.messages import GUIDE
from widgets.chat.prose import Prose
from widgets.chat.rows import Row, blank, clickable, flowed
from widgets.format import ACCENT, DIM

if TYPE_CHECKING:
    from datetime import datetime

    from services.contract.clock import Clock
    from services.contract.views import ChatMessage
    from widgets.chat.commands import KeyOf

Ended = Literal["stopped", "broken_off"]

# Faster than this nobody has read along: what came at once is read from its beginning.
_AT_ONCE = 2.0


class Answer(Entry):
    """The answer's text under its notice, and beneath it who wrote it from how many facts.

    Args:
        clock: tells how long it has been waited for, and how long until a model may be asked again.
        key: how keys are shown.
        message: the stored answer; without one it is being waited for.
    """

    author = GUIDE

    def __init__(self, clock: Clock, key: KeyOf, message: ChatMessage | None = None) -> None:
        super().__init__(message)
        self._clock, self._key = clock, key
        self._began = self._now = clock()
        self._first_word: datetime | None = None
        self._notice = message.notice if message else None
        self._prose = Prose(message.text if message else "")
        self._source = ""
        self.ended: Ended | None = None
        """How it ended without having been finished."""
        self.is_latest = False
        """Whether the page's keys are for this answer."""

    @property
    def is_being_written(self) -> bool:
        """Whether it is waited for, or words are still coming."""
        return self.message is None and self.ended is None

    @property
    def has_words(self) -> bool:
        """Whether there is something to read."""
        return bool(self._prose)

    @property
    def came_at_once(self) -> bool:
        """Whether nobody could read along."""
        return self._first_word is None or (self._clock() - self._first_word).total_seconds() < _AT_ONCE

    def add(self, piece: str) -> None:
        """Append a piece while it is written."""
        self._source += piece
        self._prose.add(piece)
        if self._first_word is None and self._prose:
            self._first_word = self._clock()
        self.change()

    def begin_again(self, notice: str | None) -> None:
        """Drop what was written; say why."""
        self._prose, self._source = Prose(), ""
        self.announce(notice)

    def announce(self, notice: str | None) -> None:
        """Say above the text why it is not what was expected."""
        self._notice = notice
        self.change()

    def finish(self, message: ChatMessage) -> None:
        """Show the answer as it is stored, whatever pieces came before."""
        if message.text != self._source:
            self._prose = Prose(message.text)
        self._notice, self._now = message.notice, self._clock()
        self.message = message

    def end(self, how: Ended) -> None:
        """Keep what was written as a partial answer."""
        self.ended = how
        self.change()

    def set_latest(self, is_latest: bool) -> None:
        """Show the page's keys, or no longer."""
        if is_latest != self.is_latest:
            self.is_latest = is_latest
            self.change()

    @property
    def counts_seconds(self) -> bool:
        """Whether it is waited for, or says how long until a model may be asked again."""
        return (self.is_being_written and not self.has_words) or self._seconds_left() > 0

    def keep_time(self) -> None:
        """Bring the seconds up to date."""
        self._now = self._clock()
        self.change()

    def make_rows(self, width: int) -> list[Row]:
        """Return what is to be known first, the text, and the label."""
        notice = notice_rows(self._notice, self._seconds_left(), width) if self._notice else []
        text = self._prose.rows(width)
        stale: list[Row] = []
        if self.message is not None and self.message.stale:
            stale = stale_rows(self.message, width, self._key, is_latest=self.is_latest)
            text = [row.stylized(DIM) for row in text]
        parts = [part for part in (stale, notice, text, self._label(width)) if part]
        return [row for place, part in enumerate(parts) for row in ([blank(), *part] if place else part)]

    def _label(self, width: int) -> list[Row]:
        if self.message is not None:
            return label_rows(self.message, width, self._key, is_latest=self.is_latest)
        if self.ended is not None:
            return ended_rows(self.ended, width, has_words=self.has_words)
        doing = "writing…" if self.has_words else self._thinking()
        stop = Content.styled(self._key(ChatCommand.STOP), ACCENT) + Content.styled(" stops", DIM)
        return flowed([Content.styled(doing, DIM), clickable(stop, {"wanted": ChatCommand.STOP.value})], width)

    def _thinking(self) -> str:
        seconds = int((self._now - self._began).total_seconds())
        return f"thinking… {seconds} s" if seconds > 0 else "thinking…"

    def _seconds_left(self) -> int:
        failure = self.message.failure if self.message else None
        if failure is None or failure.retry_at is None:
            return 0
        return max(ceil((failure.retry_at - self._now).total_seconds()), 0)
