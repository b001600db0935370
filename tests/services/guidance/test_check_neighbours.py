"""What may stand beside a reference: punctuation and marks, and nothing that makes another value of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.types import FlagKind
from services.guidance.checks import check
from tests.evals.answers.customers import CUSTOMERS

KNOWN = CUSTOMERS["healthy"]
KEYS = [fact.key for fact in KNOWN.facts if not fact.is_private]
NUMERIC = ["credits.ai_cents", "credits.active_lots", "credits.workspace_hours", "credits.next_expiry.in"]


def kinds(text: str, customer: str = "healthy") -> set[FlagKind]:
    known = CUSTOMERS[customer]
    return {flag.kind for flag in check(text, known.facts, known.advice)}


@given(st.sampled_from(KEYS), st.sampled_from(KEYS), st.sampled_from(["", ".", ",", "/", "-", ":", "**", "_", "`"]))
def test_two_references_never_touch(first: str, second: str, joint: str) -> None:
    assert FlagKind.FIGURE in kinds(f"It is {{{{{first}}}}}{joint}{{{{{second}}}}} now.")


@given(st.sampled_from(NUMERIC), st.sampled_from(["$", "€ ", "USD", "+", "-", "-**", "2", "2.", "half of ", "1 ", "x"]))
def test_nothing_before_a_figure_makes_another_one_of_it(key: str, before: str) -> None:
    money_in_dollars = key == "credits.ai_cents" and before in ("$", "USD")
    assert kinds(f"It is {before}{{{{{key}}}}} now.") or money_in_dollars


@given(
    st.sampled_from(NUMERIC),
    st.sampled_from(["%", " %", " percent", "0", ".5", "k", " weeks", "-month", " more minutes", " EUR", " thousand"]),
)
def test_nothing_after_a_figure_makes_another_one_of_it(key: str, after: str) -> None:
    for text in (f"It is {{{{{key}}}}}{after} now.", f"It is **{{{{{key}}}}}**{after} now."):
        assert kinds(text)


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("There are {{credits.active_lots}} days left.", True),
        ("There are {{credits.active_lots}}\ndays left.", True),
        ("There are {{credits.active_lots}} lots left.", False),
        ("It takes {{credits.next_expiry.in}} days.", False),
        ("It takes {{credits.next_expiry.in}} hours.", True),
        ("Worth {{credits.ai_cents}} USD.", False),
        ("Worth {{credits.ai_cents}} cents.", True),
        ("{{credits.ai_cents}} {{credits.active_lots}}", True),
    ],
)
def test_a_unit_belongs_to_the_fact_or_is_flagged(text: str, flagged: bool) -> None:
    assert (FlagKind.FIGURE in kinds(text)) is flagged


@pytest.mark.parametrize(
    "text",
    [
        "({{credits.ai_cents}}), “{{credits.active_lots}}”, **{{lot.1.remaining}}**!",
        "- {{credits.ai_cents}}\n* {{credits.workspace_hours}}\n1. {{credits.active_lots}} lots",
        "|{{credits.ai_cents}}|{{credits.active_lots}}|",
        "{{customer.name}}'s balance — {{credits.ai_cents}} — is fine.",
        "**Balance:** {{credits.ai_cents}}; lots: {{credits.active_lots}}.",
        "{{customer.ownership}}-type customers are not special.",
    ],
)
def test_punctuation_bullets_and_marks_are_no_part_of_a_value(text: str) -> None:
    assert kinds(text) == set()


def test_what_only_looks_like_a_reference_is_none() -> None:
    assert FlagKind.REFERENCE in kinds("\uff5b\uff5bcredits.ai_cents\uff5d\uff5d are left.")
    assert FlagKind.REFERENCE in kinds("{{credits.ai\ufe0f_cents}} are left.")


# ── numerals ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "1. Look.\n2. Ask.\n\nThen:\n\n3. Wait.",
        "1) Look.\n   1) Here.\n   2) There.\n2) Ask.",
        "Step 1: look.\nStep 2: ask.\nStep 3: wait.\n\nStep 3 is last.",
    ],
)
def test_the_steps_of_an_answer_may_be_counted(text: str) -> None:
    assert kinds(text) == set()


@pytest.mark.parametrize("number", [6, 7, 8, 10, 48, 73, 99])
def test_a_number_at_a_lines_start_is_a_figure_unless_it_counts_on(number: int) -> None:
    for text in (f"{number}. is the figure.", f"Left, in dollars:\n\n{number}) is it.", f"See step {number}."):
        assert FlagKind.FIGURE in kinds(text), text
