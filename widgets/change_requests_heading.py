"""`QueueHeading`: which change requests are shown, and why there is none."""

from __future__ import annotations

from textual.reactive import reactive

from widgets.format import BAD, DIM
from widgets.line_block import Line, LineBlock, hanging, line, paragraph, spread


class QueueHeading(LineBlock):
    """Which requests are shown and how many there are; why there is none, or why they could not be read."""

    words: reactive[str] = reactive("")
    """Which requests, as in «waiting for approval»."""

    count: reactive[str] = reactive("")
    """How many there are, ready to read; empty while unknown."""

    nothing: reactive[str] = reactive("", layout=True)
    """What to say when there is none, or empty when there are some."""

    problem: reactive[str] = reactive("", layout=True)
    """Why they could not be read, or empty."""

    def lines(self, width: int) -> list[Line]:
        """Return the title, then what is wrong or that there is nothing."""
        lines = [spread([("Change requests  ", "bold"), (self.words, DIM)], [(self.count, DIM)], width)]
        if self.problem:
            return [*lines, *hanging(("✗ ", BAD), self.problem, width)]
        return [*lines, line(), *paragraph(self.nothing, width)] if self.nothing else lines
