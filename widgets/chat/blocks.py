"""The blocks of an answer, and how each becomes rows at a width: paragraphs, lists, quotations, code."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from textual.content import Content

from widgets.chat.rows import NOTHING, Row, blank, hanging, wrapped
from widgets.format import DIM

if TYPE_CHECKING:
    from collections.abc import Sequence

# With fewer cells than a word takes, an indent costs more than it tells.
_LEAST_CELLS = 12
_QUOTATION = Content.styled("▎ ", DIM)
_CODE = Content.styled("┊ ", DIM)


class Block(Protocol):
    """A part of an answer that stands on rows of its own."""

    def rows(self, width: int) -> list[Row]:
        """Return the block's rows, each at most `width` cells wide where that is possible."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; a heading is one, too."""

    content: Content

    def rows(self, width: int) -> list[Row]:
        """Return the text, wrapped at words."""
        return wrapped(self.content, width)


@dataclass(frozen=True, slots=True)
class ListItem:
    """One item of a list, with whatever is in it behind its marker."""

    marker: str
    blocks: tuple[Block, ...]
    begins_list: bool

    def rows(self, width: int) -> list[Row]:
        """Return the item's blocks, indented to stand behind the marker."""
        marker, left = Content(self.marker), width - len(self.marker)
        if left < _LEAST_CELLS:
            return [Row(marker.rstrip()), *stacked(self.blocks, width)]
        return hanging(marker, stacked(self.blocks, left) or [blank()])


@dataclass(frozen=True, slots=True)
class Quotation:
    """What is meant for somebody else's eyes: the reply to the customer is one."""

    blocks: tuple[Block, ...]

    def rows(self, width: int) -> list[Row]:
        """Return the blocks behind a bar."""
        return _behind(_QUOTATION, lambda cells: stacked(self.blocks, cells), width)


@dataclass(frozen=True, slots=True)
class Code:
    """Lines as they were written."""

    lines: tuple[str, ...]

    def rows(self, width: int) -> list[Row]:
        """Return the lines behind a dotted edge, those that do not fit broken."""
        return _behind(_CODE, lambda cells: [row for text in self.lines for row in _line(text, cells)], width)


@dataclass(frozen=True, slots=True)
class ThematicBreak:
    """A thin line."""

    def rows(self, width: int) -> list[Row]:
        """Return it. There is nothing to copy."""
        return [Row(NOTHING, Content.styled("─" * width, DIM))]


def stacked(blocks: Sequence[Block], width: int) -> list[Row]:
    """Return what is in a list item or a quotation: a list stands close beneath its paragraph."""
    rows = blocks[0].rows(width) if blocks else []
    for above, block in pairwise(blocks):
        if not isinstance(block, ListItem) or isinstance(above, Quotation):
            rows.append(blank())
        rows += block.rows(width)
    return rows


def stands_apart(block: Block) -> bool:
    """Return whether an empty row parts a block of the answer itself from the one above."""
    return not isinstance(block, ListItem) or block.begins_list


class _Rows(Protocol):
    def __call__(self, width: int, /) -> list[Row]: ...


def _behind(lead: Content, rows: _Rows, width: int) -> list[Row]:
    if width - lead.cell_length < _LEAST_CELLS:
        return rows(width)
    return [row.behind(lead) for row in rows(width - lead.cell_length)]


def _line(text: str, width: int) -> list[Row]:
    first, *others = wrapped(Content(text), width)
    return [Row(first.text), *others]
