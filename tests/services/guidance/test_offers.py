"""Plans on offer: which of them a question names, and that the ways to them are those of the plan comparison."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.billing.model import CustomerFacts, PaymentProfile, Subscription
from services.billing.views import billing_view
from services.contract.plans import GIB, PlanCatalogue
from services.contract.policy import Policy
from services.contract.types import BillingInterval, SubscriptionStatus
from services.guidance.facts import facts_hash
from services.guidance.model import FactKind
from services.guidance.offers import Way, offers_named, way_to
from services.guidance.privacy import Pseudonyms
from services.payments.plan_changes import plan_view
from tests.facts import NOW, make_facts, replaced
from tests.services.guidance.answers import facts_of
from tests.subscribed import NO_USE, make_subscription, subscribed_view

POLICY = Policy()
PLANS = POLICY.plans
SLUGS = [plan.slug for plan in PLANS.offered]

_WAYS = {"checkout": Way.CHECKOUT, "portal": Way.PORTAL, "contact": Way.CONTRACT}
_NO_WAYS = {"ALREADY_ON_PLAN": Way.HAS, "ALREADY_SCHEDULED": Way.FOLLOWS}

_subscriptions = st.builds(
    Subscription,
    subscription_id=st.just("sub_1"),
    status=st.sampled_from(SubscriptionStatus),
    plan=st.sampled_from([None, *SLUGS]),
    plan_name=st.just("Whatever"),
    interval=st.sampled_from(BillingInterval),
    amount=st.just(7_900),
    currency=st.just("usd"),
    period_start=st.just(NOW - timedelta(days=10)),
    period_end=st.just(NOW + timedelta(days=20)),
    next_plan=st.sampled_from([None, *SLUGS]),
    next_plan_name=st.just("Another"),
    changes_at=st.sampled_from([None, NOW + timedelta(days=20)]),
)


@st.composite
def customers(draw: st.DrawFn) -> CustomerFacts:
    """Draw a customer on any tier, with any subscription or none, who uses anything."""
    used = replaced(make_facts(), usage_tier=draw(st.sampled_from([None, "of old", *SLUGS])))
    profile = PaymentProfile(nodes=draw(st.sampled_from([0, 5, 6])), storage=draw(st.sampled_from([0, 51 * GIB])))
    return replace(used, subscription=draw(st.none() | _subscriptions), payments=profile)


@given(customers())
def test_the_way_to_each_plan_and_what_is_beyond_it_are_those_of_the_plan_comparison(customer: CustomerFacts) -> None:
    view = billing_view(customer, NOW, POLICY)
    facts = facts_of(view)
    for stem, plan in zip(facts.numbered("offer"), PLANS.offered, strict=True):
        change = plan_view(customer, plan, PLANS, {}).change
        expected = _NO_WAYS[change.reason or ""] if change.how == "none" else _WAYS[change.how]
        assert way_to(plan, view, PLANS) is expected
        assert facts[f"{stem}.way"].value == expected
        assert (f"{stem}.over" in facts) == bool(change.over)


def test_a_plan_that_is_not_sold_here_is_by_contract_whatever_it_is_called() -> None:
    plans = PlanCatalogue(offered=(replace(PLANS.offered[0], slug="own", name="Own", monthly=None, yearly=None),))
    assert way_to(plans.offered[0], subscribed_view(), plans) is Way.CONTRACT


def test_what_is_used_beyond_a_plan_is_named_and_makes_no_answer_stale_that_did_not_name_it() -> None:
    facts = facts_of(subscribed_view())
    assert facts["offer.1.over"].value == "nodes, users and storage"
    assert "offer.3.over" not in facts
    less = facts_of(subscribed_view(usage=NO_USE))
    assert facts_hash(less, []) == facts_hash(facts, [])
    assert facts_hash(less, ["offer.1.over"]) != facts_hash(facts, ["offer.1.over"])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("How do they upgrade to Enterprise?", ("offer.4",)),
        ("how do they upgrade to enterprise", ("offer.4",)),
        ("Starter plan or business plan?", ("offer.1", "offer.3")),
        ("How do they get Starter?", ("offer.1",)),
        ("Growth?", ("offer.2",)),
        ("growth", ("offer.2",)),
        ("What is their business?", ()),
        ("Growth is slow, why?", ()),
        ("Is Growth Partners a client of theirs?", ()),
        ("Which plan has Business Growth GmbH?", ()),
        ("Are starters blocked?", ()),
        ("", ()),
    ],
)
def test_a_plan_is_named_by_its_name_and_not_by_a_word_that_is_like_it(text: str, named: tuple[str, ...]) -> None:
    assert offers_named(text, PLANS, "Business Growth GmbH") == named


@given(st.text())
def test_any_text_names_each_plan_at_most_once_and_in_order(text: str) -> None:
    named = offers_named(text, PLANS, "Acme GmbH")
    assert list(named) == sorted(set(named))


def test_the_names_of_plans_stay_on_this_machine_and_ordinary_words_like_them_stay_as_they_are() -> None:
    facts = facts_of(subscribed_view(make_subscription()))
    assert {facts[f"{stem}.name"].kind for stem in facts.numbered("offer")} == {FactKind.TEXT}
    pseudonyms = Pseudonyms("cust-1", facts)
    sent = pseudonyms.redact("Up to Enterprise, for business reasons?")
    assert "Enterprise" not in sent
    assert "for business reasons?" in sent
    assert pseudonyms.restore(sent) == "Up to {{offer.4.name}}, for business reasons?"
