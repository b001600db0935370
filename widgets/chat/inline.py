"""Running text of Markdown as `Content`: emphasis, code, and links that show where they lead."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from textual.content import Content, Span
from textual.style import Style

from services.contract.text import is_clean
from widgets.format import ACCENT, BRIGHT

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

# Code is what an operator types or finds on the screen: it looks like a key.
_STYLES = {"strong": BRIGHT, "em": "italic", "s": "strike", "code_inline": ACCENT}
_BREAKS = {"softbreak": " ", "hardbreak": "\n"}


def visible(text: str) -> str:
    """Return `text` without control, bidi and other invisible characters: an entity can spell each of them."""
    return text if is_clean(text) else "".join(char for char in text if is_clean(char))


def running_text(node: SyntaxTreeNode) -> Content:
    """Return what stands in a paragraph, a heading or a cell."""
    writer = _Writer()
    for child in node.children:
        writer.write(child)
    return writer.content()


def _may_be_opened(href: str) -> bool:
    try:
        return urlsplit(href).scheme == "https"
    except ValueError:  # an address that is none
        return False


class _Writer:
    """Collects text and where each style reaches."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._spans: list[Span] = []
        self._length = 0

    def content(self) -> Content:
        """Return what was written. Outer styles come first, so that inner ones win."""
        return Content("".join(self._texts), spans=sorted(self._spans, key=lambda span: (span.start, -span.end)))

    def write(self, node: SyntaxTreeNode) -> None:
        """Write a node with all that is in it."""
        start = self._length
        if node.type in _BREAKS:
            self._append(_BREAKS[node.type])
        elif node.type == "image":
            self._append(visible(node.content))
            self._append_address(str(node.attrs.get("src", "")), start)
        elif node.type == "link":
            self._write_link(node)
        elif node.children:
            for child in node.children:
                self.write(child)
        else:
            self._append(visible(node.content))
        if (style := _STYLES.get(node.type)) is not None:
            self._style(start, style)

    def _write_link(self, node: SyntaxTreeNode) -> None:
        start, href = self._length, str(node.attrs.get("href", ""))
        for child in node.children:
            self.write(child)
        self._append_address(href, start)
        if _may_be_opened(href):
            self._style(start, "underline")
            self._style(start, Style.from_meta({"href": href}))

    def _append_address(self, href: str, start: int) -> None:
        """Write where a link leads, unless it was just said: the words of a link may say anything."""
        written, address = "".join(self._texts)[start:], visible(href)
        if not address or written == address:
            return
        self._append(f" ({address})" if written else address)

    def _append(self, text: str) -> None:
        self._texts.append(text)
        self._length += len(text)

    def _style(self, start: int, style: str | Style) -> None:
        if start < self._length:
            self._spans.append(Span(start, self._length, style))
