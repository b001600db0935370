"""Tests of shares of a period's price: whole minor units, never more than the whole."""

from hypothesis import given
from hypothesis import strategies as st

from services.payments.sandbox.proration import remaining_share, smallest_step

START = 1_700_000_000
AMOUNTS = st.integers(min_value=0, max_value=99_999_999)
LENGTHS = st.integers(min_value=1, max_value=366 * 86_400)
STEPS = st.sampled_from([1, 10])


def test_half_of_the_time_is_half_of_the_price_and_half_a_unit_counts_as_one() -> None:
    assert remaining_share(3_000, 0, 100, 50) == 1_500
    assert remaining_share(3_001, 0, 100, 50) == 1_501
    assert remaining_share(3_000, 0, 100, 67) == 990


def test_three_decimal_currencies_go_by_tens() -> None:
    assert (smallest_step("kwd"), smallest_step("jpy"), smallest_step("usd")) == (10, 1, 1)
    assert remaining_share(5_000, 0, 3, 1, step=10) == 3_330


@given(amount=AMOUNTS, length=LENGTHS, passed=st.integers(min_value=-10, max_value=400 * 86_400), step=STEPS)
def test_a_share_is_never_negative_and_never_more_than_the_whole(
    amount: int, length: int, passed: int, step: int
) -> None:
    whole = amount // step * step

    share = remaining_share(whole, START, START + length, START + passed, step=step)

    assert 0 <= share <= whole
    assert share % step == 0
    assert abs(share * length - whole * min(max(length - passed, 0), length)) * 2 <= step * length


@given(amount=AMOUNTS, length=LENGTHS, moments=st.tuples(LENGTHS, LENGTHS), step=STEPS)
def test_a_share_shrinks_as_time_passes(amount: int, length: int, moments: tuple[int, int], step: int) -> None:
    earlier, later = sorted(moments)
    whole = amount // step * step

    first, second = (
        remaining_share(whole, START, START + length, START + moment, step=step) for moment in (earlier, later)
    )

    assert first >= second


@given(amount=AMOUNTS, length=LENGTHS, step=STEPS)
def test_before_anything_is_used_the_share_is_the_whole_and_afterwards_nothing(
    amount: int, length: int, step: int
) -> None:
    assert remaining_share(amount, START, START + length, START, step=step) == amount
    assert remaining_share(amount, START, START + length, START + length, step=step) == 0
