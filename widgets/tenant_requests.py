"""`TenantRequests`: what a tenant asked for, the open requests first, and the selected one in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.reactive import reactive

from widgets.change_requests_details import STATUS_MARKS
from widgets.format import ago, fit, fit_right
from widgets.line_block import Line, LineBlock, line, paragraph, spread
from widgets.row_list import Piece, Role, RowList
from widgets.tenant_request_details import TenantRequestDetails

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from textual.app import ComposeResult

    from services.contract.views import ChangeRequestView

_AGE = 13
_GLYPH = 2
_LEAST_ROWS = 4
_LEAST_WITH_WORD = 46
"""Cells from which on a status has its word in the list."""

_ROLES: dict[str, Role] = {
    "pending": "warning",
    "approved": "text",
    "applying": "warning",
    "applied": "good",
    "rejected": "bad",
    "failed": "bad",
    "cancelled": "muted",
    "expired": "muted",
}
OPEN = frozenset({"pending", "approved", "applying"})
"""The statuses of a request that is not over."""


class TenantRequests(Vertical):
    """The heading, the requests, and beneath them the one under the cursor."""

    DEFAULT_CSS = """
    TenantRequests {
        height: 1fr;
        RequestList {
            max-height: 50%;
            &:blur > .row-list--cursor { color: $foreground; background: transparent; }
        }
        #request { height: 1fr; border-top: solid $border-blurred; scrollbar-size-vertical: 1; }
        #request:focus { border-top: solid $border; }
        &.-empty RequestList, &.-empty #request { display: none; }
    }
    """

    class Selected(Message):
        """Another request is under the cursor, or the same one in another state."""

        def __init__(self, requests: TenantRequests) -> None:
            super().__init__()
            self.requests = requests

        @property
        def control(self) -> TenantRequests:
            """The pane it is about."""
            return self.requests

    def __init__(self) -> None:
        super().__init__(classes="-empty")

    def compose(self) -> ComposeResult:
        """The heading, the list, the selected request."""
        yield RequestsHeading()
        yield RequestList(id="requests")
        with VerticalScroll(id="request", can_focus=True):
            yield TenantRequestDetails()

    @property
    def _list(self) -> RequestList:
        return self.query_one(RequestList)

    @property
    def selected(self) -> ChangeRequestView | None:
        """The request under the cursor, None when there is none."""
        rows = self._list
        return rows.requests[rows.cursor] if rows.requests else None

    def focus_list(self) -> None:
        """Put the keyboard on the list."""
        self._list.focus()

    def focus_request(self) -> None:
        """Put the keyboard on the selected request, to scroll it."""
        self.query_one("#request").focus()

    def show(self, requests: Sequence[ChangeRequestView], nothing: str, now: datetime) -> None:
        """Show these requests, or say that there are none; the cursor stays on its request."""
        heading = self.query_one(RequestsHeading)
        heading.requests, heading.nothing = requests, "" if requests else nothing
        self._list.show(requests)
        self.set_class(not requests, "-empty")
        self.keep_time(now)
        self._show_selected()

    def select(self, change_request_id: str) -> None:
        """Put the cursor on a request."""
        self._list.select(change_request_id)

    def keep_time(self, now: datetime) -> None:
        """Count the ages that are shown from this moment on."""
        self._list.now = self.query_one(TenantRequestDetails).now = now

    def _show_selected(self) -> None:
        details = self.query_one(TenantRequestDetails)
        if (asked := self.selected) == (before := details.asked):
            return
        details.asked = asked
        if asked is None or before is None or asked.change_request_id != before.change_request_id:
            self.query_one("#request", VerticalScroll).scroll_home(animate=False)
        self.post_message(self.Selected(self))

    @on(RowList.Highlighted)
    def show_selected(self, event: RowList.Highlighted) -> None:
        """Show the request under the cursor."""
        event.stop()
        self._show_selected()


class RequestsHeading(LineBlock):
    """How many requests there are and how many of them are open; or that there is none."""

    requests: reactive[Sequence[ChangeRequestView]] = reactive(())
    """What the list shows."""

    nothing: reactive[str] = reactive("", layout=True)
    """What to say when there is none, or empty when there are some, or nothing is known yet."""

    def lines(self, width: int) -> list[Line]:
        """Return the title and the count."""
        count = len(self.requests)
        still_open = sum(1 for asked in self.requests if asked.status in OPEN)
        right = f"{still_open} open of {count}" if count else ""
        title = spread([("Requests", "dim")], [(right, "dim")], width)
        return [title, *([line(), *paragraph(self.nothing, width)] if self.nothing else [])]


class RequestList(RowList):
    """One request a row: where it stands, what it asks for, how old it is."""

    requests: Sequence[ChangeRequestView] = ()
    """The requests, from the top."""

    now: reactive[datetime | None] = reactive(None)
    """From when ages are counted."""

    def show(self, requests: Sequence[ChangeRequestView]) -> None:
        """Show these requests; the cursor stays on its own, or where that is gone, near it."""
        before = self.requests[self.cursor].change_request_id if self.requests else None
        self.requests = requests
        self.styles.height = max(len(requests), _LEAST_ROWS)  # of many, as many as its `max-height` has room for
        self.set_row_count(len(requests), keep_cursor=True)
        if before is not None:
            self.select(before)

    def select(self, change_request_id: str) -> None:
        """Put the cursor on a request, if it is there."""
        ids = [asked.change_request_id for asked in self.requests]
        if change_request_id in ids:
            self.cursor = ids.index(change_request_id)

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return status, content and age."""
        asked = self.requests[index]
        mark = STATUS_MARKS[asked.status]
        age = fit_right(ago(asked.requested_at, self.now) if self.now is not None else "", _AGE)
        cells = self._status_cells() if width >= _LEAST_WITH_WORD else _GLYPH
        return (
            (fit(str(mark) if cells > _GLYPH else mark.glyph, cells), _ROLES[asked.status]),
            (fit(asked.asks_for, width - cells - _AGE), "text"),
            (age, "muted"),
        )

    def _status_cells(self) -> int:
        return max(len(str(STATUS_MARKS[asked.status])) for asked in self.requests) + 2
