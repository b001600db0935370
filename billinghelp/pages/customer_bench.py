"""Rail and chat of the selected customer: read when selected, and kept true without a key."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message

from billinghelp.access_token import EXPIRES_SOON
from billinghelp.command import Situation
from billinghelp.desk_port import DeskPort, ask
from billinghelp.keys import key_label
from billinghelp.link import SILENT
from billinghelp.notices import note
from billinghelp.pages.change_requests_reading import count_waiting
from billinghelp.pages.customer_chat import CustomerChat
from billinghelp.pages.customer_rail import CustomerRail, status_line
from billinghelp.pages.polled_page import POLL_EVERY
from billinghelp.session import CustomerSession, count_blocked, there_are_customers
from billinghelp.sketch import CHAT, Sketch
from billinghelp.workplace import Workplace
from services.contract.errors import Code, Refused
from services.contract.requests import WhoAmI
from services.contract.views import CustomerBillingView, Identity
from widgets.blockers import PENDING_REQUEST
from widgets.confirmation import Confirmation
from widgets.notice import Notice, NoticeBar

COUNT_EVERY = 30.0
"""Seconds between counts of the blocked customers."""

ELSEWHERE_SHOWN = 60.0
"""Seconds for which the rail says that a change was made elsewhere."""

SOON = timedelta(minutes=1)
"""How long after something was done about payments the record still changes by it."""

SLOW_READ = 0.4
"""Seconds after which a read says that it is under way; sooner it would only flicker."""


class CustomerBench(Horizontal):
    """Shows one customer. Reads run in exclusive workers; an answer about another customer is dropped."""

    class SituationChanged(Message):
        """What can be done has changed."""

    class ChatWanted(Message):
        """The chat is about to be used: where only one pane fits, it is to be that one."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(id="desk", classes="page-body")
        self.place = place
        self.session = CustomerSession()
        self.chat: CustomerChat | None = None
        """The chat, once it has been brought."""
        self._bringing_chat = asyncio.Lock()
        self._elsewhere: datetime | None = None
        self._reading: Notice | None = None
        self._unanswered: Notice | None = None
        """What says that the server did not answer, while it is shown."""
        self.awaiting: Notice | None = None
        """What says that a request waits for approval, until it is decided or the record changed elsewhere."""
        self._stop_watching: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        """The rail, and the chat's sketch."""
        yield CustomerRail(self.key)
        yield Sketch(CHAT, id="chat")

    def key(self, command_id: str) -> str:
        """Return how a command's key is shown."""
        return key_label(self.place.keys[command_id])

    @property
    def desk(self) -> DeskPort:
        """The open desk: commands run only on one."""
        assert self.place.desk is not None  # noqa: S101
        return self.place.desk

    @property
    def rail(self) -> CustomerRail:
        """The rail."""
        return self.query_one(CustomerRail)

    async def bring_chat(self) -> CustomerChat:
        """Return the chat. It takes its sketch's place after the summary, which is on the screen 25 ms sooner so."""
        async with self._bringing_chat:
            if self.chat is None:
                chat = CustomerChat(self.place)
                with self.app.batch_update():
                    await self.query_one("#chat").remove()
                    await self.mount(chat)
                self.chat = chat
                self._turn_chat()
                self.prepare_guide()
        return self.chat

    @work(group="prepare")
    async def prepare_guide(self) -> None:
        """Load what the first question needs, now that everything stands on the screen."""
        await self.desk.prepare()

    def _turn_chat(self) -> None:
        if (view := self.session.view) is not None and self.chat is not None:
            self.chat.view_etag = view.view_etag
            self.chat.turn_to(view.customer.customer_id, view.customer.legal_name)

    @property
    def notice(self) -> NoticeBar:
        """Where it says how things went."""
        return self.rail.notice

    def situation(self) -> Situation:
        """Return what the availability of commands depends on."""
        return Situation(
            identity=self.place.identity,
            view=self.session.view,
            answer=self.chat.latest_answer if self.chat is not None else None,
        )

    def start(self, customer_id: str | None) -> None:
        """Begin on an open desk, with a customer or with nobody. On one that was opened again, go on as it was."""
        if self._stop_watching is not None:
            return
        self._stop_watching = self.place.link.watch(self._link_changed)
        if self.place.identity is not None:
            self.rail.lock_actions(read_only=self.place.identity.read_only)
            self.rail.lead_to_billing(there="ListInvoices" in self.place.identity.methods)
        if customer_id is not None:
            self.select(customer_id)
        else:
            self.look_for_customers()
            self.call_after_refresh(self.bring_chat)
        self.set_interval(POLL_EVERY, self.poll)
        self.set_interval(COUNT_EVERY, self.count_blocked)
        self.count_blocked()
        self._say_when_the_token_expires()

    def _say_when_the_token_expires(self) -> None:
        expires_at = self.place.identity.expires_at if self.place.identity else None
        if expires_at is not None and expires_at - self.place.clock() < EXPIRES_SOON:
            note(self.notice, f"Your access token expires on {expires_at:%d %b, %H:%M} UTC: ask for another before.")

    def on_unmount(self) -> None:
        """Watch the way to the desk no longer."""
        if self._stop_watching is not None:
            self._stop_watching()

    def _link_changed(self) -> None:
        if not self.place.link.lost and self.place.link.shut_out is None:
            self.call_later(self._resume)

    def _resume(self) -> None:
        """Show everything as it is now that the server answers again."""
        if self.notice.notice is self._unanswered:
            self.notice.dismiss()
        if self.session.customer_id is not None:
            self.read(self.session.customer_id)
        else:
            self.look_for_customers()
        self.count_blocked()
        for screen in self.app.screen_stack:
            if isinstance(screen, Confirmation):
                screen.preview_again()

    # ── showing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def show_view(self, view: CustomerBillingView) -> None:
        """Show a view of the selected customer; one of another customer, or an older one, is dropped."""
        before = self.session.view
        if not self.session.accept(view):
            return
        self.rail.show_view(view)
        if not any(notice.code == PENDING_REQUEST for notice in view.notices):
            self._await_no_more()
        self._turn_chat()
        if self.chat is not None and before is not None and before.view_etag != view.view_etag:
            self.chat.look_for_stale_answers()
        if self.chat is None:
            self.call_after_refresh(self.bring_chat)
        self.show_status()
        self.post_message(self.SituationChanged())

    def _await_no_more(self) -> None:
        if self.notice.notice is self.awaiting:
            self.notice.dismiss()

    def show_status(self) -> None:
        """Show readiness and how old everything is."""
        if self.session.view is None:
            return
        now = self.place.clock()
        self.rail.keep_time(now)
        if self._elsewhere is not None and (now - self._elsewhere).total_seconds() > ELSEWHERE_SHOWN:
            self._elsewhere = None
        self.notice.quiet = status_line(self.session.view, now, seen_elsewhere=self._elsewhere)

    def show_refusal(self, refusal: Refused, *, nothing_recorded: bool = False, again: bool = False) -> None:
        """Say why something was not done."""
        retry = f" Press {self.key('billing_help.refresh')} to try again." if again else ""
        self.notice.show_error(f"{refusal.message}{retry}", nothing_recorded=nothing_recorded)
        if refusal.reason == SILENT:
            self._unanswered = self.notice.notice

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def select(self, customer_id: str, legal_name: str = "") -> None:
        """Turn to a customer and read them."""
        self.place.customer_id = customer_id
        if customer_id != self.session.customer_id:
            self.session.select(customer_id)
            self._elsewhere = None
            self.notice.dismiss()
            self.rail.show_customer(customer_id, legal_name)
        self.read(customer_id)

    @work(exclusive=True, group="view")
    async def read(self, customer_id: str) -> None:
        """Read the customer and show them, or why not."""
        slow = self.set_timer(SLOW_READ, self._say_reading)
        try:
            view = await self.session.read(self.desk, customer_id)
        except Refused as refusal:
            if refusal.code is Code.NOT_FOUND and customer_id == self.session.customer_id:
                self.session.forget()
                self.place.customer_id = None
                self.rail.show_customer(None)
            self.show_refusal(refusal, again=refusal.code is not Code.NOT_FOUND)
            self.post_message(self.SituationChanged())
        else:
            if self.notice.notice is self._reading:
                self.notice.notice = None
            self.show_view(view)
        finally:
            slow.stop()

    def _say_reading(self) -> None:
        self.notice.show_progress("Reading…")
        self._reading = self.notice.notice

    @work(exclusive=True, group="poll")
    async def poll(self) -> None:
        """Show what changed elsewhere, with a quiet word."""
        if self.place.trouble is not None:
            return
        before = self.session.view
        try:
            if before is None and self.place.is_remote:
                await ask(self.desk, WhoAmI(), Identity)  # whether the server is there shows on an empty desk too
            changed = await self.session.read_if_changed(self.desk)
        except Refused as refusal:
            self.rail.keep_time(self.place.clock())
            self.notice.quiet = f"▲ shown as it was: {refusal.message}"
            return
        if changed is not None and before is self.session.view:
            if before is not None and changed.changed_at != before.changed_at and not self._comes_of_here(changed):
                self._elsewhere = self.place.clock()
                self._await_no_more()
            self.show_view(changed)
            self.count_blocked()
        self.show_status()

    def _comes_of_here(self, changed: CustomerBillingView) -> bool:
        """Return whether it was done on the Billing page just now; Stripe tells of one deed by many events."""
        if self.place.paid_for is None:
            return False
        customer_id, when = self.place.paid_for
        return changed.customer.customer_id == customer_id and self.place.clock() - when < SOON

    @work(exclusive=True, group="count")
    async def count_blocked(self) -> None:
        """Bring the sidebar's counts up to date."""
        try:
            self.place.blocked = await count_blocked(self.desk)
            self.place.waiting = await count_waiting(self.desk)
        except Refused:
            # unknown, which the sidebar shows as nothing: the reads say what is wrong
            self.place.blocked = self.place.waiting = ""
        self.post_message(self.SituationChanged())

    @work(exclusive=True, group="view")
    async def look_for_customers(self) -> None:
        """With nobody selected: say what to do where there is nobody to select."""
        try:
            some = await there_are_customers(self.desk)
        except Refused as refusal:
            self.show_refusal(refusal, again=True)
            return
        nobody = "No customers available: import some with `billinghelp import FILE`, then press"
        self.notice.quiet = "" if some else f"{nobody} {self.key('billing_help.refresh')}."
