"""`ChangeRequestList`: one change request a row, in columns as wide as their texts need."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.reactive import reactive

from services.contract.text import clean
from widgets.change_requests_details import STATUS_MARKS, is_withheld, what
from widgets.format import ago, column_need, ellipsis_middle, fit
from widgets.row_list import Piece, Role, RowList

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.contract.views import ChangeRequestView

_NARROW, _ROOMY = 70, 100
_LEAST_REASON, _REASON = 8, 24
"""Cells without which the reason is left out, and with which what is asked for stands with its kind."""

_STATUS_WORDS = 12
"""Cells from which on a status has its word."""

_STATUS_ROLES: dict[str, Role] = {"pending": "warning", "applied": "good", "rejected": "bad"}


class _Columns(NamedTuple):
    """The cells of each column with the space to the next one, 0 for one that is left out."""

    age: int
    status: int
    name: int
    customer_id: int
    what: int
    by: int
    reason: int


def _columns(width: int, needs: _Columns) -> _Columns:
    """Return as many cells as each column needs, up to a measure; the reason gets what is left."""
    narrow, roomy = width < _NARROW, width >= _ROOMY
    age, mark = (9, 2) if narrow else (11, _STATUS_WORDS)
    most = (24, 14, 24) if roomy else (16, 11, 0) if narrow else (20, 12, 16)
    status, name = min(needs.status, mark), min(needs.name, most[0])
    customer_id, by = min(needs.customer_id, most[1]), min(needs.by, most[2])
    left = max(width - age - status - name - customer_id - by, 0)
    what = needs.what if not narrow and left >= needs.what + _LEAST_REASON else left
    return _Columns(age, status, name, customer_id, what, by, left - what)


def _needs(requests: Sequence[ChangeRequestView], *, with_kind: bool) -> _Columns:
    """Return the cells in which each column's longest text stands."""
    several = len({asked.status for asked in requests}) > 1
    return _Columns(
        age=0,
        status=_STATUS_WORDS if several else 0,
        name=column_need("Customer", (asked.legal_name for asked in requests)),
        customer_id=column_need("", (asked.customer_id for asked in requests)),
        what=column_need("Asks for", ((what(asked) if with_kind else asked.asks_for) for asked in requests)),
        by=column_need("By", (asked.requested_by for asked in requests)),
        reason=0,
    )


class ChangeRequestList(RowList):
    """One request a row: how long ago, whose, what, by whom and why; what its reader may not decide is dim."""

    now: reactive[datetime | None] = reactive(None)
    """From when ages are counted."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's word)
        super().__init__(id=id)
        self.requests: list[ChangeRequestView] = []
        """The requests shown."""
        self._needs = self._needs_with_kind = _needs([], with_kind=False)

    def show(self, requests: list[ChangeRequestView], *, from_start: bool) -> None:
        """Show these requests, with the cursor on the request it stood on, or in its place."""
        at = self.requests[self.cursor].change_request_id if self.requests and not from_start else None
        self.requests = requests
        self._needs, self._needs_with_kind = (_needs(requests, with_kind=kind) for kind in (False, True))
        self.set_row_count(len(requests), keep_cursor=not from_start)
        self.cursor = next((i for i, asked in enumerate(requests) if asked.change_request_id == at), self.cursor)

    def _columns(self, width: int) -> tuple[_Columns, bool]:
        """Return the cells of each column, and whether what is asked for stands with its kind."""
        cells = _columns(width, self._needs_with_kind)
        if width >= _ROOMY and cells.reason >= _REASON:
            return cells, True
        return _columns(width, self._needs), False

    def heading(self, width: int) -> Sequence[Piece]:
        """Return the columns' names."""
        names = ("Age", "", "Customer", "", "Asks for", "By", "Reason")
        cells, _with_kind = self._columns(width)
        return ((fit("".join(fit(name, room) for name, room in zip(names, cells, strict=True)), width), "muted"),)

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return a request's columns."""
        asked = self.requests[index]
        cells, with_kind = self._columns(width)
        mark = STATUS_MARKS[asked.status]
        status = str(mark) if cells.status >= _STATUS_WORDS else mark.glyph
        age = ago(asked.requested_at, self.now).removesuffix(" ago") if self.now else ""
        content = what(asked) if with_kind else asked.asks_for
        pieces: tuple[Piece, ...] = (
            (fit(age, cells.age), "muted"),
            (fit(status, cells.status), _STATUS_ROLES[asked.status]),
            (_column(asked.legal_name, cells.name), "strong"),
            (fit(ellipsis_middle(asked.customer_id, cells.customer_id - 1), cells.customer_id), "muted"),
            (_column(content, cells.what), "text"),
            (_column(asked.requested_by, cells.by), "text"),
            (fit(clean(asked.reason), cells.reason), "muted"),
        )
        return tuple((text, "muted") for text, _role in pieces) if is_withheld(asked) else pieces


def _column(text: str, cells: int) -> str:
    """Return a text in its column, with a space to the next one."""
    return fit(text, cells - 1) + " " if cells else ""
