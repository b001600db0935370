"""`CustomerHeader`: whose billing the rail shows, and the ways to change, refresh and export it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message
from textual.reactive import reactive

from widgets.format import ACCENT, BRIGHT, DIM
from widgets.line_block import Line, LineBlock, line, spread

if TYPE_CHECKING:
    from textual import events

_LABEL = "Customer  "


class CustomerHeader(LineBlock):
    """The selected customer's legal name and id. The keys it names are bound by the page; a click does the same.

    Args:
        find: the key that opens the picker, as it is shown.
        refresh: the key that reads the customer again.
        export: the key that writes the report.
    """

    class _FromHeader(Message):
        """A message of the header."""

        def __init__(self, header: CustomerHeader) -> None:
            super().__init__()
            self.header = header

        @property
        def control(self) -> CustomerHeader:
            """The header that was clicked."""
            return self.header

    class PickerWanted(_FromHeader):
        """The name was clicked: find another customer."""

    class RefreshWanted(_FromHeader):
        """Refresh was clicked."""

    class ExportWanted(_FromHeader):
        """Export was clicked."""

    customer: reactive[tuple[str, str] | None] = reactive(None, layout=True)
    """The selected customer's id and legal name, or None."""

    def __init__(self, *, find: str = "/", refresh: str = "r", export: str = "e") -> None:
        super().__init__()
        self._find = find
        self._refresh, self._export = f"↻ {refresh}  ", f"↓ {export}"

    def set_customer(self, customer_id: str | None, legal_name: str = "") -> None:
        """Show a customer, or with None that nobody is selected."""
        self.customer = None if customer_id is None else (customer_id, legal_name)

    def lines(self, width: int) -> list[Line]:
        """Return the name, and beneath it the id and the keys."""
        if self.customer is None:
            return [line((_LABEL, DIM), "Press ", (self._find, ACCENT), " to find one"), line()]
        customer_id, legal_name = self.customer
        refresh, export = self._refresh, self._export
        keys = [(refresh[:2], DIM), (refresh[2:], ACCENT), (export[:2], DIM), (export[2:], ACCENT)]
        return [
            spread([(_LABEL, DIM), (legal_name, BRIGHT)], [("▾", DIM)], width),
            spread([" " * len(_LABEL), (customer_id, DIM)], keys, width),
        ]

    def on_click(self, event: events.Click) -> None:
        """Export and refresh stand at the right end of the second line; anywhere else is the name."""
        event.stop()
        where = event.get_content_offset(self)
        from_right = self.size.width - where.x if where is not None and where.y == 1 and self.customer else None
        if from_right is None or from_right > len(self._refresh + self._export):
            self.post_message(self.PickerWanted(self))
        elif from_right > len(self._export):
            self.post_message(self.RefreshWanted(self))
        else:
            self.post_message(self.ExportWanted(self))
