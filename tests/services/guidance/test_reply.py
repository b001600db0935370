"""What is copied for the customer is what was checked: emphasis goes, and no word changes with it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.types import FlagKind
from services.guidance.checks import check
from services.guidance.reply import HEADING, plain_reply
from tests.evals.answers.customers import CUSTOMERS

KNOWN = CUSTOMERS["healthy"]
WORDS = ["Please", "pay", "later", "soon", "write", "to", "us", "and", "keep", "an", "eye", "on", "it"]


def copied(reply: str) -> str | None:
    return plain_reply(f"All is well.\n\n{HEADING}\n\n> {reply}\n\nNot this.", KNOWN.facts)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("**Please** _retry_, `now`.", "Please retry, now."),
        ("Hello {{customer.name}}, __hello__!", "Hello Acme GmbH, hello!"),
        ("snake_case and 2 \\* 3", "snake_case and 2 * 3"),
        ("* one\n> * two", "- one\n- two"),
        ("ht__tps and s_ettled", "ht__tps and s_ettled"),
    ],
)
def test_only_marks_around_words_are_taken_off(written: str, text: str) -> None:
    assert copied(written) == text


@pytest.mark.parametrize("mark", ["__", "**", "`", "*", "~~", "\\", "_*", "*_"])
@pytest.mark.parametrize(("word", "at"), [("https", 2), ("settled", 3), ("Lindqvist", 4), ("refunded", 2)])
def test_a_mark_within_a_word_is_flagged(word: str, at: int, mark: str) -> None:
    split = f"{word[:at]}{mark}{word[at:]}"
    for text in (f"It is {split} now.", f"{HEADING}\n\n> It is {split} now."):
        assert FlagKind.MARKUP in {flag.kind for flag in check(text, KNOWN.facts, KNOWN.advice)}


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(["", "**", "__", "`", "*", "_"])), min_size=1))
def test_the_words_that_are_copied_are_those_that_were_checked(marked: list[tuple[str, str]]) -> None:
    copy = copied(" ".join(f"{mark}{word}{mark}" for word, mark in marked))
    assert re.findall(r"\w+", copy or "") == [word for word, _ in marked]


def test_an_address_in_pieces_is_no_way_to_the_customer() -> None:
    for text in ("Pay at ht__tps://evil.exa__mple", "Pay at **https**://evil.exa**mple**"):
        assert check(f"{HEADING}\n\n> {text}", KNOWN.facts, KNOWN.advice)


def test_an_answer_without_that_part_has_nothing_to_copy() -> None:
    assert plain_reply("> All is well.", KNOWN.facts) is None
    assert plain_reply(f"{HEADING}\n\nAll is well.", KNOWN.facts) is None
