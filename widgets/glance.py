"""Rows at a glance: a label, its value, the key that changes it, and a quieter line beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from services.contract.text import clean
from widgets.format import ACCENT, DIM, ellipsis, fit
from widgets.line_block import Line, Part, line, paragraph, spread, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

LABEL_CELLS = 16
"""The column of the labels."""

_LEAST_BENEATH = 6
"""Cells in which the beginning of a sentence still says something."""


class Row(NamedTuple):
    """A row: its label, its value with a style, the quieter words beneath, and the key that serves here, "" for none.

    `beneath` null: there is no line beneath, where "" leaves an empty one. `usable`: whether the key serves now.
    `whole`: whether what stands beneath has lines of its own in a compact pane, too, where it would be cut.
    """

    label: str
    value: str
    style: str
    beneath: str | None = None
    key: str = ""
    usable: bool = True
    whole: bool = False


def glance_lines(rows: Sequence[Row], width: int, *, compact: bool = False) -> list[Line]:
    """Return two lines a row, or one when compact; further ones for a value that is too long, which is never cut."""
    cells = _label_cells(rows, width)
    return [drawn for row in rows for drawn in _drawn(row, width, cells, compact=compact)]


def _label_cells(rows: Sequence[Row], width: int) -> int:
    """Return the column of these labels: one cell less where a value then stands on its line whole."""
    label = max((cell_len(row.label) for row in rows), default=0)
    value = max((cell_len(clean(row.value)) + _key_cells(row) for row in rows), default=0)
    return LABEL_CELLS - (label + 1 < LABEL_CELLS and value + LABEL_CELLS == width + 1)


def _key_cells(row: Row) -> int:
    return cell_len(row.key) + 2 if row.key else 0


def _drawn(row: Row, width: int, cells: int, *, compact: bool) -> list[Line]:
    key: list[Part] = [(f" {row.key}", ACCENT if row.usable else DIM)] if row.key else []
    first, *others = wrap(row.value, width - cells - _key_cells(row))
    value: list[Part] = [(fit(row.label, cells), DIM), (first, row.style)]
    further = [line(" " * cells, (other, row.style)) for other in others]
    beneath = clean(row.beneath or "")
    room = width - cells - cell_len(first) - _key_cells(row) - 1
    if compact and not (row.whole and (others or cell_len(beneath) > room)):
        beneath = ellipsis(beneath, room) if room >= _LEAST_BENEATH and not others else ""
        return [spread(value, [*([(beneath, DIM)] if beneath else []), *key], width), *further]
    lines = paragraph(beneath, width, DIM, indent=cells) if row.beneath is not None else []
    return [spread(value, key, width), *further, *lines]
