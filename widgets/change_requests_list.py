"""`ChangeRequestList`: one change request a row, in columns as wide as their texts need."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.reactive import reactive

from services.contract.text import clean
from services.contract.types import CHANGE_REQUEST_TITLES
from widgets.change_requests_details import STATUS_MARKS, content, is_withheld, policy_words, what
from widgets.format import BAD, DIM, GOOD, WARNING, ago, column_need, ellipsis_middle, fit
from widgets.row_list import Piece, Role, RowList

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.contract.views import ChangeRequestView

_NARROW, _ROOMY = 70, 100
_MOST_ASKED_FOR = 36
"""Cells beyond which what is asked for gives way to other columns."""

_LEAST_ASKED_FOR, _LEAST_REASON = 16, 8
"""Cells that what is asked for keeps, and without which the reason is left out."""

_ROLES: dict[str, Role] = {WARNING: "warning", GOOD: "good", BAD: "bad", DIM: "muted"}


class _Columns(NamedTuple):
    """The cells of each column with the space to the next one, 0 for one that is left out."""

    age: int
    status: int
    name: int
    customer_id: int
    kind: int
    what: int
    policy: int
    by: int
    reason: int


_NAMES = ("Age", "", "Customer", "", "Kind", "Asks for", "Policy", "By", "Reason")


def _columns(width: int, needs: _Columns) -> _Columns:
    """Return as many cells as each column needs, up to a measure; the reason gets what is left.

    A narrow list says the kind with what is asked for, and leaves out what does not fit beside that.
    """
    narrow, roomy = width < _NARROW, width >= _ROOMY
    age, name = (9, min(needs.name, 16)) if narrow else (11, min(needs.name, 24 if roomy else 20))
    status = min(needs.status, 2) if narrow else needs.status
    kind = 0 if narrow else needs.kind
    asked_for = needs.what if narrow else min(needs.what, _MOST_ASKED_FOR)
    left = width - age - status - name - kind - asked_for
    if not narrow:  # what the policy says is worth more than the end of what is asked for
        spare = max(asked_for - _LEAST_ASKED_FOR, 0)
        given = min(max(needs.policy - left, 0), spare)
        asked_for, left = asked_for - given, left + given
    taken = []
    for need in (needs.policy, min(needs.customer_id, 14), min(needs.by, 24)):
        taken.append(need if left >= need else 0)
        left -= taken[-1]
    policy, customer_id, by = taken
    reason = left if left >= _LEAST_REASON else 0
    return _Columns(age, status, name, customer_id, kind, max(asked_for + left - reason, 0), policy, by, reason)


def _needs(requests: Sequence[ChangeRequestView], *, with_kind: bool) -> _Columns:
    """Return the cells in which each column's longest text stands."""
    several = len({asked.status for asked in requests}) > 1
    marks = (str(STATUS_MARKS[asked.status]) for asked in requests)
    return _Columns(
        age=0,
        status=column_need("", marks) if several else 0,
        name=column_need("Customer", (asked.legal_name for asked in requests)),
        customer_id=column_need("", (asked.customer_id for asked in requests)),
        kind=column_need("Kind", (CHANGE_REQUEST_TITLES[asked.kind] for asked in requests)),
        what=column_need("Asks for", map(what if with_kind else content, requests)),
        policy=column_need("Policy", (policy_words(asked.policy_decision) for asked in requests)),
        by=column_need("By", (asked.requested_by for asked in requests)),
        reason=0,
    )


class ChangeRequestList(RowList):
    """One request a row: how long ago, whose, of which kind, what, what the policy says of it, by whom and why.

    What its reader may not decide is dim.
    """

    now: reactive[datetime | None] = reactive(None)
    """From when ages are counted."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's word)
        super().__init__(id=id)
        self.requests: list[ChangeRequestView] = []
        """The requests shown."""
        self._needs = self._needs_narrow = _needs([], with_kind=False)

    def show(self, requests: list[ChangeRequestView], *, from_start: bool) -> None:
        """Show these requests, with the cursor on the request it stood on, or in its place."""
        at = self.requests[self.cursor].change_request_id if self.requests and not from_start else None
        self.requests = requests
        self._needs, self._needs_narrow = (_needs(requests, with_kind=narrow) for narrow in (False, True))
        self.set_row_count(len(requests), keep_cursor=not from_start)
        self.cursor = next((i for i, asked in enumerate(requests) if asked.change_request_id == at), self.cursor)

    def _columns(self, width: int) -> _Columns:
        return _columns(width, self._needs_narrow if width < _NARROW else self._needs)

    def heading(self, width: int) -> Sequence[Piece]:
        """Return the columns' names."""
        cells = self._columns(width)
        return ((fit("".join(fit(name, room) for name, room in zip(_NAMES, cells, strict=True)), width), "muted"),)

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return a request's columns."""
        asked = self.requests[index]
        cells = self._columns(width)
        mark = STATUS_MARKS[asked.status]
        status = mark.glyph if width < _NARROW else str(mark)
        age = ago(asked.requested_at, self.now).removesuffix(" ago") if self.now else ""
        pieces: tuple[Piece, ...] = (
            (fit(age, cells.age), "muted"),
            (fit(status, cells.status), _ROLES.get(mark.style, "text")),
            (_column(asked.legal_name, cells.name), "strong"),
            (fit(ellipsis_middle(asked.customer_id, cells.customer_id - 1), cells.customer_id), "muted"),
            (_column(CHANGE_REQUEST_TITLES[asked.kind], cells.kind), "text"),
            (_column(content(asked) if cells.kind else what(asked), cells.what), "text"),
            (_column(policy_words(asked.policy_decision), cells.policy), "muted"),
            (_column(asked.requested_by, cells.by), "text"),
            (fit(clean(asked.reason), cells.reason), "muted"),
        )
        return tuple((text, "muted") for text, _role in pieces) if is_withheld(asked) else pieces


def _column(text: str, cells: int) -> str:
    """Return a text in its column, with a space to the next one."""
    return fit(text, cells - 1) + " " if cells else ""
