"""The floor of the picker: a stock Input over a stock OptionList, with the same query through the same surface."""

import sys

from textual import on, work
from textual.app import App, ComposeResult
from textual.widgets import Input, OptionList

from services.contract.policy import Policy
from services.contract.principals import Principal, Role
from services.contract.requests import ListBillingCustomers
from services.contract.views import CustomerList
from services.storage.engine import Store
from services.surface.surface import Surface

_OPERATOR = Principal(actor="benchmark", role=Role.OPERATOR)


class StockPicker(App[None]):
    """Lists the first 50 customers that match what is typed."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._surface = Surface(Store(url), policy=Policy())

    def compose(self) -> ComposeResult:
        """The two widgets."""
        yield Input(placeholder="Type a name")
        yield OptionList(markup=False)

    @on(Input.Changed)
    def search(self, event: Input.Changed) -> None:
        """Ask on every key."""
        self._list(event.value)

    @work(exclusive=True)
    async def _list(self, query: str) -> None:
        found: CustomerList = await self._surface.call(
            _OPERATOR, ListBillingCustomers(query=query or None, page_size=50)
        )
        self.query_one(OptionList).set_options([customer.legal_name for customer in found.customers])


StockPicker(sys.argv[1]).run()
