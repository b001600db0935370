"""What the chunks of a stream amount to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.types import FailureKind
from services.contract.views import ChatUsage
from services.guidance.provider.reading import MAX_CHARACTERS, Choice, Chunk, Delta, Reading


def text(content: str, finish_reason: str | None = None) -> Chunk:
    return Chunk([Choice(0, Delta(content), finish_reason)])


@given(st.lists(st.text(), min_size=1))
def test_the_text_is_that_of_all_chunks(pieces: list[str]) -> None:
    reading = Reading()
    assert "".join(reading.take(text(piece)) for piece in pieces) == "".join(pieces)
    assert reading.has_text == bool("".join(pieces).strip())


@given(st.lists(st.integers(min_value=0, max_value=MAX_CHARACTERS), min_size=1, max_size=6))
def test_no_answer_is_longer_than_the_limit(lengths: list[int]) -> None:
    reading = Reading()
    read = sum(len(reading.take(text("x" * length))) for length in lengths)
    assert read == min(sum(lengths), MAX_CHARACTERS)


def test_a_full_answer_is_full_only_beyond_the_limit() -> None:
    reading = Reading()
    reading.take(text("x" * MAX_CHARACTERS, "stop"))
    assert (reading.is_full, reading.verdict()) == (False, None)
    reading.take(text("y"))
    assert (reading.is_full, reading.verdict()) == (True, FailureKind.TRUNCATED)


@pytest.mark.parametrize(
    ("content", "finish_reason", "verdict"),
    [
        ("text", "stop", None),
        ("text", "tool_calls", None),
        ("text", "a reason of tomorrow", None),
        ("text", "length", FailureKind.TRUNCATED),
        ("", "length", FailureKind.TRUNCATED),
        ("text", "content_filter", FailureKind.REJECTED),
        ("", "content_filter", FailureKind.REJECTED),
        ("text", "error", FailureKind.SERVER_ERROR),
        ("text", None, FailureKind.TRUNCATED),
        ("", "stop", FailureKind.EMPTY),
        ("\n", "stop", FailureKind.EMPTY),
        ("", "tool_calls", FailureKind.EMPTY),
        ("", None, FailureKind.EMPTY),
    ],
)
def test_how_an_answer_ends_says_whether_it_is_whole(
    content: str, finish_reason: str | None, verdict: FailureKind | None
) -> None:
    reading = Reading()
    reading.take(text(content, finish_reason))
    assert reading.verdict() is verdict
    assert reading.is_finished == (finish_reason is not None)


def test_a_stream_without_a_chunk_is_none() -> None:
    assert Reading().verdict() is FailureKind.PROTOCOL


def test_the_last_count_that_makes_sense_is_what_was_used() -> None:
    reading = Reading()
    for usage in ({"prompt_tokens": 5, "completion_tokens": 1}, {"prompt_tokens": 5, "completion_tokens": 2}, {}, None):
        reading.take(Chunk(None, usage))
    assert reading.usage == ChatUsage(input_tokens=5, output_tokens=2)


@pytest.mark.parametrize(
    "usage",
    [None, [], "12", {"prompt_tokens": -1, "completion_tokens": 1}, {"prompt_tokens": 1, "completion_tokens": 10**30}],
)
def test_a_count_that_makes_no_sense_is_not_known(usage: object) -> None:
    reading = Reading()
    reading.take(Chunk([], usage))
    assert reading.usage is None


def test_only_the_first_of_several_answers_is_read() -> None:
    chunk = Chunk([Choice(1, Delta("other"), "stop"), Choice(0, Delta("this"), None), Choice(0, None, None)])
    reading = Reading()
    assert reading.take(chunk) == "this"
    assert not reading.is_finished
