"""The chat, bound to the desk: it loads the customer's thread, asks the guide, and streams the answer."""

from collections.abc import Callable
from contextlib import aclosing, suppress

from textual import on, work
from textual.message import Message
from textual.worker import Worker, WorkerCancelled

from billinghelp.answer_papers import facts_text, payload_text
from billinghelp.desk_port import DeskPort, ask
from billinghelp.keys import key_label
from billinghelp.pages.reading_dialog import COPIED, ReadingDialog
from billinghelp.workplace import Workplace
from services.contract.errors import Refused
from services.contract.requests import (
    AskBillingChat,
    ClearBillingChatThread,
    GetBillingChatThread,
    PreviewBillingChatPayload,
)
from services.contract.types import STARTER_TITLES, Starter
from services.contract.views import (
    ChatAnswer,
    ChatDelta,
    ChatError,
    ChatEvent,
    ChatMessage,
    ChatPayload,
    ChatSuggestion,
    ChatThread,
    Cleared,
)
from widgets.chat.commands import ChatCommand
from widgets.chat.pane import ChatPane

PAGE = 40
"""Messages of a stored thread that are read at once; older ones come when they are scrolled to."""

_EXCHANGE = 3
"""A question, what a model broke off, and an answer."""

_STALE = "The facts have changed since that answer: ask again first."


class CustomerChat(ChatPane):
    """The conversation about the selected customer.

    An answer belongs to the customer it was asked about: turning to another one stops it, and what was written of it
    is in the thread when one comes back.
    """

    class Changed(Message):
        """What can be done with the chat has changed: an answer began, ended or came."""

    class Said(Message):
        """Something to tell the person beside the conversation."""

        def __init__(self, text: str, *, failed: bool = False) -> None:
            super().__init__()
            self.text = text
            self.failed = failed

    class ActionWanted(Message):
        """The confirmation of a suggested action is to be opened."""

        def __init__(self, suggestion: ChatSuggestion) -> None:
            super().__init__()
            self.suggestion = suggestion

    def __init__(self, place: Workplace) -> None:
        super().__init__(id="chat", key=self._key_of, clock=place.clock)
        self._place = place
        self._threads: dict[str, str] = {}
        self._asking: dict[str, Worker[None]] = {}

    def _key_of(self, command: ChatCommand) -> str:
        return key_label(self._place.keys[f"billing_help.{command}"])

    @property
    def _desk(self) -> DeskPort:
        assert self._place.desk is not None  # noqa: S101  (a customer is selected only on an open desk)
        return self._place.desk

    def turn_to(self, customer_id: str, legal_name: str) -> None:
        """Show another customer's thread; the same customer again changes nothing."""
        if customer_id == self.customer_id:
            return
        for running in self._asking.values():
            running.cancel()
        self._asking.clear()
        self.set_customer(customer_id, legal_name)
        self.load_thread(customer_id)

    # ── the thread ────────────────────────────────────────────────────────────────────────────────────────────────────

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
        messages = (await self._read(customer_id, PAGE)).messages
        if customer_id == self.customer_id:
            self.mark(messages)
            self.post_message(self.Changed())
        return messages

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
        shown = STARTER_TITLES[event.starter] if event.starter else event.question
        self._ask(event.customer_id, shown, event.question, event.starter)

    @on(ChatPane.AgainWanted)
    def ask_guide_again(self, event: ChatPane.AgainWanted) -> None:
        """Let the guide answer an earlier question anew; the answer so far stays."""
        event.stop()
        if self.customer_id is not None:
            self._ask(self.customer_id, None, question_id=event.message.question_id)

    def _ask(
        self,
        customer_id: str,
        shown: str | None,
        question: str | None = None,
        starter: Starter | None = None,
        question_id: str | None = None,
    ) -> None:
        request = AskBillingChat(
            customer_id=customer_id,
            question=question,
            starter=starter,
            question_id=question_id,
            thread_id=self._threads.get(customer_id),
        )
        self._asking[customer_id] = self._stream_answer(customer_id, shown, request)
        self.post_message(self.Changed())

    @on(ChatPane.Stopped)
    def stop_guide(self, event: ChatPane.Stopped) -> None:
        """Let the guide stop writing, and keep what it has written."""
        event.stop()
        if (running := self._asking.pop(event.customer_id, None)) is not None:
            running.cancel()
            self._adopt_stopped(event.customer_id, running)
        self.post_message(self.Changed())

    @work(group="stopped")
    async def _adopt_stopped(self, customer_id: str, running: Worker[None]) -> None:
        with suppress(WorkerCancelled):  # cancelled, as it was to be
            await running.wait()
        with suppress(Refused):  # what was written stays on the screen, though it could not be read again
            thread = await self._read(customer_id, _EXCHANGE)
            if thread.thread_id is not None:
                self._threads[customer_id] = thread.thread_id
            await self.adopt_stopped(customer_id, thread.messages)
            self.post_message(self.Changed())

    @work(group="answers")
    async def _stream_answer(self, customer_id: str, shown: str | None, request: AskBillingChat) -> None:
        await self.begin_answer(customer_id, shown)
        try:
            async with aclosing(self._desk.stream(request)) as events:
                async for event in events:
                    await self._show_event(customer_id, event)
        except Refused as refusal:
            error = ChatError(code=refusal.code.value, reason=refusal.reason, message=refusal.message, details={})
            await self._show_event(customer_id, error)

    async def _show_event(self, customer_id: str, event: ChatEvent) -> None:
        if isinstance(event, ChatDelta):
            await self.add_delta(customer_id, event.text, restart=event.restart, notice=event.notice)
            return
        self._asking.pop(customer_id, None)
        if isinstance(event, ChatAnswer):
            self._threads[customer_id] = event.thread_id
            await self.finish(customer_id, event)
        else:
            await self.fail(customer_id, event)
        self.post_message(self.Changed())

    # ── what can be done with an answer ───────────────────────────────────────────────────────────────────────────────

    @on(ChatPane.CopyWanted)
    @on(ChatPane.ReplyWanted)
    def copy_text(self, event: ChatPane.CopyWanted | ChatPane.ReplyWanted) -> None:
        """Copy an answer, or what it says to the customer, if its facts still hold."""
        event.stop()
        if self.customer_id is not None:
            self._copy(self.customer_id, event.text)

    @work(exclusive=True, group="freshness")
    async def _copy(self, customer_id: str, text: str) -> None:
        if await self._holds(customer_id, lambda message: text in (message.text, message.customer_reply)):
            self.app.copy_to_clipboard(text)
            self.post_message(self.Said(COPIED))

    @on(ChatPane.SuggestionWanted)
    def open_suggested_action(self, event: ChatPane.SuggestionWanted) -> None:
        """Ask for the confirmation of a suggested action, if the answer's facts still hold."""
        event.stop()
        if self.customer_id is not None:
            self._open_suggested_action(self.customer_id, event.message.message_id, event.suggestion)

    @work(exclusive=True, group="freshness")
    async def _open_suggested_action(self, customer_id: str, message_id: str, suggestion: ChatSuggestion) -> None:
        if await self._holds(customer_id, lambda message: message.message_id == message_id):
            self.post_message(self.ActionWanted(suggestion))

    async def _holds(self, customer_id: str, is_meant: Callable[[ChatMessage], bool]) -> bool:
        """Return whether the facts of an answer still hold, and say so where they do not."""
        try:
            messages = await self._refresh_staleness(customer_id)
        except Refused as refusal:
            self.post_message(self.Said(refusal.message, failed=True))
            return False
        if any(message.stale for message in messages if is_meant(message)):
            self.post_message(self.Said(_STALE, failed=True))
            return False
        return customer_id == self.customer_id

    @on(ChatPane.FactsWanted)
    def show_answer_facts(self, event: ChatPane.FactsWanted) -> None:
        """Show what an answer rests on, and how it came about."""
        event.stop()
        title = f"Facts · {event.message.engine}"
        self.app.push_screen(ReadingDialog(title, facts_text(event.message), self._place.folder))

    @work(exclusive=True, group="payload")
    async def show_payload(self, customer_id: str) -> None:
        """Show what asking the draft sends; without a draft what was sent for the latest answer, or a starter sends."""
        draft, latest = self.draft, self.latest_answer
        request = PreviewBillingChatPayload(customer_id=customer_id, starter=Starter.UNBLOCK_BILLING)
        title = f"What «{STARTER_TITLES[Starter.UNBLOCK_BILLING]}» sends"
        if draft:
            request, title = (
                PreviewBillingChatPayload(customer_id=customer_id, question=draft),
                "What this question sends",
            )
        elif latest is not None:
            request = PreviewBillingChatPayload(customer_id=customer_id, message_id=latest.message_id)
            title = "What was sent for this answer"
        try:
            payload = await ask(self._desk, request, ChatPayload)
        except Refused as refusal:
            self.post_message(self.Said(refusal.message, failed=True))
            return
        text = payload_text(payload, sent=request.message_id is not None)
        self.app.push_screen(ReadingDialog(title, text, self._place.folder, filename="payload.txt"))

    @on(ChatPane.LinkWanted)
    def open_link(self, event: ChatPane.LinkWanted) -> None:
        """Open a link the person clicked."""
        event.stop()
        self.app.open_url(event.href)
