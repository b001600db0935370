"""`BoundBars`: what is used of what is allowed, and how far the policy's bounds reach, one bar a line."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual.reactive import reactive

from services.contract.text import clean
from widgets.format import BAD, BRIGHT, DIM, fit, fit_right
from widgets.line_block import Line, LineBlock, Part, line, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.contract.views import BoundBar

_ZONES = ("no request", "at once", "review")
"""What lies up to each bound, from the left."""

_LEAST_ZONE, _MOST_ZONE = 4, 14
"""Cells with which a zone still shows something, and beyond which more would show no more."""

_NAMED_ZONE = max(map(len, _ZONES))
"""Cells from which on a zone has its name above it."""

_USED, _FREE, _BEYOND, _MARK, _OVERFLOW = "█", "░", "·", "│", "▶"
_GAP = 2


class BoundBars(LineBlock):
    """The bars, their marks beneath each other: every zone up to a bound is as wide as the next, whatever it holds.

    `█` is used, `░` is allowed beyond that, `│` stands at a bound, and `▶` where the last bound is passed. More used
    than allowed has a `▲`. Where a bar does not fit beside its numbers, it stands beneath them.
    """

    bars: reactive[Sequence[BoundBar]] = reactive((), layout=True)
    """What to show."""

    def lines(self, width: int) -> list[Line]:
        """Return a heading, where there is room for one, and the bars."""
        if not self.bars:
            return []
        cells = _measured(self.bars, width)
        return [*_heading(cells), *(drawn for bar in self.bars for drawn in _drawn(bar, cells, width))]


class _Cells(NamedTuple):
    """The cells of each part, 0 for one that is left out; `used` and `allowed` are numbers, `bounds` three of them."""

    label: int
    zone: int
    used: int
    allowed: int
    bounds: tuple[int, int, int]
    stacked: bool


def _measured(bars: Sequence[BoundBar], width: int) -> _Cells:
    label = max(cell_len(clean(bar.label)) for bar in bars) + _GAP
    used = max(cell_len("used"), *(cell_len(_used(bar)) for bar in bars)) + _GAP
    allowed = max(cell_len("allowed"), *(cell_len(clean(bar.allowed_text)) for bar in bars)) + _GAP
    bounds = tuple(max(cell_len(clean(text)) for text in texts) for texts in zip(*map(_bounds, bars), strict=True))
    first, second, third = bounds
    room = width - label - used - allowed
    with_bounds = room - _GAP - _bounds_cells((first, second, third))
    if _zone(with_bounds) >= _NAMED_ZONE:
        return _Cells(label, _zone(with_bounds), used, allowed, (first, second, third), stacked=False)
    if _zone(room) >= _LEAST_ZONE:
        return _Cells(label, _zone(room), used, allowed, (0, 0, 0), stacked=False)
    return _Cells(label, max(_zone(width), 1), used, allowed, (0, 0, 0), stacked=True)


def _zone(room: int) -> int:
    """Return the cells of each of three zones that have a mark behind them."""
    return min(room // 3 - 1, _MOST_ZONE)


def _bounds_cells(bounds: tuple[int, int, int]) -> int:
    return sum(bounds) + 2 * cell_len(f" {_MARK} ") if any(bounds) else 0


def _bounds(bar: BoundBar) -> tuple[str, str, str]:
    return bar.self_service_text, bar.auto_approve_text, bar.review_text


def _used(bar: BoundBar) -> str:
    if bar.used is None:
        return "–"
    return f"▲ {clean(bar.used_text)}" if _is_over(bar) else clean(bar.used_text)


def _is_over(bar: BoundBar) -> bool:
    return bar.used is not None and bar.used > bar.allowed


def _heading(cells: _Cells) -> list[Line]:
    zones = "".join(fit(name if cells.zone >= _NAMED_ZONE else "", cells.zone + 1) for name in _ZONES)
    if cells.stacked:
        return [line((zones, DIM))] if zones.strip() else []
    numbers = fit_right("used", cells.used) + fit_right("allowed", cells.allowed)
    bounds = " " * _GAP + fit_right("bounds", _bounds_cells(cells.bounds)) if any(cells.bounds) else ""
    return [line((fit("", cells.label) + zones + numbers + bounds, DIM))]


def _drawn(bar: BoundBar, cells: _Cells, width: int) -> list[Line]:
    scale = _scale(bar, cells.zone)
    if cells.stacked:
        used = [(_used(bar), BAD if _is_over(bar) else BRIGHT), (" of ", DIM)] if bar.used is not None else []
        numbers: list[Part] = [*used, (clean(bar.allowed_text), BRIGHT)]
        return [spread([(clean(bar.label), DIM)], numbers, width), line(*scale)]
    style = BAD if _is_over(bar) else BRIGHT
    numbers = [(fit_right(_used(bar), cells.used), style), (fit_right(bar.allowed_text, cells.allowed), BRIGHT)]
    return [line((fit(bar.label, cells.label), DIM), *scale, *numbers, *_bound_numbers(bar, cells.bounds))]


def _bound_numbers(bar: BoundBar, cells: tuple[int, int, int]) -> list[Part]:
    if not any(cells):
        return []
    numbers = (fit_right(text, room) for text, room in zip(_bounds(bar), cells, strict=True))
    return [(" " * _GAP + f" {_MARK} ".join(numbers), DIM)]


def _scale(bar: BoundBar, zone: int) -> list[Part]:
    """Return the bar itself; use that nobody measured is drawn as none."""
    used = bar.used or 0
    style = BAD if _is_over(bar) else "$text-primary"
    parts: list[Part] = []
    for low, high in pairwise((0, bar.self_service, bar.auto_approve, bar.review)):
        if high <= low:  # nothing lies between two bounds that are the same
            parts += [" " * zone, (_MARK, DIM)]
            continue
        filled = _filled(used, low, high, zone)
        free = max(_filled(bar.allowed, low, high, zone) - filled, 0)
        parts += [(_USED * filled, style), (_FREE * free, DIM), (_BEYOND * (zone - filled - free), DIM), (_MARK, DIM)]
    if max(used, bar.allowed) > bar.review:
        parts[-1] = (_OVERFLOW, style)
    return parts


def _filled(amount: int, low: int, high: int, zone: int) -> int:
    """Return how many cells of a zone an amount fills: all only from its bound on, none only without any of it."""
    if amount <= low:
        return 0
    if amount >= high:
        return zone
    return max(1, min(round(zone * (amount - low) / (high - low)), zone - 1))
