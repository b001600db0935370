"""A series as one line of block characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], cells: int) -> str:
    """Return the series in at most `cells` cells, one block a value; a longer series shows the last of each bucket.

    The line's foot is zero, or the lowest value where that is negative: a balance that halves looks halved.
    """
    if not values or cells <= 0:
        return ""
    if len(values) > cells:
        values = [values[(cell + 1) * len(values) // cells - 1] for cell in range(cells)]
    foot = min(0.0, *values)
    height = max(*values, 0.0) - foot
    if not height:
        return _BLOCKS[0] * len(values)
    return "".join(_BLOCKS[round((value - foot) / height * (len(_BLOCKS) - 1))] for value in values)
