"""`BillingSummary`: a customer's billing at a glance, four rows of the rail (PRODUCT.md §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from widgets.format import (
    BRIGHT,
    DIM,
    Mark,
    ago,
    amount,
    billing_state,
    checklist,
    hours,
    money,
    payment_rail,
    plural,
    relative,
)
from widgets.glance import Row, glance_lines
from widgets.line_block import Line, LineBlock

if TYPE_CHECKING:
    from datetime import datetime

    from services.contract.views import AdjustmentView, CreditsView, CustomerBillingView


class BillingSummary(LineBlock):
    """Billing state, payment rail, credits and checklist. Without a view: the labels alone."""

    DEFAULT_CSS = """
    BillingSummary { padding: 0; }
    """

    view: reactive[CustomerBillingView | None] = reactive(None, layout=True)
    """The customer to show, or None."""

    compact: reactive[bool] = reactive(default=False, layout=True, toggle_class="-compact")
    """One line a row, for narrow terminals."""

    now: reactive[datetime | None] = reactive(None, layout=True)
    """From when ages are counted; None: from when the view was read."""

    def __init__(self, view: CustomerBillingView | None = None, *, id: str | None = None) -> None:  # noqa: A002  (Textual's word)
        super().__init__(id=id)
        self.set_reactive(BillingSummary.view, view)

    def lines(self, width: int) -> list[Line]:
        """Return two lines a row and more where the lower one is long, or one when compact."""
        return glance_lines(_rows(self.view, self.now), width, compact=self.compact)


def _rows(view: CustomerBillingView | None, now: datetime | None) -> list[Row]:
    if view is None:
        return [Row(label, "–", DIM, "") for label in ("Billing state", "Payment rail", "Credits", "Checklist")]
    now = now or view.as_of
    state = billing_state(view.billing.state)
    item = checklist(view.checklist.billing)
    tier = f"{view.billing.usage_tier} tier" if view.billing.usage_tier else "no usage tier"
    credit = f"{hours(view.credits.workspace_hours):<12}{money(view.credits.ai_cents)}"
    return [
        Row("Billing state", str(state), f"bold {state.style}", _state_beneath(view, now)),
        Row("Payment rail", payment_rail(view.billing.payment_rail), BRIGHT, tier),
        Row("Credits", credit, BRIGHT, _lots(view.credits)),
        Row("Checklist", str(item), _checklist_style(item), _adjustment(view, now)),
    ]


def _checklist_style(item: Mark) -> str:
    return item.style if item.style == DIM else f"bold {item.style}"


def _state_beneath(view: CustomerBillingView, now: datetime) -> str:
    parts = [view.billing.review_reference or ""]
    ends = view.billing.trial_ends_at
    if view.billing.state == "trial_approved" and ends is not None:
        parts.append(f"{'ended' if ends <= now else 'ends'} {relative(ends, now)}")
    return " · ".join(part for part in parts if part) or "no review reference"


def _lots(credit: CreditsView) -> str:
    parts = [plural(credit.active_lots, "active lot")]
    if credit.overage_workspace_hours.strip("0."):
        parts.append(f"overage {hours(credit.overage_workspace_hours)}")
    if credit.overage_ai_cents.strip("0."):
        parts.append(f"overage {money(credit.overage_ai_cents)}")
    return " · ".join(parts)


def _adjustment(view: CustomerBillingView, now: datetime) -> str:
    latest: AdjustmentView | None = view.latest_adjustment
    if latest is None:
        return "no adjustments"
    # A grant is shown as given, a void as taken back, whatever sign the amount carries.
    sign = "-" if latest.kind == "void" else "+"
    text = f"{sign}{amount(latest.unit, latest.amount.lstrip('-'))} {latest.category.value}"
    return f"{text} · {ago(latest.booked_at, now)}"
