"""How far a node is with a change of plan, and what it is entitled to: whatever the plan and the moment."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.billing.rules import NODES_LAG_AFTER
from services.contract.plans import Plan, PlanCatalogue
from services.contract.types import Resource, SubscriptionStatus
from services.payments.nodes.model import Standing
from services.payments.nodes.rules import SIGNED_ANEW, SILENT_AFTER, entitlements_of, hour_of, node_state

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
AGES = st.timedeltas(timedelta(), timedelta(minutes=20))
GENERATIONS = st.integers(1, 4)
COUNTS = st.none() | st.integers(0, 10**9)
PLANS = st.builds(
    lambda nodes, users, storage, grace: PlanCatalogue(
        offered=(Plan(slug="one", name="One", nodes=nodes, users=users, storage_gib=storage, features=("a",)),),
        features={"a": "A"},
        grace_hours=grace,
    ),
    COUNTS,
    COUNTS,
    COUNTS,
    st.integers(1, 8_760),
)
STANDINGS = st.builds(
    Standing,
    st.just("acme-eu"),
    GENERATIONS,
    st.sampled_from([None, "one", "gone"]),
    st.none() | st.sampled_from(SubscriptionStatus),
)


@given(MOMENTS, AGES, st.none() | AGES, st.none() | GENERATIONS, GENERATIONS, st.none() | AGES)
def test_a_node_is_in_exactly_the_state_that_its_last_word_and_the_clock_say(
    now: datetime,
    registered: timedelta,
    seen: timedelta | None,
    applied: int | None,
    wanted: int,
    changed: timedelta | None,
) -> None:
    state = node_state(
        registered=True,
        registered_at=now - registered,
        last_seen_at=None if seen is None else now - seen,
        applied=applied,
        wanted=wanted,
        changed_at=None if changed is None else now - changed,
        now=now,
    )
    silent = seen is not None and seen > SILENT_AFTER
    behind = applied is None or applied < wanted
    assert (state == "never_seen") == (seen is None)
    assert (state == "silent") == silent
    if seen is not None and not silent:
        assert (state == "current") == (not behind)
        had = registered if changed is None else min(registered, changed)
        assert (state == "lagging") == (behind and had > NODES_LAG_AFTER)


@given(STANDINGS, PLANS, MOMENTS)
def test_entitlements_say_what_the_plan_does(standing: Standing, plans: PlanCatalogue, now: datetime) -> None:
    found = entitlements_of(standing, plans, now)
    plan = plans.find(standing.usage_tier)
    limits = {resource: None if plan is None else plan.limit(resource) for resource in Resource}
    assert (found.plan, found.features) == ((None, ()) if plan is None else ("one", ("a",)))
    assert (found.limits.nodes, found.limits.users, found.limits.storage_bytes) == tuple(limits.values())
    assert (found.customer_id, found.generation) == ("acme-eu", standing.generation)
    assert found.status == (standing.subscription or "none")


@given(STANDINGS, PLANS, MOMENTS, AGES)
def test_the_grace_is_never_cut_short_and_never_an_hour_too_long(
    standing: Standing, plans: PlanCatalogue, now: datetime, later: timedelta
) -> None:
    found, grace = entitlements_of(standing, plans, now), timedelta(hours=plans.grace_hours)
    told = now + later
    if hour_of(told) == hour_of(now):  # as long as the same text is handed out
        assert grace < found.valid_until - told <= grace + SIGNED_ANEW


@given(MOMENTS)
def test_an_hour_is_of_utc_whatever_the_clock_is_set_to(now: datetime) -> None:
    hour = hour_of(now)
    assert timedelta() <= now - hour < timedelta(hours=1)
    assert hour_of(hour) == hour
