"""How amounts, moments, words and states read on screen."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from services.contract.types import Area, BillingState, ChecklistStatus, Outcome, Unit
from tests.builders import NOW
from tests.widgets.harness import HOSTILE_NAMES
from widgets import format as words


@pytest.mark.parametrize(
    ("ai_cents", "shown"),
    [
        ("0", "$0.00"),
        ("1234", "$12.34"),
        ("0.25", "$0.0025"),
        ("190000", "$1,900.00"),
        ("-50", "-$0.50"),
        ("922337203685477.5807", "$9,223,372,036,854.775807"),
    ],
)
def test_cents_read_as_dollars_exactly(ai_cents: str, shown: str) -> None:
    assert words.money(ai_cents) == shown


@pytest.mark.parametrize(
    ("workspace_hours", "shown"), [("0.00", "0.00 h"), ("1240.50", "1,240.50 h"), ("-3.25", "-3.25 h")]
)
def test_hours_have_two_places_and_a_unit(workspace_hours: str, shown: str) -> None:
    assert words.hours(workspace_hours) == shown


def test_an_amount_that_comes_in_has_a_plus_sign() -> None:
    assert words.signed(Unit.WORKSPACE_HOURS, "5.00") == "+5.00 h"
    assert words.signed(Unit.AI_CENTS, "-1234") == "-$12.34"


@pytest.mark.parametrize(
    ("total", "is_more", "shown"), [(3, False, "3"), (2000, False, "2 000"), (1000, True, "1 000+")]
)
def test_counts_keep_their_thousands_apart(total: int, is_more: bool, shown: str) -> None:
    assert words.count(total, is_more=is_more) == shown


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=2), "2 min ago"),
        (timedelta(hours=3, minutes=59), "3 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=59), "59 days ago"),
        (timedelta(days=60), "2026-08-16"),
        (timedelta(seconds=-5), "in a moment"),
        (timedelta(days=-9), "in 9 days"),
    ],
)
def test_moments_read_relative_to_now_and_far_ones_as_a_day(ago: timedelta, shown: str) -> None:
    assert words.relative(NOW - ago, NOW) == shown


def test_what_a_clock_that_runs_ahead_has_stamped_happened_just_now() -> None:
    assert words.ago(NOW + timedelta(hours=1), NOW) == "just now"
    assert words.ago(NOW - timedelta(hours=1), NOW) == "1 h ago"


def test_every_state_has_a_glyph_and_a_word() -> None:
    marks = [words.billing_state(state) for state in BillingState]
    marks += [words.checklist(status) for status in (None, *ChecklistStatus)]
    marks += [words.outcome(outcome) for outcome in Outcome]
    for mark in marks:
        assert cell_len(mark.glyph) == 1
        assert "\ufe0f" not in mark.glyph
        assert mark.word


def test_areas_read_in_words() -> None:
    assert words.areas([Area.PROVISIONING, Area.MANAGED_AI]) == "provisioning, managed AI"


@given(st.text(max_size=60) | st.sampled_from(HOSTILE_NAMES), st.integers(min_value=0, max_value=40))
def test_cut_texts_never_exceed_their_cells(text: str, cells: int) -> None:
    assert cell_len(words.ellipsis(text, cells)) <= cells
    assert cell_len(words.ellipsis_middle(text, cells)) <= cells
    assert cell_len(words.fit(text, cells)) == cells
    assert cell_len(words.fit_right(text, cells)) == cells


def test_a_cut_is_visible_and_counts_wide_characters_as_two() -> None:
    assert words.ellipsis("日本語株式会社", 7) == "日本語…"
    assert words.ellipsis("AvalonBay", 9) == "AvalonBay"
    assert words.ellipsis_middle("c7-000035-eu", 7) == "c7-…-eu"


def test_cutting_cleans() -> None:
    assert words.ellipsis("\x1b[31mRed\x07\u202e", 20) == "[31mRed"
