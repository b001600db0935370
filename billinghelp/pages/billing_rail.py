"""The rail of the Billing page: plan and usage, how is paid, and what about it stops the customer."""

from collections.abc import Callable
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll

from services.contract.types import BlockerCode
from services.contract.views import CustomerBillingView
from widgets.payment_blockers import PaymentBlockers
from widgets.payment_heading import PaymentHeading
from widgets.payment_plan import PlanSummary
from widgets.payment_usage import UsageBars
from widgets.payment_ways import Keys, PaymentWays

_FITS = ((False, False, False), (True, False, False), (True, True, False), (True, True, True))
"""What is given up for room, in order: what is beneath the ways of payment, the long bars, what is beneath the plan."""


class BillingRail(Vertical):
    """Composes the panes of one customer and shows one view in all of them.

    Args:
        key: returns how the key of one of the page's commands is shown.
    """

    def __init__(self, key: Callable[[str], str]) -> None:
        super().__init__(id="plan")
        self._key = key

    def compose(self) -> ComposeResult:
        """The heading, and in a scroll plan, usage, payments and blockers."""
        key = self._key
        yield PaymentHeading(key("find"))
        with VerticalScroll(id="facts"):
            yield PlanSummary()
            yield UsageBars()
            yield PaymentWays()
            yield PaymentBlockers(
                {BlockerCode.OVERDUE_INVOICE: key("invoices"), BlockerCode.PAYMENT_SETUP_INCOMPLETE: key("setup")}
            )

    @property
    def heading(self) -> PaymentHeading:
        """Whose rail it is."""
        return self.query_one(PaymentHeading)

    @property
    def facts(self) -> VerticalScroll:
        """What scrolls."""
        return self.query_one("#facts", VerticalScroll)

    @property
    def blockers(self) -> PaymentBlockers:
        """What stops the customer."""
        return self.query_one(PaymentBlockers)

    def show(self, view: CustomerBillingView | None) -> None:
        """Show a customer's view in every pane, or with None that nothing is known yet."""
        self.query_one(PlanSummary).view = view
        self.query_one(UsageBars).meters = view.usage if view is not None else None
        self.query_one(PaymentWays).view = view
        self.blockers.view = view
        self.fit()

    def show_keys(self, *, no_setup: str, no_collection: str) -> None:
        """Say which keys serve, and why one does not; "" where it does."""
        keys = Keys(self._key("setup"), self._key("collection"), no_setup, no_collection)
        if (ways := self.query_one(PaymentWays)).keys != keys:
            ways.keys = keys
            self.fit()

    def keep_time(self, now: datetime) -> None:
        """Count what is shown from this moment on."""
        self.query_one(PaymentWays).now = now

    def on_resize(self) -> None:
        """Fit the panes to the new size."""
        self.call_after_refresh(self.fit)

    def fit(self) -> None:
        """Give up, one after the other, lines beneath rows until everything fits without scrolling."""
        plan, usage = self.query_one(PlanSummary), self.query_one(UsageBars)
        ways, blockers = self.query_one(PaymentWays), self.blockers
        width, room = self.facts.size.width, self.facts.size.height
        for ways.compact, usage.compact, plan.compact in _FITS:
            if sum(len(pane.lines(width)) + 1 for pane in (plan, usage, ways, blockers)) - 1 <= room:
                break
