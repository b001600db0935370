"""When to come again, whatever a header says."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.platform.answers import Reply, read_answer, seconds_until
from services.platform.port import Applied, Declined, Unanswered

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@given(st.one_of(st.none(), st.text(max_size=40), st.from_regex(r"[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{1,6} [\d:]*")))
def test_a_header_says_how_many_seconds_or_nothing(text: str | None) -> None:
    found = seconds_until(text, NOW)
    assert found is None or found >= 0


@given(st.integers(100, 999), st.binary(max_size=50))
def test_any_reply_is_one_of_three_answers(status: int, body: bytes) -> None:
    answer = read_answer(Reply(status, body), "platform.example", NOW)
    assert isinstance(answer, Applied | Declined | Unanswered)
    assert not isinstance(answer, Applied) or 200 <= status < 300


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 01 Jan 2026 00:00:00 +99999999999999999999",
        "",
    ],
)
def test_a_moment_that_no_clock_has_says_nothing(text: str) -> None:
    assert seconds_until(text, NOW) is None
