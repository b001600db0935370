"""The customer picker, bound to the desk: it asks for what is typed and shows what comes."""

from textual import on, work

from billinghelp.desk_port import DeskPort, ask
from billinghelp.session import Triage
from services.contract.errors import Refused
from services.contract.requests import ListBillingCustomers
from services.contract.views import CustomerList
from widgets.customer_picker import CustomerPicker

PAGE_SIZE = 50
"""Rows a page: more than a terminal shows, few enough to be there within a key's time."""


class CustomerSearch(CustomerPicker):
    """Dismisses with the id of the chosen customer. The cause and order that are set here hold for `n` and `p`, too."""

    def __init__(self, desk: DeskPort, triage: Triage) -> None:
        super().__init__()
        self._desk = desk
        self._triage = triage
        self._request = ListBillingCustomers()

    @on(CustomerPicker.QueryChanged)
    def search(self, event: CustomerPicker.QueryChanged) -> None:
        """Ask for the first page."""
        event.stop()
        self._triage.blocker, self._triage.order = event.blocker, event.order
        self._request = ListBillingCustomers(
            query=event.query or None,
            blocker=event.blocker,
            blocked_only=event.blocked_only,
            order=event.order,
            page_size=PAGE_SIZE,
        )
        self._read(self._request, event.serial)

    @on(CustomerPicker.PageWanted)
    def continue_list(self, event: CustomerPicker.PageWanted) -> None:
        """Ask for the next page of the same list."""
        event.stop()
        request = self._request
        self._read(
            ListBillingCustomers(
                query=request.query,
                blocker=request.blocker,
                blocked_only=request.blocked_only,
                order=request.order,
                page_size=PAGE_SIZE,
                page_token=event.token,
            ),
            event.serial,
        )

    @work(exclusive=True, group="search")
    async def _read(self, request: ListBillingCustomers, serial: int) -> None:
        try:
            found = await ask(self._desk, request, CustomerList)
        except Refused as refusal:
            self.show_failure(serial, refusal.message)
        else:
            self.show_results(serial, found)
