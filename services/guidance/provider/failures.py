"""How a model can fail, and what is said about it: words of our own, never the server's."""

import math
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from services.contract.types import FailureKind
from services.contract.views import ChatFailure

_LONGEST_WAIT = 86_400.0  # seconds: daily limits ask for hours; what asks for more than a day is no limit but a mistake
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", re.ASCII)


class ModelFailed(Exception):
    """A model gave no answer, or not the whole of one.

    Args:
        kind: how it failed.
        retry_after: in how many seconds its server takes the next question; null: it did not say.
    """

    def __init__(self, kind: FailureKind, retry_after: float | None = None) -> None:
        super().__init__(kind.value)
        self.kind = kind
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[type["ModelFailed"], tuple[FailureKind, float | None]]:
        return (ModelFailed, (self.kind, self.retry_after))


# ── what a server's refusal means ─────────────────────────────────────────────────────────────────────────────────────

_KINDS = {
    401: FailureKind.AUTHENTICATION,
    403: FailureKind.AUTHENTICATION,
    404: FailureKind.UNKNOWN_MODEL,
    408: FailureKind.TIMED_OUT,
    429: FailureKind.RATE_LIMITED,
}
_MAY_SAY_WHEN = (429, 503)  # RFC 9110 §10.2.3, RFC 6585 §4


def refusal(status: int, retry_after_header: str | None, now: datetime) -> ModelFailed:
    """Return the failure that an HTTP status other than 200 means."""
    retry_after = retry_delay(retry_after_header, now) if status in _MAY_SAY_WHEN else None
    if status in _KINDS:
        return ModelFailed(_KINDS[status], retry_after)
    if 400 <= status < 500:
        return ModelFailed(FailureKind.REJECTED)
    if status >= 500:
        return ModelFailed(FailureKind.SERVER_ERROR, retry_after)
    # A redirect would carry facts to a host that is not shown, and success without an answer is none.
    return ModelFailed(FailureKind.PROTOCOL)


def retry_delay(header: str | None, now: datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, seconds or an HTTP date (RFC 9110 §10.2.3).

    A moment that has passed is 0, more than a day is a day, and what cannot be read is null.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), _LONGEST_WAIT)


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

_WORDS = {
    FailureKind.UNREACHABLE: (
        "The model server at {host} cannot be reached.",
        "Check that it is running and that the network leads there; OPENAI_BASE_URL says where it is.",
    ),
    FailureKind.TIMED_OUT: (
        "The model at {host} did not finish its answer in time.",
        "Ask again, or for less at once; config.toml sets the time: answer_seconds under [guidance].",
    ),
    FailureKind.SLOW_FIRST_TOKEN: (
        "The model at {host} took the question and did not begin to answer in time.",
        "Ask again: a model that was being loaded answers then; config.toml sets first_word_seconds under [guidance].",
    ),
    FailureKind.AUTHENTICATION: (
        "The model server at {host} does not accept the key.",
        "Check OPENAI_API_KEY: it must be a key of this server, with access to {model}.",
    ),
    FailureKind.UNKNOWN_MODEL: (
        "The model server at {host} knows no model {model}.",
        "Check BILLINGHELP_MODEL, and that OPENAI_BASE_URL is the whole address: it often ends in /v1.",
    ),
    FailureKind.REJECTED: (
        "The model server at {host} did not accept the question, or its filter withheld the answer.",
        "Ask in other words; if it refuses everything, set max_output_tokens_field in config.toml, under [guidance].",
    ),
    FailureKind.RATE_LIMITED: (
        "The model server at {host} takes no more questions for now.",
        "Wait {wait}, then ask again; if that does not help, check the quota of your key.",
    ),
    FailureKind.SERVER_ERROR: (
        "The model server at {host} failed.",
        "Wait {wait}, then ask again; if it goes on, its log or status page says more.",
    ),
    FailureKind.DROPPED: (
        "The connection to {host} broke off before the answer was complete.",
        "Ask again; if it happens often, check the network and the log of the model server.",
    ),
    FailureKind.TRUNCATED: (
        "The answer from {host} ends before it is complete.",
        "Ask for less at once, or raise max_output_tokens in config.toml, under [guidance].",
    ),
    FailureKind.EMPTY: (
        "The model at {host} answered without a word.",
        "Ask again or in other words; BILLINGHELP_MODEL must name a model that writes text.",
    ),
    FailureKind.PROTOCOL: (
        "What {host} sent is not the answer of a chat model.",
        "Check that OPENAI_BASE_URL is the address of an OpenAI-compatible server: it often ends in /v1.",
    ),
}


def explain(failed: ModelFailed, *, host: str, model: str, now: datetime) -> ChatFailure:
    """Return the failure as it is shown: a sentence, a remedy, and when to ask again where the server said so.

    Args:
        host: the server, as shown (`ChatModel.host`).
        model: the model's name, as shown (`ChatModel.label`).
    """
    sentence, remedy = _WORDS[failed.kind]
    words = {"host": host, "model": model, "wait": _wait(failed.retry_after)}
    return ChatFailure(
        kind=failed.kind,
        message=sentence.format_map(words),
        remedy=remedy.format_map(words),
        retry_at=None if failed.retry_after is None else now + timedelta(seconds=failed.retry_after),
    )


def _wait(seconds: float | None) -> str:
    if seconds is None:
        return "a minute"
    whole = max(1, math.ceil(seconds))
    if whole <= 120:
        return "1 second" if whole == 1 else f"{whole} seconds"
    minutes = math.ceil(whole / 60)
    return f"{minutes} minutes" if minutes <= 120 else f"{math.ceil(minutes / 60)} hours"
