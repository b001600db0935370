"""Whom a question may mention: names by their words, ids by their tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.ids import is_customer_id
from services.guidance.redaction.mentions import mentioned, mentioned_ids


def test_telling_words_are_looked_up_those_in_lower_case_first() -> None:
    assert mentioned("Does Müller's invoice or globex or L’Oréal owe, GLOBEX?") == ["globex", "muller", "l'oreal"]


def test_a_short_word_is_looked_up_with_the_one_that_follows() -> None:
    assert mentioned("is it like nw traders or kd zwölf") == ["traders", "nw traders", "kd zwolf"]
    assert mentioned("is nw") == []


def test_a_question_about_the_customer_alone_mentions_nobody() -> None:
    question = (
        "Why is the customer blocked, and can I extend the trial by 30-day terms, 100 hours or until 12:30 in Q3?"
    )
    assert mentioned(question) == []
    assert mentioned_ids(question) == []


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ("compare with globex-emea.", ["globex-emea", "globex"]),
        ("is northwind blocked", ["northwind"]),
        ("A.B:C, kunde_12 or lumon?", ["lumon", "A.B:C", "kunde_12"]),
        ("customer other-1", ["other-1"]),
        ("the customer's trial", []),
        ("customer id trial", ["trial"]),
        ("Kundennummer: 4711", ["4711"]),
        ("nörthwind", ["northwind"]),
        ("x" * 65, []),
    ],
)
def test_tokens_that_cannot_be_meant_otherwise_may_be_ids(question: str, ids: list[str]) -> None:
    assert mentioned_ids(question) == ids


@given(st.text(max_size=80))
def test_only_what_can_be_an_id_is_looked_up(text: str) -> None:
    mentioned(text)
    assert all(map(is_customer_id, mentioned_ids(text)))
