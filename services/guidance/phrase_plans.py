"""advice → Markdown: the plan, what comes of it and what is used of it, others on offer, and why one is at risk."""

from collections.abc import Iterator

from services.contract.types import Resource, SubscriptionStatus
from services.contract.wording import LEVEL_TITLES, RESOURCE_TITLES, SUBSCRIPTION_TITLES, capital, join
from services.guidance.collection import owed_for_plan
from services.guidance.model import Advice, Facts, PaymentLink, Topic, Unpaid
from services.guidance.offers import Way
from services.guidance.phrase_payments import bullets, hand_over, invoice_totals
from services.guidance.references import ref

_ABOUT_PLAN = ("usage close to limit", "usage at limit", "nodes lag")
_SAID_WITH_RISK = "subscription not paid"

_RISK_MATTERS = frozenset((Topic.UNBLOCK, Topic.NOT_PAID, Topic.DECLINED, Topic.PAYMENT, Topic.PLAN))
"""Whoever asks for one of these is told that the plan is at risk."""

# A plan in one of these ends unless something is done: that its period ends does not mean that it goes on.
_GOES_ON = tuple(SUBSCRIPTION_TITLES[s] for s in (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING))


def plan(advice: Advice, facts: Facts) -> Iterator[str]:
    """Yield how the customer comes to the plans that were asked about; which one it has, and what is used of it."""
    if advice.offers:
        yield from (_offer(stem, facts) for stem in advice.offers)
    stands = plan_stands(facts)
    yield (
        f"{ref('customer.name')}: {stands}"
        if stands
        else f"{ref('customer.name')} has neither a plan nor a subscription."
    )
    if not advice.offers or any(facts[f"{stem}.way"].value == Way.HAS for stem in advice.offers):
        yield from meters(facts)
        about_plan = [s for s in facts.numbered("notice") if facts[f"{s}.about"].value in _ABOUT_PLAN]
        yield from worth_knowing(about_plan, facts)
        yield "No action here changes a plan: the customer buys or changes it on Stripe's pages, from the Billing page."
    else:
        yield "No action here changes a plan. What each includes is compared on the Billing page, `F3`."


def _offer(stem: str, facts: Facts) -> str:
    text = _way(Way(facts[f"{stem}.way"].value), f"**{ref(f'{stem}.name')}**", facts)
    return f"{text} More is in use than it includes: {ref(f'{stem}.over')}." if f"{stem}.over" in facts else text


def _way(way: Way, name: str, facts: Facts) -> str:
    match way:
        case Way.HAS:
            return f"{name} is the current plan."
        case Way.FOLLOWS:
            begins = f" on {ref('plan.changes_at')}" if "plan.changes_at" in facts else ""
            return f"{name} follows the current plan{begins}."
        case Way.CONTRACT:
            return (
                f"{name} is by contract: agreed on with people, not bought on a page. It begins when it is agreed on."
            )
        case Way.PORTAL:
            return (
                f"{name} is a smaller plan: the customer changes to it in Stripe's customer portal, from the Billing "
                f"page, `F3`. It begins on {ref('plan.period_end')}, when the current period ends."
            )
        case Way.CHECKOUT:
            place = f" and then takes the place of {ref('plan.name')}" if "plan.name" in facts else ""
            return (
                f"{name} is bought in Stripe's Checkout, from the Billing page, `F3`. It begins when it is paid{place}."
            )


def plan_stands(facts: Facts) -> str:
    """Return the plan and what comes of it; nothing where there is none."""
    if "plan.name" not in facts:
        tier = "billing.usage_tier"
        return f"no subscription; the usage tier is **{ref(tier)}**." if tier in facts else ""
    price = f"{ref('plan.amount')} {ref('plan.interval')}"
    text = f"**{ref('plan.name')}**, {price}, subscription **{ref('plan.status')}**."
    if "plan.ends_at" in facts:
        return f"{text} It ends on {ref('plan.ends_at')}, and no plan follows it."
    if "plan.changes_at" in facts:
        return f"{text} From {ref('plan.changes_at')} on: {ref('plan.next_name')}."
    goes_on = ", and the plan goes on" if facts["plan.status"].value in _GOES_ON else ""
    return f"{text} The period ends on {ref('plan.period_end')}{goes_on}."


def meters(facts: Facts) -> Iterator[str]:
    """Yield what is used of what the plan includes; nothing where nothing is limited."""
    lines = [_meter(resource, facts) for resource in Resource if f"usage.{resource}.limit" in facts]
    if lines:
        yield bullets(lines)


def _meter(resource: Resource, facts: Facts) -> str:
    stem = f"usage.{resource}"
    used = f"{ref(f'{stem}.used')} of {ref(f'{stem}.limit')} ({ref(f'{stem}.percent')})"
    # Beyond its limit or near to it, a plan's resource stands out among the others.
    level = f"{stem}.level"
    said = ref(level) if facts[level].value == LEVEL_TITLES["ok"] else f"**{ref(level)}**"
    return f"{capital(RESOURCE_TITLES[resource])}: {used}, {said}"


def worth_knowing(notices: list[str], facts: Facts) -> Iterator[str]:
    """Yield these notices, but for the one that is told with the risk; nothing where there is nothing to know."""
    lines = [ref(f"{stem}.text") for stem in notices if facts[f"{stem}.about"].value != _SAID_WITH_RISK]
    if lines:
        yield f"Worth knowing:\n\n{bullets(lines)}"


# ── at risk ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def not_paid(advice: Advice, facts: Facts) -> Iterator[str]:
    """Yield, where the plan is not at risk, that it is not; where it is, `at_risk` tells all that was asked."""
    if advice.subscription_at_risk:
        return
    stands = plan_stands(facts) or "no plan and no subscription."
    yield f"{ref('customer.name')}: {stands} As recorded here, no plan is past due."
    if facts["invoices.open.count"].value != "0":
        yield bullets(list(invoice_totals(facts)))


def at_risk(advice: Advice, facts: Facts) -> Iterator[str]:
    """Yield once in an answer why the plan is at risk and what helps, where it is and where that matters."""
    if not (advice.subscription_at_risk and _RISK_MATTERS.intersection(advice.topics)):
        return
    whose = f"The subscription of {ref('customer.name')} to {ref('plan.name')}"
    risk = f"{whose} is **{ref('plan.status')}**, so the plan is at risk"
    match advice.unpaid:
        case None:
            yield f"{risk}."
        case Unpaid.COLLECTION_FAILED:
            yield f"{risk}: the last payment for it failed. {_owed(facts)}"
        case Unpaid.NOT_PAID_BY_HAND:
            yield f"{risk}: it is paid by hand, and was not yet. {_owed(facts)}"
    if helps := list(_helps(advice, facts)):
        yield " ".join(helps)


def _owed(facts: Facts) -> str:
    owed = [f"{ref(f'{stem}.number')} over {ref(f'{stem}.amount')}" for stem in owed_for_plan(facts)]
    if not owed:
        return "Its invoice is not among the open ones that are named here."
    return f"The open {'invoice is' if len(owed) == 1 else 'invoices are'} {join(owed)}."


def _helps(advice: Advice, facts: Facts) -> Iterator[str]:
    """Yield what the sections of the answer do not say themselves."""
    in_a_step = Topic.UNBLOCK in advice.topics and any(PaymentLink.PAY_INVOICE in step.links for step in advice.steps)
    if owed_for_plan(facts) and not (in_a_step or Topic.PAYMENT in advice.topics):
        yield from hand_over([PaymentLink.PAY_INVOICE], facts)
    if advice.unpaid is Unpaid.COLLECTION_FAILED and Topic.DECLINED not in advice.topics:
        yield (
            "Where the card is at fault, the customer registers another card on a page of Stripe's, also from the "
            "Billing page, `F3`."
        )
