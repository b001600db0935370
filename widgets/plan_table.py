"""`PlanTable`: all plans side by side, a column each, with the cursor on one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.message import Message
from textual.reactive import reactive

from services.contract.types import BillingInterval
from services.contract.wording import INTERVAL_TITLES, capital
from widgets.format import BRIGHT, DIM
from widgets.line_block import Line, LineBlock
from widgets.plan_grid import Row, columns_of, feature_rows, grid_lines, name_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.contract.views import PlanView

_NONE = "–"
SCHEDULED = "ALREADY_SCHEDULED"
"""The reason of a change to a plan that begins by itself."""
_DIRECTIONS = {"current": "✓ current", "upgrade": "↑ upgrade", "downgrade": "↓ downgrade", "new": "● choose"}


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

    low: reactive[bool] = reactive(default=False, layout=True)
    """Without the features, which stand elsewhere then, and without empty lines."""

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
        directions = Row("", [(_direction(plan), DIM) for plan in self.plans])
        groups = [[name_row(self.plans)], [self._prices(each) for each in BillingInterval], self._limits()]
        groups += [[directions]] if self.low else [feature_rows(self.plans), [directions]]
        empty = [] if self.low else [Row("", [("", "")] * len(self.plans))]
        rows = [row for group in groups for row in (*empty, *group)][len(empty) :]
        return grid_lines(self.plans, rows, self.column, width)

    def _prices(self, interval: BillingInterval) -> Row:
        is_chosen = interval is self.interval
        cells = [(_price(plan, interval), BRIGHT if is_chosen else DIM) for plan in self.plans]
        return Row(f"{'●' if is_chosen else '○'} {capital(INTERVAL_TITLES[interval])}", cells)

    def _limits(self) -> list[Row]:
        titles = {limit.resource: limit.title for plan in self.plans for limit in plan.limits}
        return [Row(title, [(_limit(plan, resource), "") for plan in self.plans]) for resource, title in titles.items()]

    def on_click(self, event: events.Click) -> None:
        """Move to the clicked column."""
        where = event.get_content_offset(self)
        if where is None or not self.plans:
            return
        columns = columns_of(self.plans, self.column, self.size.width)
        at = columns.column_at(where.x)
        if at is not None:
            event.stop()
            self.move(at - self.column)


def _direction(plan: PlanView) -> str:
    return "→ scheduled" if plan.change.reason == SCHEDULED else _DIRECTIONS[plan.change.direction]


def _price(plan: PlanView, interval: BillingInterval) -> str:
    price = next((price for price in plan.prices if price.interval is interval), None)
    if price is None:
        return _NONE
    return f"▲ {price.text}" if price.problem else price.text


def _limit(plan: PlanView, resource: str) -> str:
    return next((limit.text for limit in plan.limits if limit.resource == resource), _NONE)
