"""`CustomerResults`: the picker's rows, drawn on demand; equal names are told apart by the id beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from widgets.format import ellipsis_middle, fit, fit_right, plural
from widgets.line_block import wrap
from widgets.row_list import Piece, RowList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.strip import Strip

    from services.contract.views import CustomerRow

_BLOCKERS_CELLS = 12
_NARROW = 50


class CustomerResults(RowList, can_focus=False):
    """The customers found so far. The search field keeps the focus; the picker moves the cursor.

    With no rows it shows `message`: a first line, and quieter ones beneath.
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's word)
        super().__init__(id=id, classes="-always-active")
        self._customers: list[CustomerRow] = []
        self._id_cells = 0
        self._message: tuple[str, ...] = ()

    @property
    def customers(self) -> Sequence[CustomerRow]:
        """The rows shown."""
        return self._customers

    @property
    def selected(self) -> CustomerRow | None:
        """The row under the cursor."""
        return self._customers[self.cursor] if self._customers else None

    def replace(self, customers: Sequence[CustomerRow]) -> None:
        """Show other customers, the cursor on the first."""
        self._customers = list(customers)
        self._measure(customers, at_least=0)
        self.set_row_count(len(self._customers))

    def extend(self, customers: Sequence[CustomerRow]) -> None:
        """Add a further page, the cursor where it was."""
        self._customers += customers
        self._measure(customers, at_least=self._id_cells)
        self.set_row_count(len(self._customers), keep_cursor=True)

    def explain(self, *lines: str) -> None:
        """Show no customers, and these lines in their place."""
        self._message = lines
        self._customers = []
        self.set_row_count(0)

    def _measure(self, customers: Sequence[CustomerRow], at_least: int) -> None:
        self._id_cells = max([at_least, *(cell_len(row.customer_id) for row in customers)])

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return a customer: state, name, id, number of blockers."""
        customer = self._customers[index]
        blockers = len(customer.blockers)
        blocked = (str(blockers) if width < _NARROW else plural(blockers, "blocker")) if blockers else ""
        blocked_cells = 3 if width < _NARROW else _BLOCKERS_CELLS
        # The id may take half of the row: cut in its middle, it still differs where ids differ.
        id_cells = min(self._id_cells, width // 2)
        return (
            ("▲ ", "warning") if blockers else ("✓ ", "good"),
            (fit(customer.legal_name, max(width - 3 - id_cells - blocked_cells, 1)), "text"),
            (" " + fit(ellipsis_middle(customer.customer_id, id_cells), id_cells), "muted"),
            (fit_right(blocked, blocked_cells), "warning"),
        )

    def render_line(self, y: int) -> Strip:
        """Draw a row, or while there are none a line of the message."""
        if self._customers or not self._message:
            return super().render_line(y)
        width = self.size.width
        first, *further = self._message
        lines: list[Piece] = [(part, "strong") for part in wrap(first, width)]
        lines += [(part, "muted") for text in further for part in wrap(text, width)]
        return self.strip(lines[y : y + 1], width)
