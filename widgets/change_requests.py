"""`ChangeRequestQueue`: the requests that wait for a decision, or were decided, and the selected one in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.message import Message

from widgets.action_preview import PreviewTable
from widgets.change_requests_details import ChangeRequestDetails, is_tenants
from widgets.change_requests_difference import ApprovalNow
from widgets.change_requests_heading import QueueHeading
from widgets.change_requests_list import ChangeRequestList
from widgets.change_requests_tenant import TenantRecord
from widgets.row_list import RowList

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from textual.app import ComposeResult

    from services.contract.views import ActionPreview, BoundBar, ChangeRequestView, TenantChangePreview


class ChangeRequestQueue(Vertical):
    """The heading, the requests, and beneath them the one under the cursor.

    That one with what approving it would change, and what else its tenant has and has asked for.
    """

    DEFAULT_CSS = """
    ChangeRequestQueue {
        height: 1fr;
        QueueHeading { margin-bottom: 1; }
        #request { height: 65%; border-top: solid $border-blurred; scrollbar-size-vertical: 1; }
        &.-empty #queue, &.-empty #request { display: none; }
        &.-tenants PreviewTable { display: none; }
        &.-tenants TenantRecord { margin-top: 1; }
    }
    """

    class MoreWanted(Message):
        """The cursor reached the end: bring the page of this token to `add_page`."""

        def __init__(self, queue: ChangeRequestQueue, token: str) -> None:
            super().__init__()
            self.queue = queue
            self.token = token

        @property
        def control(self) -> ChangeRequestQueue:
            """The queue that asks."""
            return self.queue

    class Selected(Message):
        """Another request is under the cursor, or the same one in another state; None: there is none."""

        def __init__(self, queue: ChangeRequestQueue, asked: ChangeRequestView | None) -> None:
            super().__init__()
            self.queue = queue
            self.asked = asked

        @property
        def control(self) -> ChangeRequestQueue:
            """The queue it is about."""
            return self.queue

    class Opened(Message):
        """A request was chosen, with enter or a click: it is to be read in full."""

        def __init__(self, queue: ChangeRequestQueue) -> None:
            super().__init__()
            self.queue = queue

        @property
        def control(self) -> ChangeRequestQueue:
            """The queue it was chosen in."""
            return self.queue

    def __init__(self) -> None:
        super().__init__(classes="-empty")
        self._token: str | None = None
        self._asked_for_more = False

    def compose(self) -> ComposeResult:
        """The heading, the list, the selected request."""
        yield QueueHeading()
        yield ChangeRequestList(id="queue")
        with VerticalScroll(id="request", can_focus=True):
            yield ChangeRequestDetails()
            yield PreviewTable()
            yield ApprovalNow()
            yield TenantRecord()

    @property
    def heading(self) -> QueueHeading:
        """What is shown, and how many there are."""
        return self.query_one(QueueHeading)

    @property
    def _list(self) -> ChangeRequestList:
        return self.query_one(ChangeRequestList)

    @property
    def requests(self) -> Sequence[ChangeRequestView]:
        """The requests that were brought so far."""
        return self._list.requests

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

    # ── what it shows ─────────────────────────────────────────────────────────────────────────────────────────────────

    def show(
        self, requests: list[ChangeRequestView], token: str | None, now: datetime, *, from_start: bool = False
    ) -> None:
        """Show these requests; the cursor stays on its request, and where that is gone, on the next in line."""
        self._token, self._asked_for_more = token, False
        self._list.show(requests, from_start=from_start)
        self.set_class(not requests, "-empty")
        self.keep_time(now)
        self._show_selected()

    def keep_time(self, now: datetime) -> None:
        """Count the ages that are shown from this moment on."""
        self._list.now = self.query_one(ChangeRequestDetails).now = now
        self._record.keep_time(now)

    def add_page(self, token: str, requests: list[ChangeRequestView], next_token: str | None, now: datetime) -> None:
        """Continue the list; the page of any other token than the one asked for is dropped."""
        if token == self._token:
            self.show([*self.requests, *requests], next_token, now)

    def settle(self, decided: ChangeRequestView, now: datetime, *, stays: bool) -> None:
        """Show what became of a request, or take it away; either way go on to the next in line."""
        kept = [decided] if stays else []
        found = [(kept if each.change_request_id == decided.change_request_id else [each]) for each in self.requests]
        self.show([each for some in found for each in some], self._token, now)
        if stays:
            rows = self._list
            following = range(rows.cursor, len(rows.requests))
            rows.cursor = next((at for at in following if rows.requests[at].decidable), rows.cursor)

    def show_failure(self, message: str) -> None:
        """Say why the requests, or more of them, did not come."""
        self._asked_for_more = False
        self.heading.problem = message

    def show_preview(self, asked: ChangeRequestView, preview: ActionPreview) -> None:
        """Show what approving the selected request would change; of any other request it is dropped."""
        if asked == self.selected:
            table = self.query_one(PreviewTable)
            table.preview = preview if preview.allowed else None
            table.refusal = "" if preview.allowed else preview.message or ""

    def show_change(self, asked: ChangeRequestView, preview: TenantChangePreview) -> None:
        """Show what approving the selected request of a tenant comes to now; of any other request it is dropped."""
        if asked == self.selected:
            approval = self.query_one(ApprovalNow)
            approval.asked, approval.preview, approval.refusal = asked, preview, ""

    def show_no_preview(self, asked: ChangeRequestView, why: str) -> None:
        """Say why it is not known what approving the selected request would change."""
        if asked == self.selected:
            (self.query_one(ApprovalNow) if is_tenants(asked) else self.query_one(PreviewTable)).refusal = why

    def show_record(
        self, asked: ChangeRequestView, bars: Sequence[BoundBar], others: Sequence[ChangeRequestView]
    ) -> None:
        """Show the record of the selected request's tenant; that of any other request is dropped."""
        if asked == self.selected:
            self._record.show(bars, others)

    def show_no_record(self, asked: ChangeRequestView, why: str) -> None:
        """Say why that record is not known."""
        if asked == self.selected:
            self._record.show_failure(why)

    @property
    def _record(self) -> TenantRecord:
        return self.query_one(TenantRecord)

    def _show_selected(self) -> None:
        asked = self.selected
        details = self.query_one(ChangeRequestDetails)
        if asked == details.asked:
            return
        if asked is None or details.asked is None or asked.customer_id != details.asked.customer_id:
            self._record.clear()
        details.asked = asked
        self.set_class(asked is not None and is_tenants(asked), "-tenants")
        approval, table = self.query_one(ApprovalNow), self.query_one(PreviewTable)
        approval.preview, approval.refusal = None, ""
        table.preview, table.refusal, table.waiting = None, "", ""
        if asked is not None and asked.decidable:
            table.waiting = "Looking at what approving this would change…"
        self.query_one("#request", VerticalScroll).scroll_home(animate=False)
        self.post_message(self.Selected(self, asked))

    @on(RowList.Highlighted)
    def show_selected(self, event: RowList.Highlighted) -> None:
        """Show the request under the cursor."""
        event.stop()
        self._show_selected()

    @on(RowList.Chosen)
    def open_selected(self, event: RowList.Chosen) -> None:
        """Have the request under the cursor read in full."""
        event.stop()
        self.post_message(self.Opened(self))

    @on(RowList.EndReached)
    def ask_for_more(self, event: RowList.EndReached) -> None:
        """Bring the next page, once."""
        event.stop()
        if self._token is not None and not self._asked_for_more:
            self._asked_for_more = True
            self.post_message(self.MoreWanted(self, self._token))
