"""`LedgerView`: a customer's ledger as an operator reads it, newest first, over the course of each balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive

from services.contract.types import Account, Unit
from widgets.format import BAD, BRIGHT, DIM, amount, date_time, fit, fit_right, signed, unit_name
from widgets.line_block import Line, LineBlock, hanging, line, paragraph
from widgets.row_list import Piece, Role, RowList
from widgets.sparkline import sparkline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from services.contract.views import LedgerEntryView, LedgerPage

# The legs that change what the customer has or owes; the others are the counterparts of the same transactions.
_SHOWN = (Account.AVAILABLE, Account.OVERAGE)
_NARROW = 90


class LedgerView(Vertical):
    """The transactions with their effect and the balance after, and a line of the balance per unit."""

    DEFAULT_CSS = """
    LedgerView {
        height: 1fr;
        LedgerBalances { margin-bottom: 1; }
    }
    """

    class MoreWanted(Message):
        """The cursor reached the end: bring the page of this token to `add_page`."""

        def __init__(self, ledger: LedgerView, token: str) -> None:
            super().__init__()
            self.ledger = ledger
            self.token = token

        @property
        def control(self) -> LedgerView:
            """The ledger that asks."""
            return self.ledger

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's word)
        super().__init__(id=id)
        self._token: str | None = None
        self._asked = False

    def compose(self) -> ComposeResult:
        """The balances, then the entries."""
        yield LedgerBalances()
        yield LedgerEntries()

    def on_focus(self) -> None:
        """Hand the focus to the entries."""
        self.focus_entries()

    def focus_entries(self) -> None:
        """Put the keyboard on the entries."""
        self.query_one(LedgerEntries).focus()

    def show_page(self, page: LedgerPage) -> None:
        """Show the first page of a ledger."""
        self.query_one(LedgerEntries).show([])
        self._add(page)

    def add_page(self, token: str, page: LedgerPage) -> None:
        """Continue the ledger; the page of any other token than the one asked for is dropped."""
        if token == self._token:
            self._add(page)

    def show_failure(self, message: str) -> None:
        """Say why the ledger, or its next page, did not come."""
        self._asked = False
        self.query_one(LedgerBalances).problem = message

    def _add(self, page: LedgerPage) -> None:
        self._token, self._asked = page.next_page_token, False
        entries = self.query_one(LedgerEntries)
        entries.show([*entries.entries, *(entry for entry in page.entries if entry.account in _SHOWN)])
        balances = self.query_one(LedgerBalances)
        balances.problem = ""
        balances.entries = tuple(entries.entries)

    @on(RowList.EndReached)
    def ask_for_more(self, event: RowList.EndReached) -> None:
        """Bring the next page, once."""
        event.stop()
        if self._token is not None and not self._asked:
            self._asked = True
            self.post_message(self.MoreWanted(self, self._token))


class LedgerEntries(RowList):
    """One entry a row: when, what, the signed amount, the balance after, and why or from where."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[LedgerEntryView] = []
        """The entries shown, newest first."""

    def show(self, entries: list[LedgerEntryView]) -> None:
        """Show these entries, keeping the cursor when they only continue the list."""
        continued = bool(self.entries) and entries[: len(self.entries)] == self.entries
        self.entries = entries
        self.set_row_count(len(entries), keep_cursor=continued)

    def heading(self, width: int) -> Sequence[Piece]:
        """Return the columns' names."""
        when, what, moved, balance = _columns(width)
        names = fit("When", when) + fit("What", what) + fit_right("Amount", moved) + fit_right("Balance", balance)
        return ((fit(names + "  Reason or source", width), "muted"),)

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return an entry's columns; narrow terminals get shorter days and words."""
        entry = self.entries[index]
        when, what, moved, balance = _columns(width)
        moment = date_time(entry.occurred_at or entry.booked_at)
        overage = entry.account is Account.OVERAGE
        words = "overage" if overage else entry.kind.value
        if entry.category is not None and not overage and width >= _NARROW:
            words = f"{words} ({entry.category.value})"
        role: Role = "warning" if overage else "text" if entry.amount.startswith("-") else "good"
        return (
            (fit(moment[5:] if width < _NARROW else moment, when), "muted"),
            (fit(words, what), "text"),
            (fit_right(signed(entry.unit, entry.amount), moved), role),
            (fit_right(amount(entry.unit, entry.balance_after), balance), "strong"),
            ("  " + fit(entry.reason or entry.source, max(width - when - what - moved - balance - 2, 0)), "muted"),
        )


def _columns(width: int) -> tuple[int, int, int, int]:
    """Return the cells of when, what, amount and balance; the rest is for the reason."""
    return (12, 9, 11, 11) if width < _NARROW else (18, 20, 14, 14)


class LedgerBalances(LineBlock):
    """How each balance went over the entries that are loaded."""

    entries: reactive[tuple[LedgerEntryView, ...] | None] = reactive(None, layout=True)
    """The entries loaded, newest first; None while none came."""

    problem: reactive[str] = reactive("", layout=True)
    """Why entries are missing, or empty."""

    def lines(self, width: int) -> list[Line]:
        """Return a line a unit: its name, its course, its balance now."""
        if self.problem:
            return hanging(("✗ ", BAD), self.problem, width)
        if self.entries is None:
            return [line(("Reading the ledger…", DIM))]
        if not self.entries:
            return paragraph("No ledger entries yet: nothing was granted or used.", width, DIM)
        return [self._course(unit, width) for unit in Unit if self._series(unit)]

    def _series(self, unit: Unit) -> list[LedgerEntryView]:
        shown = self.entries or ()
        return [entry for entry in reversed(shown) if entry.unit is unit and entry.account is Account.AVAILABLE]

    def _course(self, unit: Unit, width: int) -> Line:
        series = self._series(unit)
        course = sparkline([float(entry.balance_after) for entry in series], max(width - 32, 8))
        return line(
            (fit(unit_name(unit), 12), DIM),
            (fit_right(amount(unit, series[-1].balance_after), 14) + "  ", BRIGHT),
            (course, "$text-primary"),
        )
