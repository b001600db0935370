"""A change request in words: what is asked for, by whom, when and why, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from services.contract.text import clean
from services.contract.types import (
    CARRIED_OUT_BY,
    CHANGE_REQUEST_TITLES,
    POLICY_VERDICTS,
    ChangeRequestStatus,
    PolicyDecision,
)
from widgets.format import (
    BAD,
    BRIGHT,
    DIM,
    GOOD,
    WARNING,
    Mark,
    ago,
    date_time,
    ellipsis_middle,
    fit,
    plural,
    relative,
)
from widgets.line_block import Line, LineBlock, Part, hanging, line, spread
from widgets.tenant_change_preview import change_lines

if TYPE_CHECKING:
    from datetime import datetime

    from services.contract.views import ChangeRequestView

STATUS_MARKS = {
    ChangeRequestStatus.PENDING: Mark("○", "waiting", WARNING),
    ChangeRequestStatus.APPROVED: Mark("◐", "approved, in line", WARNING),
    ChangeRequestStatus.APPLYING: Mark("◐", "applying", WARNING),
    ChangeRequestStatus.APPLIED: Mark("✓", "applied", GOOD),
    ChangeRequestStatus.REJECTED: Mark("✗", "rejected", BAD),
    ChangeRequestStatus.CANCELLED: Mark("–", "taken back", DIM),
    ChangeRequestStatus.EXPIRED: Mark("–", "expired", DIM),
    ChangeRequestStatus.FAILED: Mark("✗", "failed", BAD),
}
"""How a request's status is shown."""

_BOUNDS = {
    PolicyDecision.SELF_SERVICE: "self-service",
    PolicyDecision.AUTO_APPROVE: "within at once",
    PolicyDecision.REVIEW: "beyond at once",
    PolicyDecision.NEVER: "beyond review",
}
_ENDED = {
    ChangeRequestStatus.APPLIED: "Applied",
    ChangeRequestStatus.CANCELLED: "Taken back by",
    ChangeRequestStatus.EXPIRED: "Expired",
    ChangeRequestStatus.FAILED: "Failed",
}
_LABEL_CELLS = 17


def content(asked: ChangeRequestView) -> str:
    """Return what is asked for beside its kind: «600.00 h and $500.00», «shared → dedicated»."""
    # what changes is at times called as the kind is, and once is enough
    repeated = [each.label for each in asked.changes] == [CHANGE_REQUEST_TITLES[asked.kind]]
    return f"{asked.changes[0].before} → {asked.changes[0].after}" if repeated else asked.asks_for


def what(asked: ChangeRequestView) -> str:
    """Return what is asked for, with its kind: «Support credit: 600.00 h and $500.00»."""
    return f"{CHANGE_REQUEST_TITLES[asked.kind]}: {content(asked)}"


def bound(asked: ChangeRequestView) -> str:
    """Return within or beyond which bound a request lies, in a few words."""
    return "above limits" if asked.policy_decision is None else _BOUNDS[asked.policy_decision]


def is_tenants(asked: ChangeRequestView) -> bool:
    """Return whether a tenant asks for something of its own, rather than one operator of another."""
    return asked.kind not in CARRIED_OUT_BY


def is_withheld(asked: ChangeRequestView) -> bool:
    """Return whether it waits for somebody else than the reader."""
    return asked.status is ChangeRequestStatus.PENDING and not asked.decidable


class AskedFor(LineBlock):
    """What a dialog says of the request it is about."""

    def __init__(self, asked: ChangeRequestView) -> None:
        super().__init__()
        self._asked = asked

    def lines(self, width: int) -> list[Line]:
        """Return content, requester and reason."""
        asked = self._asked
        return [
            *_field("Asks for", what(asked), width),
            *_asked(asked, date_time(asked.requested_at), width),
        ]


class ChangeRequestDetails(LineBlock):
    """One request in full; one that its reader may not decide is dim and says why."""

    asked: reactive[ChangeRequestView | None] = reactive(None, layout=True)
    """The request to show, or None."""

    now: reactive[datetime | None] = reactive(None)
    """From when its age is counted."""

    def lines(self, width: int) -> list[Line]:
        """Return customer and status, what was asked, and how it was decided."""
        asked = self.asked
        if asked is None:
            return []
        style = DIM if is_withheld(asked) else ""
        mark = STATUS_MARKS[asked.status]
        customer_id = ellipsis_middle(asked.customer_id, width // 3)
        state: list[Part] = [(customer_id, DIM), "   ", (str(mark), mark.style)]
        when = date_time(asked.requested_at)
        if self.now is not None:
            when += f" ({ago(asked.requested_at, self.now)})"
        return [
            spread([(clean(asked.legal_name), style or BRIGHT)], state, width),
            *(_change(asked, width, style) if is_tenants(asked) else _field("Asks for", what(asked), width, style)),
            *_asked(asked, when, width, style),
            *_policy(asked, width, style),
            *_waits(asked, self.now, width),
            *_decided(asked, width),
            *_being_applied(asked, self.now, width),
            *_ended(asked, width),
        ]


def _change(asked: ChangeRequestView, width: int, style: str) -> list[Line]:
    """Return what a tenant asks for, before → after."""
    title = _field("Asks for", CHANGE_REQUEST_TITLES[asked.kind], width, style)
    return [*title, *change_lines(asked.changes, asked.impact, width), line()]


def _asked(asked: ChangeRequestView, when: str, width: int, style: str = "") -> list[Line]:
    return [
        *_field("Asked by", f"{asked.requested_by} · {when}", width, style),
        *_field("Asked because", asked.reason, width, style),
    ]


def _policy(asked: ChangeRequestView, width: int, style: str) -> list[Line]:
    if asked.policy_decision is None:
        return []
    version = f" · policy {asked.policy_version}" if asked.policy_version else ""
    verdict = f"{POLICY_VERDICTS[asked.policy_decision]}, {bound(asked)}{version}"
    because = _field("", asked.because, width, style) if asked.because else []
    return [*_field("The policy says", verdict, width, style), *because]


def _waits(asked: ChangeRequestView, now: datetime | None, width: int) -> list[Line]:
    if asked.status is not ChangeRequestStatus.PENDING:
        return []
    lines = []
    if asked.expires_at is not None:
        left = f" ({relative(asked.expires_at, now)})" if now is not None else ""
        lines += _field("Expires", f"{date_time(asked.expires_at)}{left}", width, DIM if is_withheld(asked) else "")
    if is_withheld(asked):
        lines += [line(), *hanging(("▲ ", WARNING), asked.why_not or "", width)]
    return lines


def _decided(asked: ChangeRequestView, width: int) -> list[Line]:
    if asked.decided_at is None:
        return []
    label = "Rejected by" if asked.status is ChangeRequestStatus.REJECTED else "Approved by"
    return [
        *_field(label, f"{asked.decided_by} · {date_time(asked.decided_at)}", width),
        *_field("Because", asked.decision_reason or "–", width),
    ]


def _being_applied(asked: ChangeRequestView, now: datetime | None, width: int) -> list[Line]:
    if asked.status is ChangeRequestStatus.APPROVED:
        return _field("Applying", "in line to be passed on to the platform", width)
    if asked.status is not ChangeRequestStatus.APPLYING:
        return []
    tried = f"asked the platform {plural(asked.attempts, 'time')}" if asked.attempts else "the platform is being asked"
    following = ""
    if asked.next_attempt_at is not None:
        left = f" ({relative(asked.next_attempt_at, now)})" if now is not None else ""
        following = f", again {date_time(asked.next_attempt_at)}{left}"
    problem = _field("Its last answer", asked.last_problem, width, WARNING) if asked.last_problem else []
    return [*_field("Applying", tried + following, width), *problem]


def _ended(asked: ChangeRequestView, width: int) -> list[Line]:
    if asked.status is ChangeRequestStatus.EXPIRED:
        expired = asked.ended_at if asked.expires_at is None else asked.expires_at
        return _field("Expired", f"{date_time(expired)}, undecided" if expired else "undecided", width)
    if asked.ended_at is None or asked.status not in _ENDED:
        return []
    is_cancelled = asked.status is ChangeRequestStatus.CANCELLED
    by = f"{asked.ended_by} · " if is_cancelled else ""
    why = asked.end_reason if asked.status is not ChangeRequestStatus.APPLIED else None
    return [
        *_field(_ENDED[asked.status], f"{by}{date_time(asked.ended_at)}", width),
        *(_field("Because", why, width) if why else []),
    ]


def _field(label: str, text: str, width: int, style: str = "") -> list[Line]:
    label_cells = min(_LABEL_CELLS, width * 35 // 100)  # as the fields of a dialog
    return hanging((fit(label, label_cells), DIM), clean(text), width, style)
