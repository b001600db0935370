"""Asking the guide about the selected customer: the answer is streamed, stopped, kept."""

from contextlib import aclosing, suppress

from textual import on, work
from textual.worker import Worker, WorkerCancelled, get_current_worker

from billinghelp.pages.customer_thread import CustomerThread
from billinghelp.workplace import Workplace
from services.contract.errors import Refused
from services.contract.requests import AskBillingChat
from services.contract.types import STARTER_TITLES, Starter
from services.contract.views import ChatAnswer, ChatDelta, ChatError, ChatEvent
from widgets.chat.commands import ChatCommand
from widgets.chat.pane import ChatPane

_EXCHANGE = 3
"""A question, what a model broke off, and an answer."""


class CustomerAsking(CustomerThread):
    """A thread in which the guide is asked.

    An answer belongs to the customer it was asked about: turning to another one stops it, and what was written of it
    is in the thread when one comes back.
    """

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self._asking: dict[str, Worker[None]] = {}

    def turn_to(self, customer_id: str, legal_name: str) -> None:
        """Show another customer's thread; the same customer again changes nothing."""
        if customer_id == self.customer_id:
            return
        for running in self._asking.values():
            running.cancel()
            self.post_message(self.Said("The answer under way was stopped; what was written of it is kept."))
        self._asking.clear()
        self.set_customer(customer_id, legal_name)
        self.load_thread(customer_id)

    @on(ChatPane.Asked)
    def ask_guide(self, event: ChatPane.Asked) -> None:
        """Ask the guide."""
        event.stop()
        shown = STARTER_TITLES[event.starter] if event.starter else event.question
        if not self._ask(event.customer_id, shown, event.question, event.starter) and event.question is not None:
            self.give_back(event.question)

    @on(ChatPane.StillWriting)
    def say_that_it_writes(self, event: ChatPane.StillWriting) -> None:
        """Say why nothing is asked now."""
        event.stop()
        self._say_that_it_writes()

    def _say_that_it_writes(self) -> None:
        self.post_message(self.Said(f"An answer is being written: {self._key_of(ChatCommand.STOP)} stops it."))

    @on(ChatPane.AgainWanted)
    def ask_guide_again(self, event: ChatPane.AgainWanted) -> None:
        """Let the guide answer an earlier question anew; the answer so far stays."""
        event.stop()
        if self.customer_id is None:
            return
        question = self.latest_question
        if self._is_read_only and question is not None:  # nothing of such a session is stored: ask it as a new one
            self._ask(self.customer_id, None, None if question.starter else question.text, question.starter)
        else:
            self._ask(self.customer_id, None, question_id=event.message.question_id)

    @property
    def _is_read_only(self) -> bool:
        return self._place.identity is not None and self._place.identity.read_only

    def _ask(
        self,
        customer_id: str,
        shown: str | None,
        question: str | None = None,
        starter: Starter | None = None,
        question_id: str | None = None,
    ) -> bool:
        """Begin an answer; return whether it was begun: there is one at a time."""
        if customer_id in self._asking:
            self._say_that_it_writes()
            return False
        request = AskBillingChat(
            customer_id=customer_id,
            question=question,
            starter=starter,
            question_id=question_id,
            thread_id=self._threads.get(customer_id),
        )
        self._asking[customer_id] = self._stream_answer(customer_id, shown, request)
        self.post_message(self.Changed())
        return True

    @on(ChatPane.Stopped)
    def stop_guide(self, event: ChatPane.Stopped) -> None:
        """Let the guide stop writing, and keep what it has written."""
        event.stop()
        if (running := self._asking.pop(event.customer_id, None)) is not None:
            running.cancel()
            self._adopt_stopped(event.customer_id, running)
        self.post_message(self.Changed())

    async def _stop_answer(self, customer_id: str) -> None:
        if (running := self._asking.pop(customer_id, None)) is not None:
            running.cancel()
            with suppress(WorkerCancelled):  # as it was to be
                await running.wait()

    @work(group="stopped")
    async def _adopt_stopped(self, customer_id: str, running: Worker[None]) -> None:
        with suppress(WorkerCancelled):  # as it was to be
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
        given_under = self.view_etag
        try:
            async with aclosing(self._desk.stream(request)) as events:
                async for event in events:
                    if isinstance(event, ChatAnswer):
                        self._given_under[event.message.message_id] = given_under
                    await self._show_event(customer_id, event)
        except Refused as refusal:
            error = ChatError(code=refusal.code.value, reason=refusal.reason, message=refusal.message, details={})
            await self._show_event(customer_id, error)
        finally:
            if self._asking.get(customer_id) is get_current_worker():
                del self._asking[customer_id]

    async def _show_event(self, customer_id: str, event: ChatEvent) -> None:
        if isinstance(event, ChatDelta):
            await self.add_delta(customer_id, event.text, restart=event.restart, notice=event.notice)
            return
        if isinstance(event, ChatAnswer):
            if event.thread_id:
                self._threads[customer_id] = event.thread_id
            await self.finish(customer_id, event)
        else:
            await self.fail(customer_id, event)
        self.post_message(self.Changed())
