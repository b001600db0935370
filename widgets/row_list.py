"""`RowList`: a list drawn line by line on demand, with a cursor: the picker, the ledger and the audit trail.

It keeps its own scroll position instead of being a `ScrollView`: a new result then changes no virtual size and no
scrollbar, so it costs one repaint and no layout, however many rows there are (stock lists lay out every row again).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual import events

Role = Literal["text", "strong", "muted", "accent", "good", "warning", "bad"]
"""What a piece of a row is; the theme says how it looks."""

Piece = tuple[str, Role]
"""A piece of a row, already clean and cut to its cells."""

_WHEEL_ROWS = 3


class RowList(Widget, can_focus=True):
    """Rows one line high, under an optional heading. Subclasses draw a row by its index.

    A subclass calls `set_row_count` when its rows change.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "first", "First", show=False),
        Binding("end,G", "last", "Last", show=False),
        Binding("enter", "choose", "Choose", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-list--strong",
        "row-list--muted",
        "row-list--accent",
        "row-list--good",
        "row-list--warning",
        "row-list--bad",
        "row-list--cursor",
    }

    DEFAULT_CSS = """
    RowList {
        width: 1fr;
        height: 1fr;
        & > .row-list--strong { text-style: bold; }
        & > .row-list--muted { text-style: dim; }
        & > .row-list--accent { color: $text-primary; text-style: bold; }
        & > .row-list--good { color: $text-success; }
        & > .row-list--warning { color: $text-warning; }
        & > .row-list--bad { color: $text-error; }
        & > .row-list--cursor {
            color: $block-cursor-blurred-foreground;
            background: $block-cursor-blurred-background;
            text-style: bold;
        }
        &:focus > .row-list--cursor, &.-always-active > .row-list--cursor {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
        }
    }
    """

    class _About(Message):
        """A message about one row of a list."""

        def __init__(self, rows: RowList, index: int) -> None:
            super().__init__()
            self.rows = rows
            self.index = index

        @property
        def control(self) -> RowList:
            """The list it is about."""
            return self.rows

    class Highlighted(_About):
        """The cursor came to this row."""

    class Chosen(_About):
        """This row was chosen, with enter or a click."""

    class EndReached(_About):
        """The cursor stands on the last row: the moment to bring more."""

    cursor: reactive[int] = reactive(0, init=False)
    """The row the cursor stands on."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  (Textual's word)
        super().__init__(id=id, classes=classes)
        self._row_count = 0
        self._top = 0
        self._styles: dict[tuple[Role, bool], Style] = {}

    # ── what a subclass says ──────────────────────────────────────────────────────────────────────────────────────────

    def heading(self, width: int) -> Sequence[Piece]:  # noqa: ARG002  (for subclasses)
        """Return the line above the rows, empty for none."""
        return ()

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return the pieces of a row, at most `width` cells in all."""
        raise NotImplementedError

    # ── rows and cursor ───────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return self._row_count

    @property
    def top(self) -> int:
        """The first row that is visible."""
        return self._top

    @property
    def page_rows(self) -> int:
        """How many rows are visible at once."""
        return max(self.size.height - (1 if self.heading(self.size.width) else 0), 1)

    def set_row_count(self, count: int, *, keep_cursor: bool = False) -> None:
        """Say how many rows there are now; the cursor goes to the first one unless it is kept."""
        self._row_count = count
        self.set_reactive(RowList.cursor, min(self.cursor, max(count - 1, 0)) if keep_cursor else 0)
        self._top = self._top if keep_cursor else 0
        self._follow_cursor()
        self.refresh()

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a row."""
        return max(0, min(cursor, self._row_count - 1))

    def watch_cursor(self, before: int, cursor: int) -> None:
        """Follow the cursor, repainting only the two rows it left and entered unless the list scrolled."""
        top = self._top
        self._follow_cursor()
        if self._top != top:
            self.refresh()
        else:
            heading = self.size.height - self.page_rows
            self.refresh(*(Region(0, row - top + heading, self.size.width, 1) for row in (before, cursor)))
        self.post_message(self.Highlighted(self, cursor))

    def move(self, rows: int) -> None:
        """Move the cursor; at the last row, ask for more."""
        self.cursor += rows
        if rows > 0 and self._row_count and self.cursor == self._row_count - 1:
            self.post_message(self.EndReached(self, self.cursor))

    def _follow_cursor(self) -> None:
        page = self.page_rows
        top = max(min(self._top, self.cursor), self.cursor - page + 1, 0)
        # No empty lines beneath the last row while there are rows above the first visible one.
        self._top = min(top, max(self._row_count - page, 0))

    def action_move(self, rows: int) -> None:
        """Move the cursor by some rows."""
        self.move(rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by some pages."""
        self.move(pages * self.page_rows)

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self.cursor = 0

    def action_last(self) -> None:
        """Move the cursor to the last row there is."""
        self.move(self._row_count)

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        if self._row_count:
            self.post_message(self.Chosen(self, self.cursor))

    # ── mouse ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked row."""
        where = event.get_content_offset(self)
        if where is None:
            return
        index = self._top + where.y - (self.size.height - self.page_rows)
        if self._top <= index < self._row_count:
            event.stop()
            self.cursor = index
            self.action_choose()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move down with the wheel."""
        event.stop()
        self.move(_WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move up with the wheel."""
        event.stop()
        self.move(-_WHEEL_ROWS)

    def on_resize(self) -> None:
        """Keep the cursor in view, and as many rows as fit."""
        self._follow_cursor()
        self.refresh()

    # ── drawing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def notify_style_update(self) -> None:
        """Forget the styles of the theme that was."""
        super().notify_style_update()
        self._styles.clear()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the visible ones."""
        width = self.size.width
        heading = self.heading(width)
        if heading and y == 0:
            return self.strip(heading, width)
        index = self._top + y - (1 if heading else 0)
        if index >= self._row_count:
            return Strip.blank(width, self.rich_style)
        return self.strip(self.row(index, width), width, on_cursor=index == self.cursor)

    def strip(self, pieces: Sequence[Piece], width: int, *, on_cursor: bool = False) -> Strip:
        """Return a line of `width` cells that shows these pieces."""
        segments = [Segment(text, self._style(role, on_cursor=on_cursor)) for text, role in pieces]
        return Strip(segments).adjust_cell_length(width, self._style("text", on_cursor=on_cursor))

    def _style(self, role: Role, *, on_cursor: bool) -> Style:
        if (style := self._styles.get((role, on_cursor))) is None:
            style = self.rich_style
            if role != "text":
                style += self.get_component_rich_style(f"row-list--{role}")
            if on_cursor:
                # The cursor's own colours win: state colours may vanish on them, and glyph and word say the same.
                style += self.get_component_rich_style("row-list--cursor")
            self._styles[role, on_cursor] = style
        return style
