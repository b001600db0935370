"""The plans of the Billing page: which one the cursor stands on, what it would change, and what Stripe would charge."""

from textual import on, work
from textual.timer import Timer

from billinghelp.pages.billing_hosted import BillingHostedPage
from billinghelp.pages.billing_reading import read_plans
from billinghelp.payment_availability import choosable
from billinghelp.plan_choice import Choice, choice_of
from billinghelp.workplace import Workplace
from services.contract.errors import Refused
from services.contract.types import BillingInterval
from services.contract.views import CustomerBillingView, PlanPreviewView, PlanView
from services.contract.wording import money
from widgets.payment_tabs import Shown
from widgets.plan_change import Wish
from widgets.plan_table import PlanTable

PREVIEW_AFTER = 0.3
"""Seconds for which the cursor stands on a plan before Stripe is asked what it would cost."""

_OTHER = {BillingInterval.MONTH: BillingInterval.YEAR, BillingInterval.YEAR: BillingInterval.MONTH}

Looked = PlanPreviewView | str | None
"""What Stripe would charge, why that is not known, or null where it would charge nothing."""


class BillingPlansPage(BillingHostedPage):
    """Asks Stripe for a preview of each plan that can be bought, once it is looked at, and once for a state."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self._looked: dict[tuple[str, BillingInterval], Looked] = {}
        self._delay: Timer | None = None

    def customer_changed(self) -> None:
        """Forget what another customer would be charged."""
        self._looked.clear()
        super().customer_changed()

    def view_changed(self, before: CustomerBillingView | None, view: CustomerBillingView) -> None:
        """Forget what was charged before the record changed."""
        if before is not None and before.view_etag != view.view_etag:
            self._looked.clear()
        super().view_changed(before, view)

    # ── what it would change ──────────────────────────────────────────────────────────────────────────────────────────

    def plans_shown(self) -> None:
        """Show what the plan under the cursor would change, and ask what it would cost."""
        if self._delay is not None:
            self._delay.stop()
        wish = self._wish()
        self.views.plans.show_wish(wish)
        if wish is not None and wish.previewing:
            self._delay = self.set_timer(PREVIEW_AFTER, self._look_at_cost)
        self.show_situation()

    def _wish(self) -> Wish | None:
        view, plan, interval = self.session.view, self.views.plans.selected, self.views.plans.interval
        if view is None or plan is None:
            return None
        choice = choice_of(view, plan, interval)
        why_not = choice.why_not or choosable(self.situation()._replace(plan=plan, interval=interval)) or ""
        is_known = (plan.plan, interval) in self._looked
        looked = self._looked.get((plan.plan, interval))
        return Wish(
            plan=plan,
            interval=interval,
            key=self.key("open"),
            leads_to="" if why_not else choice.leads_to,
            effect=choice.effect,
            why_not=why_not,
            preview=looked if isinstance(looked, PlanPreviewView) else None,
            due=_due(looked, choice) if is_known else "",
            previewing=choice.is_charged_now and not is_known,
            no_preview=looked if isinstance(looked, str) else "",
        )

    def _look_at_cost(self) -> None:
        view, plan = self.session.view, self.views.plans.selected
        if view is not None and plan is not None:
            self._look_at_cost_of(view, plan, self.views.plans.interval)

    @work(exclusive=True, group="preview")
    async def _look_at_cost_of(self, view: CustomerBillingView, plan: PlanView, interval: BillingInterval) -> None:
        found: Looked
        try:
            found = (await read_plans(self.desk, view.customer.customer_id, plan.plan, interval)).preview
        except Refused as refusal:
            found = f"What it would cost now is not known: {refusal.message}"
        if view is self.session.view and self.is_running:
            self._looked[plan.plan, interval] = found
            self.views.plans.show_wish(self._wish())

    # ── moving ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def action_step(self, steps: int) -> None:
        """Move among the plans, or among the periods of cost."""
        if self.views.shown is Shown.PLANS:
            self.views.plans.table.move(steps)
        elif self.views.shown is Shown.COSTS:
            self.step_period(steps)

    @on(PlanTable.Moved)
    def show_what_it_changes(self, event: PlanTable.Moved) -> None:
        """Show what the plan under the cursor would change."""
        event.stop()
        self.plans_shown()

    def action_change_interval(self) -> None:
        """Compare by the month, or by the year."""
        table = self.views.plans.table
        table.interval = _OTHER[table.interval]
        self.plans_shown()


def _due(looked: Looked, choice: Choice) -> str:
    """Return what is to be paid: a preview's own words are those of Checkout, which takes nothing off at once."""
    if choice.how == "checkout":
        return looked.text if isinstance(looked, PlanPreviewView) else ""
    if isinstance(looked, PlanPreviewView):
        return f"{money(looked.total, looked.currency)} is paid at once in the portal, the sum of these."
    return "" if looked else "The portal says how much before anything is paid."
