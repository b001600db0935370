"""What choosing a plan leads to: a page of Stripe's, people, or nothing, and then why not."""

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:  # as in command.py
    from services.contract.types import BillingInterval
    from services.contract.views import CustomerBillingView, PlanView

How = Literal["checkout", "portal", "contact", "none"]

METHODS: dict[How, str] = {"checkout": "StartPlanCheckout", "portal": "StartCustomerPortal"}
"""What is asked of the surface for each way."""

_LEADS_TO: dict[How, str] = {
    "checkout": "opens Stripe Checkout",
    "portal": "opens the customer portal",
    "contact": "",
    "none": "",
}


class Choice(NamedTuple):
    """What choosing a plan leads to, in words too, and why it cannot be chosen, "" where it can."""

    how: How
    leads_to: str
    why_not: str = ""


def choice_of(view: "CustomerBillingView", plan: "PlanView", interval: "BillingInterval") -> Choice:
    """Return what choosing `plan`, paid so often, leads to for this customer. What a role may do is not asked here."""
    how, why_not = plan.change.how, ""
    subscription = view.subscription
    if how == "none" and subscription is not None and subscription.plan == plan.plan:
        if subscription.interval != interval and _is_sold(plan, interval):
            return Choice("portal", _LEADS_TO["portal"])  # its cycle is changed there
        why_not = plan.change.message or "This is the plan already."
    elif how == "contact":
        why_not = ""
    elif not plan.change.allowed:
        why_not = plan.change.message or "This plan cannot be chosen now."
    elif not _is_sold(plan, interval):
        why_not = _not_sold(plan, interval)
    return Choice(how, _LEADS_TO[how], why_not)


def _is_sold(plan: "PlanView", interval: "BillingInterval") -> bool:
    return any(price.interval == interval and price.amount is not None for price in plan.prices)


def _not_sold(plan: "PlanView", interval: "BillingInterval") -> str:
    problem = next((price.problem for price in plan.prices if price.interval == interval), None)
    return problem or f"{plan.name} is not sold so: choose the other interval."
