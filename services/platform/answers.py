"""What came back is read: as the platform's answer, or as something that decides nothing."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Literal, NamedTuple, TypeVar

import msgspec

from services.contract.text import clean
from services.platform.port import Answer, Applied, Declined, Unanswered

_Document = TypeVar("_Document")

_DECLINING = frozenset(
    [
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ]
)
_LONGEST_REASON = 200
"""As long as any reason in the audit trail."""


class Reply(NamedTuple):
    """What came back, whoever sent it; `retry_after` is the header's own text."""

    status: int
    body: bytes
    retry_after: str | None = None


class _Done(msgspec.Struct, frozen=True):
    status: Literal["applied", "accepted"]


class _Refusal(msgspec.Struct, frozen=True):
    message: str


def read_answer(reply: Reply, host: str, now: datetime) -> Answer:
    """Return the platform's answer. What no platform says decides nothing: something in between may have said it."""
    status, retry_after = reply.status, seconds_until(reply.retry_after, now)
    if status == HTTPStatus.ACCEPTED:
        return _still_at_it(host, retry_after)
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        done = _decoded(reply.body, _Done)
        if done is None:
            return Unanswered(problem=f"What answers at {host} is no platform ({status}): check [platform] url.")
        return Applied() if done.status == "applied" else _still_at_it(host, retry_after)
    if status in _DECLINING and (refusal := _decoded(reply.body, _Refusal)) is not None:
        said = clean(refusal.message) or "it did not say why"
        return Declined(said if len(said) <= _LONGEST_REASON else said[: _LONGEST_REASON - 1] + "…")
    return Unanswered(problem=_problem(status, host), retry_after=retry_after)


def seconds_until(text: str | None, now: datetime) -> float | None:
    """Return the seconds that a `Retry-After` header says (RFC 9110 §10.2.3), None where it says nothing."""
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
    except (ValueError, OverflowError):  # the second is Python's own for a year or a zone that no clock has
        return None


def _still_at_it(host: str, retry_after: float | None) -> Unanswered:
    return Unanswered(problem=f"The platform at {host} is still at it.", retry_after=retry_after)


def _problem(status: int, host: str) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return f"The platform at {host} is told too much at once ({status})."
    if status == HTTPStatus.UNAUTHORIZED:
        return f"The platform at {host} does not take the token ({status}): check [platform] token."
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return f"What answers at {host} leads elsewhere ({status}): check [platform] url."
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY):
        return f"The platform at {host} cannot do it now ({status})."
    return f"What answers at {host} is no platform ({status}): check [platform] url."


def _decoded(body: bytes, kind: type[_Document]) -> _Document | None:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
