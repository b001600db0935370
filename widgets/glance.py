"""Rows at a glance: a label, its value, the key that changes it, and a quieter line beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from services.contract.text import clean
from widgets.format import ACCENT, DIM, ellipsis, fit
from widgets.line_block import Line, Part, paragraph, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

LABEL_CELLS = 16
"""The column of the labels."""

_LEAST_BENEATH = 6
"""Cells in which the beginning of a sentence still says something."""


class Row(NamedTuple):
    """A row: its label, its value with a style, the quieter words beneath, and the key that serves here, "" for none.

    `beneath` null: there is no line beneath, where "" leaves an empty one. `usable`: whether the key serves now.
    """

    label: str
    value: str
    style: str
    beneath: str | None = None
    key: str = ""
    usable: bool = True


def glance_lines(rows: Sequence[Row], width: int, *, compact: bool = False) -> list[Line]:
    """Return two lines a row and more where the lower one is long, or one when compact."""
    return [drawn for row in rows for drawn in _drawn(row, width, compact=compact)]


def _drawn(row: Row, width: int, *, compact: bool) -> list[Line]:
    value: list[Part] = [(fit(row.label, LABEL_CELLS), DIM), (row.value, row.style)]
    key: list[Part] = [(f" {row.key}", ACCENT if row.usable else DIM)] if row.key else []
    if not compact:
        lines = paragraph(row.beneath, width, DIM, indent=LABEL_CELLS) if row.beneath is not None else []
        return [spread(value, key, width), *lines]
    room = width - LABEL_CELLS - cell_len(clean(row.value)) - sum(cell_len(part[0]) for part in key) - 1
    beneath = ellipsis(row.beneath or "", room) if room >= _LEAST_BENEATH else ""
    return [spread(value, [(beneath, DIM), *key], width)]
