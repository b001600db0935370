"""The chat, bound to the desk: it loads the customer's thread, asks the guide, and streams the answer."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from typing import Any

from textual import on, work
from textual.message import Message
from textual.worker import Worker

from billinghelp.desk_port import DeskPort, ask
from billinghelp.pages.reading_dialog import COPIED, ReadingDialog
from billinghelp.workplace import Workplace
from services.contract.errors import Refused
from services.contract.requests import AskBillingChat, ClearBillingChatThread, GetBillingChatThread
from services.contract.types import STARTER_TITLES, Starter
from services.contract.views import ChatAnswer, ChatDelta, ChatError, ChatEvent, ChatThread, Cleared
from widgets.chat.pane import ChatPane

LATEST = 40
"""Messages of a stored thread to show: what was said lately; the rest stays in the store."""


class CustomerChat(ChatPane):
    """The conversation about the selected customer.

    An answer belongs to the customer it was asked about: turning to another one lets it finish unseen, and it is in
    the thread when one comes back.
    """

    class Changed(Message):
        """What can be done with the chat has changed: an answer began, ended or came."""

    class Said(Message):
        """Something to tell the person beside the conversation."""

        def __init__(self, text: str, *, failed: bool = False) -> None:
            super().__init__()
            self.text = text
            self.failed = failed

    def __init__(self, place: Workplace) -> None:
        super().__init__(id="chat")
        self._place = place
        self._threads: dict[str, str] = {}
        self._asking: dict[str, Worker[None]] = {}
        self.has_answer = False
        """Whether the guide has answered something about this customer."""

    @property
    def _desk(self) -> DeskPort:
        assert self._place.desk is not None  # noqa: S101  (a customer is selected only on an open desk)
        return self._place.desk

    def turn_to(self, customer_id: str, legal_name: str) -> None:
        """Show another customer's thread; the same customer again changes nothing."""
        if customer_id == self.customer_id:
            return
        self.set_customer(customer_id, legal_name)
        self.has_answer = False
        self.load_thread(customer_id)

    # ── the thread ────────────────────────────────────────────────────────────────────────────────────────────────────

    @work(exclusive=True, group="thread")
    async def load_thread(self, customer_id: str) -> None:
        """Read the stored thread and show it."""
        try:
            request = GetBillingChatThread(customer_id=customer_id, page_size=LATEST)
            thread = await ask(self._desk, request, ChatThread)
        except Refused as refusal:
            self.post_message(self.Said(f"The conversation could not be read. {refusal.message}", failed=True))
            return
        if thread.thread_id is not None:
            self._threads[customer_id] = thread.thread_id
        if customer_id == self.customer_id:
            self.has_answer = any(message.author == "guide" for message in thread.messages)
            await self.show_thread(thread)
            self.post_message(self.Changed())

    @work(exclusive=True, group="thread")
    async def clear_thread(self, customer_id: str) -> None:
        """Delete the stored thread, and show an empty one."""
        request = ClearBillingChatThread(customer_id=customer_id, thread_id=self._threads.get(customer_id))
        try:
            cleared = await ask(self._desk, request, Cleared)
        except Refused as refusal:
            self.post_message(self.Said(refusal.message, failed=True))
            return
        self._threads.pop(customer_id, None)
        self.post_message(self.Said(f"Cleared {cleared.messages} messages."))
        self.load_thread(customer_id)

    # ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────────

    @on(ChatPane.Asked)
    def ask_guide(self, event: ChatPane.Asked) -> None:
        """Ask the guide."""
        event.stop()
        self._asking[event.customer_id] = self._stream_answer(event.customer_id, event.question, event.starter)
        self.post_message(self.Changed())

    @on(ChatPane.Stopped)
    def stop_guide(self, event: ChatPane.Stopped) -> None:
        """Let the guide stop writing."""
        event.stop()
        if (running := self._asking.pop(event.customer_id, None)) is not None:
            running.cancel()
        self.post_message(self.Changed())

    @work(group="answers")
    async def _stream_answer(self, customer_id: str, question: str | None, starter: Starter | None) -> None:
        await self.begin_answer(customer_id, STARTER_TITLES[starter] if starter else question or "")
        request = AskBillingChat(
            customer_id=customer_id, question=question, starter=starter, thread_id=self._threads.get(customer_id)
        )
        try:
            async with _closing(self._desk.stream(request)) as events:
                async for event in events:
                    await self._show_event(customer_id, event)
        except Refused as refusal:
            error = ChatError(code=refusal.code.value, reason=refusal.reason, message=refusal.message, details={})
            await self._show_event(customer_id, error)

    async def _show_event(self, customer_id: str, event: ChatEvent) -> None:
        if isinstance(event, ChatDelta):
            await self.add_delta(customer_id, event.text)
            return
        self._asking.pop(customer_id, None)
        if isinstance(event, ChatAnswer):
            self._threads[customer_id] = event.thread_id
            if customer_id != self.customer_id:
                return
            self.has_answer = True
            if self.answering:
                await self.finish(customer_id, event)
            else:  # the person was elsewhere meanwhile and has come back
                self.load_thread(customer_id)
        else:
            await self.fail(customer_id, event)
        self.post_message(self.Changed())

    # ── what can be done with an answer ───────────────────────────────────────────────────────────────────────────────

    @on(ChatPane.CopyWanted)
    def copy_text(self, event: ChatPane.CopyWanted) -> None:
        """Copy an answer."""
        event.stop()
        self.app.copy_to_clipboard(event.text)
        self.post_message(self.Said(COPIED))

    @on(ChatPane.FactsWanted)
    def show_answer_facts(self, event: ChatPane.FactsWanted) -> None:
        """Show what an answer rests on."""
        event.stop()
        facts = event.message.facts
        width = max((len(fact.label) for fact in facts), default=0)
        lines = [f"{fact.label:<{width}}   {fact.value}   ({fact.source})" for fact in facts]
        text = "\n".join(lines) or "This answer names no facts."
        self.app.push_screen(ReadingDialog(f"Facts · {event.message.engine}", text, self._place.folder))

    @on(ChatPane.LinkWanted)
    def open_link(self, event: ChatPane.LinkWanted) -> None:
        """Open a link the person clicked."""
        event.stop()
        self.app.open_url(event.href)


def _closing(events: AsyncIterator[ChatEvent]) -> AbstractAsyncContextManager[AsyncIterator[ChatEvent]]:
    """Return `events` such that a stream that is stopped midway is closed at once, where it can be closed."""
    closable: Any = events
    return aclosing(closable) if hasattr(events, "aclose") else nullcontext(events)
