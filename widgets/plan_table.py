"""`PlanTable`: all plans side by side, a column each, with the cursor on one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.message import Message
from textual.reactive import reactive

from services.contract.text import clean
from services.contract.types import BillingInterval
from services.contract.wording import INTERVAL_TITLES, capital
from widgets.format import BRIGHT, DIM, GOOD, fit
from widgets.line_block import Line, LineBlock, Part, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.contract.views import PlanView

_LEAST_LABEL = 14
_LEAST_COLUMN, _MOST_COLUMN = 13, 20
_CURSOR = "$block-cursor-foreground on $block-cursor-background"
_YES, _NO = "✓", "–"
SCHEDULED = "ALREADY_SCHEDULED"
"""The reason of a change to a plan that begins by itself."""
_DIRECTIONS = {"current": "✓ current", "upgrade": "↑ upgrade", "downgrade": "↓ downgrade", "new": "● choose"}


class _Columns(NamedTuple):
    """The cells of the labels and of a column, and which columns there is room for."""

    label: int
    column: int
    first: int
    shown: int


class _Row(NamedTuple):
    """A row: its label, and a text with its style for each plan."""

    label: str
    cells: list[tuple[str, str]]


class PlanTable(LineBlock):
    """Price, resources and features, a row each. Where not all plans fit, those about the cursor are shown."""

    class Moved(Message):
        """The cursor came to another plan."""

        def __init__(self, table: PlanTable) -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> PlanTable:
            """The table it moved in."""
            return self.table

    plans: reactive[Sequence[PlanView]] = reactive((), layout=True)
    """The plans, from the smallest."""

    column: reactive[int] = reactive(0)
    """The plan the cursor stands on."""

    interval: reactive[BillingInterval] = reactive(BillingInterval.MONTH)
    """How often it would be paid."""

    airy: reactive[bool] = reactive(default=True, layout=True)
    """Whether empty lines stand between prices, resources and features."""

    def show(self, plans: Sequence[PlanView]) -> None:
        """Show these plans; the cursor stays on its own, and begins at the one that the customer has."""
        before = self.selected.plan if self.selected is not None else None
        self.plans = plans
        wanted = [plan.plan == before if before is not None else plan.current for plan in plans]
        self.column = wanted.index(True) if True in wanted else 0

    @property
    def selected(self) -> PlanView | None:
        """The plan under the cursor, None while there is none."""
        return self.plans[self.column] if self.column < len(self.plans) else None

    def move(self, columns: int) -> None:
        """Move the cursor."""
        to = max(0, min(self.column + columns, len(self.plans) - 1))
        if to != self.column:
            self.column = to
            self.post_message(self.Moved(self))

    def lines(self, width: int) -> list[Line]:
        """Return the names, the prices, the resources, the features, and what choosing each would be."""
        if not self.plans:
            return []
        columns = _columns(self.plans, self.column, width)
        names = _Row("", [(clean(plan.name), BRIGHT) for plan in self.plans])
        directions = _Row("", [(_direction(plan), DIM) for plan in self.plans])
        groups = ([names], [self._prices(each) for each in BillingInterval], self._limits(), self._features())
        empty = [_Row("", [("", "")] * len(self.plans))] if self.airy else []
        rows = [row for group in (*groups, [directions]) for row in (*group, *empty)]
        rows = rows[:-1] if self.airy else rows
        return [self._drawn(row, columns, is_first=at == 0) for at, row in enumerate(rows)]

    def _prices(self, interval: BillingInterval) -> _Row:
        is_chosen = interval is self.interval
        cells = [(_price(plan, interval), BRIGHT if is_chosen else DIM) for plan in self.plans]
        return _Row(f"{'●' if is_chosen else '○'} {capital(INTERVAL_TITLES[interval])}", cells)

    def _limits(self) -> list[_Row]:
        titles = {limit.resource: limit.title for plan in self.plans for limit in plan.limits}
        return [
            _Row(title, [(_limit(plan, resource), "") for plan in self.plans]) for resource, title in titles.items()
        ]

    def _features(self) -> list[_Row]:
        titles = {each.feature: each.title for plan in self.plans for each in plan.features}
        return [_Row(title, [_feature(plan, feature) for plan in self.plans]) for feature, title in titles.items()]

    def _drawn(self, row: _Row, columns: _Columns, *, is_first: bool) -> Line:
        label = (fit(row.label, columns.label - 1), DIM)
        end = columns.first + columns.shown
        parts: list[Part] = [label, ("◂" if is_first and columns.first > 0 else " ", DIM)]
        for at in range(columns.first, end):
            text, style = row.cells[at]
            style = f"{'bold ' if 'bold' in style else ''}{_CURSOR}" if at == self.column else style
            parts.append((" " + fit(text, columns.column - 1), style))
        return line(*parts, ("▸" if is_first and end < len(self.plans) else "", DIM))

    def on_click(self, event: events.Click) -> None:
        """Move to the clicked column."""
        where = event.get_content_offset(self)
        if where is None or not self.plans:
            return
        columns = _columns(self.plans, self.column, self.size.width)
        at = columns.first + (where.x - columns.label) // columns.column
        if where.x >= columns.label and at < columns.first + columns.shown:
            event.stop()
            self.move(at - self.column)


def _columns(plans: Sequence[PlanView], cursor: int, width: int) -> _Columns:
    titles = [clean(limit.title) for plan in plans for limit in plan.limits]
    titles += [clean(feature.title) for plan in plans for feature in plan.features]
    need = max(map(cell_len, titles), default=0) + 1
    room = width - 1  # the mark that there are more stands behind the last column
    count = max(1, min(len(plans), (room - min(need, _LEAST_LABEL)) // _LEAST_COLUMN))
    label = max(min(need, room - _LEAST_COLUMN * count), 2)
    column = min(_MOST_COLUMN, (room - label) // count)
    return _Columns(label, max(column, 2), max(0, min(cursor - count // 2, len(plans) - count)), count)


def _direction(plan: PlanView) -> str:
    return "→ scheduled" if plan.change.reason == SCHEDULED else _DIRECTIONS[plan.change.direction]


def _price(plan: PlanView, interval: BillingInterval) -> str:
    price = next((price for price in plan.prices if price.interval is interval), None)
    if price is None:
        return _NO
    return f"▲ {price.text}" if price.problem else price.text


def _limit(plan: PlanView, resource: str) -> str:
    return next((limit.text for limit in plan.limits if limit.resource == resource), _NO)


def _feature(plan: PlanView, feature: str) -> tuple[str, str]:
    included = any(each.included for each in plan.features if each.feature == feature)
    return (_YES, GOOD) if included else (_NO, DIM)
