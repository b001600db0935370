"""`ViewTabs`: the views of the Billing page, which one is shown, how old it is, and what is wrong with it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.message import Message
from textual.reactive import reactive

from widgets.format import ACCENT, BAD, DIM, WARNING
from widgets.line_block import Line, LineBlock, Part, hanging, line, paragraph, rule, spread
from widgets.payment_format import as_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Shown(StrEnum):
    """The views of the Billing page."""

    INVOICES = "invoices"
    PLANS = "plans"
    COSTS = "costs"
    NODES = "nodes"


TITLES = {
    Shown.INVOICES: "Invoices",
    Shown.PLANS: "Plans",
    Shown.COSTS: "Cost drivers",
    Shown.NODES: "Nodes",
}
"""What the views are called."""

_GAPS = (3, 2)
"""Blanks between two tabs, where there is room, and where there is little."""


class State(NamedTuple):
    """How a view stands.

    `under_way`: what is being read, "" for nothing; `known`: whether something is shown already; `fetched_at`: of when
    it is, null where that is not known; `problem`: why it is not newer; `failure`: why it could not be read; `nothing`:
    that there is nothing to show.
    """

    under_way: str = ""
    known: bool = False
    fetched_at: datetime | None = None
    problem: str = ""
    failure: str = ""
    nothing: str = ""


class ViewTabs(LineBlock):
    """The tabs with their keys, and beneath them a line that separates, and what is to be said of the view.

    Args:
        keys: the key of each view.
    """

    DEFAULT_CSS = """
    ViewTabs { margin-bottom: 1; }
    """

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, tabs: ViewTabs, shown: Shown) -> None:
            super().__init__()
            self.tabs = tabs
            self.shown = shown

        @property
        def control(self) -> ViewTabs:
            """The tabs it is one of."""
            return self.tabs

    shown: reactive[Shown] = reactive(Shown.INVOICES)
    """The view that is shown."""

    state: reactive[State] = reactive(State(), layout=True)
    """How it stands."""

    now: reactive[datetime | None] = reactive(None)
    """From when its age is counted."""

    def __init__(self, keys: Mapping[Shown, str]) -> None:
        super().__init__()
        self._keys = keys

    def lines(self, width: int) -> list[Line]:
        """Return the tabs, the line beneath them, and what is wrong, empty or under way."""
        return [self._tabs(width), rule(width), *self._said(width)]

    def _tabs(self, width: int) -> Line:
        age, tabs = self._age(), self._parts(self._gap(width))
        if _cells(tabs) + cell_len(age) >= width:  # the age in fewer words, and last of all none
            age = age.removeprefix("as of ")
        # The last piece gives way where there is no room, and loses its blanks: it is an empty one.
        return spread([*tabs, ""], [(age, DIM)] if age and _cells(tabs) + cell_len(age) < width else [], width)

    def _gap(self, width: int) -> int:
        return next((gap for gap in _GAPS if _cells(self._parts(gap)) + cell_len(self._age()) < width), _GAPS[-1])

    def _age(self) -> str:
        if self.state.under_way:
            return "… reading"
        return as_of(self.state.fetched_at, self.now) if self.state.fetched_at and self.now else ""

    def _parts(self, gap: int) -> list[Part]:
        parts: list[Part] = []
        for shown, title in TITLES.items():
            here = shown is self.shown
            parts += [(self._keys[shown], ACCENT), (f" {title}" + " " * gap, "bold" if here else DIM)]
        return parts

    def _said(self, width: int) -> list[Line]:
        state = self.state
        if state.failure:
            return hanging(("✗ ", BAD), state.failure, width)
        if state.problem:
            return hanging(("▲ ", WARNING), state.problem, width)
        if state.nothing:
            return paragraph(state.nothing, width, DIM)
        return [line((f"… {state.under_way}", DIM))] if state.under_way and not state.known else []

    def on_click(self, event: events.Click) -> None:
        """Turn to the clicked view."""
        where = event.get_content_offset(self)
        if where is None or where.y > 0:
            return
        event.stop()
        end, gap = 0, self._gap(self.size.width)
        for shown, title in TITLES.items():
            end += cell_len(self._keys[shown]) + 1 + cell_len(title) + gap
            if where.x < end:
                self.post_message(self.Chosen(self, shown))
                return


def _cells(parts: list[Part]) -> int:
    return sum(cell_len(part if isinstance(part, str) else part[0]) for part in parts)
