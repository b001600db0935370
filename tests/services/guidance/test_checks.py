"""What is let through of an answer, and that it is the same however the answer is cut into pieces."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.contract.text import is_clean
from services.contract.types import FlagKind, Starter
from services.contract.views import CustomerBillingView
from services.guidance.checking.sentences import LONGEST_SENTENCE
from services.guidance.checks import LONGEST_ANSWER, Checker, Flag, check
from services.guidance.rules import advise
from tests.builders import make_event
from tests.evals.answers.customers import CUSTOMERS, Known
from tests.services.guidance.answers import facts_of, question, unfilled
from tests.services.guidance.test_phrase import ENTRIES, QUESTIONS
from tests.strategies import HOSTILE, views

ANSWERS = Path(__file__).parents[2] / "evals" / "answers"
CLEAN = yaml.safe_load((ANSWERS / "clean.yaml").read_text("utf-8"))
WRONG = yaml.safe_load((ANSWERS / "hostile.yaml").read_text("utf-8"))
CUSTOMER = CUSTOMERS["rail_not_approved"]


def stream(pieces: list[str], known: Known = CUSTOMER) -> tuple[str, tuple[Flag, ...]]:
    checker = Checker(known.facts, known.advice)
    passed = "".join([*(checker.feed(piece) for piece in pieces), checker.close()])
    return passed, checker.flags


def cut(text: str, sizes: list[int]) -> Iterator[str]:
    start = 0
    for size in sizes:
        yield text[start : start + size]
        start += size
    yield text[start:]


def kinds(text: str, known: Known = CUSTOMER) -> set[FlagKind]:
    return {flag.kind for flag in check(text, known.facts, known.advice)}


corpus = st.sampled_from([item["text"] for item in [*CLEAN, *WRONG]])
fragments = st.sampled_from(
    ["{{", "}}", "{{credits.ai_cents}}", "I have ", "refunded", ". ", "\n", "12", "USD ", "1. ", *HOSTILE]
)
texts = st.one_of(
    st.text(), corpus, st.lists(st.one_of(corpus, fragments, st.text(max_size=5)), max_size=8).map("".join)
)
sizes = st.lists(st.integers(0, 40), max_size=30)


# ── whole answers ─────────────────────────────────────────────────────────────────────────────────────────────────────


@given(views, st.sampled_from(QUESTIONS))
def test_every_rule_based_answer_passes(view: CustomerBillingView, asked: str | Starter) -> None:
    events = [make_event()]
    facts = facts_of(view, ENTRIES, events)
    assert check(unfilled(view, asked, ENTRIES, events), facts, advise(view, facts, question(asked))) == ()


# ── streaming ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(texts, sizes)
def test_however_a_text_is_cut_the_outcome_is_the_same(text: str, sizes: list[int]) -> None:
    assert stream(list(cut(text, sizes))) == stream([text]) == stream(list(text))


@given(texts)
def test_what_is_let_through_is_the_clean_beginning_of_the_text(text: str) -> None:
    passed, flags = stream([text])
    written = text.replace("\r\n", "\n").replace("\t", "    ")
    assert written.startswith(passed)
    assert all(is_clean(line) for line in passed.split("\n"))
    assert flags or passed == written


@given(texts)
def test_nothing_that_is_flagged_is_let_through(text: str) -> None:
    passed, _ = stream([text])
    assert stream([passed])[1] == ()


@pytest.mark.parametrize("item", WRONG[::5], ids=lambda item: item["text"][:40])
def test_no_part_of_a_flagged_sentence_is_let_through(item: dict[str, str]) -> None:
    before = "Nothing is certain here.\n"
    passed, flags = stream(list(before + item["text"]), CUSTOMERS[item["customer"]])
    assert flags
    assert passed.startswith(before)
    assert flags[0].excerpt not in passed


def test_a_sentence_is_let_through_as_soon_as_the_next_one_begins() -> None:
    checker = Checker(CUSTOMER.facts, CUSTOMER.advice)
    assert checker.feed("Provisioning is {{readiness.provisioning.status") == ""
    assert checker.feed("}}.") == ""
    assert checker.feed(" Managed") == "Provisioning is {{readiness.provisioning.status}}."
    assert checker.close() == " Managed"


def test_after_the_first_flag_nothing_more_is_let_through() -> None:
    passed, flags = stream(["All is known. ", "I have refunded it. ", "Nothing else blocks.\n"])
    assert passed == "All is known."
    assert [flag.kind for flag in flags] == [FlagKind.PROMISE]


def test_a_claim_broken_over_two_lines_is_seen() -> None:
    assert FlagKind.PROMISE in kinds("The invoice has been\nrefunded to the customer.")


@pytest.mark.parametrize("text", ["word " * LONGEST_SENTENCE, "x" * (LONGEST_SENTENCE + 1), "a.\n" * LONGEST_ANSWER])
def test_what_is_too_long_to_be_an_answer_is_flagged(text: str) -> None:
    assert FlagKind.MARKUP in kinds(text)


@pytest.mark.parametrize("control", ["\r", "\x1b[2J", "\u202e", "\u200b", "\x00", "\ufeff", "\u2028"])
def test_no_control_or_invisible_character_is_let_through_in_any_place(control: str) -> None:
    for text in (control, f"All is{control} well.", f"All is well.{control}", f"{control} \nAll is well."):
        passed, flags = stream(list(text))
        assert control not in passed
        assert FlagKind.MARKUP in {flag.kind for flag in flags}


def test_line_breaks_of_any_system_are_line_breaks() -> None:
    assert stream(list("All is well.\r\n\r\n- Nothing blocks.\r\n")) == ("All is well.\n\n- Nothing blocks.\n", ())


# ── speed: generous bounds, so that only a blow-up can break them ─────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "unit", ["a", "1", "1,000 ", "{{", "*", "I have ", "not, ", "trial ", "(", "- ", ".\n", "Ab ", "a.b", "\n"]
)
def test_a_megabyte_of_anything_takes_no_more_than_seconds(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    began = time.perf_counter()
    stream([text])
    assert time.perf_counter() - began < 10


def test_a_piece_of_an_answer_costs_little() -> None:
    own = [item["text"] for item in CLEAN if item["customer"] == "rail_approved"]
    text = "\n\n".join(answer.partition("**Customer-safe")[0] for answer in own)
    pieces = [text[n : n + 4] for n in range(0, len(text), 4)]
    began = time.perf_counter()
    _, flags = stream(pieces, CUSTOMERS["rail_approved"])
    assert not flags
    assert (time.perf_counter() - began) / len(pieces) < 0.003
