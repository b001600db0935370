"""The customer on the desk: which one, the latest view of them, and how the screen stays true to the records."""

from dataclasses import dataclass
from typing import Literal

from billinghelp.desk_port import DeskPort, ask
from services.contract.requests import GetCustomerBillingView, ListBillingCustomers
from services.contract.types import BlockerCode
from services.contract.views import CustomerBillingView, CustomerList, CustomerRow, NotModified
from widgets.format import count

Order = Literal["name", "blocked_longest"]
"""The orders of the list of customers."""


class CustomerSession:
    """Holds the selected customer. Answers carry their customer id; one that is not for the selected one is stale."""

    def __init__(self) -> None:
        self.customer_id: str | None = None
        self.view: CustomerBillingView | None = None

    def select(self, customer_id: str) -> None:
        """Turn to another customer, of whom nothing is known yet."""
        self.customer_id = customer_id
        self.view = None

    def forget(self) -> None:
        """Turn to nobody."""
        self.customer_id = self.view = None

    def accept(self, view: CustomerBillingView) -> bool:
        """Take a view if it is of the selected customer and not older than what is shown; return whether it was."""
        if view.customer.customer_id != self.customer_id:
            return False
        if self.view is not None and view.as_of < self.view.as_of:
            return False
        self.view = view
        return True

    async def read(self, desk: DeskPort, customer_id: str) -> CustomerBillingView:
        """Return the customer's view as it is now."""
        return await ask(desk, GetCustomerBillingView(customer_id=customer_id), CustomerBillingView)

    async def read_if_changed(self, desk: DeskPort) -> CustomerBillingView | None:
        """Return the selected customer's view if it differs from the one that is shown. Cheap when it does not."""
        if self.view is None:
            return None
        request = GetCustomerBillingView(customer_id=self.view.customer.customer_id, if_none_match=self.view.view_etag)
        answer = await desk.call(request)
        return answer if isinstance(answer, CustomerBillingView) and not isinstance(answer, NotModified) else None


@dataclass(frozen=True)
class Step:
    """Where a step through the blocked customers leads; `customer` null: there is none. `wrapped`: from the end on."""

    customer: CustomerRow | None
    wrapped: bool


@dataclass
class Triage:
    """The walk through blocked customers, in the picker's order and with its cause."""

    blocker: BlockerCode | None = None
    order: Order = "name"

    async def step(self, desk: DeskPort, customer_id: str | None, direction: int) -> Step:
        """Return the blocked customer after (`direction` 1) or before (-1) `customer_id`.

        After the last comes the first. Before the first there is none: the list is read forwards only.
        """
        beside = {"after_customer_id" if direction > 0 else "before_customer_id": customer_id} if customer_id else {}
        found = await self._first(desk, **beside)
        if found is None and beside and direction > 0:
            return Step(await self._first(desk), wrapped=True)
        return Step(found, wrapped=False)

    async def _first(self, desk: DeskPort, **beside: str) -> CustomerRow | None:
        request = ListBillingCustomers(blocked_only=True, blocker=self.blocker, order=self.order, page_size=1, **beside)
        found = await ask(desk, request, CustomerList)
        return found.customers[0] if found.customers else None


async def count_blocked(desk: DeskPort) -> str:
    """Return how many customers something blocks: `605 blocked`, `1 000+ blocked`, `none blocked`."""
    found = await ask(desk, ListBillingCustomers(blocked_only=True, page_size=1), CustomerList)
    if not found.total:
        return "none blocked"
    return f"{count(found.total, is_more=found.total_is_more)} blocked"


async def there_are_customers(desk: DeskPort) -> bool:
    """Return whether the store holds any customer at all that the caller may see."""
    return bool((await ask(desk, ListBillingCustomers(page_size=1), CustomerList)).customers)
