"""The four views of the Billing page: each is read when it is turned to, says how it stands, and is kept true."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from textual import on, work

from billinghelp.command import Situation
from billinghelp.commands import BILLING
from billinghelp.pages.billing_reading import CostPeriod, read_costs, read_invoices, read_nodes, read_plans
from billinghelp.pages.billing_sides import BillingSidesPage
from billinghelp.workplace import Workplace
from services.contract.errors import Refused
from services.contract.views import CostDrivers, CustomerBillingView, InvoicePage, NodePage, PlanList
from widgets.payment_invoices import InvoiceTable
from widgets.payment_nodes import no_node
from widgets.payment_tabs import Shown, State
from widgets.payment_views import PaymentViews
from widgets.plan_table import SCHEDULED
from widgets.row_list import RowList

Found = TypeVar("Found")

_WAITING = {
    Shown.INVOICES: "Asking Stripe for the invoices",
    Shown.PLANS: "Asking Stripe for the prices",
    Shown.COSTS: "Adding up the cost",
    Shown.NODES: "Reading the nodes",
}


class BillingViewsPage(BillingSidesPage):
    """Reads the view that is shown. No look at a customer waits for that: the view says itself what it waits for."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self._fresh: set[Shown] = set()
        """The views that show the records as they are."""
        self._cost_period: CostPeriod = "month"
        self._periods_back = 0
        self._wanted_invoice: str | None = None
        """The invoice on which the cursor is to stand, once it is there."""

    def plans_shown(self) -> None:
        """Show what the plan under the cursor would change."""
        raise NotImplementedError

    def situation(self) -> Situation:
        """Return what the availability of commands depends on; what is not seen is not under the cursor."""
        situation = super().situation()
        is_seen = not self.is_narrow or self.has_class("-views")
        if not is_seen or not self.query(PaymentViews):
            return situation
        views = self.views
        on_plans, on_invoices = views.shown is Shown.PLANS, views.shown is Shown.INVOICES
        return situation._replace(
            shown=views.shown.value,
            invoice=views.invoices.selected if on_invoices else None,
            has_more=on_invoices and views.invoices.has_more,
            plan=views.plans.selected if on_plans else None,
            interval=views.plans.interval,
            node=views.nodes.selected if views.shown is Shown.NODES else None,
        )

    # ── when they are read ────────────────────────────────────────────────────────────────────────────────────────────

    def customer_changed(self) -> None:
        """Show nothing of another customer."""
        self._fresh.clear()
        self._periods_back = 0
        self.views.clear()
        self.rail.show_exceeded(())

    def view_changed(self, before: CustomerBillingView | None, view: CustomerBillingView) -> None:
        """Read the view that is shown again, and the others when they are turned to.

        The plans are read at once where another one follows: they tell whether more is in use than that includes.
        """
        if before is None or before.view_etag != view.view_etag:
            self._fresh.clear()
            self.read_shown()
            if view.subscription is not None and view.subscription.next_plan is not None:
                self._bring_up_to_date(Shown.PLANS)

    def read_again(self) -> None:
        """Look whether anything has changed; nodes report every minute, whatever the record says."""
        super().read_again()
        if self.views.shown is Shown.NODES and self.session.view is not None:
            self._read_nodes(self.session.view.customer.customer_id)

    def read_shown(self, *, refresh: bool = False) -> None:
        """Read the view that is shown, unless it is fresh.

        Args:
            refresh: whether what Stripe said within the last minute does not count.
        """
        self._bring_up_to_date(self.views.shown, refresh=refresh)

    def _bring_up_to_date(self, shown: Shown, *, refresh: bool = False) -> None:
        view = self.session.view
        if view is None or (shown in self._fresh and not refresh):
            return
        customer_id = view.customer.customer_id
        self._fresh.add(shown)
        match shown:
            case Shown.INVOICES:
                self._read_invoices(customer_id, refresh=refresh)
            case Shown.PLANS:
                self._read_plans(customer_id)
            case Shown.COSTS:
                self._read_costs(customer_id)
            case Shown.NODES:
                self._read_nodes(customer_id)

    async def _bring(self, shown: Shown, asked: Awaitable[Found], show: Callable[[Found], State]) -> None:
        """Wait for what a view shows, and say meanwhile and afterwards how it stands."""
        customer_id, before = self.session.customer_id, self.views.state(shown)
        self.views.say(shown, before._replace(under_way=_WAITING[shown]))
        try:
            found = await asked
        except Refused as refusal:
            self._fresh.discard(shown)
            if self._is_about(customer_id):
                failure = f"{refusal.message} Press {self.key('refresh')} to try again."
                self.views.say(shown, before._replace(under_way="", nothing="", failure=failure))
            return
        if self._is_about(customer_id):
            self.views.say(shown, show(found)._replace(known=True))
            self.show_situation()

    def _is_about(self, customer_id: str | None) -> bool:
        """Return whether this customer is still shown: an answer may come when another is, or when the page is left."""
        return self.is_running and customer_id == self.session.customer_id

    # ── invoices ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @work(exclusive=True, group="invoices")
    async def _read_invoices(self, customer_id: str, *, refresh: bool) -> None:
        asked = read_invoices(self.desk, customer_id, refresh=refresh)
        await self._bring(Shown.INVOICES, asked, self._show_invoices)

    def _show_invoices(self, page: InvoicePage) -> State:
        table = self.views.invoices
        table.show(page.invoices, page.next_page_token)
        if self._wanted_invoice is not None:
            table.select(self._wanted_invoice)
            self._wanted_invoice = None
        nothing = "" if page.invoices else "Nothing was invoiced yet."
        return State(fetched_at=page.fetched_at, problem=page.problem or "", nothing=nothing)

    def show_invoice(self, number: str) -> None:
        """Show the invoices with the cursor on this one, as soon as it is there."""
        if not self.views.invoices.select(number):
            self._wanted_invoice = number
        self.action_turn_to(Shown.INVOICES.value)

    @on(InvoiceTable.MoreWanted)
    def continue_invoices(self, event: InvoiceTable.MoreWanted) -> None:
        """Read the next page."""
        event.stop()
        if self.session.customer_id is not None:
            self._read_more(self.session.customer_id, event.token)

    @work(exclusive=True, group="invoices")
    async def _read_more(self, customer_id: str, token: str) -> None:
        table, before = self.views.invoices, self.views.state(Shown.INVOICES)
        self.views.say(Shown.INVOICES, before._replace(under_way=_WAITING[Shown.INVOICES]))
        try:
            page = await read_invoices(self.desk, customer_id, token=token)
        except Refused as refusal:
            if self._is_about(customer_id):
                table.more_failed()
                self.views.say(Shown.INVOICES, before._replace(failure=refusal.message))
            return
        if not self._is_about(customer_id):
            return
        table.add_page(token, page.invoices, page.next_page_token)
        self.views.say(Shown.INVOICES, before._replace(failure=""))
        self.show_situation()

    def action_more(self) -> None:
        """Bring the next page of invoices."""
        self.views.invoices.want_more()

    # ── plans, cost drivers, nodes ────────────────────────────────────────────────────────────────────────────────────

    @work(exclusive=True, group="plans")
    async def _read_plans(self, customer_id: str) -> None:
        await self._bring(Shown.PLANS, read_plans(self.desk, customer_id), self._show_plans)

    def _show_plans(self, found: PlanList) -> State:
        self.views.plans.show(found.plans)
        scheduled = [plan.change.over for plan in found.plans if plan.change.reason == SCHEDULED]
        self.rail.show_exceeded(scheduled[0] if scheduled else ())
        if self.views.shown is Shown.PLANS:
            self.plans_shown()
        nothing = "" if found.plans else "No plans are sold here."
        return State(fetched_at=found.priced_at, problem=found.problem or "", nothing=nothing)

    @work(exclusive=True, group="costs")
    async def _read_costs(self, customer_id: str) -> None:
        asked = read_costs(self.desk, customer_id, self._cost_period, self._periods_back)
        await self._bring(Shown.COSTS, asked, self._show_costs)

    def _show_costs(self, costs: CostDrivers) -> State:
        self.views.costs.show(costs)
        nothing = "" if costs.drivers else f"Nothing was used in this {costs.period}, nor in the one before."
        return State(fetched_at=self.place.clock(), nothing=nothing)

    @work(exclusive=True, group="nodes")
    async def _read_nodes(self, customer_id: str) -> None:
        await self._bring(Shown.NODES, read_nodes(self.desk, customer_id), self._show_nodes)

    def _show_nodes(self, page: NodePage) -> State:
        self.views.nodes.show(page.nodes, page.changed_at)
        nothing = "" if page.nodes else no_node(self.session.customer_id or "")
        return State(fetched_at=self.place.clock(), nothing=nothing)

    def action_cost_period(self, period: CostPeriod) -> None:
        """Show the cost of weeks or of months, from the present one."""
        self._cost_period, self._periods_back = period, 0
        self._turn_costs()

    def step_period(self, periods: int) -> None:
        """Go some periods on or back; after the present one there is none."""
        back = max(self._periods_back - periods, 0)
        if back != self._periods_back:
            self._periods_back = back
            self._turn_costs()

    def _turn_costs(self) -> None:
        self._fresh.discard(Shown.COSTS)
        self.action_turn_to(Shown.COSTS.value)

    # ── turning ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def action_turn_to(self, shown: str) -> None:
        """Show one of the views, and where only one pane fits, the views."""
        self.views.turn_to(Shown(shown))
        if self.views.shown is Shown.PLANS:
            self.plans_shown()
        self.add_class("-views")
        self.views.focus_shown()
        self.read_shown()
        self.show_situation()

    @on(RowList.Highlighted)
    def show_what_can_be_done(self, event: RowList.Highlighted) -> None:
        """Show which keys serve."""
        event.stop()
        self.show_situation()

    @on(RowList.Chosen)
    async def open_chosen(self, event: RowList.Chosen) -> None:
        """Do what the key does."""
        event.stop()
        await self.action_command(f"{BILLING}.open")
