"""`InvoiceTable`: a customer's invoices, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual import on
from textual.message import Message
from textual.reactive import reactive

from services.contract.types import InvoiceStatus
from services.contract.wording import money as price
from widgets.format import date, fit, fit_right
from widgets.payment_format import invoice_mark, period
from widgets.row_list import Piece, Role, RowList

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.contract.views import InvoiceView

_ROLES: dict[str, Role] = {
    "draft": "muted",
    "open": "text",
    "overdue": "warning",
    "paid": "good",
    "void": "muted",
    "uncollectible": "bad",
}
_PDF = {True: "✓", False: "–"}


class _Cells(NamedTuple):
    """The cells of each column, 0 for one that is left out; the status has the rest."""

    date: int
    period: int
    amount: int
    pdf: int
    number: int = 0


_WIDTHS = (
    (100, _Cells(date=13, period=26, amount=18, pdf=6, number=20)),
    (75, _Cells(date=13, period=24, amount=16, pdf=5)),
    (65, _Cells(date=13, period=14, amount=16, pdf=5)),
    (58, _Cells(date=11, period=14, amount=13, pdf=3)),
    (44, _Cells(date=12, period=0, amount=15, pdf=0)),
    (0, _Cells(date=11, period=0, amount=0, pdf=0)),
)
"""From which width on there is room for what."""

_GAP = 2


class InvoiceTable(RowList):
    """Date, period, amount with its currency, status and whether there is a PDF, an invoice a row."""

    class MoreWanted(Message):
        """The cursor reached the end: bring the page of this token to `add_page`."""

        def __init__(self, table: InvoiceTable, token: str) -> None:
            super().__init__()
            self.table = table
            self.token = token

        @property
        def control(self) -> InvoiceTable:
            """The table that asks."""
            return self.table

    invoices: Sequence[InvoiceView] = ()
    """The invoices brought so far, from the top."""

    now: reactive[datetime | None] = reactive(None)
    """By when an open invoice is overdue."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's word)
        super().__init__(id=id)
        self._token: str | None = None
        self._asked = False

    @property
    def selected(self) -> InvoiceView | None:
        """The invoice under the cursor, None while there is none."""
        return self.invoices[self.cursor] if self.invoices else None

    @property
    def has_more(self) -> bool:
        """Whether there are invoices that were not brought yet."""
        return self._token is not None

    def show(self, invoices: Sequence[InvoiceView], token: str | None) -> None:
        """Show these invoices; the cursor stays on its own."""
        before = self.selected
        self._token, self._asked = token, False
        self.invoices = invoices
        self.set_row_count(len(invoices), keep_cursor=True)
        if before is not None:
            self.select(before.number)

    def add_page(self, token: str, invoices: Sequence[InvoiceView], next_token: str | None) -> None:
        """Continue the list; the page of any other token than the one asked for is dropped."""
        if token == self._token:
            self.show([*self.invoices, *invoices], next_token)

    def more_failed(self) -> None:
        """Let the next page be asked for once more."""
        self._asked = False

    def select(self, number: str) -> bool:
        """Put the cursor on an invoice; return whether it is there."""
        numbers = [invoice.number for invoice in self.invoices]
        if number in numbers:
            self.cursor = numbers.index(number)
        return number in numbers

    def want_more(self) -> None:
        """Ask for the next page, once."""
        if self._token is not None and not self._asked:
            self._asked = True
            self.post_message(self.MoreWanted(self, self._token))

    @on(RowList.EndReached)
    def ask_for_more(self, event: RowList.EndReached) -> None:
        """Bring the next page when the last row is reached."""
        event.stop()
        self.want_more()

    def heading(self, width: int) -> Sequence[Piece]:
        """Return the columns' names."""
        if not self.invoices:
            return ()
        cells = _cells(width)
        names = fit("Date", cells.date) + (fit("Number", cells.number) if cells.number else "")
        names += (fit("Period", cells.period) if cells.period else "") + fit_right("Amount", cells.amount)
        names += " " * _GAP + fit("Status", _rest(cells, width) - _GAP)
        return ((names + (fit_right("PDF", cells.pdf) if cells.pdf else ""), "muted"),)

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return an invoice's columns."""
        invoice, cells = self.invoices[index], _cells(width)
        mark = invoice_mark(invoice, self.now or invoice.issued_at)
        days = period(invoice.period_start, invoice.period_end, short=cells.period < _WIDTHS[1][1].period)
        role: Role = "strong" if invoice.status is InvoiceStatus.OPEN else "text"
        pieces: list[Piece] = [
            (fit(date(invoice.issued_at), cells.date), "text"),
            (fit(invoice.number, cells.number), "muted"),
            (fit(days, cells.period), "muted"),
            (fit_right(price(invoice.amount, invoice.currency), cells.amount), role),
            (" " * _GAP + fit(str(mark), _rest(cells, width) - _GAP), _ROLES[mark.word]),
            (fit_right(_PDF[invoice.has_pdf], cells.pdf), "muted"),
        ]
        return [piece for piece in pieces if piece[0]]


def _cells(width: int) -> _Cells:
    return next(cells for least, cells in _WIDTHS if width >= least)


def _rest(cells: _Cells, width: int) -> int:
    return max(width - sum(cells), _GAP)
