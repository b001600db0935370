"""The grid in which plans stand side by side: how wide its columns are, which are shown, and how a row reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from services.contract.text import clean
from widgets.format import BRIGHT, DIM, GOOD, fit
from widgets.line_block import Line, Part, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.contract.views import PlanView

_LEAST_LABEL = 14
_LEAST_COLUMN, _MOST_COLUMN = 13, 20
_CURSOR = "$block-cursor-foreground on $block-cursor-background"
_YES, _NO = "✓", "–"


class Columns(NamedTuple):
    """The cells of the labels and of a column, and which columns there is room for.

    `wide`: those of them that are a cell wider, as their texts would touch the next column's.
    """

    label: int
    column: int
    first: int
    shown: int
    wide: frozenset[int] = frozenset()

    def cells(self, at: int) -> int:
        """Return the cells of a column."""
        return self.column + (at in self.wide)

    def column_at(self, x: int) -> int | None:
        """Return the column that stands at a cell; None for none."""
        end = self.label
        for at in range(self.first, self.first + self.shown):
            begin, end = end, end + self.cells(at)
            if begin <= x < end:
                return at
        return None


class Row(NamedTuple):
    """A row: its label, and a text with its style for each plan."""

    label: str
    cells: list[tuple[str, str]]


def columns_of(plans: Sequence[PlanView], cursor: int, width: int) -> Columns:
    """Return the columns of a width in cells; where not all plans fit, those about the cursor."""
    titles = [clean(limit.title) for plan in plans for limit in plan.limits]
    titles += [clean(feature.title) for plan in plans for feature in plan.features]
    need = max(map(cell_len, titles), default=0) + 1
    room = width - 1  # the mark that there are more stands behind the last column
    count = max(1, min(len(plans), (room - min(need, _LEAST_LABEL)) // _LEAST_COLUMN))
    label = max(min(need, room - _LEAST_COLUMN * count), 2)
    column = min(_MOST_COLUMN, (room - label) // count)
    column, first = max(column, 2), max(0, min(cursor - count // 2, len(plans) - count))
    full = [at for at in range(first, first + count - 1) if _longest(plans[at]) >= column - 1]
    return Columns(label, column, first, count, frozenset(full[: max(room - label - column * count, 0)]))


def _longest(plan: PlanView) -> int:
    return max((cell_len(clean(price.text)) for price in plan.prices), default=0)


def grid_lines(plans: Sequence[PlanView], rows: Sequence[Row], cursor: int, width: int) -> list[Line]:
    """Return a line a row; the first says whether there are more plans to its sides."""
    columns = columns_of(plans, cursor, width)
    return [_drawn(row, columns, cursor, is_first=at == 0) for at, row in enumerate(rows)]


def name_row(plans: Sequence[PlanView]) -> Row:
    """Return the plans' names."""
    return Row("", [(clean(plan.name), BRIGHT) for plan in plans])


def feature_rows(plans: Sequence[PlanView]) -> list[Row]:
    """Return a row a feature: which of the plans has it."""
    titles = {each.feature: each.title for plan in plans for each in plan.features}
    return [Row(title, [_feature(plan, feature) for plan in plans]) for feature, title in titles.items()]


def _feature(plan: PlanView, feature: str) -> tuple[str, str]:
    included = any(each.included for each in plan.features if each.feature == feature)
    return (_YES, GOOD) if included else (_NO, DIM)


def _drawn(row: Row, columns: Columns, cursor: int, *, is_first: bool) -> Line:
    label = (fit(row.label, columns.label - 1), DIM)
    end = columns.first + columns.shown
    parts: list[Part] = [label, ("◂" if is_first and columns.first > 0 else " ", DIM)]
    for at in range(columns.first, end):
        text, style = row.cells[at]
        style = f"{'bold ' if 'bold' in style else ''}{_CURSOR}" if at == cursor else style
        parts.append((" " + fit(text, columns.cells(at) - 1), style))
    return line(*parts, ("▸" if is_first and end < len(row.cells) else "", DIM))
