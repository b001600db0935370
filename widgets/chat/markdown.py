"""Markdown to blocks: CommonMark with tables and strikethrough. HTML is text, and nothing is defined from afar.

Brings the parser, which costs 30 ms to import: not before there is an answer to show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from widgets.chat.blocks import Block, Code, ListItem, Paragraph, Quotation, ThematicBreak
from widgets.chat.inline import running_text, visible
from widgets.chat.table import Align, Table
from widgets.format import BRIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Without link definitions a block means the same whatever stands elsewhere in the text, so that an answer can be read
# block by block while it is written.
_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable(["reference"])
_BULLET = "• "
_ALIGNS: dict[str, Align] = {"text-align:right": "right", "text-align:center": "center"}


class InList(NamedTuple):
    """The list that the text goes on with: the number of its next item, None where it has bullets."""

    number: int | None


class PlacedBlock(NamedTuple):
    """A block of the text itself, not within another: an item of a list is one.

    Args:
        line: where it begins.
        within: the list it goes on with, None for whatever begins something new.
    """

    block: Block
    line: int
    within: InList | None


def read(source: str, within: InList | None = None) -> list[PlacedBlock]:
    """Return the blocks of a text; `within`: the list that the text goes on with."""
    placed: list[PlacedBlock] = []
    for node in SyntaxTreeNode(_PARSER.parse(source)).children:
        if node.type in ("bullet_list", "ordered_list"):
            placed += _placed_items(node, None if placed else within)
        else:
            placed.append(PlacedBlock(_block(node), _line(node), None))
    return placed


def _placed_items(node: SyntaxTreeNode, within: InList | None) -> Iterator[PlacedBlock]:
    number = within.number if within else _first_number(node)
    for place, item in enumerate(node.children):
        own = None if number is None else number + place
        goes_on = place > 0 or within is not None
        yield PlacedBlock(_item(item, own, begins=not goes_on), _line(item), InList(own) if goes_on else None)


def _first_number(node: SyntaxTreeNode) -> int | None:
    return int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None


def _item(node: SyntaxTreeNode, number: int | None, *, begins: bool) -> ListItem:
    return ListItem(_BULLET if number is None else f"{number}. ", tuple(_blocks(node)), begins)


def _blocks(parent: SyntaxTreeNode) -> Iterator[Block]:
    for node in parent.children:
        if node.type in ("bullet_list", "ordered_list"):
            for placed in _placed_items(node, None):
                yield placed.block
        else:
            yield _block(node)


def _block(node: SyntaxTreeNode) -> Block:
    match node.type:
        case "blockquote":
            return Quotation(tuple(_blocks(node)))
        case "fence" | "code_block":
            return Code(tuple(visible(line) for line in node.content.rstrip("\n").split("\n")))
        case "hr":
            return ThematicBreak()
        case "heading":
            return Paragraph(running_text(node.children[0]).stylize(BRIGHT))
        case "table":
            return _table(node)
        case _:
            return Paragraph(running_text(node.children[0]))


def _table(node: SyntaxTreeNode) -> Table:
    heading, *records = [row.children for part in node.children for row in part.children]
    return Table(
        tuple(running_text(cell.children[0]) for cell in heading),
        tuple(tuple(running_text(cell.children[0]) for cell in record) for record in records),
        _aligns(heading),
    )


def _aligns(heading: Sequence[SyntaxTreeNode]) -> tuple[Align, ...]:
    return tuple(_ALIGNS.get(str(cell.attrs.get("style")), "left") for cell in heading)


def _line(node: SyntaxTreeNode) -> int:
    assert node.map is not None  # noqa: S101  (every block is somewhere)
    return node.map[0]
