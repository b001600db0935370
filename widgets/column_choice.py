"""Which columns of a table there is room for, and what gives way first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def columns_within(
    needs: Mapping[str, int], by_worth: Iterable[str], on_screen: Sequence[str], room: int
) -> dict[str, int]:
    """Return the columns that fit `room` cells together, from left to right, each with the cells that it needs.

    Args:
        by_worth: the columns, the one that is given up last first; one that is too wide gives way to the next ones.
        on_screen: the same from left to right.
    """
    chosen: set[str] = set()
    for column in by_worth:
        if needs[column] <= room:
            chosen.add(column)
            room -= needs[column]
    return {column: needs[column] for column in on_screen if column in chosen}
