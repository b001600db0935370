"""When a switch of plans waits for the period's end."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.sandbox.pages.portal_rules import days, waits_for_period_end

BOTH = ("decreasing_item_amount", "shortening_interval")


def price(amount: int, interval: str = "month", count: int = 1) -> dict[str, Any]:
    """Return as much of a price as the rule looks at."""
    return {"unit_amount": amount, "recurring": {"interval": interval, "interval_count": count}}


prices = st.builds(price, st.integers(0, 10**8), st.sampled_from(["day", "week", "month", "year"]), st.integers(1, 36))


@given(prices, prices)
def test_of_a_switch_and_the_one_back_at_most_one_waits_for_a_smaller_amount(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    there, back = (waits_for_period_end(BOTH[:1], *pair) for pair in ((one, other), (other, one)))
    assert (there or back) == (one["unit_amount"] != other["unit_amount"])
    assert not (there and back)


@given(prices, prices)
def test_a_shorter_interval_waits_whatever_it_costs(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert waits_for_period_end(BOTH[1:], one, other) == (days(other) < days(one))


@given(prices, prices)
def test_without_conditions_nothing_waits_and_with_both_either_suffices(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert not waits_for_period_end((), one, other)
    either = [waits_for_period_end((condition,), one, other) for condition in BOTH]
    assert waits_for_period_end(BOTH, one, other) == any(either)


@pytest.mark.parametrize(
    ("before", "after", "waits"),
    [
        (price(4_900), price(1_900), True),
        (price(1_900), price(4_900), False),
        (price(1_900), price(1_900), False),
        (price(4_900), price(49_000, "year"), False),  # to pay for a year ahead is no downgrade
        (price(4_900), price(4_900, count=12), False),
        (price(49_000, "year"), price(4_900), True),
        (price(1_900, "year"), price(4_900), True),
        (price(1_900, "month", 12), price(4_900, "year"), False),
    ],
)
def test_a_downgrade_waits_and_an_upgrade_does_not(before: dict[str, Any], after: dict[str, Any], waits: bool) -> None:
    assert waits_for_period_end(BOTH, before, after) is waits
