"""`PaymentViews`: the four views of the Billing page, one at a time, each with how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

from widgets.payment_costs import CostView
from widgets.payment_invoices import InvoiceTable
from widgets.payment_nodes import NodeTable
from widgets.payment_tabs import Shown, State, ViewTabs
from widgets.plan_comparison import PlanComparison

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from textual.app import ComposeResult


_LOW, _TALL = 28, 40
"""Lines below which a chart has one line, and from which on the table of plans has its features and empty lines."""


class PaymentViews(Vertical):
    """The tabs over the view that is shown.

    Args:
        keys: the key of each view.
    """

    DEFAULT_CSS = """
    PaymentViews {
        height: 1fr;
        InvoiceTable, PlanComparison, CostView, NodeTable { display: none; }
        &.-invoices InvoiceTable, &.-plans PlanComparison, &.-costs CostView, &.-nodes NodeTable { display: block; }
    }
    """

    def __init__(self, keys: Mapping[Shown, str]) -> None:
        super().__init__(classes=f"-{Shown.INVOICES}")
        self._keys = keys
        self._states: dict[Shown, State] = {}

    def compose(self) -> ComposeResult:
        """The tabs, the views."""
        yield ViewTabs(self._keys)
        yield InvoiceTable()
        yield PlanComparison()
        yield CostView()
        yield NodeTable()

    @property
    def tabs(self) -> ViewTabs:
        """The tabs."""
        return self.query_one(ViewTabs)

    @property
    def invoices(self) -> InvoiceTable:
        """The invoices."""
        return self.query_one(InvoiceTable)

    @property
    def plans(self) -> PlanComparison:
        """The plans."""
        return self.query_one(PlanComparison)

    @property
    def costs(self) -> CostView:
        """The cost drivers."""
        return self.query_one(CostView)

    @property
    def nodes(self) -> NodeTable:
        """The nodes."""
        return self.query_one(NodeTable)

    @property
    def shown(self) -> Shown:
        """The view that is shown."""
        return self.tabs.shown

    def turn_to(self, shown: Shown) -> None:
        """Show a view."""
        self.remove_class(f"-{self.shown}")
        self.add_class(f"-{shown}")
        self.tabs.shown = shown
        self.tabs.state = self.state(shown)

    def focus_shown(self) -> None:
        """Put the keyboard on the view."""
        panes = {
            Shown.INVOICES: self.invoices,
            Shown.PLANS: self.plans,
            Shown.COSTS: self.costs.table,
            Shown.NODES: self.nodes,
        }
        panes[self.shown].focus()

    def state(self, shown: Shown) -> State:
        """Return how a view stands."""
        return self._states.get(shown, State())

    def say(self, shown: Shown, state: State) -> None:
        """Say how a view stands."""
        self._states[shown] = state
        if shown is self.shown:
            self.tabs.state = state

    def keep_time(self, now: datetime) -> None:
        """Count the ages that are shown from this moment on."""
        self.tabs.now = self.invoices.now = self.nodes.now = now

    def fit(self, height: int) -> None:
        """Draw charts and tables as high as a terminal of so many lines has room for."""
        self.costs.set_low(low=height < _LOW)
        self.plans.set_low(low=height < _TALL)

    def clear(self) -> None:
        """Show nothing: nothing is known of this customer yet."""
        self.invoices.show([], None)
        self.plans.show([])
        self.plans.show_wish(None)
        self.costs.show(None)
        self.nodes.show([])
        self._states.clear()
        self.tabs.state = State()
