"""`Canvas`: entries under one another on a long scroll of rows, drawn row by row on demand.

One widget, however long the conversation: a word that arrives costs no layout of the messages above it. What was drawn
of a row is kept as long as the row is.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.cache import LRUCache
from textual.content import Content
from textual.geometry import Offset, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style

from widgets.chat.rows import NOTHING, Row, blank
from widgets.format import DIM, ellipsis, fit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from widgets.chat.entry import Entry

_AUTHOR_CELLS, _LONGEST_AUTHOR = 7, 15  # with the space to the text: ours, and a colleague's name
_ROOM_FOR_AUTHORS = 40  # in fewer cells the author stands above the text
_BEFORE_SCROLLBAR = 1
_STRIPS_KEPT = 512  # some ten screens; one takes 5 kB, and the garbage collector looks at its ten objects


class Place(NamedTuple):
    """A row of the scroll.

    Args:
        entry: to which it belongs.
        row: the number of the entry's row; those above the first, which part entries, have negative ones.
        rows: the entry's rows as they are shown.
    """

    entry: Entry
    row: int
    rows: list[Row]


class Canvas(ScrollView):
    """The entries, their authors beside them. A subclass changes `entries` and calls `lay_out`."""

    DEFAULT_CSS = """
    Canvas {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []
        """What is to be shown, oldest first."""
        self.auto_links = False  # a link here is what `meta` says, and not for Textual to style
        # As it was last laid out: entries may have changed since.
        self._shown: list[tuple[Entry, list[Row]]] = []
        self._starts: list[int] = []
        self._height = 0
        self._cells = 0
        self._author_cells = 0
        self._strips: LRUCache[tuple[Row, int, bool], Strip] = LRUCache(_STRIPS_KEPT)

    # ── where everything stands ───────────────────────────────────────────────────────────────────────────────────────

    @property
    def shape(self) -> tuple[int, int]:
        """How wide it was last laid out, in all and for the authors: in another shape rows stand elsewhere."""
        return self._cells, self._author_cells

    def _room_for_authors(self) -> int:
        if self._cells < _ROOM_FOR_AUTHORS:
            return 0
        longest = max((cell_len(entry.author) for entry in self.entries), default=0)
        return min(max(longest + 1, _AUTHOR_CELLS), _LONGEST_AUTHOR)

    @property
    def _rows_above(self) -> int:
        """How many rows stand above the text of an entry: an empty one, and where need be the author."""
        return 1 if self._author_cells else 2

    @property
    def text_width(self) -> int:
        """How many cells a row of text has."""
        return max(self._cells - self._author_cells - _BEFORE_SCROLLBAR, 1)

    def lay_out(self) -> None:
        """Find out where each entry stands, now that some have changed, or the width has."""
        if (cells := self.scrollable_content_region.width) <= 0:
            return  # out of sight: what has changed is laid out when it is shown again
        self._cells = cells
        self._author_cells = self._room_for_authors()
        self._shown = [(entry, entry.rows(self.text_width)) for entry in self.entries]
        heights = (len(rows) + self._rows_above for _, rows in self._shown)
        *self._starts, self._height = accumulate(heights, initial=0)
        self.virtual_size = Size(self._cells, self._height)
        self.refresh()

    def place_at(self, number: int) -> Place | None:
        """Return what stands on a row of the scroll, None beneath the last."""
        if not 0 <= number < self._height:
            return None
        index = bisect_right(self._starts, number) - 1
        entry, rows = self._shown[index]
        return Place(entry, number - self._starts[index] - self._rows_above, rows)

    def number_of(self, entry: Entry, row: int) -> int | None:
        """Return on which row of the scroll a row of an entry stands, None where the entry is not shown."""
        starts = zip(self._shown, self._starts, strict=True)
        return next((start + self._rows_above + row for (shown, _), start in starts if shown is entry), None)

    def top_of(self, entry: Entry) -> int | None:
        """Return the row of the scroll on which an entry and its author begin, None where it is not shown."""
        return self.number_of(entry, 0 if self._author_cells else -1)

    @property
    def height(self) -> int:
        """How many rows the scroll has."""
        return self._height

    # ── drawing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def render_line(self, y: int) -> Strip:
        """Draw one row of what is in sight."""
        number = self.scroll_offset.y + y
        base = self.visual_style
        place = self.place_at(number)
        if place is None:
            return Strip.blank(self._cells, base.rich_style)
        return self._drawn(place, number, base)

    def notify_style_update(self) -> None:
        """Forget what was drawn in other colours."""
        super().notify_style_update()
        self._strips.clear()

    def _drawn(self, place: Place, number: int, base: Style) -> Strip:
        row, span = _row(place), self._selected(number)
        if span is not None or row is _ABOVE:
            return self._strip(self._author(place), row, number, base, span)
        key = (row, number, place.row == 0)
        if (strip := self._strips.get(key)) is None:
            strip = self._strips[key] = self._strip(self._author(place), row, number, base, None)
        return strip

    def _author(self, place: Place) -> Content:
        if not self._author_cells:
            return Content.styled(ellipsis(place.entry.author, self.text_width), DIM) if place.row == -1 else NOTHING
        author = place.entry.author if place.row == 0 else ""
        return Content.styled(fit(author, self._author_cells - 1) + " ", DIM)

    def _strip(self, author: Content, row: Row, number: int, base: Style, span: tuple[int, int] | None) -> Strip:
        text = row.text or Content(" ")  # so that an empty row can be pointed at
        if span is not None:
            start, end = span
            text = text.stylize(self._selection_style(), start, len(text) if end == -1 else end)
        segments, x = self.segments(author + row.lead, base), 0
        for words, style in self._styled(text, base):
            segments.append(Segment(words, style.rich_style_with_offset(x, number)))
            x += len(words)
        return Strip(segments).adjust_cell_length(self._cells, base.rich_style)

    def segments(self, content: Content, base: Style) -> list[Segment]:
        """Return `content` as it is drawn where it cannot be selected."""
        return [Segment(words, style.rich_style) for words, style in self._styled(content, base)]

    def _styled(self, content: Content, base: Style) -> Iterator[tuple[str, Style]]:
        variables = self.app.theme_variables

        def parse(style: str | Style) -> Style:
            return Style.parse(style, variables) if isinstance(style, str) else style

        for words, style in content.render(base, end="", parse_style=parse):
            yield words, base + style

    # ── selecting ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text as it was written: lines that were only wrapped are whole again."""
        text = ""
        for number in range(self._height):
            span, place = selection.get_span(number), self.place_at(number)
            if span is None or place is None:
                continue
            row, (start, end) = _row(place), span
            part = row.text.plain[start : None if end == -1 else end]
            text += f"{row.joint}{part}" if text else part
        return text, "\n"

    def select_paragraph(self, number: int) -> None:
        """Select the rows around this one, up to the empty ones: the whole conversation is one widget."""
        place = self.place_at(number)
        if place is None or place.row < 0 or not place.rows[place.row].text:
            return
        first = last = place.row
        while first > 0 and place.rows[first - 1].text:
            first -= 1
        while last + 1 < len(place.rows) and place.rows[last + 1].text:
            last += 1
        start, end = number - place.row + first, number - place.row + last
        chosen = Selection(Offset(0, start), Offset(len(place.rows[last].text), end))
        self.screen.selections = {self: chosen}

    def _selected(self, number: int) -> tuple[int, int] | None:
        selection = self.text_selection
        return selection.get_span(number) if selection is not None else None

    def _selection_style(self) -> Style:
        return Style.from_styles(self.screen.get_component_styles("screen--selection"))


_ABOVE = blank()


def _row(place: Place) -> Row:
    return place.rows[place.row] if place.row >= 0 else _ABOVE
