"""`Transcript`: the messages of a thread, oldest first, following its tail until somebody scrolls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.strip import Strip

from widgets.chat.canvas import Canvas, Place
from widgets.chat.commands import ChatCommand, KeyOf
from widgets.chat.messages import Question
from widgets.chat.rows import flowed
from widgets.format import ACCENT, DIM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual import events
    from textual.timer import Timer

    from widgets.chat.entry import Entry

_FRAME = 1 / 20  # seconds between two sights of an answer that is being written: more often nobody reads
_DOUBLE = 2  # clicks in quick succession


class Transcript(Canvas):
    """Questions and answers under one another."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("end,G", "follow", "Latest", show=False)]

    class _FromTranscript(Message):
        """A message of the transcript."""

        def __init__(self, transcript: Transcript) -> None:
            super().__init__()
            self.transcript = transcript

        @property
        def control(self) -> Transcript:
            """The transcript."""
            return self.transcript

    class Clicked(_FromTranscript):
        """Something of an entry that can be clicked was; `meta` says what."""

        def __init__(self, transcript: Transcript, entry: Entry, meta: Mapping[str, Any]) -> None:
            super().__init__(transcript)
            self.entry = entry
            self.meta = meta

    class OlderWanted(_FromTranscript):
        """The beginning of what is shown is in sight, and there are older messages."""

        def __init__(self, transcript: Transcript, page_token: str) -> None:
            super().__init__(transcript)
            self.page_token = page_token

    def __init__(self, key: KeyOf) -> None:
        super().__init__()
        self._key = key
        self.own_actor: str | None = None
        """Who reads: the questions of anybody else stand under their name. None: nobody else asks."""
        self.following = True
        """Whether the tail is followed: until somebody scrolls away, and again from the next question on."""
        self.has_new_below = False
        """Whether something came at the tail since somebody scrolled away."""
        self._older: str | None = None
        self._asked_for_older = False
        self._frame: Timer | None = None
        self._has_grown = False
        self._seconds: Timer | None = None

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def latest_question(self) -> Question | None:
        """The latest question."""
        return next((entry for entry in reversed(self.entries) if isinstance(entry, Question)), None)

    def show(self, entries: Sequence[Entry], older: str | None = None) -> None:
        """Show these entries from their tail; `older`: the token of the page before them."""
        self.entries = list(entries)
        self._older, self._asked_for_older = older, False
        self._forget_selection()
        self.action_follow()

    def show_older(self, entries: Sequence[Entry], older: str | None) -> None:
        """Show these entries above the others, without moving what is read."""
        self.entries[:0] = entries
        self._older, self._asked_for_older = older, False
        self._forget_selection()
        self.settle()

    def append(self, *entries: Entry) -> None:
        """Add entries at the end."""
        self.entries += entries
        self.has_new_below = not self.following
        self.settle()

    def discard(self, *entries: Entry) -> None:
        """Take entries away."""
        self.entries = [entry for entry in self.entries if entry not in entries]
        self.settle()

    def grow(self) -> None:
        """Show words that have come at the tail: at once, or soon where others were drawn just now."""
        self._has_grown, self.has_new_below = True, not self.following
        if self._frame is None:
            self._draw_words()

    def _draw_words(self) -> None:
        self._frame = None
        if self._has_grown:
            self._has_grown = False
            self.settle()
            self._frame = self.set_timer(_FRAME, self._draw_words)

    def keep_time(self) -> None:
        """Bring what counts seconds up to date."""
        for entry in self.entries:
            if entry.counts_seconds:
                entry.keep_time()
        self.settle()

    # ── where one reads ───────────────────────────────────────────────────────────────────────────────────────────────

    def settle(self) -> None:
        """Lay out what has changed: whoever follows the tail stays there, whoever reads elsewhere, there."""
        reading = self.place_at(self.scroll_offset.y)
        had_shape = self.shape
        self.lay_out()
        if self.shape != had_shape:
            self._forget_selection()
        if self.following:
            self._jump(self.max_scroll_y)
        elif reading is not None:
            number = self.number_of(reading.entry, self._row_now(reading, had_shape))
            if number is not None:
                self._jump(number)
        self._want_older()
        self._count_seconds()

    def read_from(self, entry: Entry) -> None:
        """Show what stands from an entry on from its beginning, where the whole of it does not fit."""
        top = self.top_of(entry)
        if top is not None and self.height - top > self.scrollable_content_region.height:
            self._jump(top)
            self.has_new_below = not self.following

    def action_follow(self) -> None:
        """Go to the tail, and follow it from now on."""
        self.following, self.has_new_below = True, False
        self.settle()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the tail for as long as it is in sight."""
        super().watch_scroll_y(old_value, new_value)
        self.following = self.is_vertical_scroll_end
        self.has_new_below = self.has_new_below and not self.following
        self._asked_for_older = self._asked_for_older and self.scroll_offset.y == 0
        self._want_older()

    def on_resize(self) -> None:
        """Wrap everything anew."""
        self.settle()

    def on_show(self) -> None:
        """Lay out what has changed unseen."""
        self.settle()

    def _row_now(self, reading: Place, had_shape: tuple[int, int]) -> int:
        """Return the row on which the words that were at `reading` stand now, or about so in another width."""
        if self.shape == had_shape:
            return reading.row
        return reading.row * len(reading.entry.rows(self.text_width)) // max(len(reading.rows), 1)

    def _forget_selection(self) -> None:
        """Select nothing any more: what was selected stands elsewhere now."""
        if self.text_selection is not None:
            self.screen.clear_selection()

    def _jump(self, number: int) -> None:
        if number != self.scroll_offset.y:
            self.scroll_to(y=number, animate=False, force=True)

    def _want_older(self) -> None:
        in_sight = self._cells > 0 and self.scroll_offset.y == 0
        if in_sight and self._older is not None and not self._asked_for_older:
            self._asked_for_older = True
            self.post_message(self.OlderWanted(self, self._older))

    def _count_seconds(self) -> None:
        counts = any(entry.counts_seconds for entry in self.entries)
        if counts and self._seconds is None:
            self._seconds = self.set_interval(1, self.keep_time)
        elif not counts and self._seconds is not None:
            self._seconds.stop()
            self._seconds = None

    # ── what lies below, and what is clicked ──────────────────────────────────────────────────────────────────────────

    def render_line(self, y: int) -> Strip:
        """Draw a row; the lowest one says that something came below it."""
        if self._says_new_below(y):
            base = self.visual_style
            return Strip(self.segments(self._hint(), base)).adjust_cell_length(self._cells, base.rich_style)
        return super().render_line(y)

    def on_click(self, event: events.Click) -> None:
        """Go to the tail, tell what was clicked, or on a second click select a paragraph."""
        where = event.get_content_offset(self)
        if where is None:
            return
        if event.chain == _DOUBLE:
            event.prevent_default()  # Textual would select the widget's text: all that was ever said
            self.select_paragraph(self.scroll_offset.y + where.y)
            return
        if self._says_new_below(where.y):
            event.stop()
            self.action_follow()
        elif event.style.meta.keys() & {"wanted", "place", "href"}:
            place = self.place_at(self.scroll_offset.y + where.y)
            if place is not None:
                event.stop()
                self.post_message(self.Clicked(self, place.entry, event.style.meta))

    def _hint(self) -> Content:
        hint, key = Content.styled("↓ new below", DIM), Content.styled(self._key(ChatCommand.LATEST), ACCENT)
        return flowed([hint, key], self.text_width)[0].text

    def _says_new_below(self, y: int) -> bool:
        return self.has_new_below and y == self.scrollable_content_region.height - 1
