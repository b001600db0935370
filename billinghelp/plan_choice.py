"""What choosing a plan leads to: a page of Stripe's, people, or nothing, and then why not; and when it takes effect."""

from typing import TYPE_CHECKING, Literal, NamedTuple

from services.contract.wording import date
from widgets.payment_format import what_follows

if TYPE_CHECKING:  # as in command.py
    from services.contract.types import BillingInterval
    from services.contract.views import CustomerBillingView, PlanView, SubscriptionView

How = Literal["checkout", "portal", "keep", "contact", "none"]
"""`keep`: what waits for the end of the period is taken back in the portal."""

METHODS: dict[How, str] = {
    "checkout": "StartPlanCheckout",
    "portal": "StartCustomerPortal",
    "keep": "StartCustomerPortal",
}
"""What is asked of the surface for each way."""

_LEADS_TO: dict[How, str] = {
    "checkout": "opens Stripe Checkout",
    "portal": "opens the customer portal",
    "keep": "opens the customer portal",
    "contact": "",
    "none": "",
}

_AT_ONCE = "begins and is charged at once, less what is left of the present period"


class Choice(NamedTuple):
    """What choosing a plan leads to, in words too, and why it cannot be chosen, "" where it can.

    `effect`: when it takes effect, or what becomes of the plan that is there; "" where there is nothing to say.
    """

    how: How
    effect: str = ""
    why_not: str = ""

    @property
    def leads_to(self) -> str:
        """What the key does, in words; "" where it does nothing."""
        return _LEADS_TO[self.how]

    @property
    def is_charged_now(self) -> bool:
        """Whether Stripe charges something as soon as it is chosen there."""
        return not self.why_not and (self.how == "checkout" or self.effect == _AT_ONCE)


def choice_of(view: "CustomerBillingView", plan: "PlanView", interval: "BillingInterval") -> Choice:
    """Return what choosing `plan`, paid so often, leads to for this customer. What a role may do is not asked here."""
    change, subscription = plan.change, view.subscription
    if change.how == "none" and subscription is not None and subscription.plan == plan.plan:
        return _of_its_own(subscription, plan, interval)
    if change.how == "contact":
        return Choice("contact", f"takes effect {change.takes_effect}")
    if not change.allowed:
        return Choice(change.how, why_not=change.message or "This plan cannot be chosen now.")
    if not _is_sold(plan, interval):
        return Choice(change.how, why_not=_not_sold(plan, interval))
    if change.how == "portal" and subscription is not None and _is_charged_at_once(subscription, plan, interval):
        return Choice("portal", _AT_ONCE)
    return Choice(change.how, f"takes effect {change.takes_effect}")


def _of_its_own(subscription: "SubscriptionView", plan: "PlanView", interval: "BillingInterval") -> Choice:
    """Return what choosing the plan that is there leads to: in the portal its cycle is changed, or it is kept."""
    if subscription.interval == interval and (following := what_follows(subscription)):
        return Choice("keep", f"{following}: it can be kept in the portal")
    if subscription.interval == interval or not _is_sold(plan, interval):
        return Choice("none", why_not=plan.change.message or "This is the plan already.")
    if _is_charged_at_once(subscription, plan, interval):
        return Choice("portal", _AT_ONCE)
    return Choice("portal", f"takes effect on {date(subscription.period_end)}, when the current period ends")


def _is_charged_at_once(subscription: "SubscriptionView", plan: "PlanView", interval: "BillingInterval") -> bool:
    """Return whether the portal begins a new period today.

    What lasts longer and costs no less than a payment of now does; what makes a payment smaller, or comes more often,
    waits for the period's end (`schedule_at_period_end` of the portal's configuration, services/payments/gateway).
    """
    if (subscription.interval, interval) != ("month", "year"):
        return False
    amount = next((price.amount for price in plan.prices if price.interval == interval), None)
    return amount is not None and amount >= subscription.amount


def _is_sold(plan: "PlanView", interval: "BillingInterval") -> bool:
    return any(price.interval == interval and price.amount is not None for price in plan.prices)


def _not_sold(plan: "PlanView", interval: "BillingInterval") -> str:
    problem = next((price.problem for price in plan.prices if price.interval == interval), None)
    return problem or f"{plan.name} is not sold so: choose the other interval."
