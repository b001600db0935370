"""What choosing a plan would change for a customer, how it is chosen, and when it takes effect. Pure."""

from collections.abc import Mapping
from typing import Literal

from services.billing.metering import metered
from services.billing.model import CustomerFacts, Subscription
from services.billing.plan_views import amount_text
from services.contract.errors import Code, Refused, precondition
from services.contract.plans import Plan, PlanCatalogue
from services.contract.types import BillingInterval, Resource
from services.contract.views import Change, FeatureView, LimitView, PlanChangeView, PlanView, PriceView
from services.contract.wording import INTERVAL_TITLES, RESOURCE_TITLES, capital, date, join, money
from services.payments.port import RemotePrice

Prices = Mapping[str, RemotePrice]
"""The prices that are known, by their lookup keys."""

How = Literal["checkout", "portal", "contact", "none"]
Direction = Literal["current", "upgrade", "downgrade", "new"]

_NO_LIMIT = "no limit"


def plan_view(facts: CustomerFacts, plan: Plan, plans: PlanCatalogue, prices: Prices) -> PlanView:
    """Return a plan, and what it would mean for this customer."""
    return PlanView(
        plan=plan.slug,
        name=plan.name,
        summary=plan.summary,
        prices=[_price(plan, interval, prices) for interval in BillingInterval],
        limits=[
            LimitView(
                resource=resource,
                title=capital(RESOURCE_TITLES[resource]),
                limit=plan.limit(resource),
                text=_limit_text(plan, resource),
            )
            for resource in Resource
        ],
        features=[
            FeatureView(feature=feature, title=title, included=feature in plan.features)
            for feature, title in plans.features.items()
        ],
        current=plan.slug == facts.billing.usage_tier,
        change=_change(facts, plan, plans),
    )


def checkout_refusal(
    facts: CustomerFacts, plan: Plan, interval: BillingInterval, plans: PlanCatalogue
) -> Refused | None:
    """Return why a plan cannot be bought through Checkout by this customer; null where it can."""
    if plan.lookup_key(interval) is None:
        if plan.monthly is None and plan.yearly is None:
            return precondition("PLAN_BY_CONTRACT", f"{plan.name} is agreed on with people: ask us for an offer.")
        return precondition("PLAN_NOT_SOLD", f"{plan.name} is not sold {INTERVAL_TITLES[interval]}: choose another.")
    subscription = _live(facts)
    if subscription is None or subscription.plan is None:
        return None
    if subscription.plan == plan.slug and subscription.interval is interval:
        return precondition("ALREADY_ON_PLAN", f"{plan.name}, {INTERVAL_TITLES[interval]}, is the plan already.")
    if _is_smaller(subscription, plan, interval, plans):
        return precondition(
            "CHANGE_IN_PORTAL",
            "A smaller plan begins when the current period ends: change to it in the customer portal.",
        )
    return None


def portal_refusal(
    facts: CustomerFacts, purpose: str, plan: Plan | None, interval: BillingInterval, plans: PlanCatalogue
) -> Refused | None:
    """Return why the portal cannot begin with this; null where it can."""
    subscription = _live(facts)
    if purpose in ("change_plan", "cancel") and subscription is None:
        return precondition("NO_SUBSCRIPTION", "There is no subscription to change: choose a plan first.")
    if purpose == "change_plan" and plan is not None and subscription is not None:
        if plan.lookup_key(interval) is None:
            return checkout_refusal(facts, plan, interval, plans) or precondition(
                "PLAN_NOT_SOLD", f"{plan.name} is not sold {INTERVAL_TITLES[interval]}: choose another."
            )
        if subscription.plan == plan.slug and subscription.interval is interval:
            return precondition("ALREADY_ON_PLAN", f"{plan.name}, {INTERVAL_TITLES[interval]}, is the plan already.")
    return None


def currency_refusal(facts: CustomerFacts, plan: Plan, currency: str) -> Refused | None:
    """Return why a plan that is sold in a currency cannot take the present one's place; null where it can.

    Stripe takes one currency from a customer at a time.
    """
    subscription = _live(facts)
    if subscription is None or subscription.currency == currency:
        return None
    return precondition(
        "OTHER_CURRENCY",
        f"{plan.name} is sold in {currency.upper()}, and the present plan is paid in {subscription.currency.upper()}:"
        " end that one in the customer portal first.",
    )


def plan_named(slug: str, plans: PlanCatalogue) -> Plan:
    """Return the plan of a slug.

    Raises:
        Refused: `PLAN_NOT_FOUND`.
    """
    plan = plans.find(slug)
    if plan is None:
        names = join([each.slug for each in plans.offered])
        raise Refused(Code.NOT_FOUND, "PLAN_NOT_FOUND", f"There is no such plan: choose one of {names}.")
    return plan


def _live(facts: CustomerFacts) -> Subscription | None:
    return facts.subscription if facts.subscription is not None and facts.subscription.is_live else None


def _is_smaller(subscription: Subscription, plan: Plan, interval: BillingInterval, plans: PlanCatalogue) -> bool:
    had, wanted = plans.rank(subscription.plan), plans.rank(plan.slug)
    if wanted != had:
        return wanted < had
    return subscription.interval is BillingInterval.YEAR and interval is BillingInterval.MONTH


def _price(plan: Plan, interval: BillingInterval, prices: Prices) -> PriceView:
    key = plan.lookup_key(interval)
    if key is None:
        by_contract = plan.monthly is None and plan.yearly is None
        text = "by contract" if by_contract else "–"
        return PriceView(interval=interval, amount=None, currency=None, text=text)
    price = prices.get(key)
    if price is None:
        return PriceView(
            interval=interval, amount=None, currency=None, text="unknown", problem="Stripe has no such price now."
        )
    return PriceView(
        interval=interval, amount=price.amount, currency=price.currency, text=money(price.amount, price.currency)
    )


def _change(facts: CustomerFacts, plan: Plan, plans: PlanCatalogue) -> PlanChangeView:
    subscription = _live(facts)
    current = plans.find(facts.billing.usage_tier)
    direction = _direction(plan, current, plans)
    by_contract = plan.monthly is None and plan.yearly is None
    how: How
    reason = message = None
    if direction == "current" and (subscription is not None or by_contract):
        how, effect = "none", "now"
        reason, message = "ALREADY_ON_PLAN", "This is the current plan."
    elif subscription is not None and subscription.next_plan == plan.slug and subscription.changes_at is not None:
        when = date(subscription.changes_at)
        how, effect = "none", f"on {when}"
        reason, message = "ALREADY_SCHEDULED", f"{plan.name} begins on {when}."
    elif by_contract:
        how, effect = "contact", "when it is agreed on"
        reason, message = "PLAN_BY_CONTRACT", f"{plan.name} is agreed on with people: ask us for an offer."
    elif direction == "downgrade" and subscription is not None:
        how, effect = "portal", f"on {date(subscription.period_end)}, when the current period ends"
    else:
        how, effect = "checkout", "when it is paid"
    return PlanChangeView(
        direction=direction,
        how=how,
        allowed=reason is None,
        reason=reason,
        message=message,
        takes_effect=effect,
        lines=_lines(current, plan, plans),
        over=_over(facts, plan, plans),
    )


def _direction(plan: Plan, current: Plan | None, plans: PlanCatalogue) -> Direction:
    if current is None:
        return "new"
    if plan.slug == current.slug:
        return "current"
    return "upgrade" if plans.rank(plan.slug) > plans.rank(current.slug) else "downgrade"


def _lines(current: Plan | None, plan: Plan, plans: PlanCatalogue) -> list[Change]:
    lines = [
        Change(
            label=capital(RESOURCE_TITLES[resource]),
            before=_NO_LIMIT if current is None else _limit_text(current, resource),
            after=_limit_text(plan, resource),
        )
        for resource in Resource
    ]
    had = frozenset(() if current is None else current.features)
    for feature, title in plans.features.items():
        if (feature in had) != (feature in plan.features):
            lines.append(Change(label=title, before=_yes(feature in had), after=_yes(feature in plan.features)))
    return [line for line in lines if line.before != line.after]


def _yes(included: bool) -> str:
    return "included" if included else "not included"


def _limit_text(plan: Plan, resource: Resource) -> str:
    limit = plan.limit(resource)
    return _NO_LIMIT if limit is None else amount_text(resource, limit)


def _over(facts: CustomerFacts, plan: Plan, plans: PlanCatalogue) -> list[str]:
    used = {
        Resource.NODES: facts.payments.nodes,
        Resource.USERS: facts.payments.users,
        Resource.STORAGE: facts.payments.storage,
    }
    meters = [metered(resource, used[resource], plan.limit(resource), plans.warn_percent) for resource in Resource]
    return [
        f"{capital(RESOURCE_TITLES[m.resource])}: {amount_text(m.resource, m.used)} in use, "
        f"{amount_text(m.resource, m.limit)} included"
        for m in meters
        if m.limit is not None and m.used > m.limit
    ]
