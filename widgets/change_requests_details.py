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
    plural,
    relative,
)
from widgets.labelled_lines import EMPTY, Labelled, Row, change_rows, labelled_lines
from widgets.line_block import Line, LineBlock, Part, hanging, line, spread

if TYPE_CHECKING:
    from collections.abc import Sequence
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

_POLICY_WORDS = {
    PolicyDecision.SELF_SERVICE: "no request",
    PolicyDecision.AUTO_APPROVE: "at once",
    PolicyDecision.REVIEW: "needs review",
    PolicyDecision.NEVER: "not possible",
}
_ABOVE_LIMITS = "above limits"
_ENDED = {
    ChangeRequestStatus.APPLIED: "Applied",
    ChangeRequestStatus.CANCELLED: "Taken back by",
    ChangeRequestStatus.EXPIRED: "Expired",
    ChangeRequestStatus.FAILED: "Failed",
}


def content(asked: ChangeRequestView) -> str:
    """Return what is asked for beside its kind: «600.00 h and $500.00», «shared → dedicated», «+kafka»."""
    return asked.asks_for


def what(asked: ChangeRequestView) -> str:
    """Return what is asked for, with its kind: «Support credit: 600.00 h and $500.00»."""
    return f"{CHANGE_REQUEST_TITLES[asked.kind]}: {content(asked)}"


def policy_words(decision: PolicyDecision | None) -> str:
    """Return what the policy says of a request, in a word or two; of a support credit the operator's limits decide."""
    return _ABOVE_LIMITS if decision is None else _POLICY_WORDS[decision]


def is_tenants(asked: ChangeRequestView) -> bool:
    """Return whether a tenant asks for something of its own, rather than one operator of another."""
    return asked.kind not in CARRIED_OUT_BY


def is_withheld(asked: ChangeRequestView) -> bool:
    """Return whether it waits for somebody else than the reader."""
    return asked.status is ChangeRequestStatus.PENDING and not asked.decidable


class AskedFor(LineBlock):
    """What a dialog says of the request it is about.

    Args:
        beside: the labels of the dialog's form, with which its own share a column.
    """

    def __init__(self, asked: ChangeRequestView, beside: Sequence[str] = ()) -> None:
        super().__init__()
        self._asked = asked
        self._beside = beside

    def lines(self, width: int) -> list[Line]:
        """Return content, requester and reason."""
        asked = self._asked
        rows = [Labelled("Asks for", what(asked)), *_asked(asked, date_time(asked.requested_at))]
        return labelled_lines(rows, width, self._beside)


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
        rows: list[Row] = [
            *(_change(asked, style) if is_tenants(asked) else [Labelled("Asks for", what(asked), style)]),
            *_asked(asked, when, style),
            *policy_rows(asked, style),
            *_expires(asked, self.now, style),
            *_decided(asked),
            *_being_applied(asked, self.now),
            *_ended(asked),
        ]
        withheld = [line(), *hanging(("▲ ", WARNING), asked.why_not or "", width)] if is_withheld(asked) else []
        title = spread([(clean(asked.legal_name), style or BRIGHT)], state, width)
        return [title, *labelled_lines(rows, width), *withheld]


def policy_rows(asked: ChangeRequestView, style: str = "") -> list[Row]:
    """Return what the policy of which version said of a request, and its sentence; nothing where none was asked."""
    if asked.policy_decision is None:
        return []
    version = f" · version {asked.policy_version}" if asked.policy_version else ""
    said = Labelled("The policy says", f"{POLICY_VERDICTS[asked.policy_decision]}{version}", style)
    return [said, *([Labelled("", asked.because, style)] if asked.because else [])]


def _change(asked: ChangeRequestView, style: str) -> list[Row]:
    """Return what a tenant asks for, before → after."""
    title = Labelled("Asks for", CHANGE_REQUEST_TITLES[asked.kind], style)
    return [title, *change_rows(asked.changes, asked.impact), EMPTY]


def _asked(asked: ChangeRequestView, when: str, style: str = "") -> list[Row]:
    by = Labelled("Asked by", f"{asked.requested_by} · {when}", style)
    return [by, Labelled("Asked because", asked.reason, style)]


def _expires(asked: ChangeRequestView, now: datetime | None, style: str) -> list[Row]:
    if asked.status is not ChangeRequestStatus.PENDING or asked.expires_at is None:
        return []
    left = f" ({relative(asked.expires_at, now)})" if now is not None else ""
    return [Labelled("Expires", f"{date_time(asked.expires_at)}{left}", style)]


def _decided(asked: ChangeRequestView) -> list[Row]:
    if asked.decided_at is None:
        return []
    label = "Rejected by" if asked.status is ChangeRequestStatus.REJECTED else "Approved by"
    by = Labelled(label, f"{asked.decided_by} · {date_time(asked.decided_at)}")
    return [by, Labelled("Because", asked.decision_reason or "–")]


def _being_applied(asked: ChangeRequestView, now: datetime | None) -> list[Row]:
    if asked.status is ChangeRequestStatus.APPROVED:
        return [Labelled("Applying", "in line to be passed on to the platform")]
    if asked.status is not ChangeRequestStatus.APPLYING:
        return []
    tried = f"asked the platform {plural(asked.attempts, 'time')}" if asked.attempts else "the platform is being asked"
    following = ""
    if asked.next_attempt_at is not None:
        left = f" ({relative(asked.next_attempt_at, now)})" if now is not None else ""
        following = f", again {date_time(asked.next_attempt_at)}{left}"
    problem = [Labelled("Its last answer", asked.last_problem, WARNING)] if asked.last_problem else []
    return [Labelled("Applying", tried + following), *problem]


def _ended(asked: ChangeRequestView) -> list[Row]:
    if asked.status is ChangeRequestStatus.EXPIRED:
        expired = asked.ended_at if asked.expires_at is None else asked.expires_at
        return [Labelled("Expired", f"{date_time(expired)}, undecided" if expired else "undecided")]
    if asked.ended_at is None or asked.status not in _ENDED:
        return []
    is_cancelled = asked.status is ChangeRequestStatus.CANCELLED
    by = f"{asked.ended_by} · " if is_cancelled else ""
    why = asked.end_reason if asked.status is not ChangeRequestStatus.APPLIED else None
    ended = Labelled(_ENDED[asked.status], f"{by}{date_time(asked.ended_at)}")
    return [ended, *([Labelled("Because", why)] if why else [])]
