"""What choosing a plan would change, and how it is chosen."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.model import CustomerFacts, PaymentProfile, Subscription
from services.contract.errors import Refused
from services.contract.plans import GIB, Plan, PlanCatalogue
from services.contract.types import BillingInterval, SubscriptionStatus
from services.payments.plan_changes import checkout_refusal, plan_named, plan_view, portal_refusal
from services.payments.port import RemotePrice
from tests.facts import make_facts, replaced

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PLANS = PlanCatalogue()
MONTH, YEAR = BillingInterval.MONTH, BillingInterval.YEAR


def facts(plan: str | None = None, *, subscribed: bool = True, interval: BillingInterval = MONTH) -> CustomerFacts:
    """Return facts of a customer on a plan."""
    found = replaced(make_facts(), usage_tier=plan)
    if plan is None or not subscribed:
        return found
    subscription = Subscription(
        subscription_id="sub_1",
        status=SubscriptionStatus.ACTIVE,
        plan=plan,
        plan_name=plan.title(),
        interval=interval,
        amount=7_900,
        currency="usd",
        period_start=NOW - timedelta(days=10),
        period_end=NOW + timedelta(days=20),
    )
    return CustomerFacts(
        **{name: getattr(found, name) for name in found.__struct_fields__ if name != "subscription"},
        subscription=subscription,
    )


def change(of: CustomerFacts, plan: str) -> tuple[str, str, bool]:
    """Return direction, way and whether it can be chosen."""
    found = plan_view(of, plan_named(plan, PLANS), PLANS, {}).change
    return found.direction, found.how, found.allowed


@pytest.mark.parametrize(
    ("on", "wanted", "expected"),
    [
        (None, "starter", ("new", "checkout", True)),
        ("starter", "growth", ("upgrade", "checkout", True)),
        ("growth", "starter", ("downgrade", "portal", True)),
        ("growth", "growth", ("current", "none", False)),
        ("growth", "enterprise", ("upgrade", "contact", False)),
    ],
)
def test_smaller_plans_are_the_portals_and_larger_ones_checkouts(
    on: str | None, wanted: str, expected: tuple[str, str, bool]
) -> None:
    assert change(facts(on), wanted) == expected


def test_a_plan_by_contract_can_be_bought_like_any_other() -> None:
    assert change(facts("growth", subscribed=False), "growth") == ("current", "checkout", True)
    assert change(facts("growth", subscribed=False), "starter") == ("downgrade", "checkout", True)


@given(
    on=st.sampled_from([None, "starter", "growth", "business"]),
    wanted=st.sampled_from([plan.slug for plan in PLANS.offered]),
    interval=st.sampled_from(BillingInterval),
    cycle=st.sampled_from(BillingInterval),
)
def test_what_the_page_offers_is_what_is_let_through(
    on: str | None, wanted: str, interval: BillingInterval, cycle: BillingInterval
) -> None:
    customer, plan = facts(on, interval=cycle), plan_named(wanted, PLANS)
    found = plan_view(customer, plan, PLANS, {}).change
    if found.how == "checkout":
        assert checkout_refusal(customer, plan, interval, PLANS) is None
    elif found.how == "portal":
        assert portal_refusal(customer, "change_plan", plan, interval, PLANS) is None
        assert checkout_refusal(customer, plan, interval, PLANS) is not None


def test_a_change_that_stands_already_is_told_and_not_offered_again() -> None:
    customer = facts("growth")
    assert customer.subscription is not None
    scheduled = Subscription(
        **{
            **{name: getattr(customer.subscription, name) for name in customer.subscription.__struct_fields__},
            "next_plan": "starter",
            "next_plan_name": "Starter",
            "changes_at": NOW + timedelta(days=20),
        }
    )
    fields = {name: getattr(customer, name) for name in customer.__struct_fields__}
    found = plan_view(CustomerFacts(**(fields | {"subscription": scheduled})), plan_named("starter", PLANS), PLANS, {})
    assert (found.change.allowed, found.change.message) == (False, "Starter begins on 2026-12-10.")


def test_what_is_used_beyond_a_plans_limits_is_named() -> None:
    customer = facts("growth")
    fields = {name: getattr(customer, name) for name in customer.__struct_fields__}
    used = CustomerFacts(**(fields | {"payments": PaymentProfile(nodes=3, users=5, storage=120 * GIB)}))
    assert plan_view(used, plan_named("starter", PLANS), PLANS, {}).change.over == [
        "Nodes: 3 in use, 1 included",
        "Storage: 120 GiB in use, 50 GiB included",
    ]


def test_a_price_is_stripes_and_where_it_has_none_that_is_said() -> None:
    price = RemotePrice(lookup_key="growth_monthly", price_id="p", amount=7_900, currency="jpy", interval=MONTH)
    monthly, yearly = plan_view(facts(), plan_named("growth", PLANS), PLANS, {"growth_monthly": price}).prices
    assert (monthly.text, monthly.problem) == ("7,900 JPY", None)
    assert (yearly.text, yearly.amount) == ("unknown", None)
    assert yearly.problem is not None


def test_a_plan_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(Refused) as refused:
        plan_named("gold", PLANS)
    assert "starter, growth, business and enterprise" in refused.value.message


def test_plans_that_cannot_be_told_apart_are_refused() -> None:
    twice = Plan(slug="one", name="One", monthly="key")
    with pytest.raises(ValueError, match="same slug"):
        PlanCatalogue(offered=(twice, twice))
    with pytest.raises(ValueError, match="same price"):
        PlanCatalogue(offered=(twice, Plan(slug="two", name="Two", yearly="key")))
    with pytest.raises(ValueError, match="no title"):
        PlanCatalogue(offered=(Plan(slug="one", name="One", features=("unheard_of",)),))
