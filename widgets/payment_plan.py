"""`PlanSummary`: which plan a customer has, what comes of it, for which period, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from services.contract.text import clean
from widgets.format import BRIGHT, DIM
from widgets.glance import Row, glance_lines
from widgets.line_block import Line, LineBlock
from widgets.payment_format import period, subscription_mark, subscription_price

if TYPE_CHECKING:
    from services.contract.views import CustomerBillingView, SubscriptionView


class PlanSummary(LineBlock):
    """Plan, price and period. Without a view: the labels alone."""

    view: reactive[CustomerBillingView | None] = reactive(None, layout=True)
    """The customer to show, or None."""

    compact: reactive[bool] = reactive(default=False, layout=True)
    """One line a row."""

    def lines(self, width: int) -> list[Line]:
        """Return the rows."""
        return glance_lines(_rows(self.view), width, compact=self.compact)


def _rows(view: CustomerBillingView | None) -> list[Row]:
    if view is None:
        return [Row(label, "–", DIM) for label in ("Plan", "Price", "Period")]
    if view.subscription is None:
        tier = f"{clean(view.billing.usage_tier)} tier" if view.billing.usage_tier else "–"
        return [Row("Plan", tier, BRIGHT if view.billing.usage_tier else DIM, "no subscription")]
    return _subscribed(view.subscription)


def _subscribed(subscription: SubscriptionView) -> list[Row]:
    mark = subscription_mark(subscription)
    name = clean(subscription.plan_name)
    outlook = clean(subscription.outlook).removeprefix(f"{name}, ")
    return [
        Row("Plan", f"{name}  {mark}", f"bold {mark.style}", outlook, whole=True),
        Row("Price", subscription_price(subscription), BRIGHT),
        Row("Period", period(subscription.period_start, subscription.period_end), ""),
    ]
