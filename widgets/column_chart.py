"""A series as columns of block characters, several lines high."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def column_chart(values: Sequence[float], height: int, cells: int) -> list[str]:
    """Return the lines of a chart from the top: every column `cells` wide with a blank behind it, where it is wider.

    The highest column reaches the top; what is above zero shows at least its foot.
    """
    highest = max(values, default=0.0)
    lines = []
    for row in reversed(range(height)):
        columns = (_block(value, highest, height, row) * max(cells - 1, 1) for value in values)
        lines.append(("" if cells == 1 else " ").join(columns))
    return lines


def _block(value: float, highest: float, height: int, row: int) -> str:
    if highest <= 0 or value <= 0:
        return " "
    eighths = max(round(value / highest * height * 8), 1) - row * 8
    return _EIGHTHS[max(0, min(eighths, 8))]
