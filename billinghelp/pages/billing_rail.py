"""The rail of the Billing page: plan and usage, how is paid, and what about it stops the customer."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll

from services.contract.views import CustomerBillingView
from widgets.payment_blockers import PaymentBlockers
from widgets.payment_heading import PaymentHeading
from widgets.payment_keys import Keys
from widgets.payment_plan import PlanSummary
from widgets.payment_usage import UsageBars
from widgets.payment_ways import PaymentWays


class _Fit(NamedTuple):
    """What is given up for room: lines beneath rows, pane by pane, and the empty lines between panes."""

    ways: bool = False
    usage: bool = False
    plan: bool = False
    dense: bool = False
    blockers: bool = False


_FITS = tuple(_Fit(*[True] * given_up) for given_up in range(len(_Fit._fields) + 1))
"""One after the other: what is beneath the ways of payment, the long bars, what is beneath the plan, the empty lines,
and what is beneath the blockers."""


class BillingRail(Vertical):
    """Composes the panes of one customer and shows one view in all of them.

    Args:
        find: the key that turns to another customer, as it is shown.
    """

    def __init__(self, find: str) -> None:
        super().__init__(id="plan")
        self._find = find

    def compose(self) -> ComposeResult:
        """The heading, and in a scroll plan, usage, payments and blockers."""
        yield PaymentHeading(self._find)
        with VerticalScroll(id="facts"):
            yield PlanSummary()
            yield UsageBars()
            yield PaymentWays()
            yield PaymentBlockers()

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

    def show_exceeded(self, exceeded: Sequence[str]) -> None:
        """Show what is in use beyond the plan that follows."""
        self.query_one(PlanSummary).exceeded = tuple(exceeded)
        self.fit()

    def show_keys(self, keys: Keys) -> None:
        """Say which keys serve, and why one does not."""
        panes = self.query_one(PlanSummary), self.query_one(PaymentWays), self.blockers
        if panes[0].keys != keys:
            for pane in panes:
                pane.keys = keys
            self.fit()

    def keep_time(self, now: datetime) -> None:
        """Count what is shown from this moment on."""
        self.query_one(PaymentWays).now = now

    def on_resize(self) -> None:
        """Fit the panes to the new size."""
        self.call_after_refresh(self.fit)

    def fit(self) -> None:
        """Give up lines, one after the other, until everything fits without scrolling."""
        plan, usage = self.query_one(PlanSummary), self.query_one(UsageBars)
        ways, blockers = self.query_one(PaymentWays), self.blockers
        width, room = self.facts.size.width, self.facts.size.height
        for fit in _FITS:
            ways.compact, usage.compact, plan.compact, blockers.compact = fit.ways, fit.usage, fit.plan, fit.blockers
            heights = [len(pane.lines(width)) for pane in (plan, usage, ways, blockers)]
            if sum(heights) + (0 if fit.dense else len(heights) - 1) <= room:
                break
        self.facts.set_class(fit.dense, "-dense")
