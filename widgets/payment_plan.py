"""`PlanSummary`: which plan a customer has, what comes of it, for which period, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from services.contract.text import clean
from widgets.format import BRIGHT, DIM, WARNING
from widgets.glance import Row, glance_lines
from widgets.line_block import Line, LineBlock, hanging
from widgets.payment_format import period, subscription_mark, subscription_price, what_follows
from widgets.payment_keys import Key, Keys

if TYPE_CHECKING:
    from services.contract.views import CustomerBillingView, SubscriptionView


NO_PLAN = "no subscription, so no limits and no features"


class PlanSummary(LineBlock):
    """Plan, price and period. Without a view: the labels alone."""

    view: reactive[CustomerBillingView | None] = reactive(None, layout=True)
    """The customer to show, or None."""

    compact: reactive[bool] = reactive(default=False, layout=True)
    """One line a row."""

    keys: reactive[Keys] = reactive(Keys(), layout=True)
    """What serves at the rows."""

    exceeded: reactive[tuple[str, ...]] = reactive((), layout=True)
    """What is in use beyond the plan that follows, in words."""

    def lines(self, width: int) -> list[Line]:
        """Return the rows, and beneath them that more is in use than the plan includes which follows."""
        rows = glance_lines(_rows(self.view, self.keys), width, compact=self.compact)
        following = self.view.subscription.next_plan_name if self.view and self.view.subscription else None
        if following is None or not self.exceeded:
            return rows
        said = f"More is in use than {clean(following)} includes. {'. '.join(self.exceeded)}."
        return [*rows, *hanging(("▲ ", WARNING), said, width)]


def _rows(view: CustomerBillingView | None, keys: Keys) -> list[Row]:
    if view is None:
        return [Row(label, "–", DIM) for label in ("Plan", "Price", "Period")]
    if view.subscription is not None:
        return _subscribed(view.subscription, keys.portal)
    tier = view.billing.usage_tier
    value, beneath = ("none", NO_PLAN) if not tier else (f"{clean(tier)} tier", "no subscription")
    return [Row("Plan", value, BRIGHT, beneath, keys.plans.text, not keys.plans.why_not, whole=True)]


def _subscribed(subscription: SubscriptionView, portal: Key) -> list[Row]:
    mark = subscription_mark(subscription)
    name = clean(subscription.plan_name)
    plan = Row("Plan", f"{name}  {mark}", f"bold {mark.style}", whole=True)
    if following := what_follows(subscription):
        beneath = f"{following}. It can be kept in the portal."
        plan = plan._replace(beneath=beneath, key=portal.text, usable=not portal.why_not)
    else:
        plan = plan._replace(beneath=clean(subscription.outlook).removeprefix(f"{name}, "))
    return [
        plan,
        Row("Price", subscription_price(subscription), BRIGHT),
        Row("Period", period(subscription.period_start, subscription.period_end), ""),
    ]
