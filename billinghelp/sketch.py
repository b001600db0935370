"""`Sketch`: what stands where panes will, in the first frame: their headings and labels, drawn as one widget.

A tree of panes costs the first frame a third of its time; the panes take the sketch's place right after it.
"""

from widgets.line_block import Line, LineBlock, line

RAIL = (
    "Customer",
    "",
    "",
    "Billing state   –",
    "",
    "Payment rail    –",
    "",
    "Credits         –",
    "",
    "Checklist       –",
    "",
    "",
    "Billing blockers",
)
CHAT = ("Guidance",)


class Sketch(LineBlock):
    """Draws fixed lines, dim."""

    DEFAULT_CSS = """
    Sketch { height: 1fr; color: $text-muted; }
    """

    def __init__(self, lines: tuple[str, ...], *, id: str) -> None:  # noqa: A002  (Textual's word)
        super().__init__(id=id)
        self._texts = lines

    def lines(self, width: int) -> list[Line]:  # noqa: ARG002  (they are short)
        """Return the lines."""
        return [line(text) for text in self._texts]
