"""`TenantRequestDetails`: one request as the tenant that made it reads it: what, why, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from services.contract.types import CHANGE_REQUEST_TITLES, ChangeRequestStatus, PolicyDecision
from widgets.change_requests_details import STATUS_MARKS, policy_rows
from widgets.format import WARNING, ago, date_time, plural, relative
from widgets.labelled_lines import EMPTY, Labelled, Row, change_rows, labelled_lines
from widgets.line_block import Line, LineBlock, spread

if TYPE_CHECKING:
    from datetime import datetime

    from services.contract.views import ChangeRequestView

_S = ChangeRequestStatus
_ENDED = {_S.APPLIED: "Applied", _S.CANCELLED: "Taken back by", _S.EXPIRED: "Expired", _S.FAILED: "Failed"}
_BY_NOBODY = frozenset({_S.APPLIED, _S.EXPIRED, _S.FAILED})
"""What comes about by itself: whose booking it was tells a tenant nothing."""

_AT_ONCE = frozenset({PolicyDecision.SELF_SERVICE, PolicyDecision.AUTO_APPROVE})


class TenantRequestDetails(LineBlock):
    """One request in full."""

    asked: reactive[ChangeRequestView | None] = reactive(None, layout=True)
    """The request to show, or None."""

    now: reactive[datetime | None] = reactive(None)
    """From when its age is counted."""

    def lines(self, width: int) -> list[Line]:
        """Return what was asked, why and by whom, what the policy says, and what became of it."""
        asked = self.asked
        if asked is None:
            return []
        mark = STATUS_MARKS[asked.status]
        title = [(CHANGE_REQUEST_TITLES[asked.kind], "bold")]
        rows = [
            *change_rows(asked.changes, asked.impact),
            EMPTY,
            Labelled("Asked by", f"{asked.requested_by} · {self._when(asked.requested_at)}"),
            Labelled("Because", asked.reason),
            *policy_rows(asked),
            *self._waiting(asked),
            *_decided(asked),
            *self._at_platform(asked),
            *_ended(asked),
        ]
        return [spread(title, [(str(mark), f"bold {mark.style}")], width), *labelled_lines(rows, width)]

    def _when(self, moment: datetime) -> str:
        return date_time(moment) + (f" ({ago(moment, self.now)})" if self.now is not None else "")

    def _waiting(self, asked: ChangeRequestView) -> list[Row]:
        if asked.status is not _S.PENDING or asked.expires_at is None:
            return []
        left = f" ({relative(asked.expires_at, self.now)})" if self.now is not None else ""
        return [Labelled("Expires", f"{date_time(asked.expires_at)}{left}, unless it is decided before")]

    def _at_platform(self, asked: ChangeRequestView) -> list[Row]:
        if asked.status is not _S.APPLYING:
            return []
        tried = f"asked {plural(asked.attempts, 'time')}" if asked.attempts else "is being asked"
        again = f", again {relative(asked.next_attempt_at, self.now)}" if asked.next_attempt_at and self.now else ""
        problem = [Labelled("Its answer", asked.last_problem, WARNING)] if asked.last_problem else []
        return [Labelled("Platform", tried + again), *problem]


def _decided(asked: ChangeRequestView) -> list[Row]:
    if asked.decided_by is None or asked.decided_at is None:
        return []
    if asked.policy_decision in _AT_ONCE:  # with the reason that stands above already
        return [Labelled("Approved by", f"the policy · {date_time(asked.decided_at)}")]
    label = "Rejected by" if asked.status is _S.REJECTED else "Approved by"
    by = Labelled(label, f"{asked.decided_by} · {date_time(asked.decided_at)}")
    return [by, *([Labelled("Because", asked.decision_reason)] if asked.decision_reason else [])]


def _ended(asked: ChangeRequestView) -> list[Row]:
    # what nobody decided in time has expired before anybody books it
    when = asked.expires_at if asked.status is _S.EXPIRED else asked.ended_at
    if when is None or asked.status not in _ENDED:
        return []
    by = "" if asked.status in _BY_NOBODY else f"{asked.ended_by} · "
    why = asked.end_reason if asked.status in (_S.CANCELLED, _S.FAILED) else None
    return [Labelled(_ENDED[asked.status], f"{by}{date_time(when)}"), *([Labelled("Because", why)] if why else [])]
