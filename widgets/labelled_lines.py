"""Labels beside their values, in one column that is as wide as the longest label of the block needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from services.contract.text import clean
from widgets.format import BRIGHT, DIM, ellipsis, fit
from widgets.line_block import Line, Part, hanging, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.contract.views import Change

_LEAST_CELLS, _MOST_PERCENT = 17, 45
_GAP = 2
"""Blanks between a label and its value, at least."""

_ARROW = "  →  "
COST = "Costs"
"""The label of what a change comes to in all."""


class Labelled(NamedTuple):
    """A label and its value; a value goes on beneath itself with an empty label."""

    label: str
    text: str
    style: str = ""


class Changed(NamedTuple):
    """A label, and its value before and after."""

    label: str
    before: str
    after: str


Row = Labelled | Changed
EMPTY = Labelled("", "")
"""A line that separates two parts of a block."""


def change_rows(changes: Iterable[Change], impact: str) -> list[Row]:
    """Return before → after of each change, and what it costs."""
    rows: list[Row] = [Changed(each.label, each.before, each.after) for each in changes]
    return [*rows, Labelled(COST, impact)] if impact else rows


def label_need(labels: Iterable[str]) -> int:
    """Return the cells of the column of these labels, with the space to their values, where there is room for it."""
    return max([_LEAST_CELLS, *(cell_len(clean(label)) + _GAP for label in labels)])


def label_cells(labels: Iterable[str], width: int) -> int:
    """Return the cells that this column has of a width."""
    return min(label_need(labels), width * _MOST_PERCENT // 100)


def labelled_lines(rows: Sequence[Row], width: int, beside: Iterable[str] = ()) -> list[Line]:
    """Return a block of labels and values; where a label does not fit its column, the value stands beneath it.

    Args:
        beside: the labels of what shares the column with this block.
    """
    cells = label_cells([*beside, *(row.label for row in rows)], width)
    before = max((cell_len(clean(row.before)) for row in rows if isinstance(row, Changed)), default=0)
    after = max((cell_len(clean(row.after)) for row in rows if isinstance(row, Changed)), default=0)
    lines: list[Line] = []
    for row in rows:
        lead = clean(row.label)
        if cell_len(lead) + _GAP > cells:
            lines.append(line((ellipsis(lead, width), DIM)))
            lead = ""
        label = (fit(lead, cells), DIM)
        if isinstance(row, Labelled):
            lines += hanging(label, clean(row.text), width, row.style)
        elif cells + before + len(_ARROW) + after <= width:
            parts: list[Part] = [label, fit(row.before, before), (_ARROW, DIM), (clean(row.after), BRIGHT)]
            lines.append(line(*parts))
        else:
            lines += _stacked(row, label, cells, width)
    return lines


def _stacked(row: Changed, label: tuple[str, str], cells: int, width: int) -> list[Line]:
    """Return what is too long for one line: before, and after beneath it."""
    arrow = (" " * (cells - 2) + "→ ", DIM)
    return [*hanging(label, clean(row.before), width), *hanging(arrow, clean(row.after), width, BRIGHT)]
