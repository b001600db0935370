"""Where a customer's cost comes from, and what changed against the period before: rows and days add up to the total."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contract.policy import SECONDS_PER_HOUR
from services.contract.requests import GetCostDrivers
from services.contract.types import Unit
from services.contract.views import CostDayView, CostDrivers, CostDriverView
from services.payments.costs import MOST_DRIVERS, DayUse, change, cost, cost_drivers_view, period_of
from services.payments.costs_store import cost_drivers
from services.storage.engine import Store
from tests.clocks import START
from tests.services.feeding import samples
from tests.services.feeding.feeding import context, feed
from tests.services.feeding.samples import jsonl, record

DAY = timedelta(days=1)
HOUR_MICROS = 120_000


def day(text: str) -> datetime:
    """Return a day's beginning."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# ── periods ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "back", "now", "previous_start", "start", "end", "days"),
    [
        ("week", 0, "2026-11-20T12:00", "2026-11-09", "2026-11-16", "2026-11-20T12:00", 5),
        ("week", 1, "2026-11-20T12:00", "2026-11-02", "2026-11-09", "2026-11-16", 7),
        ("week", 0, "2026-11-16T00:00", "2026-11-09", "2026-11-16", "2026-11-16", 1),
        ("week", 0, "2027-01-01T09:00", "2026-12-21", "2026-12-28", "2027-01-01T09:00", 5),
        ("month", 0, "2026-11-20T12:00", "2026-10-01", "2026-11-01", "2026-11-20T12:00", 20),
        ("month", 1, "2026-11-20T12:00", "2026-09-01", "2026-10-01", "2026-11-01", 31),
        ("month", 0, "2027-01-01T00:00", "2026-12-01", "2027-01-01", "2027-01-01", 1),
        ("month", 1, "2028-03-31T23:59", "2028-01-01", "2028-02-01", "2028-03-01", 29),
        ("month", 12, "2026-12-31T12:00", "2025-11-01", "2025-12-01", "2026-01-01", 31),
    ],
)
def test_a_period_is_a_week_from_monday_or_a_month_in_utc_and_the_current_one_goes_up_to_now(
    kind: Literal["week", "month"], back: int, now: str, previous_start: str, start: str, end: str, days: int
) -> None:
    period = period_of(kind, back, day(now))
    assert (period.previous_start, period.start, period.end) == (day(previous_start), day(start), day(end))
    assert period.days == tuple(period.start + n * DAY for n in range(days))


def test_a_period_is_the_same_whatever_the_offset_in_which_now_is_told() -> None:
    there = datetime.fromisoformat("2026-12-01T02:00:00+03:00")
    assert period_of("month", 0, there) == period_of("month", 0, there.astimezone(UTC))
    assert period_of("month", 0, there).start == day("2026-11-01")


@given(
    kind=st.sampled_from(["week", "month"]),
    back=st.integers(0, 60),
    now=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_the_period_before_ends_where_the_next_one_begins(
    kind: Literal["week", "month"], back: int, now: datetime
) -> None:
    later, earlier = period_of(kind, back, now), period_of(kind, back + 1, now)
    assert (earlier.start, earlier.end) == (later.previous_start, later.start)
    assert earlier.days[-1] + DAY == later.start
    assert later.start <= later.end <= now


# ── costs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("unit", "amount", "hour_micros", "micros"),
    [
        (Unit.AI_CENTS, 12_345, HOUR_MICROS, 12_345),
        (Unit.WORKSPACE_HOURS, SECONDS_PER_HOUR, HOUR_MICROS, HOUR_MICROS),
        (Unit.WORKSPACE_HOURS, 1, 1_800, 1),  # half of one
        (Unit.WORKSPACE_HOURS, 1, 1_799, 0),
        (Unit.WORKSPACE_HOURS, 7, 0, 0),
    ],
)
def test_ai_costs_what_it_is_and_workspace_time_what_the_policy_says_half_rounded_up(
    unit: Unit, amount: int, hour_micros: int, micros: int
) -> None:
    assert cost(unit, amount, hour_micros) == micros


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (100, 112, "+12 %"),
        (100, 97, "−3 %"),
        (200, 201, "+1 %"),  # half a percent
        (201, 202, "same"),
        (5, 5, "same"),
        (0, 0, "same"),
        (0, 1, "new"),
        (1, 0, "gone"),
        (1_000, 1, "−99 %"),  # all but gone
        (1, 1_000, "+99,900 %"),
    ],
)
def test_a_change_is_told_in_percent_or_in_a_word(before: int, now: int, said: str) -> None:
    assert change(before, now) == said


# ── the whole ─────────────────────────────────────────────────────────────────────────────────────────────────────────

WEEK = period_of("week", 1, START)
NAMES = st.sampled_from(["", "ci", "production"])
FIRST = (WEEK.start - WEEK.previous_start).days


@st.composite
def uses_of(draw: st.DrawFn, first: int = -FIRST, last: int = len(WEEK.days) - 1) -> list[DayUse]:
    """Return what was used on each day and place once, by day, as the projection holds it."""
    key = st.tuples(st.integers(first, last), NAMES, NAMES, st.sampled_from(Unit))
    amounts = draw(st.dictionaries(key, st.integers(1, 10**9), max_size=30))
    return [
        DayUse(day=WEEK.start + number * DAY, namespace=namespace, resource=resource, unit=unit, amount=amount)
        for (number, namespace, resource, unit), amount in sorted(amounts.items())
    ]


def _cents(texts: list[str]) -> Decimal:
    return sum((Decimal(text) for text in texts), Decimal(0))


@settings(max_examples=50)
@given(uses=uses_of(), hour_micros=st.integers(0, 10**6))
def test_rows_and_days_add_up_to_the_total_to_the_last_millionth(uses: list[DayUse], hour_micros: int) -> None:
    found = cost_drivers_view(WEEK, uses, hour_micros)
    assert _cents([driver.cost for driver in found.drivers]) == Decimal(found.cost)
    assert _cents([each.cost for each in found.days]) == Decimal(found.cost)
    assert _cents([driver.previous_cost for driver in found.drivers]) == Decimal(found.previous_cost)
    assert [each.day for each in found.days] == list(WEEK.days)
    assert all(Decimal(each.cost) >= 0 for each in found.days)


@settings(max_examples=50)
@given(uses=uses_of(first=0), hour_micros=st.integers(0, 10**6))
def test_a_period_against_itself_is_the_same_in_every_row(uses: list[DayUse], hour_micros: int) -> None:
    before = [msgspec.structs.replace(use, day=use.day - FIRST * DAY) for use in uses]
    found = cost_drivers_view(WEEK, [*before, *uses], hour_micros)
    assert {driver.change for driver in found.drivers} <= {"same"}
    assert found.change == "same"
    assert all((each.used, each.cost) == (each.previous_used, each.previous_cost) for each in found.drivers)


@settings(max_examples=50)
@given(uses=uses_of(), hour_micros=st.integers(0, 10**6))
def test_the_dearest_come_first_and_each_place_and_unit_once(uses: list[DayUse], hour_micros: int) -> None:
    found = cost_drivers_view(WEEK, uses, hour_micros).drivers
    assert [Decimal(each.cost) for each in found] == sorted((Decimal(each.cost) for each in found), reverse=True)
    keys = [(each.namespace, each.resource, each.unit) for each in found]
    assert sorted(keys) == sorted({(use.namespace, use.resource, use.unit.value) for use in uses})


def test_rows_of_one_cost_are_in_the_order_of_what_they_cost_before_and_then_of_their_names() -> None:
    def use(resource: str, number: int, amount: int) -> DayUse:
        when = WEEK.start + number * DAY
        return DayUse(day=when, namespace="ci", resource=resource, unit=Unit.AI_CENTS, amount=amount)

    uses = [use("gone", -1, 9), use("much-gone", -1, 10), use("b", 0, 5), use("a", 0, 5)]
    found = cost_drivers_view(WEEK, uses, HOUR_MICROS).drivers
    assert [(each.resource, each.change) for each in found] == [
        ("a", "new"),
        ("b", "new"),
        ("much-gone", "gone"),
        ("gone", "gone"),
    ]


# ── from the store ────────────────────────────────────────────────────────────────────────────────────────────────────


def _drivers(store: Store, customer_id: str, period: Literal["week", "month"] = "week", back: int = 0) -> CostDrivers:
    request = GetCostDrivers(customer_id=customer_id, period=period, back=back)
    with store.read() as conn:
        return cost_drivers(conn, context(), request)


def test_cost_drivers_are_those_of_the_customer_and_of_the_two_periods(store: Store) -> None:
    def used(occurred_at: str, amount: str, unit: str = "workspace_hours", **place: str) -> samples.Record:
        return samples.use(occurred_at=occurred_at, amount=amount, unit=unit, **place)

    usage = [
        used("2026-11-08T23:59:59Z", "50", namespace="ci"),  # before both
        used("2026-11-09T00:00:00Z", "10", namespace="ci", resource="build"),
        used("2026-11-13T23:59:59Z", "7.5", "ai_cents", namespace="ci", resource="assistant"),
        used("2026-11-14T00:00:00Z", "80", "ai_cents", namespace="ci"),  # of this week there is no Saturday yet
        used("2026-11-16T00:00:00Z", "4", namespace="ci", resource="build"),
        used("2026-11-20T12:00:00Z", "8", namespace="ci", resource="build"),
        used("2026-11-18T09:00:00Z", "0.25"),
    ]
    feed(store, jsonl(record(usage=usage), record(customer_id="other", usage=usage[4:5])))
    assert _drivers(store, "acme-eu") == CostDrivers(
        period="week",
        period_start=day("2026-11-16"),
        period_end=START,
        previous_start=day("2026-11-09"),
        previous_end=day("2026-11-14"),
        cost="147",
        previous_cost="127.5",
        change="+15 %",
        drivers=[
            CostDriverView(
                namespace="ci",
                resource="build",
                unit="workspace_hours",
                used="12.00",
                previous_used="10.00",
                cost="144",
                previous_cost="120",
                change="+20 %",
            ),
            CostDriverView(
                namespace="",
                resource="",
                unit="workspace_hours",
                used="0.25",
                previous_used="0.00",
                cost="3",
                previous_cost="0",
                change="new",
            ),
            CostDriverView(
                namespace="ci",
                resource="assistant",
                unit="ai_cents",
                used="0",
                previous_used="7.5",
                cost="0",
                previous_cost="7.5",
                change="gone",
            ),
        ],
        others=0,
        others_cost="0",
        days=[
            CostDayView(day=day(f"2026-11-{number}"), cost=cents)
            for number, cents in (("16", "48"), ("17", "0"), ("18", "3"), ("19", "0"), ("20", "96"))
        ],
    )
    month = _drivers(store, "acme-eu", "month")
    assert (month.cost, len(month.days), month.previous_cost) == ("954.5", 20, "0")
    assert _drivers(store, "other").cost == "48"


def test_of_very_many_places_the_dearest_are_told_one_by_one_and_the_others_together() -> None:
    uses = [
        DayUse(day=WEEK.start, namespace=f"n{n:04}", resource="", unit=Unit.AI_CENTS, amount=10_000 * (n + 1))
        for n in range(MOST_DRIVERS + 2)
    ]
    found = cost_drivers_view(WEEK, uses, 0)
    assert (len(found.drivers), found.others, found.others_cost) == (MOST_DRIVERS, 2, "3")
    assert found.drivers[-1].namespace == "n0002"


def test_a_customer_without_any_use_has_days_and_no_drivers(store: Store) -> None:
    feed(store, jsonl(record()))
    found = _drivers(store, "acme-eu", back=1)
    assert (found.cost, found.change, found.drivers) == ("0", "same", [])
    assert [each.cost for each in found.days] == ["0"] * 7
