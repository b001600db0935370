"""The stored conversation about the selected customer: read page by page, and kept true to the customer's facts."""

from contextlib import suppress

from msgspec.structs import replace
from textual import on, work
from textual.message import Message

from billinghelp.desk_port import DeskPort, ask
from billinghelp.keys import key_label
from billinghelp.workplace import Workplace
from services.contract.errors import Refused
from services.contract.paging import MAX_PAGE_SIZE
from services.contract.requests import ClearBillingChatThread, GetBillingChatThread, GetCustomerBillingView
from services.contract.views import ChatMessage, ChatThread, Cleared, NotModified
from widgets.chat.commands import ChatCommand
from widgets.chat.pane import ChatPane

PAGE = 40
"""Messages of a stored thread that are read at once; older ones come when they are scrolled to."""


class CustomerThread(ChatPane):
    """A chat pane that shows the customer's stored thread."""

    class Changed(Message):
        """What can be done with the chat has changed: an answer began, ended or came."""

    class Said(Message):
        """Something to tell the person beside the conversation."""

        def __init__(self, text: str, *, failed: bool = False) -> None:
            super().__init__()
            self.text = text
            self.failed = failed

    def __init__(self, place: Workplace) -> None:
        self._place = place  # first: the pane's parts ask for their keys
        super().__init__(id="chat", key=self._key_of, clock=place.clock)
        self._threads: dict[str, str] = {}
        self._given_under: dict[str, str] = {}
        self.view_etag = ""
        """The ETag of the customer's view as it is shown."""

    def on_mount(self) -> None:
        """Say from the beginning who asks, who answers, and where questions go."""
        if (identity := self._place.identity) is not None:
            self._transcript.own_actor = identity.actor
            self.answered_by(identity.guide, identity.guide_host)

    def _key_of(self, command: ChatCommand) -> str:
        return key_label(self._place.keys[f"billing_help.{command}"])

    @property
    def _desk(self) -> DeskPort:
        assert self._place.desk is not None  # noqa: S101  (a customer is selected only on an open desk)
        return self._place.desk

    @work(exclusive=True, group="thread")
    async def load_thread(self, customer_id: str) -> None:
        """Read the newest page of the stored thread and show it."""
        try:
            thread = await self._read(customer_id, PAGE)
        except Refused as refusal:
            self.post_message(self.Said(f"The conversation could not be read. {refusal.message}", failed=True))
            return
        if thread.thread_id is not None:
            self._threads[customer_id] = thread.thread_id
        await self.show_thread(thread)
        self.post_message(self.Changed())

    async def _read(self, customer_id: str, page_size: int, page_token: str | None = None) -> ChatThread:
        request = GetBillingChatThread(
            customer_id=customer_id,
            thread_id=self._threads.get(customer_id),
            page_size=page_size,
            page_token=page_token,
        )
        return await ask(self._desk, request, ChatThread)

    @on(ChatPane.OlderWanted)
    def show_older_page(self, event: ChatPane.OlderWanted) -> None:
        """Bring the page before the one that is shown."""
        event.stop()
        self._show_older_page(event.customer_id, event.page_token)

    @work(exclusive=True, group="thread")
    async def _show_older_page(self, customer_id: str, page_token: str) -> None:
        try:
            await self.show_older(await self._read(customer_id, PAGE, page_token))
        except Refused as refusal:
            self.post_message(self.Said(f"Older messages could not be read. {refusal.message}", failed=True))

    @work(exclusive=True, group="freshness")
    async def look_for_stale_answers(self) -> None:
        """Mark the answers whose facts have changed: the customer's view did."""
        if self.customer_id is not None and self.latest_answer is not None:
            with suppress(Refused):  # the view's own reads say that the store does not answer
                await self._refresh_staleness(self.customer_id)

    async def _refresh_staleness(self, customer_id: str) -> list[ChatMessage]:
        """Mark the answers on the screen that no longer hold, and return all of them as they stand now."""
        shown = {message.message_id: message for message in self.shown_answers}
        fresh: dict[str, ChatMessage] = {}
        page_token: str | None = None
        while missing := shown.keys() - fresh.keys():
            page = await self._read(customer_id, MAX_PAGE_SIZE, page_token)
            fresh |= {message.message_id: message for message in page.messages if message.message_id in missing}
            page_token = page.next_page_token
            if page_token is None:
                break
        for message_id in shown.keys() - fresh.keys():
            fresh[message_id] = replace(shown[message_id], stale=not await self._still_holds(customer_id, message_id))
        if customer_id == self.customer_id:
            self.mark(list(fresh.values()))
            self.post_message(self.Changed())
        return list(fresh.values())

    async def _still_holds(self, customer_id: str, message_id: str) -> bool:
        """Return whether the view is still the one under which an answer was given that is not stored (read-only)."""
        if (etag := self._given_under.get(message_id)) is None:
            return False
        request = GetCustomerBillingView(customer_id=customer_id, if_none_match=etag)
        return isinstance(await self._desk.call(request), NotModified)

    async def _stop_answer(self, customer_id: str) -> None:
        """Stop what is being written about the customer, and wait until it is stored."""

    @work(exclusive=True, group="thread")
    async def clear_thread(self, customer_id: str) -> None:
        """Delete the stored thread, and show an empty one; an answer under way is stopped first."""
        await self._stop_answer(customer_id)
        request = ClearBillingChatThread(customer_id=customer_id, thread_id=self._threads.get(customer_id))
        try:
            cleared = await ask(self._desk, request, Cleared)
        except Refused as refusal:
            self.post_message(self.Said(refusal.message, failed=True))
            return
        self._threads.pop(customer_id, None)
        self.post_message(self.Said(f"Cleared {cleared.messages} messages."))
        self.load_thread(customer_id)
