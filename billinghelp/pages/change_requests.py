"""The Change Requests page: what waits for somebody else's approval, what was decided, and the decision."""

from contextlib import suppress
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.worker import Worker

from billinghelp.command import Situation
from billinghelp.commands import CHANGE_REQUESTS
from billinghelp.desk_port import DeskPort, ask
from billinghelp.keymap import bindings_of
from billinghelp.keys import key_label
from billinghelp.notices import note
from billinghelp.page import Page
from billinghelp.pages.action_flow import UNCERTAIN, carry_out, decision_deed, preview
from billinghelp.pages.billing_help import BillingHelpPage
from billinghelp.pages.change_requests_reading import Queue, Shown, count_waiting, read_page, read_queue, what_became_of
from billinghelp.pages.customer_bench import POLL_EVERY
from billinghelp.shell import HeaderBar
from billinghelp.workplace import Workplace
from services.contract.errors import Refused
from services.contract.requests import PreviewBillingAction
from services.contract.types import CARRIED_OUT_BY
from services.contract.views import ActionPreview, ChangeRequestReceipt, ChangeRequestView
from widgets.action_dialog import ActionDialog
from widgets.action_subject import Decision, DecisionSubmission, decision_subject
from widgets.change_requests import ChangeRequestQueue
from widgets.choice_dialog import Choice, ChoiceDialog
from widgets.notice import NoticeBar

_WORDS = {
    Shown.WAITING: "waiting for approval",
    Shown.APPROVED: "approved",
    Shown.REJECTED: "rejected",
    Shown.ALL: "all, the newest first",
}
_NOTHING = {
    Shown.WAITING: "Nothing waits for approval. A support credit above its operator's limits comes here.",
    Shown.APPROVED: "No request was approved yet.",
    Shown.REJECTED: "No request was rejected yet.",
    Shown.ALL: "Nobody has asked for anything yet.",
}
_NOTHING_OF_YOURS = "There are no change requests of your organisation."
_CHOICES = (
    Choice(Shown.WAITING, "Waiting", "the longest waiting first"),
    Choice(Shown.APPROVED, "Approved", "the newest first"),
    Choice(Shown.REJECTED, "Rejected", "the newest first"),
    Choice(Shown.ALL, "All", "the newest first"),
)


class ChangeRequestsPage(Page):
    """The queue, the longest waiting first; one request in full; approve, reject, and the next one in line."""

    PAGE = CHANGE_REQUESTS
    IN_SIDEBAR = CHANGE_REQUESTS
    CSS_PATH = "change_requests.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(CHANGE_REQUESTS)

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self._shown = Shown.WAITING
        self._reading: Worker[None] | None = None
        self._polling: Timer | None = None

    def compose_body(self) -> ComposeResult:
        """The queue, the notice."""
        with Vertical(classes="page-body"):
            yield ChangeRequestQueue()
            yield NoticeBar()

    @property
    def desk(self) -> DeskPort:
        """The open desk: commands run only on one."""
        assert self.place.desk is not None  # noqa: S101
        return self.place.desk

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
        pane = f"2/2 request {self._key('back')}" if self.has_class("-request") else f"1/2 queue {self._key('read')}"
        header.pane = pane if self.is_narrow else ""

    async def desk_opened(self) -> None:
        """Read the queue, and keep it true without a key."""
        if self._polling is not None:  # on a desk that was opened again it goes on as it was
            return
        self._polling = self.set_interval(POLL_EVERY, self.poll)
        self.queue.focus_list()
        self._read(from_start=True)

    def on_screen_resume(self) -> None:
        """Show at once what changed while another page or a dialog was looked at."""
        if self.place.identity is not None and self.is_offered:
            self.poll()

    # ── the queue ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _read(self, *, from_start: bool) -> None:
        self._reading = self._read_queue(from_start=from_start)

    def poll(self) -> None:
        """Show what changed elsewhere, and how old everything is; the cursor stays on its request."""
        under_way = self._reading is not None and not self._reading.is_finished
        self.queue.keep_time(self.place.clock())
        if self in self.app.screen_stack and self.place.trouble is None and not under_way:
            self._read(from_start=False)

    @work(exclusive=True, group="queue")
    async def _read_queue(self, *, from_start: bool) -> None:
        shown, before = self._shown, self.queue.selected
        try:
            queue = await read_queue(self.desk, shown, at_least=0 if from_start else len(self.queue.requests))
            self.place.waiting = await count_waiting(self.desk)
        except Refused as refusal:
            self.queue.show_failure(f"{refusal.message} Press {self._key('refresh')} to try again.")
            return
        self._show(queue, from_start=from_start)
        self._preview_selected()
        if not from_start and before is not None and before not in queue.requests:
            await self._tell_what_became_of(before)

    def _show(self, queue: Queue, *, from_start: bool) -> None:
        heading = self.queue.heading
        heading.words, heading.count, heading.problem = _WORDS[self._shown], queue.total, ""
        heading.nothing = "" if queue.requests else self._nothing()
        self.queue.show(queue.requests, queue.next_page_token, self.place.clock(), from_start=from_start)
        self.show_situation()

    def _nothing(self) -> str:
        decides = self.place.identity is not None and Decision.APPROVE in self.place.identity.methods
        return _NOTHING[self._shown] if decides else _NOTHING_OF_YOURS

    async def _tell_what_became_of(self, before: ChangeRequestView) -> None:
        if all(each.change_request_id != before.change_request_id for each in self.queue.requests):
            with suppress(Refused):  # the queue's own reads say that the store does not answer
                note(self.notice_bar(), await what_became_of(self.desk, before))

    def _key(self, command: str) -> str:
        return key_label(self.place.keys[f"{CHANGE_REQUESTS}.{command}"])

    @on(ChangeRequestQueue.MoreWanted)
    def continue_queue(self, event: ChangeRequestQueue.MoreWanted) -> None:
        """Read the next page."""
        event.stop()
        self._reading = self._read_more(event.token)

    @work(exclusive=True, group="queue")
    async def _read_more(self, token: str) -> None:
        try:
            page = await read_page(self.desk, self._shown, token)
        except Refused as refusal:
            self.queue.show_failure(refusal.message)
            return
        self.queue.add_page(token, page.requests, page.next_page_token, self.place.clock())

    def action_refresh(self) -> None:
        """Read the requests again."""
        self.notice_bar().dismiss()
        self._read(from_start=False)

    def action_filter(self) -> None:
        """Ask which requests to show."""
        self.app.push_screen(ChoiceDialog("Which requests?", _CHOICES), self._choose_shown)

    def _choose_shown(self, chosen: str | None) -> None:
        if chosen is not None:
            self._shown = Shown(chosen)
            self._read(from_start=True)

    # ── one request ───────────────────────────────────────────────────────────────────────────────────────────────────

    @on(ChangeRequestQueue.Selected)
    def show_what_can_be_done(self, event: ChangeRequestQueue.Selected) -> None:
        """Look at what approving the request would change, and which keys serve."""
        event.stop()
        self._preview_selected()
        if event.asked is None:
            self._leave_request()
        self.show_situation()

    def _preview_selected(self) -> None:
        asked = self.queue.selected
        if asked is not None and asked.decidable:
            self._preview_approval(asked)

    @work(exclusive=True, group="approval")
    async def _preview_approval(self, asked: ChangeRequestView) -> None:
        request = PreviewBillingAction(
            customer_id=asked.customer_id,
            action=CARRIED_OUT_BY[asked.kind],
            change_request_id=asked.change_request_id,
        )
        try:
            self.queue.show_preview(asked, await ask(self.desk, request, ActionPreview))
        except Refused as refusal:
            self.queue.show_no_preview(asked, refusal.message)

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

    def _leave_request(self) -> bool:
        if not self.has_class("-request"):
            return False
        self.remove_class("-request")
        self.queue.focus_list()
        self.show_situation()
        return True

    def action_back(self) -> None:
        """Leave the request; else put the notice away; else show again what waits."""
        if not self._leave_request() and not self.notice_bar().dismiss() and self._shown is not Shown.WAITING:
            self._choose_shown(Shown.WAITING)

    async def action_open_customer(self) -> None:
        """Turn to Billing Help with the request's customer selected."""
        asked = self.queue.selected
        await self.app.run_action("app.turn_to('billing_help')")
        if asked is not None and isinstance(page := self.app.screen, BillingHelpPage):
            await page.select(asked.customer_id, asked.legal_name)

    # ── deciding ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def action_decide(self, decision: str) -> None:
        """Open the confirmation of a decision."""
        if (asked := self.queue.selected) is not None:
            self.app.push_screen(ActionDialog(decision_subject(asked, Decision(decision)), owner=self))

    @on(ActionDialog.PreviewWanted)
    def show_preview(self, event: ActionDialog.PreviewWanted) -> None:
        """Show in the dialog what approving would do."""
        event.stop()
        self._preview(event)

    @work(exclusive=True, group="preview")
    async def _preview(self, event: ActionDialog.PreviewWanted) -> None:
        await preview(self.desk, event)

    @on(ActionDialog.Submitted)
    def carry_decision_out(self, event: ActionDialog.Submitted) -> None:
        """Carry the decision out."""
        event.stop()
        assert isinstance(event.submission, DecisionSubmission)  # noqa: S101  (no other dialog is opened here)
        self._carry_out(event.dialog, event.submission)

    @work(group="decisions")
    async def _carry_out(self, dialog: ActionDialog, submission: DecisionSubmission) -> None:
        assert self.place.runner is not None  # noqa: S101  (made with the desk)
        bar, deed = self.notice_bar(), decision_deed(submission)
        # Beneath the dialog, for when it is left before the answer comes.
        bar.show_progress(f"Recording «{deed.title}»…")
        try:
            receipt = await carry_out(self.desk, self.place.runner, dialog, deed)
        except Refused as refusal:
            if dialog.has_left:
                bar.show_error(refusal.message, nothing_recorded=refusal.reason not in UNCERTAIN)
            else:
                bar.dismiss()
        else:
            self._show_receipt(receipt)
        self._read(from_start=False)

    def _show_receipt(self, receipt: ChangeRequestReceipt) -> None:
        self.notice_bar().show_success(receipt.notice)
        # Before the queue is read again: the next request in line is not to wait for that.
        self.queue.settle(receipt.change_request, self.place.clock(), stays=self._shown is Shown.ALL)
