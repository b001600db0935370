"""Text in columns that stay in a terminal's width: a list's longest column is cut, a sentence goes on beneath. Pure."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len

from widgets.format import ellipsis_middle, fit

_GAP = "  "
_LEAST = 20  # cells: what is cut further tells nothing
_BEFORE_SECOND_COLUMN = re.compile(r" *\S+(?: \S+)* {2,}(?=\S)")
_BENEATH = 4  # cells, where the second column begins so far to the right that little has room there


def columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Return each row's cells side by side; all but the last are as wide as the widest of their column."""
    widths = [_widest(column) for column in zip(*rows, strict=True)]
    for *cells, last in rows:
        yield _GAP.join([*map(fit, cells, widths), last])


def columns_within(rows: Sequence[tuple[str, ...]], width: int, *, cut: int) -> Iterator[str]:
    """Return rows as `columns` does, the column `cut` shortened in its middle so that they have `width` cells at most.

    Where the others leave hardly any room, a row is longer all the same.
    """
    others = [_widest(column) + len(_GAP) for column in zip(*rows, strict=True)]
    room = max(width - sum(others[:cut] + others[cut + 1 :]), _LEAST)
    return columns([(*row[:cut], ellipsis_middle(row[cut], room), *row[cut + 1 :]) for row in rows])


def folded(lines: Iterable[str], width: int) -> Iterator[str]:
    """Return lines broken between words where they have more than `width` cells; the rest stands in the same column."""
    for line in lines:
        if cell_len(line) <= width:
            yield line
            continue
        before = _BEFORE_SECOND_COLUMN.match(line)
        indent = before.end() if before else len(line) - len(line.lstrip(" "))
        beneath = " " * (indent if indent < width // 2 else _BENEATH)
        yield from textwrap.wrap(line, width, subsequent_indent=beneath, break_long_words=False, break_on_hyphens=False)


def _widest(column: Iterable[str]) -> int:
    return max(map(cell_len, column))
