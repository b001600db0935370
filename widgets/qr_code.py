"""`QrCode`: an address as a QR code, for the phone of who sits at a terminal that has no browser.

Two modules a cell, one above the other. Dark on light in every theme: many readers know nothing else. The quiet zone is
that of ISO/IEC 18004, four modules, or half of it where there is no more room; readers bear that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.reactive import reactive

from widgets.line_block import Line, LineBlock, line

if TYPE_CHECKING:
    from textual.geometry import Size

QUIET_ZONES = (4, 2)
"""Modules of light around the code, what is best first."""

_STYLE = "#000000 on #ffffff"
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


class Drawn(NamedTuple):
    """A code as lines of half blocks, all of one width."""

    lines: tuple[str, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Its cells and lines."""
        return len(self.lines[0]), len(self.lines)


def draw(text: str, quiet_zone: int = QUIET_ZONES[0]) -> Drawn | None:
    """Return the code of a text; null where it is longer than a code can hold."""
    import segno  # 40 ms, and few ever look at one

    try:
        code = segno.make(text, error="l", micro=False)
    except segno.DataOverflowError:
        return None
    modules = [[bool(module) for module in row] for row in code.matrix_iter(border=quiet_zone)]
    if len(modules) % 2:
        modules.append([False] * len(modules[0]))
    pairs = zip(modules[::2], modules[1::2], strict=True)
    return Drawn(tuple("".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs))


def draw_within(text: str, cells: int, rows: int) -> Drawn | None:
    """Return the code of a text with the widest quiet zone that fits; null where none does."""
    for quiet_zone in QUIET_ZONES:
        drawn = draw(text, quiet_zone)
        if drawn is not None and drawn.size[0] <= cells and drawn.size[1] <= rows:
            return drawn
    return None


class QrCode(LineBlock):
    """Shows a code."""

    DEFAULT_CSS = """
    QrCode { width: auto; height: auto; }
    """

    code: reactive[Drawn | None] = reactive(None, layout=True)
    """What to show, or None."""

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002  (Textual's own signature)
        """Return the code's own width."""
        return self.code.size[0] if self.code is not None else 0

    def lines(self, width: int) -> list[Line]:  # noqa: ARG002  (whoever sets a code has seen that it fits)
        """Return the code's lines."""
        return [line((row, _STYLE)) for row in self.code.lines] if self.code is not None else []
