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
    from collections.abc import Callable, Sequence

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
    """One line a meter, with a short bar where there is room for it; the numbers are said shorter to make room."""

    def lines(self, width: int) -> list[Line]:
        """Return two lines a meter, or one when compact."""
        if not self.meters:
            return [] if self.meters is None else paragraph(NO_METERS, width, DIM)
        if self.compact:
            return _compact(self.meters, width)
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


def _compact(meters: Sequence[UsageMeterView], width: int) -> list[Line]:
    """Return a line a meter, with the longest numbers beside which every bar has room."""
    spellings = [[say(clean(meter.text)) for meter in meters] for say in _NUMBERS]
    said = next(
        (each for each in spellings if min(_rooms(meters, each, width), default=_LEAST) >= _LEAST), spellings[-1]
    )
    bar = min((room for room in _rooms(meters, said, width) if room >= _LEAST), default=0)
    return [_short(meter, numbers, min(bar, _SHORT), width) for meter, numbers in zip(meters, said, strict=True)]


def _rooms(meters: Sequence[UsageMeterView], said: Sequence[str], width: int) -> list[int]:
    """Return the room for each bar there is, beside its numbers."""
    pairs = zip(meters, said, strict=True)
    return [_room(meter, numbers, width) for meter, numbers in pairs if meter.percent is not None]


def _short(meter: UsageMeterView, text: str, cells: int, width: int) -> Line:
    said, style = _LEVELS[meter.level]
    label = (fit(meter.title, LABEL_CELLS), DIM)
    numbers = (text, BRIGHT if meter.level == "ok" else f"bold {style}")
    room = _room(meter, text, width)
    has_bar = cells and meter.percent is not None and room >= cells
    bar = [*_bar(meter, cells), " " * _GAP] if has_bar else []
    said = said if cell_len(said) <= room + 1 - (cells if has_bar else -_GAP) else said[:1]  # the glyph alone
    return spread([label, *bar, numbers], [(said, style)] if said else [], width)


def _room(meter: UsageMeterView, numbers: str, width: int) -> int:
    """Return the cells that numbers and a glyph leave for a bar on their line."""
    glyph = _GAP if _LEVELS[meter.level][0] else 0
    return width - LABEL_CELLS - cell_len(numbers) - glyph - _GAP


def _one_unit(text: str) -> str:
    """Return «425 of 500 GiB» for «425 GiB of 500 GiB»."""
    used, of, limit = text.partition(" of ")
    number, _, unit = used.rpartition(" ")
    return f"{number}{of}{limit}" if number and limit.endswith(f" {unit}") else text


def _with_a_stroke(text: str) -> str:
    """Return «425/500 GiB» for «425 GiB of 500 GiB»."""
    return _one_unit(text).replace(" of ", "/")


_NUMBERS: tuple[Callable[[str], str], ...] = (str, _one_unit, _with_a_stroke)
"""How numbers are said, from the longest."""


def _bar(meter: UsageMeterView, cells: int) -> list[Part]:
    """Return the used and the free part of a bar: full only at the limit, empty only where nothing is used."""
    percent = meter.percent or 0
    filled = min(round(cells * percent / 100), cells)
    if 0 < percent < 100:
        filled = max(1, min(filled, cells - 1))
    return [(_USED * filled, _LEVELS[meter.level][1]), (_FREE * (cells - filled), DIM)]
