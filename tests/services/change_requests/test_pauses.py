"""The platform is left alone for longer each time, as long as it wishes, and by all not for the same time."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.change_requests.pauses import pause_before_next

IDS = st.from_regex(r"cr_[0-9a-z]{1,26}", fullmatch=True)


@given(IDS, st.integers(1, 10_000))
def test_a_pause_is_from_two_seconds_to_ten_minutes_and_never_much_shorter_than_the_last(
    key: str, attempts: int
) -> None:
    pause, next_pause = (pause_before_next(key, number, None) for number in (attempts, attempts + 1))
    assert timedelta(seconds=2) <= pause <= timedelta(minutes=10)
    assert next_pause >= pause or next_pause >= timedelta(minutes=5)


@given(IDS, st.integers(1, 20), st.floats(0, 10**9))
def test_what_the_platform_wishes_is_respected_for_up_to_an_hour(key: str, attempts: int, wish: float) -> None:
    pause = pause_before_next(key, attempts, wish)
    assert pause >= min(timedelta(seconds=wish), timedelta(hours=1))
    assert pause == max(pause_before_next(key, attempts, None), min(timedelta(seconds=wish), timedelta(hours=1)))


def test_those_that_failed_together_do_not_come_again_together() -> None:
    assert len({pause_before_next(f"cr_{number}", 5, None) for number in range(100)}) > 90
