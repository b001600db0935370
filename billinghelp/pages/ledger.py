"""The ledger of the selected customer."""

from typing import ClassVar

from textual import on, work
from textual.binding import BindingType

from billinghelp.commands import LEDGER
from billinghelp.desk_port import ask
from billinghelp.keymap import bindings_of
from billinghelp.notices import note
from billinghelp.pages.customer_screen import CustomerScreen
from services.contract.errors import Refused
from services.contract.requests import ListLedgerEntries
from services.contract.types import Unit
from services.contract.views import LedgerPage
from widgets.ledger_view import LedgerView

PAGE_SIZE = 200
"""Entries a page: a few screens of them, and enough for the course of a balance."""

_UNITS: tuple[Unit | None, ...] = (None, *Unit)
_SHOWN = {None: "Both units.", Unit.WORKSPACE_HOURS: "Workspace hours only.", Unit.AI_CENTS: "AI cents only."}


class LedgerScreen(CustomerScreen):
    """Entries newest first, page by page as the cursor reaches the end."""

    PAGE = LEDGER
    TITLE_WORDS = "Ledger"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(LEDGER)

    def make_pane(self) -> LedgerView:
        """Return the view of the ledger."""
        self._unit: Unit | None = None
        return LedgerView()

    async def desk_opened(self) -> None:
        """Read the first page."""
        self.query_one(LedgerView).focus_entries()
        self._read()

    @work(exclusive=True, group="ledger")
    async def _read(self, token: str | None = None) -> None:
        ledger = self.query_one(LedgerView)
        request = ListLedgerEntries(
            customer_id=self.customer.customer_id, unit=self._unit, page_size=PAGE_SIZE, page_token=token
        )
        try:
            page = await ask(self.desk, request, LedgerPage)
        except Refused as refusal:
            ledger.show_failure(refusal.message)
            return
        if token is None:
            ledger.show_page(page)
        else:
            ledger.add_page(token, page)

    @on(LedgerView.MoreWanted)
    def continue_ledger(self, event: LedgerView.MoreWanted) -> None:
        """Read the next page."""
        event.stop()
        self._read(event.token)

    def action_refresh(self) -> None:
        """Read the ledger again."""
        self._read()

    def action_change_unit(self) -> None:
        """Show both units, hours only, or cents only."""
        self._unit = _UNITS[(_UNITS.index(self._unit) + 1) % len(_UNITS)]
        note(self.notice_bar(), _SHOWN[self._unit])
        self._read()
