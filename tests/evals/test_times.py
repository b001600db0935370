"""Moments as cases tell them."""

from datetime import timedelta

import pytest

from tests.evals.times import moment, resolved
from tests.surface import START


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("now", timedelta()),
        ("in 3d", timedelta(days=3)),
        ("in 45m", timedelta(minutes=45)),
        ("2h ago", -timedelta(hours=2)),
    ],
)
def test_a_moment_is_told_from_the_question(text: str, span: timedelta) -> None:
    assert moment(text, START) == START + span


@pytest.mark.parametrize("text", ["", "3d", "in 3 days", "yesterday", "2026-11-20T12:00:00Z"])
def test_anything_else_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match="is no moment"):
        moment(text, START)


def test_only_fields_that_hold_a_moment_are_resolved_wherever_they_stand() -> None:
    line = {"legal_name": "now", "billing": {"trial_ends_at": None}, "usage": [{"occurred_at": "now", "amount": "1"}]}
    assert resolved(line, START) == line | {"usage": [{"occurred_at": "2026-11-20T12:00:00+00:00", "amount": "1"}]}
