"""`UsageBars`: how much of what a plan includes is used, one bar a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.reactive import reactive

from services.contract.text import clean
from services.contract.wording import LEVEL_TITLES
from widgets.format import BAD, BRIGHT, DIM, WARNING, fit
from widgets.glance import LABEL_CELLS
from widgets.line_block import Line, LineBlock, Part, paragraph, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.contract.views import UsageMeterView

_USED, _FREE = "━", "─"
_LEAST, _SHORT = 4, 10
"""Cells of a bar beside its numbers, at least and at most."""
_GAP = 2

NO_METERS = "No plan limits what may be used."

_LEVELS = {
    "ok": ("", "$text-primary"),
    "close": (f"▲ {LEVEL_TITLES['close']}", WARNING),
    "reached": (f"✗ {LEVEL_TITLES['reached']}", BAD),
}
"""What a bar has beside its colour: a glyph and a word."""


class UsageBars(LineBlock):
    """Title, level and numbers of each meter, and beneath them its bar; what has no limit has none."""

    meters: reactive[Sequence[UsageMeterView] | None] = reactive(None, layout=True)
    """What to show, or None while nothing is known."""

    compact: reactive[bool] = reactive(default=False, layout=True)
    """One line a meter, with a short bar where there is room for it."""

    def lines(self, width: int) -> list[Line]:
        """Return two lines a meter, or one when compact."""
        if not self.meters:
            return [] if self.meters is None else paragraph(NO_METERS, width, DIM)
        if self.compact:
            bar = min((cells for meter in self.meters if (cells := _room(meter, width)) >= _LEAST), default=0)
            return [drawn for meter in self.meters for drawn in _short(meter, min(bar, _SHORT), width)]
        said = max(cell_len(_LEVELS[meter.level][0]) for meter in self.meters)
        bar = width - (said + _GAP if said else 0)  # bars that are compared begin and end together
        return [drawn for meter in self.meters for drawn in _full(meter, bar, width)]


def _full(meter: UsageMeterView, bar: int, width: int) -> list[Line]:
    said, style = _LEVELS[meter.level]
    numbers: Part = (clean(meter.text), BRIGHT if meter.level == "ok" else f"bold {style}")
    title = spread([(clean(meter.title), DIM)], [numbers], width)
    if meter.percent is None:
        return [title]
    return [title, spread([*_bar(meter, bar), ""], [(said, style)] if said else [], width)]


def _short(meter: UsageMeterView, cells: int, width: int) -> list[Line]:
    said, style = _LEVELS[meter.level]
    label = (fit(meter.title, LABEL_CELLS), DIM)
    numbers = (clean(meter.text), BRIGHT if meter.level == "ok" else f"bold {style}")
    has_bar = cells and meter.percent is not None and _room(meter, width) >= cells
    bar = [*_bar(meter, cells), " " * _GAP] if has_bar else []
    room = _room(meter, width) + 1 - (cells if has_bar else -_GAP)
    said = said if cell_len(said) <= room else said[:1]  # the glyph alone
    return [spread([label, *bar, numbers], [(said, style)] if said else [], width)]


def _room(meter: UsageMeterView, width: int) -> int:
    """Return the cells that numbers and a glyph leave for a bar on their line."""
    glyph = _GAP if _LEVELS[meter.level][0] else 0
    return width - LABEL_CELLS - cell_len(clean(meter.text)) - glyph - _GAP


def _bar(meter: UsageMeterView, cells: int) -> list[Part]:
    """Return the used and the free part of a bar: full only at the limit, empty only where nothing is used."""
    percent = meter.percent or 0
    filled = min(round(cells * percent / 100), cells)
    if 0 < percent < 100:
        filled = max(1, min(filled, cells - 1))
    return [(_USED * filled, _LEVELS[meter.level][1]), (_FREE * (cells - filled), DIM)]
