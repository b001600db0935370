"""`ChangeRequestQueue`: the requests that wait for a decision, or were decided, and the selected one in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.reactive import reactive

from services.contract.text import clean
from widgets.action_preview import PreviewTable
from widgets.change_requests_details import STATUS_MARKS, ChangeRequestDetails, is_withheld, what
from widgets.format import BAD, DIM, ago, ellipsis_middle, fit
from widgets.line_block import Line, LineBlock, hanging, line, paragraph, spread
from widgets.row_list import Piece, Role, RowList

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from textual.app import ComposeResult

    from services.contract.types import ChangeRequestStatus
    from services.contract.views import ActionPreview, ChangeRequestView

_NARROW, _ROOMY = 70, 100
_KIND_FITS = 37
"""From how many cells on a request's content stands with its kind."""

_STATUS_ROLES: dict[str, Role] = {"pending": "warning", "applied": "good", "rejected": "bad"}


class ChangeRequestQueue(Vertical):
    """The heading, the requests, and beneath them the one under the cursor with what approving it would change."""

    DEFAULT_CSS = """
    ChangeRequestQueue {
        height: 1fr;
        QueueHeading { margin-bottom: 1; }
        #request { height: 50%; border-top: solid $border-blurred; scrollbar-size-vertical: 1; }
        &.-empty #queue, &.-empty #request { display: none; }
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
        self._list.show(requests, now, from_start=from_start)
        self.set_class(not requests, "-empty")
        self.query_one(ChangeRequestDetails).now = now
        self._show_selected()

    def add_page(self, token: str, requests: list[ChangeRequestView], next_token: str | None, now: datetime) -> None:
        """Continue the list; the page of any other token than the one asked for is dropped."""
        if token == self._token:
            self.show([*self.requests, *requests], next_token, now)

    def settle(self, decided: ChangeRequestView, now: datetime, *, stays: bool) -> None:
        """Show what became of a request, or take it away and go on to the next in line."""
        kept = [decided] if stays else []
        found = [(kept if each.change_request_id == decided.change_request_id else [each]) for each in self.requests]
        self.show([each for some in found for each in some], self._token, now)

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

    def show_no_preview(self, asked: ChangeRequestView, why: str) -> None:
        """Say why it is not known what approving the selected request would change."""
        if asked == self.selected:
            self.query_one(PreviewTable).refusal = why

    def _show_selected(self) -> None:
        asked = self.selected
        details, table = self.query_one(ChangeRequestDetails), self.query_one(PreviewTable)
        if asked == details.asked:
            return
        details.asked = asked
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


class QueueHeading(LineBlock):
    """Which requests are shown and how many there are; why there is none, or why they could not be read."""

    words: reactive[str] = reactive("")
    """Which requests, as in «waiting for approval»."""

    count: reactive[str] = reactive("")
    """How many there are, ready to read; empty while unknown."""

    nothing: reactive[str] = reactive("", layout=True)
    """What to say when there is none, or empty when there are some."""

    problem: reactive[str] = reactive("", layout=True)
    """Why they could not be read, or empty."""

    def lines(self, width: int) -> list[Line]:
        """Return the title, then what is wrong or that there is nothing."""
        lines = [spread([("Change requests  ", "bold"), (self.words, DIM)], [(self.count, DIM)], width)]
        if self.problem:
            return [*lines, *hanging(("✗ ", BAD), self.problem, width)]
        return [*lines, line(), *paragraph(self.nothing, width)] if self.nothing else lines


class _Columns(NamedTuple):
    """The cells of each column, 0 for one that is left out."""

    age: int
    status: int
    name: int
    customer_id: int
    what: int
    by: int
    reason: int


def _columns(width: int, *, status: bool) -> _Columns:
    if width < _NARROW:
        taken = 9 + (2 if status else 0) + 16 + 11
        return _Columns(9, 2 if status else 0, 16, 11, max(width - taken, 0), 0, 0)
    marked = 12 if status else 0
    if width < _ROOMY:
        return _Columns(11, marked, 20, 12, max(width - 54 - marked, 0), 11, 0)
    return _Columns(11, marked, 24, 14, _KIND_FITS, 12, max(width - 98 - marked, 0))


class ChangeRequestList(RowList):
    """One request a row: how long ago, whose, what, by whom and why; what its reader may not decide is dim."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's word)
        super().__init__(id=id)
        self.requests: list[ChangeRequestView] = []
        """The requests shown."""
        self._now: datetime | None = None
        self._statuses: set[ChangeRequestStatus] = set()

    def show(self, requests: list[ChangeRequestView], now: datetime, *, from_start: bool) -> None:
        """Show these requests, with the cursor on the request it stood on, or in its place."""
        at = self.requests[self.cursor].change_request_id if self.requests and not from_start else None
        self.requests, self._now = requests, now
        self._statuses = {asked.status for asked in requests}
        self.set_row_count(len(requests), keep_cursor=not from_start)
        self.cursor = next((i for i, asked in enumerate(requests) if asked.change_request_id == at), self.cursor)

    @property
    def _shows_status(self) -> bool:
        return len(self._statuses) > 1

    def heading(self, width: int) -> Sequence[Piece]:
        """Return the columns' names."""
        names = ("Age", "", "Customer", "", "Asks for", "By", "Reason")
        cells = _columns(width, status=self._shows_status)
        return ((fit("".join(fit(name, room) for name, room in zip(names, cells, strict=True)), width), "muted"),)

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return a request's columns."""
        asked = self.requests[index]
        cells = _columns(width, status=self._shows_status)
        mark = STATUS_MARKS[asked.status]
        age = ago(asked.requested_at, self._now).removesuffix(" ago") if self._now else ""
        content = what(asked) if cells.what >= _KIND_FITS else asked.asks_for
        pieces: tuple[Piece, ...] = (
            (fit(age, cells.age), "muted"),
            (fit(str(mark) if cells.status > 2 else mark.glyph, cells.status), _STATUS_ROLES[asked.status]),
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
