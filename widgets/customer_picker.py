"""`CustomerPicker`: find a customer by typing (PRODUCT.md §7). A list over the rail, results as one types."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from services.contract.types import BlockerCode
from widgets.customer_results import CustomerResults
from widgets.dialog import Dialog
from widgets.format import ACCENT, BAD, DIM, count
from widgets.line_block import Line, LineBlock, spread
from widgets.row_list import RowList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.message_pump import MessagePump

    from services.contract.views import CustomerList

Order = Literal["name", "blocked_longest"]

NOBODY = "No customers available"
_HOW_TO_IMPORT = "Press esc to leave, then import some: billinghelp import FILE"
_CAUSES: tuple[BlockerCode | None, ...] = (None, *BlockerCode)


class CustomerPicker(Dialog[str | None]):
    """Asks its owner for customers on every key and dismisses with the chosen customer's id, or None.

    A query is sent at once on each key, each with a serial; an answer to any but the latest serial is dropped. Enter
    pressed before the latest answer came waits for it, so that fast fingers never choose from an outdated list.

    Args:
        owner: who gets the messages (see `Dialog`).
        blocked_only: whether only blocked customers are listed at first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,ctrl+p", "move(-1)", "Up", show=False),
        Binding("down,ctrl+n", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("ctrl+b", "toggle_blocked_only", "Blocked only"),
        Binding("ctrl+t", "next_cause", "Cause"),
        Binding("ctrl+o", "toggle_order", "Order"),
    ]

    DEFAULT_CSS = """
    CustomerPicker {
        .dialog-box { width: 78; height: 90%; }
        Input, Input:focus { background: transparent; background-tint: transparent; }
        CustomerResults { margin-top: 1; }
        PickerStatus { margin-top: 1; }
        &.-low .dialog-box { height: 100%; }
        &.-low CustomerResults, &.-low PickerStatus { margin-top: 0; }
        &.-low PickerStatus { display: none; }
    }
    """

    class _FromPicker(Message):
        """A message of the picker."""

        def __init__(self, picker: CustomerPicker, serial: int) -> None:
            super().__init__()
            self.picker = picker
            self.serial = serial

        @property
        def control(self) -> CustomerPicker:
            """The picker that asks."""
            return self.picker

    class QueryChanged(_FromPicker):
        """The list to show has changed: answer with `show_results` or `show_failure` and the same serial."""

        def __init__(
            self,
            picker: CustomerPicker,
            query: str,
            blocked_only: bool,
            blocker: BlockerCode | None,
            order: Order,
            serial: int,
        ) -> None:
            super().__init__(picker, serial)
            self.query = query
            self.blocked_only = blocked_only
            self.blocker = blocker
            self.order = order

    class PageWanted(_FromPicker):
        """The cursor reached the end of what was loaded: bring the page of this token."""

        def __init__(self, picker: CustomerPicker, token: str, serial: int) -> None:
            super().__init__(picker, serial)
            self.token = token

    def __init__(self, *, owner: MessagePump | None = None, blocked_only: bool = False) -> None:
        super().__init__(owner=owner)
        self._query = ""
        self._blocked_only = blocked_only
        self._cause: BlockerCode | None = None
        self._order: Order = "name"
        self._serial = 0
        self._answered = 0
        self._failed = False
        self._total = ""
        self._next_page: str | None = None
        self._page_asked = False
        self._enter_waits = False

    def compose(self) -> ComposeResult:
        """The search field, the results, and a line that says how many and how they are filtered."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = "Customer"
            search = Input(placeholder="Type a name, an id or a reference", compact=True)
            search.cursor_blink = False
            yield search
            yield CustomerResults()
            yield PickerStatus()

    def on_mount(self) -> None:
        """Take the focus and ask for the first page."""
        self._search.focus()
        self._results.explain("Looking for customers…")
        self._ask()
        self._show_status()

    @property
    def _search(self) -> Input:
        return self.query_one(Input)

    @property
    def _results(self) -> CustomerResults:
        return self.query_one(CustomerResults)

    # ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _ask(self) -> None:
        self._serial += 1
        self._next_page, self._page_asked = None, False
        self._failed, self._enter_waits = False, False
        self.tell(self.QueryChanged(self, self._query, self._blocked_only, self._cause, self._order, self._serial))

    @on(Input.Changed)
    def ask_for_what_is_typed(self, event: Input.Changed) -> None:
        """Send the query at once: there is nothing to gain from waiting for the next key."""
        event.stop()
        self._query = event.value.strip()
        self._ask()

    def action_toggle_blocked_only(self) -> None:
        """List only blocked customers, or all again."""
        self._blocked_only = not self._blocked_only
        self._ask()

    def action_next_cause(self) -> None:
        """List only customers blocked by the next cause, after the last one by any."""
        self._cause = _CAUSES[(_CAUSES.index(self._cause) + 1) % len(_CAUSES)]
        self._ask()

    def action_toggle_order(self) -> None:
        """Order by name, or those blocked longest first."""
        self._order = "blocked_longest" if self._order == "name" else "name"
        self._ask()

    # ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def show_results(self, serial: int, found: CustomerList) -> None:
        """Show an answer: the first to a serial replaces the list, later ones continue it, a stale one is dropped."""
        if serial != self._serial or self.has_left:
            return
        self._next_page, self._page_asked = found.next_page_token, False
        if self._answered == serial:
            self._results.extend(found.customers)
        elif found.customers:
            self._results.replace(found.customers)
        else:
            self._results.explain(NOBODY, *self._why_nobody())
        self._answered, self._failed = serial, False
        self._total = count(found.total, is_more=found.total_is_more)
        self._show_status()
        if self._enter_waits:
            self.choose()

    def show_failure(self, serial: int, message: str) -> None:
        """Show why there is no answer. Rows that were loaded stay when only a further page failed."""
        if serial != self._serial or self.has_left:
            return
        self._enter_waits = False
        if self._answered == serial and self._results.row_count:
            self._page_asked = False
            self._show_status(problem=message)
            return
        self._failed = True
        self._results.explain(NOBODY, message, "Press enter to try again, esc to leave.")
        self._show_status()

    def _why_nobody(self) -> tuple[str, ...]:
        filtered = self._blocked_only or self._cause is not None
        if self._query:
            why = f"Nothing matches «{self._query}»."
        elif filtered:
            why = "No customer is blocked like that."
        else:
            why = "There are no customers yet, or none that you may see."
        ways = (
            "Press ctrl+u to clear the search." if self._query else "",
            "Press ctrl+b to list all, blocked or not." if self._blocked_only else "",
            "Press ctrl+t for another cause." if self._cause is not None else "",
        )
        return why, *(filter(None, ways) if any(ways) else (_HOW_TO_IMPORT,))

    def _show_status(self, problem: str = "") -> None:
        results = self._results
        position = f"{count(results.cursor + 1)} of {self._total}" if results.row_count else ""
        cause = self._cause.replace("_", " ") if self._cause else "any cause"
        self.query_one(PickerStatus).show(
            "blocked only" if self._blocked_only else "all",
            "blocked longest" if self._order == "blocked_longest" else "by name",
            cause,
            position,
            problem,
        )

    # ── moving and choosing ───────────────────────────────────────────────────────────────────────────────────────────

    def action_move(self, rows: int) -> None:
        """Move the cursor of the results."""
        self._results.move(rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor of the results by a page."""
        self._results.action_page(pages)

    @on(RowList.Highlighted)
    def show_position(self, event: RowList.Highlighted) -> None:
        """Say which of how many the cursor stands on."""
        event.stop()
        self._show_status()

    @on(RowList.EndReached)
    def ask_for_next_page(self, event: RowList.EndReached) -> None:
        """Bring the next page, once."""
        event.stop()
        if self._next_page is not None and not self._page_asked:
            self._page_asked = True
            self.tell(self.PageWanted(self, self._next_page, self._serial))

    @on(Input.Submitted)
    @on(RowList.Chosen)
    def choose(self, event: Message | None = None) -> None:
        """Dismiss with the customer under the cursor, once the list is the one that was asked for."""
        if event is not None:
            event.stop()
        if self._answered == self._serial:
            self._enter_waits = False
            if (customer := self._results.selected) is not None:
                self.leave(customer.customer_id)
        elif self._failed:
            self._ask()
        else:
            self._enter_waits = True


class PickerStatus(LineBlock):
    """How the list is filtered and ordered, with the keys that change it, and where the cursor stands."""

    DEFAULT_CSS = """
    PickerStatus { height: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._words = ("", "", "", "", "")

    def show(self, whom: str, order: str, cause: str, position: str, problem: str) -> None:
        """Show other words; one line stays one line, so this costs no layout."""
        if (words := (whom, order, cause, position, problem)) != self._words:
            self._words = words
            self.refresh()

    def lines(self, width: int) -> list[Line]:
        """Return the one line."""
        whom, order, cause, position, problem = self._words
        if problem:
            return [spread([("✗ ", BAD), (problem, BAD)], [(position, DIM)], width)]
        filters = [("^b ", ACCENT), (whom, DIM), ("  ^o ", ACCENT), (order, DIM), ("  ^t ", ACCENT), (cause, DIM)]
        return [spread(filters, [(position, DIM)], width)]
