"""`Prose`: Markdown that is read while it is written. A finished block is read and wrapped once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from widgets.chat.blocks import stands_apart
from widgets.chat.inline import visible
from widgets.chat.markdown import InList, read
from widgets.chat.rows import Row, blank, wrapped
from widgets.format import DIM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from widgets.chat.blocks import Block

_TAB = " " * 4
# Ten times what a model is asked for at most: more is no answer, and reading a megabyte would hold up every key.
_MOST_CHARACTERS = 65_536
_CUT = Content.styled("… the rest is too long to be shown; copying takes all of it", DIM)


class Prose:
    """A text that grows at its end. Piece by piece or at once, it becomes the same rows."""

    def __init__(self, source: str = "") -> None:
        self._finished: list[Block] = []
        self._finished_rows: list[Row] = []
        self._wrapped = 0  # how many of the finished blocks are among those rows
        self._open = ""
        self._characters = 0
        self._within: InList | None = None
        self._width = 0
        self._rows: list[Row] | None = None
        self.add(source)

    def add(self, piece: str) -> None:
        """Append a piece. Characters that draw nothing or do harm stay out; a tab is four spaces."""
        room = max(_MOST_CHARACTERS - self._characters, 0)
        self._characters += len(piece)
        piece = piece[:room]
        self._open += "\n".join(visible(line) for line in piece.replace("\t", _TAB).split("\n"))
        self._rows = None

    def __bool__(self) -> bool:
        """Return whether there is something to read."""
        return bool(self._finished) or bool(self._open.strip())

    def rows(self, width: int) -> list[Row]:
        """Return the text's rows at a width."""
        if width != self._width:
            self._width, self._wrapped, self._finished_rows, self._rows = width, 0, [], None
        if self._rows is None:
            self._finish_blocks()
            self._append(self._finished_rows, self._finished[self._wrapped :])
            self._wrapped = len(self._finished)
            self._rows = list(self._finished_rows)
            self._append(self._rows, (placed.block for placed in read(self._open, self._within)))
            if self._characters > _MOST_CHARACTERS:
                self._rows += [blank(), *wrapped(_CUT, width)]
        return self._rows

    def _finish_blocks(self) -> None:
        """Set aside what cannot change any more: all blocks but the last of the lines that are complete."""
        complete = self._open[: self._open.rfind("\n") + 1]
        placed = read(complete, self._within)
        if len(placed) > 1:
            self._finished += [block for block, _, _ in placed[:-1]]
            _, line, self._within = placed[-1]
            self._open = self._open.split("\n", line)[line]

    def _append(self, rows: list[Row], blocks: Iterable[Block]) -> None:
        for block in blocks:
            if rows and stands_apart(block):
                rows.append(blank())
            rows += block.rows(self._width)
