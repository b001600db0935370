"""`TenantLimits`: the kinds of change there are, what holds now of each, and the bounds of the one under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.reactive import reactive

from widgets.bound_bar import BoundBars
from widgets.format import column_need, fit
from widgets.labelled_lines import Labelled, labelled_lines
from widgets.line_block import Line, LineBlock, line, paragraph
from widgets.row_list import Piece, RowList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from services.contract.views import KindForm

_MOST_TITLE = 22


class TenantLimits(Vertical):
    """One row a kind of change, and beneath them the selected one: what holds now, as bars and in words its bounds."""

    DEFAULT_CSS = """
    TenantLimits {
        height: 1fr;
        KindList {
            height: 9;
            max-height: 60%;
            &:blur > .row-list--cursor { color: $foreground; background: transparent; }
        }
        #limit { height: 1fr; border-top: solid $border-blurred; scrollbar-size-vertical: 1; }
        &.-held HeldNow, BoundBars { margin-bottom: 1; }
        &.-without-bars BoundBars { display: none; }
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
            yield KindBounds()

    @property
    def _list(self) -> KindList:
        return self.query_one(KindList)

    @property
    def kinds(self) -> Sequence[KindForm]:
        """The kinds of change there are."""
        return self._list.kinds

    @property
    def selected(self) -> KindForm | None:
        """The kind under the cursor, None while there is none."""
        rows = self._list
        return rows.kinds[rows.cursor] if rows.kinds else None

    def focus_list(self) -> None:
        """Put the keyboard on the list."""
        self._list.focus()

    def turn_page(self, pages: int) -> None:
        """Scroll what is said of the selected kind."""
        limit = self.query_one("#limit", VerticalScroll)
        limit.scroll_relative(y=pages * max(limit.size.height - 1, 1), animate=False)

    def show(self, kinds: Sequence[KindForm]) -> None:
        """Show these kinds; the cursor stays on its own."""
        self._list.show(kinds)
        self.set_class(not kinds, "-empty")
        self._show_selected()

    def _show_selected(self) -> None:
        kind = self.selected
        held, bars = self.query_one(HeldNow), self.query_one(BoundBars)
        held.kind = self.query_one(KindBounds).kind = kind
        bars.bars = kind.bars if kind is not None else ()
        self.set_class(kind is not None and bool(held_without_bar(kind)), "-held")
        self.set_class(not bars.bars, "-without-bars")

    @on(RowList.Highlighted)
    def show_selected(self, event: RowList.Highlighted) -> None:
        """Show the kind under the cursor."""
        event.stop()
        self._show_selected()
        self.query_one("#limit", VerticalScroll).scroll_home(animate=False)


class KindList(RowList, inherit_bindings=False):
    """The kinds of change, each with what holds now. They are few: whole pages scroll what is said of one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding
        for binding in RowList.BINDINGS
        if isinstance(binding, Binding) and binding.key not in ("pageup", "pagedown")
    ]

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
        return labelled_lines(held_without_bar(self.kind), width, [label for label, _ in self.kind.bounds])


class KindBounds(LineBlock):
    """What may be asked for of one kind: up to where each bound of the policy reaches, and what its window leaves."""

    kind: reactive[KindForm | None] = reactive(None, layout=True)
    """The kind, or None."""

    def lines(self, width: int) -> list[Line]:
        """Return the bounds, a row each, and the sentence on the window."""
        if self.kind is None:
            return []
        rows = [Labelled(*bound) for bound in self.kind.bounds]
        bounds = labelled_lines(rows, width, [row.label for row in held_without_bar(self.kind)])
        return [*bounds, line(), *paragraph(self.kind.window, width)] if self.kind.window else bounds


def held_without_bar(kind: KindForm) -> list[Labelled]:
    """Return what holds now and has no bar that says it."""
    with_bar = {bar.label for bar in kind.bars}
    return [Labelled(label, value) for label, value in kind.current if label not in with_bar]


def held_now(kind: KindForm) -> str:
    """Return what holds now in one line: «20Gi», «CPU 1 · Memory 2Gi»."""
    if len(kind.current) == 1:
        return kind.current[0][1]
    return " · ".join(f"{label} {value}" for label, value in kind.current)
