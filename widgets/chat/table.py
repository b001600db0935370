"""`Table`: a table of an answer: aligned where it fits, and otherwise row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual.content import Content

from widgets.chat.rows import NOTHING, Row, blank, hung
from widgets.format import BRIGHT, DIM

if TYPE_CHECKING:
    from collections.abc import Sequence

Align = Literal["left", "center", "right"]

_GAP = "   "


@dataclass(frozen=True, slots=True)
class Table:
    """A heading and rows beneath it, all with the same number of cells."""

    heading: tuple[Content, ...]
    records: tuple[tuple[Content, ...], ...]
    aligns: tuple[Align, ...]

    def rows(self, width: int) -> list[Row]:
        """Return the table; where it is too wide, each record as a list of what its cells are."""
        cells = [max(cell.cell_length for cell in column) for column in zip(self.heading, *self.records, strict=True)]
        total = sum(cells) + len(_GAP) * (len(cells) - 1)
        if total > width or any("\n" in cell.plain for record in self.records for cell in record):
            return self._record_by_record(width)
        return [
            self._aligned(tuple(cell.stylize(BRIGHT) for cell in self.heading), cells),
            Row(NOTHING, Content.styled("─" * total, DIM)),
            *(self._aligned(record, cells) for record in self.records),
        ]

    def _aligned(self, record: Sequence[Content], cells: Sequence[int]) -> Row:
        columns = zip(record, cells, self.aligns, strict=True)
        return Row(Content(_GAP).join(_padded(cell, wide, align) for cell, wide, align in columns).rstrip())

    def _record_by_record(self, width: int) -> list[Row]:
        rows: list[Row] = []
        for record in self.records:
            rows += [blank()] if rows else []
            for heading, cell in zip(self.heading, record, strict=True):
                rows += hung((heading + "  ").stylize(DIM), cell, width)
        return rows or hung(NOTHING, Content(_GAP).join(self.heading).stylize(BRIGHT), width)


def _padded(cell: Content, cells: int, align: Align) -> Content:
    free = cells - cell.cell_length
    left = {"left": 0, "center": free // 2, "right": free}[align]
    return cell.pad(left, free - left)
