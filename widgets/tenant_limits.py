"""`TenantLimits`: the kinds of change there are, what holds now of each, and the bounds of the one under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.reactive import reactive

from services.contract.text import clean
from widgets.bound_bar import BoundBars
from widgets.format import DIM, column_need, fit
from widgets.line_block import Line, LineBlock, hanging
from widgets.row_list import Piece, RowList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from services.contract.views import KindForm

_MOST_TITLE = 22


class TenantLimits(Vertical):
    """One row a kind of change, and beneath them the selected one: what holds now, used and allowed, as bars."""

    DEFAULT_CSS = """
    TenantLimits {
        height: 1fr;
        KindList { height: 9; max-height: 60%; }
        #limit { height: 1fr; border-top: solid $border-blurred; scrollbar-size-vertical: 1; }
        HeldNow.-with-bars { margin-bottom: 1; }
        &.-empty KindList, &.-empty #limit { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__(classes="-empty")

    def compose(self) -> ComposeResult:
        """The list, the selected kind."""
        yield KindList(id="kinds")
        with VerticalScroll(id="limit", can_focus=False):
            yield HeldNow()
            yield BoundBars()

    @property
    def _list(self) -> KindList:
        return self.query_one(KindList)

    @property
    def selected(self) -> KindForm | None:
        """The kind under the cursor, None while there is none."""
        rows = self._list
        return rows.kinds[rows.cursor] if rows.kinds else None

    def focus_list(self) -> None:
        """Put the keyboard on the list."""
        self._list.focus()

    def show(self, kinds: Sequence[KindForm]) -> None:
        """Show these kinds; the cursor stays on its own."""
        self._list.show(kinds)
        self.set_class(not kinds, "-empty")
        self._show_selected()

    def _show_selected(self) -> None:
        kind = self.selected
        held, bars = self.query_one(HeldNow), self.query_one(BoundBars)
        held.kind, bars.bars = kind, kind.bars if kind is not None else ()
        held.set_class(bool(bars.bars and held.lines(self.size.width)), "-with-bars")

    @on(RowList.Highlighted)
    def show_selected(self, event: RowList.Highlighted) -> None:
        """Show the kind under the cursor."""
        event.stop()
        self._show_selected()
        self.query_one("#limit", VerticalScroll).scroll_home(animate=False)


class KindList(RowList):
    """The kinds of change, each with what holds now."""

    kinds: Sequence[KindForm] = ()
    """The kinds, from the top."""

    def show(self, kinds: Sequence[KindForm]) -> None:
        """Show these kinds."""
        self.kinds = kinds
        self.set_row_count(len(kinds), keep_cursor=True)

    def heading(self, width: int) -> Sequence[Piece]:
        """Return what stands in the columns."""
        title = self._title_cells(width)
        return ((fit("Kind of change", title), "muted"), (fit("holds now", width - title), "muted"))

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return a kind's title and what holds now, in one line."""
        kind, title = self.kinds[index], self._title_cells(width)
        return ((fit(kind.title, title), "text"), (fit(held_now(kind), width - title), "muted"))

    def _title_cells(self, width: int) -> int:
        need = column_need("Kind of change", (kind.title for kind in self.kinds)) + 1
        return min(need, _MOST_TITLE, width)


class HeldNow(LineBlock):
    """What holds now of one kind, a line each; what has a bar is said there."""

    kind: reactive[KindForm | None] = reactive(None, layout=True)
    """The kind, or None."""

    def lines(self, width: int) -> list[Line]:
        """Return label and value of each."""
        if self.kind is None:
            return []
        with_bar = {bar.label for bar in self.kind.bars}
        held = [(label, value) for label, value in self.kind.current if label not in with_bar]
        cells = max((cell_len(clean(label)) for label, _ in held), default=0) + 2
        return [drawn for label, value in held for drawn in hanging((fit(label, cells), DIM), clean(value), width)]


def held_now(kind: KindForm) -> str:
    """Return what holds now in one line: «20Gi», «CPU 1 · Memory 2Gi»."""
    if len(kind.current) == 1:
        return kind.current[0][1]
    return " · ".join(f"{label} {value}" for label, value in kind.current)
