"""Which lots count when, in which order they burn, and in which order history is applied (PRODUCT.md §3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.types import Category, Unit
from services.credits.model import Lot
from services.credits.rules import (
    available_now,
    burn_down_order,
    is_active,
    next_credit_change,
    order_events,
)
from tests.services.credits.histories import LAST_HOUR, Step, histories, hour, told

INSTANT = timedelta(microseconds=1)


def make_lot(position: int = 0, **terms: Any) -> Lot:
    fields: dict[str, Any] = {
        "grant_id": f"g{position}",
        "unit": Unit.WORKSPACE_HOURS,
        "category": Category.SUPPORT,
        "amount": 10,
        "remaining": 10,
        "source": "test",
    }
    return Lot(position=position, **(fields | terms))


def test_a_lot_is_active_from_its_first_moment_until_just_before_its_expiry() -> None:
    lot = make_lot(effective_at=hour(1), expires_at=hour(2))
    assert not is_active(lot, hour(1) - INSTANT)
    assert is_active(lot, hour(1))
    assert is_active(lot, hour(2) - INSTANT)
    assert not is_active(lot, hour(2))


def test_a_lot_without_times_is_always_active() -> None:
    assert is_active(make_lot(), datetime.min.replace(tzinfo=hour(0).tzinfo))
    assert is_active(make_lot(), datetime.max.replace(tzinfo=hour(0).tzinfo))


@pytest.mark.parametrize("terms", [{"remaining": 0}, {"remaining": 0, "closed": True}])
def test_a_lot_with_nothing_left_is_not_active(terms: dict[str, Any]) -> None:
    assert not is_active(make_lot(**terms), hour(0))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"priority": 10, "expires_at": None}, {"priority": 50, "expires_at": hour(3)}),
        ({"expires_at": hour(3), "category": Category.PAID}, {"expires_at": hour(4)}),
        ({"expires_at": hour(4), "category": Category.PAID}, {"expires_at": None}),
        ({"category": Category.PROMOTIONAL, "effective_at": hour(1)}, {"category": Category.PAID}),
        ({"effective_at": None}, {"effective_at": hour(0)}),
        ({"effective_at": hour(0)}, {"effective_at": hour(1)}),
    ],
    ids=["priority", "earliest expiry", "never expires last", "non-paid first", "always first", "earliest effect"],
)
def test_each_rule_of_the_order_goes_before_the_ones_after_it(first: dict[str, Any], second: dict[str, Any]) -> None:
    # The position speaks against the order, so that it decides nothing here.
    lots = [make_lot(0, **second), make_lot(1, **first)]
    assert [lot.position for lot in burn_down_order(lots, hour(2))] == [1, 0]


def test_creation_breaks_the_last_tie_and_inactive_lots_are_left_out() -> None:
    lots = [make_lot(2), make_lot(1), make_lot(0, effective_at=hour(9)), make_lot(3, expires_at=hour(2))]
    assert [lot.position for lot in burn_down_order(lots, hour(2))] == [1, 2]


def test_an_expired_lot_counts_for_nothing_before_its_expiry_is_booked() -> None:
    lots = [make_lot(0, expires_at=hour(2)), make_lot(1), make_lot(2, unit=Unit.AI_CENTS)]
    assert available_now(lots, Unit.WORKSPACE_HOURS, hour(2) - INSTANT) == 20
    assert available_now(lots, Unit.WORKSPACE_HOURS, hour(2)) == 10


def test_the_next_change_is_the_first_effect_or_expiry_still_to_come() -> None:
    lots = [
        make_lot(0, expires_at=hour(5)),
        make_lot(1, effective_at=hour(3), expires_at=hour(9)),
        make_lot(2, expires_at=hour(1)),
        make_lot(3, effective_at=hour(2), expires_at=hour(2)),
        make_lot(4, remaining=0, expires_at=hour(2)),
    ]
    assert next_credit_change(lots, hour(1)) == hour(3)
    assert next_credit_change(lots, hour(3)) == hour(5)
    assert next_credit_change(lots, hour(5)) == hour(9)
    assert next_credit_change(lots, hour(9)) is None


@given(histories, st.integers(0, LAST_HOUR))
def test_nothing_changes_before_the_next_change_and_something_does_at_it(history: list[Step], number: int) -> None:
    lots, at = told(history).credits.lots, hour(number)
    active = burn_down_order(lots, at)
    change = next_credit_change(lots, at)
    quiet = range(number, LAST_HOUR + 2)
    assert all(burn_down_order(lots, hour(n)) == active for n in quiet if change is None or hour(n) < change)
    if change is not None:
        assert change > at
        assert burn_down_order(lots, change) != active


@dataclass(frozen=True)
class ImportedGrant:
    name: str
    effective_at: datetime | None


@dataclass(frozen=True)
class ImportedUse:
    name: str
    occurred_at: datetime


def test_history_is_applied_by_time_grants_before_usage_then_in_file_order() -> None:
    grants = [ImportedGrant("late", hour(5)), ImportedGrant("g1", hour(2)), ImportedGrant("g2", hour(2))]
    grants += [ImportedGrant("always", None)]
    usage = [ImportedUse("u1", hour(2)), ImportedUse("early", hour(0)), ImportedUse("u2", hour(2))]
    assert [event.name for event in order_events(grants, usage)] == ["always", "early", "g1", "g2", "u1", "u2", "late"]


def test_an_always_effective_grant_comes_before_the_earliest_moment_there_is() -> None:
    dawn = datetime.min.replace(tzinfo=hour(0).tzinfo)
    events = order_events([ImportedGrant("dated", dawn), ImportedGrant("always", None)], [ImportedUse("use", dawn)])
    assert [event.name for event in events] == ["always", "dated", "use"]
