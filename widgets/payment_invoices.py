"""`InvoiceTable`: a customer's invoices, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.message import Message
from textual.reactive import reactive

from services.contract.types import InvoiceStatus
from services.contract.wording import money as price
from widgets.column_choice import columns_within
from widgets.format import column_need, date, ellipsis_middle, fit, fit_right
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


_GAP = 2
"""Blanks between an amount, which ends at its right, and what follows; one stands behind any other column."""

_AIR = 4
"""Blanks that are to be left between the columns before a period has its years."""

_OVERDUE = "▲ overdue"
_BY_WORTH = ("Date", "Status", "Amount", "Period", "PDF", "Number")
"""The columns, the one that is given up last first."""

_ON_SCREEN = ("Date", "Number", "Period", "Amount", "Status", "PDF")
_MOST_NUMBER = 13


class InvoiceTable(RowList):
    """Date, number, period, amount with its currency, status and whether there is a PDF, an invoice a row."""

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
        self._needs: dict[str, int] = {}
        self._long_period = 0

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
        self._measure()
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
        columns = self._columns(width)
        return (("".join(_fitted(column, column, cells) for column, cells in columns.items()), "muted"),)

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return an invoice's columns."""
        invoice, columns = self.invoices[index], self._columns(width)
        mark = invoice_mark(invoice, self.now or invoice.issued_at)
        is_short = columns.get("Period", 0) < self._long_period
        texts: dict[str, Piece] = {
            "Date": (date(invoice.issued_at), "text"),
            "Number": (ellipsis_middle(invoice.number, _MOST_NUMBER), "muted"),
            "Period": (period(invoice.period_start, invoice.period_end, short=is_short), "muted"),
            "Amount": (_amount(invoice), "strong" if invoice.status is InvoiceStatus.OPEN else "text"),
            "Status": (str(mark), _ROLES[mark.word]),
            "PDF": (_PDF[invoice.has_pdf], "muted"),
        }
        return [(_fitted(column, texts[column][0], cells), texts[column][1]) for column, cells in columns.items()]

    def _measure(self) -> None:
        """Measure what the columns need, with the blanks behind them."""
        invoices = self.invoices
        periods = [
            [period(each.period_start, each.period_end, short=is_short) for each in invoices]
            for is_short in (True, False)
        ]
        marks = [str(invoice_mark(each, each.issued_at)) for each in invoices]
        self._needs = {
            "Date": column_need("Date", [date(each.issued_at) for each in invoices]),
            "Number": column_need("Number", [ellipsis_middle(each.number, _MOST_NUMBER) for each in invoices]),
            "Period": column_need("Period", periods[0]),
            "Amount": column_need("Amount", map(_amount, invoices)) + _GAP - 1,
            "Status": column_need(_OVERDUE, marks) - 1,  # the column of the PDF begins with blanks
            "PDF": column_need("PDF", ()) - 1,
        }
        self._long_period = column_need("Period", periods[1])

    def _columns(self, width: int) -> dict[str, int]:
        """Return the cells of each column; the status has the rest, once the period could have its years."""
        least = min(self._needs["Status"], max(width - self._needs["Date"], 2))  # cut, where there is no room at all
        columns = columns_within(self._needs | {"Status": least}, _BY_WORTH, _ON_SCREEN, width)
        rest = width - sum(columns.values())
        if "Period" in columns and rest >= self._long_period - columns["Period"] + _AIR:
            rest -= self._long_period - columns["Period"]
            columns["Period"] = self._long_period
        return columns | {"Status": columns.get("Status", 0) + rest}


def _fitted(column: str, text: str, cells: int) -> str:
    if column == "PDF":
        return fit_right(text, cells)
    if column == "Amount":
        return fit_right(text, cells - _GAP) + " " * _GAP
    return fit(text, cells) if column == "Status" else fit(text, cells - 1) + " "


def _amount(invoice: InvoiceView) -> str:
    return price(invoice.amount, invoice.currency)
