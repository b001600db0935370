"""`LineBlock`: a pane whose lines are a pure function of what it shows and the width it gets.

One widget instead of a tree of labels: a pane of twenty lines costs one layout and one render, which keeps the first
frame close to a bare app's. Lines are `Content`, so text from outside is never read as markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from services.contract.text import clean
from widgets.format import ellipsis

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events
    from textual.geometry import Size

Part = str | tuple[str, str]
"""A piece of a line: text, or text with a style made of theme variables."""


class Line(NamedTuple):
    """One line of a block; `target` is what a click on it chooses, None for nothing."""

    content: Content
    target: object = None


def line(*parts: Part, target: object = None) -> Line:
    """Return a line of one or more pieces."""
    return Line(Content.assemble(*parts), target)


def spread(left: Iterable[Part], right: Iterable[Part], width: int, target: object = None) -> Line:
    """Return a line with `right` flush right; the last piece of `left` gives way when both do not fit."""
    left, right = list(left), list(right)
    taken = sum(cell_len(_text(part)) for part in (*left[:-1], *right)) + (1 if right else 0)
    last = left[-1]
    text = ellipsis(_text(last), max(width - taken, 0))
    gap = " " * max(width - taken - cell_len(text) + (1 if right else 0), 0)
    kept: Part = (text, last[1]) if isinstance(last, tuple) else text
    return line(*left[:-1], kept, gap, *right, target=target)


def wrap(text: str, width: int) -> list[str]:
    """Return `text` wrapped at words into one or more lines of at most `width` cells."""
    return [part.plain.rstrip() for part in Content(clean(text)).wrap(max(width, 1))] or [""]


def paragraph(text: str, width: int, style: str = "", *, indent: int = 0, target: object = None) -> list[Line]:
    """Return `text` wrapped at words in `width` cells, each line behind `indent` spaces."""
    return [line(" " * indent, (part, style), target=target) for part in wrap(text, width - indent)]


def hanging(lead: Part, text: str, width: int, style: str = "", *, target: object = None) -> list[Line]:
    """Return `text` wrapped behind `lead`, further lines indented to stand beneath the first."""
    indent = cell_len(_text(lead))
    lines = paragraph(text, width, style, indent=indent, target=target)
    first = lines[0].content[indent:]
    return [Line(Content.assemble(lead, first), target), *lines[1:]]


def rule(width: int) -> Line:
    """Return a thin line that separates."""
    return line(("─" * width, "$border-blurred"))


class LineBlock(Widget):
    """A widget that draws the lines of `lines(width)`; subclasses say what they are."""

    DEFAULT_CSS = """
    LineBlock {
        width: 1fr;
        height: auto;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    def lines(self, width: int) -> list[Line]:
        """Return the block's lines for a width in cells."""
        raise NotImplementedError

    def choose(self, target: object) -> None:
        """React to a click on a line with a target."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002  (Textual's own signature)
        """Return how many lines there are at this width."""
        return len(self.lines(width)) if width else 0

    def render(self) -> Content:
        """Return the lines as one piece of content."""
        width = self.size.width
        return Content("\n").join(row.content for row in self.lines(width)) if width else Content()

    def on_click(self, event: events.Click) -> None:
        """Choose what the clicked line stands for."""
        where = event.get_content_offset(self)
        rows = self.lines(self.size.width)
        if where is not None and where.y < len(rows) and (target := rows[where.y].target) is not None:
            event.stop()
            self.choose(target)


def _text(part: Part) -> str:
    return part if isinstance(part, str) else part[0]
