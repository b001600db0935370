"""The last gate before the terminal: no control or bidi character leaves, whichever widget drew it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.filter import LineFilter

from services.contract.text import is_clean

if TYPE_CHECKING:
    from textual.color import Color


class CleanLineFilter(LineFilter):
    """Removes from every painted line what could command a terminal or reorder what it shows.

    Text is cleaned where it enters; this holds for what slipped through. Textual caches filtered lines, so an
    unchanged line is not filtered again.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002  (Textual's own signature)
        """Return the segments without harmful characters, each as wide as it was."""
        # `isprintable` is false for every control, format, surrogate and separator character but the space, runs in C,
        # and holds for almost every segment.
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [
            segment if segment.control or segment.text.isprintable() else segment._replace(text=harmless(segment.text))
            for segment in segments
        ]


@lru_cache(maxsize=1_024)
def harmless(text: str) -> str:
    """Return `text` with every harmful character replaced by the spaces it took, which are none for most."""
    return "".join(char if is_clean(char) else " " * cell_len(char) for char in text)
