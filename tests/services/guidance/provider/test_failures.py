"""What is said when a model fails, and when to come back."""

import copy
import pickle
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.text import is_clean
from services.contract.types import FailureKind
from services.contract.views import ChatFailure
from services.guidance.provider.failures import ModelFailed, explain, refusal, retry_delay
from tests.clocks import START

HOST = "127.0.0.1:8080"


def explained(kind: FailureKind, retry_after: float | None = None) -> ChatFailure:
    return explain(ModelFailed(kind, retry_after), host=HOST, model="llama-{x}", now=START)


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_is_one_sentence_that_names_the_host_and_a_remedy(kind: FailureKind) -> None:
    failure = explained(kind)
    assert failure.kind is kind
    assert HOST in failure.message
    for words in (failure.message, failure.remedy):
        assert words[0].isupper()
        assert words.endswith(".")
        assert is_clean(words)
    assert failure.retry_at is None


def test_every_failure_reads_differently() -> None:
    assert len({explained(kind).message for kind in FailureKind}) == len(FailureKind) == 12


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (FailureKind.UNREACHABLE, "OPENAI_BASE_URL"),
        (FailureKind.AUTHENTICATION, "OPENAI_API_KEY"),
        (FailureKind.UNKNOWN_MODEL, "BILLINGHELP_MODEL"),
        (FailureKind.PROTOCOL, "OPENAI_BASE_URL"),
        (FailureKind.EMPTY, "BILLINGHELP_MODEL"),
    ],
)
def test_a_remedy_names_the_setting_to_look_at(kind: FailureKind, word: str) -> None:
    assert word in explained(kind).remedy


def test_a_models_name_is_shown_as_it_is() -> None:
    assert "knows no model llama-{x}." in explained(FailureKind.UNKNOWN_MODEL).message


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "Wait a minute, "),
        (0.0, "Wait 1 second, "),
        (6.2, "Wait 7 seconds, "),
        (120.0, "Wait 120 seconds, "),
        (121.0, "Wait 3 minutes, "),
        (7_200.0, "Wait 120 minutes, "),
        (7_201.0, "Wait 3 hours, "),
    ],
)
def test_a_remedy_says_how_long_to_wait(seconds: float | None, words: str) -> None:
    assert explained(FailureKind.RATE_LIMITED, seconds).remedy.startswith(words)


def test_a_failure_says_when_the_next_question_is_taken() -> None:
    assert explained(FailureKind.RATE_LIMITED, 7.0).retry_at == START + timedelta(seconds=7)


# ── refusals ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (204, FailureKind.PROTOCOL),
        (301, FailureKind.PROTOCOL),
        (400, FailureKind.REJECTED),
        (401, FailureKind.AUTHENTICATION),
        (402, FailureKind.REJECTED),
        (403, FailureKind.AUTHENTICATION),
        (404, FailureKind.UNKNOWN_MODEL),
        (408, FailureKind.TIMED_OUT),
        (422, FailureKind.REJECTED),
        (429, FailureKind.RATE_LIMITED),
        (500, FailureKind.SERVER_ERROR),
        (503, FailureKind.SERVER_ERROR),
        (599, FailureKind.SERVER_ERROR),
    ],
)
def test_a_status_means_a_failure(status: int, kind: FailureKind) -> None:
    assert refusal(status, None, START).kind is kind


def test_only_a_server_that_is_full_or_down_for_now_says_when_to_come_back() -> None:
    delays = {status: refusal(status, "5", START).retry_after for status in (307, 401, 404, 429, 500, 503)}
    assert delays == {307: None, 401: None, 404: None, 429: 5.0, 500: None, 503: 5.0}


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("999999999", 86_400.0),
        ("-1", None),
        ("nan", None),
        ("1e9", None),
        ("٧", None),
        ("soon", None),
        ("Fri, 20 Nov 2026 12:00:30 GMT", 30.0),
        ("Fri, 20 Nov 2026 13:00:30 +0100", 30.0),
        ("Fri, 20 Nov 2026 12:00:30 -0000", 30.0),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0.0),
        ("Fri, 20 Nov 2099 12:00:00 GMT", 86_400.0),
        ("Fri, 99 Nov 2026 12:00:00 GMT", None),
    ],
)
def test_a_delay_is_read_from_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_delay(header, START) == seconds


@given(st.text())
def test_rubbish_is_no_delay_or_a_sane_one(header: str) -> None:
    delay = retry_delay(header, START)
    assert delay is None or 0 <= delay <= 86_400


@given(st.integers(min_value=0, max_value=86_400))
def test_seconds_and_a_date_say_the_same(seconds: int) -> None:
    date = format_datetime((START + timedelta(seconds=seconds)).astimezone(UTC), usegmt=True)
    assert retry_delay(date, START) == retry_delay(str(seconds), START) == float(seconds)


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from([None, 3.0]))
def test_a_failure_survives_a_copy(now: datetime, retry_after: float | None) -> None:
    failed = ModelFailed(FailureKind.RATE_LIMITED, retry_after)
    for copied in (copy.copy(failed), pickle.loads(pickle.dumps(failed))):
        assert (copied.kind, copied.retry_after, str(copied)) == (failed.kind, failed.retry_after, "rate_limited")
        assert explain(copied, host=HOST, model="m", now=START) == explain(failed, host=HOST, model="m", now=START)
