"""A change request in words: what is asked for, by whom, when and why, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from services.contract.text import clean
from services.contract.types import CHANGE_REQUEST_TITLES, ChangeRequestStatus
from widgets.format import BAD, BRIGHT, DIM, GOOD, WARNING, Mark, ago, date_time, ellipsis_middle, fit
from widgets.line_block import Line, LineBlock, Part, hanging, line, spread

if TYPE_CHECKING:
    from datetime import datetime

    from services.contract.views import ChangeRequestView

STATUS_MARKS = {
    ChangeRequestStatus.PENDING: Mark("○", "waiting", WARNING),
    ChangeRequestStatus.APPLIED: Mark("✓", "approved", GOOD),
    ChangeRequestStatus.REJECTED: Mark("✗", "rejected", BAD),
}
"""How a request's status is shown."""

_LABEL_CELLS = 17
_DECIDED_BY = {ChangeRequestStatus.APPLIED: "Approved by", ChangeRequestStatus.REJECTED: "Rejected by"}


def what(asked: ChangeRequestView) -> str:
    """Return what is asked for, with its kind: «Support credit: 600.00 h and $500.00»."""
    return f"{CHANGE_REQUEST_TITLES[asked.kind]}: {asked.asks_for}"


def is_withheld(asked: ChangeRequestView) -> bool:
    """Return whether it waits for somebody else than the reader."""
    return asked.status is ChangeRequestStatus.PENDING and not asked.decidable


class AskedFor(LineBlock):
    """What a dialog says of the request it decides."""

    def __init__(self, asked: ChangeRequestView) -> None:
        super().__init__()
        self._asked = asked

    def lines(self, width: int) -> list[Line]:
        """Return content, requester and reason."""
        return _asked(self._asked, date_time(self._asked.requested_at), width)


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
            *_asked(asked, when, width, style),
            *_decided(asked, width),
        ]


def _asked(asked: ChangeRequestView, when: str, width: int, style: str = "") -> list[Line]:
    return [
        *_field("Asks for", what(asked), width, style),
        *_field("Asked by", f"{asked.requested_by} · {when}", width, style),
        *_field("Asked because", asked.reason, width, style),
    ]


def _decided(asked: ChangeRequestView, width: int) -> list[Line]:
    if asked.decided_at is None:
        return [line(), *hanging(("▲ ", WARNING), asked.why_not or "", width)] if is_withheld(asked) else []
    by = f"{asked.decided_by} · {date_time(asked.decided_at)}"
    return [
        *_field(_DECIDED_BY[asked.status], by, width),
        *_field("Because", asked.decision_reason or "–", width),
    ]


def _field(label: str, text: str, width: int, style: str = "") -> list[Line]:
    label_cells = min(_LABEL_CELLS, width * 35 // 100)  # as the fields of a dialog
    return hanging((fit(label, label_cells), DIM), clean(text), width, style)
