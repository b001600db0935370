"""`CostDriverView`: where a customer's cost comes from: a period's total and its days, and what drove it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.containers import Vertical
from textual.reactive import reactive

from services.contract.types import Unit
from widgets.column_chart import column_chart
from widgets.format import ACCENT, BRIGHT, DIM, amount, date, ellipsis_middle, fit, fit_right
from widgets.line_block import Line, LineBlock, hanging, line, spread
from widgets.payment_format import cost, cost_amount, period
from widgets.row_list import Piece, Role, RowList

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from textual.app import ComposeResult

    from services.contract.views import CostDrivers, CostDriverView

_CHART_ROWS = 4
_MOST_BAR = 7
_USED, _COST, _CHANGE = 13, 11, 8
_BEFORE, _WITH_BEFORE, _MOST_NAME = 11, 70, 40
_SHARE = 12
_WITH_SHARE = 84
_INSTANT = timedelta(microseconds=1)
_NOWHERE = "not named"
_NOT_USED, _NO_COST = "not used", "–"


class CostView(Vertical):
    """The heading with the days' chart, over the table."""

    DEFAULT_CSS = """
    CostView {
        height: 1fr;
        CostHeading { margin-bottom: 1; }
        &.-low CostHeading { margin-bottom: 0; }
    }
    """

    def compose(self) -> ComposeResult:
        """The heading, the table."""
        yield CostHeading()
        yield CostTable()

    @property
    def table(self) -> CostTable:
        """The drivers."""
        return self.query_one(CostTable)

    def show(self, costs: CostDrivers | None) -> None:
        """Show where the cost of a period comes from."""
        self.query_one(CostHeading).costs = costs
        if costs is None:
            self.table.show([])
        else:
            self.table.show(costs.drivers, (costs.others, costs.others_cost))

    def set_low(self, *, low: bool) -> None:
        """Draw the days in one line, where there is little room."""
        self.query_one(CostHeading).low = low
        self.set_class(low, "-low")


class CostHeading(LineBlock):
    """Which period, what it cost and how that changed, and its days as columns."""

    costs: reactive[CostDrivers | None] = reactive(None, layout=True)
    """What to show, or None."""

    low: reactive[bool] = reactive(default=False, layout=True)
    """One line of columns."""

    def lines(self, width: int) -> list[Line]:
        """Return period, total and the chart with its days beneath; of a period without any driver, which it is."""
        costs = self.costs
        if costs is None:
            return []
        kind = {"week": "Week", "month": "Month"}[costs.period]
        when = _days(costs.period_start, costs.period_end)
        head = spread([(f"{kind}  ", DIM), when], [], width)
        if not costs.drivers:
            return [head]
        total = hanging((f"{cost(costs.cost)}  ", BRIGHT), _compared(costs), width, DIM)
        return [head, *total, *_chart(costs, 1 if self.low else _CHART_ROWS, width)]


def _days(start: datetime, end: datetime, *, short: bool = False) -> str:
    """Return the first and the last day of a period that ends before the moment `end`."""
    return period(start, max(start, end - _INSTANT), short=short)


def _compared(costs: CostDrivers) -> str:
    """Return how a cost changed, and against what: «+12 % against 54.22 USD in 09-01 – 09-15»."""
    words = f"{costs.change} as" if costs.change == "same" else f"{costs.change} against"
    return f"{words} {cost(costs.previous_cost)} in {_days(costs.previous_start, costs.previous_end, short=True)}"


def _chart(costs: CostDrivers, height: int, width: int) -> list[Line]:
    values = [float(Decimal(day.cost)) for day in costs.days]
    if not values or not any(values):
        return []
    cells = max(1, min(width // len(values), _MOST_BAR))
    values = values[-width:]
    lines = [line((row, ACCENT.removeprefix("bold "))) for row in column_chart(values, height, cells)]
    first, last = date(costs.days[-len(values)].day)[5:], date(costs.days[-1].day)[5:]
    used = max(cells * len(values) - (cells > 1), len(first) + len(last) + 1)
    return [*lines, line((first + " " * (used - len(first) - len(last)) + last, DIM))]


class CostTable(RowList):
    """One namespace's resource a row: what it used, what that cost, its share, and how the cost changed."""

    drivers: Sequence[CostDriverView] = ()
    """The drivers, the dearest first."""

    others: str = ""
    """What the drivers cost that are not listed, ready to read, "" where all are."""

    def show(self, drivers: Sequence[CostDriverView], others: tuple[int, str] = (0, "0")) -> None:
        """Show these drivers, and how many others there are and what they cost."""
        self.drivers = drivers
        self.others = f"{others[0]} more, {cost(others[1])}" if others[0] else ""
        self.set_row_count(len(drivers) + bool(self.others), keep_cursor=True)

    @property
    def selected(self) -> CostDriverView | None:
        """The driver under the cursor, None while there is none."""
        return self.drivers[self.cursor] if self.cursor < len(self.drivers) else None

    def heading(self, width: int) -> Sequence[Piece]:
        """Return the columns' names."""
        if not self.drivers:
            return ()
        before = fit_right("Before", self._before_cells(width))
        names = [fit("Namespace · resource", self._rest(width)), fit_right("Used", _USED), fit("", _share_cells(width))]
        names += [fit_right("Cost, USD", _COST), before, fit_right("Change", _CHANGE)]
        return ((fit("".join(names), width), "muted"),)

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return a driver's columns; in the last row what the others cost."""
        if index == len(self.drivers):
            return ((fit(self.others, width), "muted"),)
        driver, cells = self.drivers[index], self._rest(width)
        pieces: list[Piece] = [
            (fit(ellipsis_middle(_where(driver), cells - 1), cells), "text"),
            (fit_right(_used(driver), _USED), "muted"),
            (self._share(driver, _share_cells(width)), "accent"),
            (fit_right(cost_amount(driver.cost) if _is_used(driver) else _NO_COST, _COST), "strong"),
            (fit_right(cost_amount(driver.previous_cost), self._before_cells(width)), "muted"),
            (fit_right(driver.change, _CHANGE), _change_role(driver.change)),
        ]
        return [piece for piece in pieces if piece[0]]

    def _before_cells(self, width: int) -> int:
        """Return the column of what was before: there is one where the names still stand whole, if not too long."""
        wanted = min(max((cell_len(_where(each)) for each in self.drivers), default=0), _MOST_NAME) + 1
        has_room = width >= _WITH_BEFORE and _names(width) - _BEFORE >= wanted
        return _BEFORE if has_room else 0

    def _rest(self, width: int) -> int:
        return max(_names(width) - self._before_cells(width), 2)

    def _share(self, driver: CostDriverView, cells: int) -> str:
        dearest = max((Decimal(each.cost) for each in self.drivers), default=Decimal(0))
        if not cells or not dearest:
            return " " * cells
        filled = round(Decimal(driver.cost) / dearest * (cells - 3))
        return "  " + fit("█" * max(filled, 1 if Decimal(driver.cost) else 0), cells - 2)


def _where(driver: CostDriverView) -> str:
    return f"{driver.namespace or _NOWHERE} · {driver.resource or _NOWHERE}"


def _is_used(driver: CostDriverView) -> bool:
    return bool(Decimal(driver.used) or Decimal(driver.cost))


def _used(driver: CostDriverView) -> str:
    if not _is_used(driver):
        return _NOT_USED
    known = next((unit for unit in Unit if unit.value == driver.unit), None)
    if known is Unit.AI_CENTS:
        return cost(driver.used)
    return f"{driver.used} {driver.unit}" if known is None else amount(known, driver.used)


def _change_role(change: str) -> Role:
    return "warning" if change == "new" or change.startswith("+") else "muted"


def _share_cells(width: int) -> int:
    return _SHARE if width >= _WITH_SHARE else 0


def _names(width: int) -> int:
    """Return the cells that the columns which are always there leave for the names."""
    return width - _USED - _COST - _CHANGE - _share_cells(width)
