"""The queue half of the Change Requests page: which requests are read, when they are read again, and the filter."""

from contextlib import suppress
from datetime import datetime

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical

from billinghelp.command import Situation
from billinghelp.commands import CHANGE_REQUESTS
from billinghelp.keys import key_label
from billinghelp.notices import note
from billinghelp.pages.change_requests_reading import Queue, count_waiting, read_page, read_queue, what_became_of
from billinghelp.pages.polled_page import PolledPage
from billinghelp.shell import HeaderBar
from billinghelp.workplace import Workplace
from services.contract.errors import Refused
from services.contract.views import ChangeRequestView
from widgets.change_requests import ChangeRequestQueue
from widgets.change_requests_filter import FilterDialog
from widgets.change_requests_wanted import Shown, Wanted
from widgets.notice import NoticeBar


class RequestsQueuePage(PolledPage):
    """A page with a queue of requests, the longest waiting first; subclasses look into the selected one."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self._wanted = Wanted()

    def look_into_selected(self) -> None:
        """Bring what is to be known of the selected request; it may have changed."""
        raise NotImplementedError

    def compose_body(self) -> ComposeResult:
        """The queue, the notice."""
        with Vertical(classes="page-body"):
            yield ChangeRequestQueue()
            yield NoticeBar()

    @property
    def queue(self) -> ChangeRequestQueue:
        """The requests."""
        return self.query_one(ChangeRequestQueue)

    def notice_bar(self) -> NoticeBar:
        """Return where this page says how things went."""
        return self.query_one(NoticeBar)

    def situation(self) -> Situation:
        """Return what the availability of commands depends on."""
        queue = self.query_one_optional(ChangeRequestQueue)
        return super().situation()._replace(asked=queue.selected if queue else None)

    def show_situation(self) -> None:
        """Bring header, sidebar and footer up to date; a narrow header says which of the two panes is shown."""
        super().show_situation()
        header, queue = self.query_one(HeaderBar), self.query_one(ChangeRequestQueue)
        header.customer = queue.selected.legal_name if queue.selected else "no request"
        pane = f"2/2 request {self.key('back')}" if self.has_class("-request") else f"1/2 queue {self.key('read')}"
        header.pane = pane if self.is_narrow else ""

    def key(self, command: str) -> str:
        """Return the key of one of this page's commands, as it is shown."""
        return key_label(self.place.keys[f"{CHANGE_REQUESTS}.{command}"])

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self) -> None:
        """Read the queue."""
        self.queue.focus_list()
        self.read(from_start=True)

    def read_again(self) -> None:
        """Read as many requests as there are now; the cursor stays on its request."""
        self.read(from_start=False)

    def keep_time(self, now: datetime) -> None:
        """Count the ages that are shown from this moment on."""
        self.queue.keep_time(now)

    def read(self, *, from_start: bool) -> None:
        """Read the requests of the filter; from the start, or as many as there are now."""
        self._reading = self._read_queue(from_start=from_start)

    @work(exclusive=True, group="queue")
    async def _read_queue(self, *, from_start: bool) -> None:
        wanted, before = self._wanted, self.queue.selected
        try:
            queue = await read_queue(self.desk, wanted, at_least=0 if from_start else len(self.queue.requests))
            self.place.waiting = await count_waiting(self.desk)
        except Refused as refusal:
            self.queue.show_failure(f"{refusal.message} Press {self.key('refresh')} to try again.")
            return
        self._show(queue, from_start=from_start)
        self.look_into_selected()
        if not from_start and before is not None and before not in queue.requests:
            await self._tell_what_became_of(before)

    def _show(self, queue: Queue, *, from_start: bool) -> None:
        heading = self.queue.heading
        heading.words, heading.count, heading.problem = self._wanted.words, queue.total, ""
        heading.nothing = "" if queue.requests else self._wanted.nothing
        self.queue.show(queue.requests, queue.next_page_token, self.place.clock(), from_start=from_start)
        self.show_situation()

    async def _tell_what_became_of(self, before: ChangeRequestView) -> None:
        if all(each.change_request_id != before.change_request_id for each in self.queue.requests):
            with suppress(Refused):  # the queue's own reads say that the store does not answer
                note(self.notice_bar(), await what_became_of(self.desk, before))

    @on(ChangeRequestQueue.MoreWanted)
    def continue_queue(self, event: ChangeRequestQueue.MoreWanted) -> None:
        """Read the next page."""
        event.stop()
        self._reading = self._read_more(event.token)

    @work(exclusive=True, group="queue")
    async def _read_more(self, token: str) -> None:
        try:
            page = await read_page(self.desk, self._wanted, token)
        except Refused as refusal:
            self.queue.show_failure(refusal.message)
            return
        self.queue.add_page(token, page.requests, page.next_page_token, self.place.clock())

    def action_refresh(self) -> None:
        """Read the requests again."""
        self.notice_bar().dismiss()
        self.read(from_start=False)

    # ── the filter ────────────────────────────────────────────────────────────────────────────────────────────────────

    def action_filter(self) -> None:
        """Ask which requests to show."""
        self.app.push_screen(FilterDialog(self._wanted, self.queue.selected), self._choose)

    def _choose(self, wanted: Wanted | None) -> None:
        if wanted is not None:
            self._want(wanted)

    def _want(self, wanted: Wanted) -> None:
        self.leave_request()
        self._wanted = wanted
        if self.has_begun:  # before that, the desk's opening reads
            self.read(from_start=True)

    async def show_customer(self, customer_id: str, legal_name: str) -> None:
        """Show all requests of one customer, wherever they stand."""
        self._want(Wanted(Shown.ALL, customer_id=customer_id, legal_name=legal_name))

    # ── one request ───────────────────────────────────────────────────────────────────────────────────────────────────

    @on(ChangeRequestQueue.Selected)
    def show_what_can_be_done(self, event: ChangeRequestQueue.Selected) -> None:
        """Look into the request, and at which keys serve."""
        event.stop()
        self.look_into_selected()
        if event.asked is None:
            self.leave_request()
        self.show_situation()

    @on(ChangeRequestQueue.Opened)
    async def read_chosen(self, event: ChangeRequestQueue.Opened) -> None:
        """Do what the key does."""
        event.stop()
        await self.action_command(f"{CHANGE_REQUESTS}.read")

    def action_read(self) -> None:
        """Move to the selected request; where only one pane fits, show it."""
        self.add_class("-request")
        self.queue.focus_request()
        self.show_situation()

    def leave_request(self) -> bool:
        """Move back to the queue; return whether that is a change."""
        if not self.has_class("-request"):
            return False
        self.remove_class("-request")
        self.queue.focus_list()
        self.show_situation()
        return True

    def action_back(self) -> None:
        """Leave the request; else put the notice away; else show again all that waits."""
        if not self.leave_request() and not self.notice_bar().dismiss() and self._wanted != Wanted():
            self._want(Wanted())
