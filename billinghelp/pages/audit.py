"""The Audit page: what was done, by whom and why; whether the chains hold; the trail as a file."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.worker import Worker

from billinghelp.commands import AUDIT
from billinghelp.desk_port import DeskPort, ask
from billinghelp.keymap import bindings_of
from billinghelp.notices import note
from billinghelp.page import Page
from billinghelp.pages.audit_work import export_trail, verify_trail
from billinghelp.pages.customer_search import CustomerSearch
from billinghelp.session import Triage
from billinghelp.workplace import Workplace
from services.contract.errors import Refused
from services.contract.requests import ListAuditEvents
from services.contract.views import AuditPage as EventPage
from services.contract.views import AuditVerification
from widgets.audit_view import AuditTrailView
from widgets.choice_dialog import Choice, ChoiceDialog
from widgets.format import DIM
from widgets.line_block import Line, LineBlock, spread
from widgets.notice import NoticeBar

PAGE_SIZE = 100
"""Events a page: more than a screen shows."""

SYSTEM = "system"
"""The stream of what has no customer (PRODUCT.md §3)."""

_STREAMS = (
    Choice("all", "All streams"),
    Choice(SYSTEM, "system", "tokens, refused calls on unknown customers"),
    Choice("customer", "One customer…", "find them by name"),
)


class AuditPage(Page):
    """All events newest first, or those of one stream; verification and export tell how far they are."""

    PAGE = AUDIT
    IN_SIDEBAR = AUDIT
    CSS_PATH = "audit.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(AUDIT)

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self._stream: str | None = None
        self._long_work: Worker[None] | None = None

    def compose_body(self) -> ComposeResult:
        """Title, events, notice."""
        with Vertical(classes="page-body"):
            yield TrailTitle()
            yield AuditTrailView()
            yield NoticeBar()

    @property
    def desk(self) -> DeskPort:
        """The open desk: commands run only on one."""
        assert self.place.desk is not None  # noqa: S101
        return self.place.desk

    @property
    def trail(self) -> AuditTrailView:
        """The events."""
        return self.query_one(AuditTrailView)

    def notice_bar(self) -> NoticeBar:
        """Return where this page says how things went."""
        return self.query_one(NoticeBar)

    async def desk_opened(self) -> None:
        """Read the first page."""
        self.trail.focus_events()
        self._read()

    # ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────

    @work(exclusive=True, group="events")
    async def _read(self, token: str | None = None) -> None:
        request = ListAuditEvents(stream=self._stream, page_size=PAGE_SIZE, page_token=token)
        try:
            page = await ask(self.desk, request, EventPage)
        except Refused as refusal:
            self.trail.show_failure(refusal.message)
            return
        if token is None:
            self.trail.show_page(page)
        else:
            self.trail.add_page(token, page)

    @on(AuditTrailView.MoreWanted)
    def continue_trail(self, event: AuditTrailView.MoreWanted) -> None:
        """Read the next page."""
        event.stop()
        self._read(event.token)

    def action_refresh(self) -> None:
        """Read the events again."""
        self.notice_bar().dismiss()
        self._read()

    def action_filter(self) -> None:
        """Ask which stream to show."""
        self.app.push_screen(ChoiceDialog("Which events?", _STREAMS), self._choose_stream)

    def _choose_stream(self, chosen: str | None) -> None:
        if chosen == "customer":
            self.app.push_screen(CustomerSearch(self.desk, Triage()), self._choose_customer)
        elif chosen is not None:
            self._show_stream(None if chosen == "all" else chosen)

    def _choose_customer(self, customer_id: str | None) -> None:
        if customer_id is not None:
            self._show_stream(customer_id)

    def _show_stream(self, stream: str | None) -> None:
        self._stream = stream
        self.query_one(TrailTitle).show_stream(stream)
        self._read()

    # ── long work ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def action_verify(self) -> None:
        """Check the chains, and the ledger against the balances."""
        self._begin("Verifying…", self._verify)

    def action_export(self) -> None:
        """Write the trail to a file."""
        self._begin("Exporting…", self._export)

    def _begin(self, words: str, long_work: Callable[[], Awaitable[None]]) -> None:
        self.notice_bar().show_progress(f"{words}  esc stops")
        self._long_work = self._run(long_work)

    @work(exclusive=True, group="long")
    async def _run(self, long_work: Callable[[], Awaitable[None]]) -> None:
        try:
            await long_work()
        except Refused as refusal:
            self.notice_bar().show_error(refusal.message, nothing_recorded=False)
        finally:
            self._long_work = None

    def _tell(self, words: str) -> None:
        self.notice_bar().show_progress(f"{words}  esc stops")

    async def _verify(self) -> None:
        verdict = await verify_trail(self.desk, self._stream, self._tell)
        if verdict.sound:
            self.notice_bar().show_success(verdict.summary)
            return
        broken = AuditVerification(streams=list(verdict.broken), ledger=verdict.ledger, next_page_token=None)
        self.trail.show_verification(broken)
        self.notice_bar().show_error(verdict.summary, nothing_recorded=False)

    async def _export(self) -> None:
        path = await export_trail(self.desk, self._stream, self.place.folder, self.place.clock, self._tell)
        self.notice_bar().show_success(f"The trail is in {path}. `billinghelp audit verify --against` checks it later.")

    def action_back(self) -> None:
        """Stop long work; else put the notice away; else show all streams again."""
        if self._long_work is not None:
            self._long_work.cancel()
            note(self.notice_bar(), "Stopped.")
        elif not self.notice_bar().dismiss() and self._stream is not None:
            self._show_stream(None)


class TrailTitle(LineBlock):
    """Whose events are shown."""

    def __init__(self) -> None:
        super().__init__()
        self._words = "of all streams"

    def show_stream(self, stream: str | None) -> None:
        """Name the stream."""
        self._words = "of all streams" if stream is None else f"of the stream {stream}"
        self.refresh()

    def lines(self, width: int) -> list[Line]:
        """Return the one line."""
        return [spread([("Audit trail  ", "bold"), (self._words, DIM)], [], width)]
