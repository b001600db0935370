"""`Row`: one row of the conversation, as wide as it is shown, with what is needed to copy it as it was written."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.style import Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NOTHING = Content()
_GAP = Content("  ")
_BLANKS = re.compile(r"\s*")


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One row. Rows are told apart by identity: what was drawn of one is kept as long as the row is.

    Args:
        text: what can be selected and copied.
        lead: what stands before it and cannot: indents, and the bar of a quotation.
        joint: what stood between this row's text and that of the row above: a line break, or where a line was
            wrapped, the space that gave way, or nothing.
    """

    text: Content
    lead: Content = NOTHING
    joint: str = "\n"

    def behind(self, lead: Content) -> Row:
        """Return the row further to the right, behind `lead`."""
        return replace(self, lead=lead + self.lead)

    def beginning_with(self, marker: Content) -> Row:
        """Return the row with `marker` at the beginning of its text."""
        return Row(marker + self.lead + self.text, NOTHING, self.joint)

    def stylized(self, style: str) -> Row:
        """Return the row in another style."""
        return Row(self.text.stylize(style), self.lead.stylize(style), self.joint)


def blank() -> Row:
    """Return an empty row."""
    return Row(NOTHING)


def wrapped(content: Content, width: int) -> list[Row]:
    """Return `content` wrapped at words into rows of at most `width` cells, at least one."""
    rows: list[Row] = []
    plain, end, joint = content.plain, 0, "\n"
    for line in content.wrap(max(width, 1)):
        # The space at which a line was broken goes, on whichever side of the break it was left.
        blanks = 0 if joint == "\n" else len(line) - len(line.plain.lstrip())
        text = line[blanks:].rstrip()
        rows.append(Row(text, joint=joint))
        end += len(text)
        gone = next(_BLANKS.finditer(plain, end)).group()
        # A break that the writer made keeps what stands behind it: the indent of a line of code.
        joint = "\n" if "\n" in gone else gone[:1]
        end += gone.index("\n") + 1 if "\n" in gone else len(gone)
    return rows or [blank()]


def hung(lead: Content, content: Content, width: int) -> list[Row]:
    """Return `content` wrapped behind `lead`, with its further rows beneath the first."""
    return hanging(lead, wrapped(content, width - lead.cell_length))


def hanging(lead: Content, rows: Sequence[Row]) -> list[Row]:
    """Return `rows` behind `lead`, the further ones beneath the first."""
    first, *others = rows
    indent = Content(" " * lead.cell_length)
    return [first.beginning_with(lead), *(row.behind(indent) for row in others)]


def flowed(items: Iterable[Content], width: int, gap: Content = _GAP) -> list[Row]:
    """Return `items` beside one another, as many a row as find room; none is broken while it fits one."""
    rows: list[Content] = []
    for item in items:
        if rows and rows[-1].cell_length + gap.cell_length + item.cell_length <= width:
            rows[-1] = rows[-1] + gap + item
        else:
            rows.append(item)
    return [row for content in rows for row in wrapped(content, width)]


def clickable(content: Content, meta: Mapping[str, Any]) -> Content:
    """Return `content` such that a click on it tells `meta`, whose values are plain words and numbers."""
    return content.stylize(Style.from_meta(meta))
