"""Tests of billing periods: they end where the anchor says, also after shorter months."""

import calendar
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.sandbox.periods import boundary, next_boundary

DAY = 86_400
ANCHORS = st.integers(min_value=1_577_836_800, max_value=2_000_000_000)  # 2020 … 2033
INTERVALS = st.sampled_from(["day", "week", "month", "year"])
COUNTS = st.integers(min_value=1, max_value=12)


def _at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def _text(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M}"


def test_a_month_without_the_anchors_day_ends_on_its_last_day_and_the_next_by_the_anchor_again() -> None:
    anchor = _at("2026-01-31 09:30")

    ends = [_text(boundary(anchor, "month", 1, number)) for number in range(1, 6)]

    assert ends == [
        "2026-02-28 09:30",
        "2026-03-31 09:30",
        "2026-04-30 09:30",
        "2026-05-31 09:30",
        "2026-06-30 09:30",
    ]


def test_a_leap_year_has_its_29th_of_february() -> None:
    assert _text(next_boundary(_at("2027-12-31 00:00"), "month", 1, _at("2028-01-31 00:00"))) == "2028-02-29 00:00"
    assert _text(boundary(_at("2028-02-29 12:00"), "year", 1, 1)) == "2029-02-28 12:00"
    assert _text(boundary(_at("2028-02-29 12:00"), "year", 1, 4)) == "2032-02-29 12:00"


@pytest.mark.parametrize(("interval", "days"), [("day", 3), ("week", 21)])
def test_days_and_weeks_are_counted_in_seconds(interval: str, days: int) -> None:
    assert boundary(1_000_000, interval, 3, 1) == 1_000_000 + days * DAY


@given(anchor=ANCHORS, interval=INTERVALS, count=COUNTS, after=st.integers(min_value=0, max_value=10**9))
def test_periods_follow_one_another_without_gap_or_overlap(anchor: int, interval: str, count: int, after: int) -> None:
    moment = anchor + after

    end = next_boundary(anchor, interval, count, moment)

    assert end > moment
    assert next_boundary(anchor, interval, count, end - 1) == end
    assert next_boundary(anchor, interval, count, end) > end


@given(anchor=ANCHORS, number=st.integers(min_value=0, max_value=200))
def test_a_boundary_of_months_is_on_the_anchors_day_or_the_months_last(anchor: int, number: int) -> None:
    first = datetime.fromtimestamp(anchor, UTC)

    end = datetime.fromtimestamp(boundary(anchor, "month", 1, number), UTC)

    assert end.time() == first.time()
    assert end.day == min(first.day, calendar.monthrange(end.year, end.month)[1])
    assert (end.year - first.year) * 12 + end.month - first.month == number
