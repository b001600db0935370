"""The plans that are offered: which of them a question names, and how this customer comes to each. Pure.

The ways are those of the plan comparison, which decides them (PRODUCT.md §3); nothing here allows or refuses a change.
"""

import re
from collections.abc import Iterator
from enum import StrEnum

from services.contract.plans import Plan, PlanCatalogue
from services.contract.views import CustomerBillingView
from services.contract.wording import RESOURCE_TITLES, join
from services.guidance.model import Fact, FactKind, make_fact

_SOURCE = "plan catalogue"

# In a question about plans, or about getting one, a plan's name may be spelled in any case.
_ABOUT_PLANS = re.compile(
    r"\b(?:plans?|tiers?|subscri\w+|upgrad\w*|downgrad\w*|switch\w*|buy|buys|buying|bought|checkout)\b", re.IGNORECASE
)


class Way(StrEnum):
    """How a customer comes to a plan, ready to read."""

    HAS = "the current plan"
    FOLLOWS = "follows the current plan"
    CONTRACT = "by contract"
    PORTAL = "in the customer portal, when the period ends"
    CHECKOUT = "through Checkout, when it is paid"


def offer_facts(view: CustomerBillingView, plans: PlanCatalogue) -> Iterator[Fact]:
    """Yield of each plan its name, how the customer comes to it, and what is used beyond what it includes."""
    for number, plan in enumerate(plans.offered, 1):
        stem = f"offer.{number}"
        yield make_fact(f"{stem}.name", FactKind.TEXT, "Plan on offer", plan.name, _SOURCE)
        yield make_fact(
            f"{stem}.way", FactKind.WORD, "How the customer comes to it", way_to(plan, view, plans), _SOURCE
        )
        if over := _over(plan, view):
            yield make_fact(f"{stem}.over", FactKind.WORD, "In use beyond what it includes", join(over), "usage meters")


def way_to(plan: Plan, view: CustomerBillingView, plans: PlanCatalogue) -> Way:
    """Return how the customer comes to a plan; one without a price that is sold is by contract."""
    subscription, current = view.subscription, plans.find(view.billing.usage_tier)
    by_contract = plan.monthly is None and plan.yearly is None
    if plan == current and (subscription is not None or by_contract):
        return Way.HAS
    if subscription is not None and subscription.next_plan == plan.slug and subscription.changes_at is not None:
        return Way.FOLLOWS
    if by_contract:
        return Way.CONTRACT
    is_smaller = current is not None and plans.rank(plan.slug) < plans.rank(current.slug)
    return Way.PORTAL if is_smaller and subscription is not None else Way.CHECKOUT


def _over(plan: Plan, view: CustomerBillingView) -> list[str]:
    limits = ((meter, plan.limit(meter.resource)) for meter in view.usage)
    return [RESOURCE_TITLES[meter.resource] for meter, limit in limits if limit is not None and meter.used > limit]


def offers_named(text: str, plans: PlanCatalogue, legal_name: str) -> tuple[str, ...]:
    """Return the stems of the facts of the plans that a question names.

    Names of plans are ordinary words. Beside a word about plans they count in any case; elsewhere as the catalogue
    spells them, in the middle of a sentence and not as a part of a longer name, or as all that is asked.
    """
    rest = re.sub(re.escape(legal_name), " ", text, flags=re.IGNORECASE)
    about_plans = _ABOUT_PLANS.search(rest) is not None
    return tuple(
        f"offer.{number}" for number, plan in enumerate(plans.offered, 1) if _is_named(plan.name, rest, about_plans)
    )


def _is_named(name: str, text: str, about_plans: bool) -> bool:
    word = re.escape(name)
    if about_plans or re.fullmatch(rf"\W*{word}\W*", text, re.IGNORECASE):
        return re.search(rf"(?<!\w){word}(?!\w)", text, re.IGNORECASE) is not None
    return re.search(rf"(?<=[\w,;:]\s){word}(?!\w)(?!\s+[A-Z])", text) is not None
