"""The life of a request: where it may go from where it stands, and who may move it. Pure (PRODUCT.md §3: four-eyes)."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from services.change_requests.model import ChangeRequest
from services.change_requests.tenant import Allowance, Growth
from services.contract.errors import Code, Refused, precondition
from services.contract.types import ChangeRequestKind, ChangeRequestStatus
from services.contract.wording import minute

_S = ChangeRequestStatus
LIFE: dict[ChangeRequestStatus, frozenset[ChangeRequestStatus]] = {
    _S.PENDING: frozenset({_S.APPROVED, _S.REJECTED, _S.CANCELLED, _S.EXPIRED}),
    _S.APPROVED: frozenset({_S.APPLYING, _S.APPLIED, _S.FAILED, _S.CANCELLED}),
    _S.APPLYING: frozenset({_S.APPLIED, _S.FAILED}),
    _S.APPLIED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.FAILED: frozenset(),
}
"""Which status may follow which. What was only previewed is not kept, so it has none."""

OPEN = frozenset(status for status, following in LIFE.items() if following)
"""The statuses of a request that is not over."""

_AMOUNTS = ("cpu", "memory", "storage")
_DECISIONS = frozenset({_S.APPROVED, _S.REJECTED})
_DECIDED = {
    _S.APPROVED: "approved",
    _S.APPLYING: "approved",
    _S.APPLIED: "approved",
    _S.FAILED: "approved",
    _S.REJECTED: "rejected",
}


def moved(
    request: ChangeRequest, status: ChangeRequestStatus, by: str, reason: str | None, now: datetime
) -> ChangeRequest:
    """Return the request in its next status.

    Raises:
        ValueError: where that status does not follow the request's own.
    """
    if status not in LIFE[request.status]:
        raise ValueError(f"{request.status} is not followed by {status}")
    if status in _DECISIONS:
        return msgspec.structs.replace(request, status=status, decided_by=by, decided_at=now, decision_reason=reason)
    if status is _S.APPLYING:
        return msgspec.structs.replace(request, status=status, next_attempt_at=now)
    return msgspec.structs.replace(
        request, status=status, ended_by=by, ended_at=now, end_reason=reason, next_attempt_at=None
    )


def has_expired(request: ChangeRequest, now: datetime) -> bool:
    """Whether nobody can decide it any more because too much time has passed, recorded or not."""
    return request.status is _S.PENDING and request.expires_at is not None and request.expires_at <= now


def undecidable(request: ChangeRequest, actor: str, now: datetime) -> Refused | None:
    """Return why `actor` cannot decide the request, or None where they can."""
    if over := _not_pending(request, now, "decide"):
        return over
    if request.requested_by == actor:
        return Refused(
            Code.PERMISSION_DENIED, "FOUR_EYES", "You asked for this yourself: another operator must decide it."
        )
    return None


def overtaken(asked_growth: Growth, before: Allowance, after: Allowance) -> Refused | None:
    """Return why a request cannot be approved that was to raise an amount and by now would lower it."""
    if all(getattr(after, name) >= getattr(before, name) for name in _AMOUNTS if getattr(asked_growth, name)):
        return None
    return precondition(
        "OVERTAKEN", "The tenant may use more than this by now: reject the request, or let the tenant take it back."
    )


def not_yet(kind: ChangeRequestKind, in_line: Collection[ChangeRequestKind]) -> Refused | None:
    """Return why a change cannot be made while others are approved and not applied: where one of its kind is.

    Two of one kind would rest on each other, and the first may fail. Those of different kinds touch nothing in common.
    """
    if kind not in in_line:
        return None
    return precondition(
        "EARLIER_CHANGE_IN_LINE",
        "An earlier change of this kind is approved and not applied yet: try again when it is, or take it back.",
    )


def uncancellable(request: ChangeRequest, now: datetime) -> Refused | None:
    """Return why the request cannot be cancelled, or None where it can: until the platform was told of it."""
    if request.status is _S.APPROVED:
        return None
    if request.status is _S.APPLYING:
        return precondition("BEING_APPLIED", "The platform is applying this already: it cannot be taken back.")
    return _not_pending(request, now, "cancel")


def _not_pending(request: ChangeRequest, now: datetime, verb: str) -> Refused | None:
    if request.status in _DECIDED:
        when = f" on {minute(request.decided_at)}" if request.decided_at else ""
        return precondition(
            "ALREADY_DECIDED",
            f"{request.decided_by} {_DECIDED[request.status]} this{when}: there is nothing to {verb}.",
        )
    if request.status is _S.CANCELLED:
        when = f" on {minute(request.ended_at)}" if request.ended_at else ""
        return precondition(
            "REQUEST_CANCELLED", f"{request.ended_by} cancelled this{when}: there is nothing to {verb}."
        )
    if request.status is _S.EXPIRED or has_expired(request, now):
        when = f" on {minute(request.expires_at)}" if request.expires_at else ""
        return precondition("REQUEST_EXPIRED", f"This request expired{when}: it must be asked for anew.")
    return None
