"""`TenantRequestDetails`: one request as the tenant that made it reads it: what, why, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from services.contract.text import clean
from services.contract.types import CHANGE_REQUEST_TITLES, POLICY_VERDICTS, ChangeRequestStatus, PolicyDecision
from widgets.change_requests_details import STATUS_MARKS
from widgets.format import DIM, WARNING, ago, date_time, fit, plural, relative
from widgets.line_block import Line, LineBlock, hanging, line, spread
from widgets.tenant_change_preview import change_lines

if TYPE_CHECKING:
    from datetime import datetime

    from services.contract.views import ChangeRequestView

_S = ChangeRequestStatus
_ENDED = {_S.APPLIED: "Applied", _S.CANCELLED: "Taken back by", _S.EXPIRED: "Expired", _S.FAILED: "Failed"}
_BY_NOBODY = frozenset({_S.APPLIED, _S.EXPIRED, _S.FAILED})
"""What comes about by itself: whose booking it was tells a tenant nothing."""

_AT_ONCE = frozenset({PolicyDecision.SELF_SERVICE, PolicyDecision.AUTO_APPROVE})
_LABEL_CELLS = 15


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
        return [
            spread([(CHANGE_REQUEST_TITLES[asked.kind], "bold")], [(str(mark), f"bold {mark.style}")], width),
            *change_lines(asked.changes, asked.impact, width, _LABEL_CELLS),
            line(),
            *_field("Asked by", f"{asked.requested_by} · {self._when(asked.requested_at)}", width),
            *_field("Because", asked.reason, width),
            *_policy(asked, width),
            *self._waiting(asked, width),
            *_decided(asked, width),
            *self._at_platform(asked, width),
            *_ended(asked, width),
        ]

    def _when(self, moment: datetime) -> str:
        return date_time(moment) + (f" ({ago(moment, self.now)})" if self.now is not None else "")

    def _waiting(self, asked: ChangeRequestView, width: int) -> list[Line]:
        if asked.status is not _S.PENDING or asked.expires_at is None:
            return []
        left = f" ({relative(asked.expires_at, self.now)})" if self.now is not None else ""
        return _field("Expires", f"{date_time(asked.expires_at)}{left}, unless it is decided before", width)

    def _at_platform(self, asked: ChangeRequestView, width: int) -> list[Line]:
        if asked.status is not _S.APPLYING:
            return []
        tried = f"asked {plural(asked.attempts, 'time')}" if asked.attempts else "is being asked"
        again = f", again {relative(asked.next_attempt_at, self.now)}" if asked.next_attempt_at and self.now else ""
        problem = _field("Its answer", asked.last_problem, width, WARNING) if asked.last_problem else []
        return [*_field("Platform", tried + again, width), *problem]


def _policy(asked: ChangeRequestView, width: int) -> list[Line]:
    if asked.policy_decision is None:
        return []
    said = POLICY_VERDICTS[asked.policy_decision]
    return _field("Policy", f"{said}: {asked.because}" if asked.because else said, width)


def _decided(asked: ChangeRequestView, width: int) -> list[Line]:
    if asked.decided_by is None or asked.decided_at is None:
        return []
    if asked.policy_decision in _AT_ONCE:  # with the reason that stands above already
        return _field("Approved by", f"the policy · {date_time(asked.decided_at)}", width)
    label = "Rejected by" if asked.status is _S.REJECTED else "Approved by"
    by = _field(label, f"{asked.decided_by} · {date_time(asked.decided_at)}", width)
    return [*by, *(_field("Because", asked.decision_reason, width) if asked.decision_reason else [])]


def _ended(asked: ChangeRequestView, width: int) -> list[Line]:
    # what nobody decided in time has expired before anybody books it
    when = asked.expires_at if asked.status is _S.EXPIRED else asked.ended_at
    if when is None or asked.status not in _ENDED:
        return []
    by = "" if asked.status in _BY_NOBODY else f"{asked.ended_by} · "
    why = asked.end_reason if asked.status in (_S.CANCELLED, _S.FAILED) else None
    ended = _field(_ENDED[asked.status], f"{by}{date_time(when)}", width)
    return [*ended, *(_field("Because", why, width) if why else [])]


def _field(label: str, text: str, width: int, style: str = "") -> list[Line]:
    cells = min(_LABEL_CELLS, width * 35 // 100)
    return hanging((fit(label, cells), DIM), clean(text), width, style)
