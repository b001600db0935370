"""`ChatPane`: guidance for the selected customer: starter prompts, transcript, composer (PRODUCT.md §7).

Every word that arrives carries its customer's id, and one for another customer than the selected one is dropped. The
pane is light: the text area comes after the first paint, Markdown with the first answer.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive

from services.contract.types import Starter
from widgets.chat.composer import AskComposer
from widgets.chat.header import ChatHeader
from widgets.chat.messages import ChatProblem, Question
from widgets.chat.starters import ChatStarters
from widgets.chat.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.app import ComposeResult

    from services.contract.views import ChatAnswer, ChatError, ChatMessage, ChatThread
    from widgets.chat.answer import Answer
    from widgets.chat.editor import QuestionEditor


class ChatPane(Vertical):
    """The conversation about one customer. It asks by message and is told the answer piece by piece."""

    DEFAULT_CSS = """
    ChatPane {
        height: 1fr;
    }
    """

    class _FromPane(Message):
        """A message of the pane."""

        def __init__(self, pane: ChatPane) -> None:
            super().__init__()
            self.pane = pane

        @property
        def control(self) -> ChatPane:
            """The pane."""
            return self.pane

    class Asked(_FromPane):
        """A question or a starter was sent, exactly one of the two."""

        def __init__(self, pane: ChatPane, customer_id: str, question: str | None, starter: Starter | None) -> None:
            super().__init__(pane)
            self.customer_id = customer_id
            self.question = question
            self.starter = starter

    class Stopped(_FromPane):
        """The answer being written is not wanted any more."""

        def __init__(self, pane: ChatPane, customer_id: str) -> None:
            super().__init__(pane)
            self.customer_id = customer_id

    class CopyWanted(_FromPane):
        """This text is to be copied."""

        def __init__(self, pane: ChatPane, text: str) -> None:
            super().__init__(pane)
            self.text = text

    class FactsWanted(_FromPane):
        """The facts of this message are to be shown."""

        def __init__(self, pane: ChatPane, message: ChatMessage) -> None:
            super().__init__(pane)
            self.message = message

    class LinkWanted(_FromPane):
        """This https link is to be opened."""

        def __init__(self, pane: ChatPane, href: str) -> None:
            super().__init__(pane)
            self.href = href

    customer: reactive[tuple[str, str] | None] = reactive(None, init=False)
    """The selected customer's id and legal name, or None."""

    engine: reactive[str] = reactive("", init=False)
    """Who answers, in a few words."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's word)
        super().__init__(id=id)
        self._answer: Answer | None = None
        self._one_change = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """Header, starters, transcript, composer."""
        yield ChatHeader()
        yield ChatStarters()
        yield Transcript()
        yield AskComposer()

    # ── whom it is about ──────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def customer_id(self) -> str | None:
        """The selected customer, None for nobody."""
        return self.customer[0] if self.customer else None

    @property
    def answering(self) -> bool:
        """Whether an answer is being written."""
        return self._answer is not None

    def set_customer(self, customer_id: str | None, legal_name: str = "") -> None:
        """Turn to another customer, whose thread `show_thread` then brings. The same one again changes nothing."""
        if customer_id == self.customer_id:
            return
        self.customer = None if customer_id is None else (customer_id, legal_name)
        self._answer = None
        self._transcript.clear()
        self._set_brief()
        self.query_one(AskComposer).set_customer(customer_id)

    def watch_customer(self, customer: tuple[str, str] | None) -> None:
        """Name the customer in the header."""
        self.query_one(ChatHeader).legal_name = customer[1] if customer else None
        self.query_one(ChatStarters).ready = customer is not None

    def watch_engine(self, engine: str) -> None:
        """Name the engine in the header."""
        self.query_one(ChatHeader).engine = engine

    @property
    def _transcript(self) -> Transcript:
        return self.query_one(Transcript)

    def _set_brief(self, *, brief: bool = False) -> None:
        self.query_one(ChatStarters).brief = brief

    # ── the thread ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def show_thread(self, thread: ChatThread) -> None:
        """Show a stored thread in place of what is shown; an exchange under way stays beneath it."""
        if thread.messages:
            await _import_answer()
        async with self._changing(thread.customer_id) as is_current:
            if is_current:
                # The exchange under way is a question and its answer.
                running = 2 if self._answer is not None else 0
                self.engine = thread.engine
                self._set_brief(brief=bool(thread.messages) or bool(running))
                await self._transcript.show(thread.messages, keep=running)

    async def begin_answer(self, customer_id: str, question: str) -> None:
        """Show a question that was sent, and that its answer is being written."""
        await _import_answer()
        from widgets.chat.answer import Answer

        async with self._changing(customer_id) as is_current:
            if is_current:
                await self._stop_writing()
                self._answer = answer = Answer()
                self._set_brief(brief=True)
                self._transcript.anchor()
                await self._transcript.append(Question(question), answer)

    async def add_delta(self, customer_id: str, text: str) -> None:
        """Append a piece to the answer being written; without one, or for another customer, it is dropped."""
        if customer_id == self.customer_id and self._answer is not None:
            await self._answer.add(text)

    async def finish(self, customer_id: str, answer: ChatAnswer) -> None:
        """Show the finished answer as it is stored."""
        if customer_id == self.customer_id and self._answer is not None:
            shown, self._answer = self._answer, None
            transcript = self._transcript
            follows = transcript.following  # whoever has scrolled away is left alone
            await shown.finish(answer.message)
            if follows:
                question = transcript.shown[transcript.shown.index(shown) - 1]
                self.call_after_refresh(transcript.read_from, question)

    async def fail(self, customer_id: str, error: ChatError) -> None:
        """Say in the transcript why there is no answer, and give the question back."""
        async with self._changing(customer_id) as is_current:
            if is_current:
                answer, self._answer = self._answer, None
                if answer is not None:
                    await answer.remove_or_stop()
                await self._transcript.append(ChatProblem(error))
                if (question := self._transcript.latest_question) is not None:
                    self.query_one(AskComposer).restore(question)

    @asynccontextmanager
    async def _changing(self, customer_id: str) -> AsyncIterator[bool]:
        """Let one change of the transcript through at a time, and say whether it is for the selected customer.

        Mounting takes a moment: what another customer was selected under is removed again.
        """
        async with self._one_change:
            is_current = customer_id == self.customer_id
            yield is_current
            if is_current and customer_id != self.customer_id:
                self._transcript.clear()

    async def _stop_writing(self) -> None:
        answer, self._answer = self._answer, None
        if answer is not None:
            await answer.stop()

    # ── what a person does ────────────────────────────────────────────────────────────────────────────────────────────

    def focus_composer(self) -> None:
        """Put the keyboard into the composer."""
        self.query_one(AskComposer).focus_editor()

    def ask_starter(self, starter: Starter) -> None:
        """Ask a starter prompt, if somebody is selected and no answer is being written."""
        if self.customer_id is not None and not self.answering:
            self.post_message(self.Asked(self, self.customer_id, None, starter))

    def stop(self) -> bool:
        """Stop the answer being written; return whether there was one."""
        if self._answer is None or self.customer_id is None:
            return False
        self.run_worker(self._stop_writing(), name="stop answer")
        self.post_message(self.Stopped(self, self.customer_id))
        return True

    def copy_answer(self) -> bool:
        """Ask for the latest answer to be copied; return whether there is one."""
        message = self._transcript.latest_answer
        return message is not None and self.post_message(self.CopyWanted(self, message.text))

    def show_facts(self) -> bool:
        """Ask for the latest answer's facts to be shown; return whether there is one."""
        message = self._transcript.latest_answer
        return message is not None and self.post_message(self.FactsWanted(self, message))

    @on(ChatStarters.Chosen)
    def ask_clicked_starter(self, event: ChatStarters.Chosen) -> None:
        """Ask the starter that was clicked."""
        event.stop()
        self.ask_starter(event.starter)

    def on_question_editor_sent(self, event: QuestionEditor.Sent) -> None:
        """Ask what was written; while an answer is being written it stays in the composer."""
        event.stop()
        if self.customer_id is not None and not self.answering:
            self.query_one(AskComposer).clear()
            self.post_message(self.Asked(self, self.customer_id, event.text, None))

    def on_answer_facts_wanted(self, event: Answer.FactsWanted) -> None:
        """Pass on that an answer's facts were clicked."""
        event.stop()
        self.post_message(self.FactsWanted(self, event.message))

    def on_answer_copy_wanted(self, event: Answer.CopyWanted) -> None:
        """Pass on that an answer is to be copied."""
        event.stop()
        self.post_message(self.CopyWanted(self, event.message.text))

    def on_answer_link_wanted(self, event: Answer.LinkWanted) -> None:
        """Pass on a link."""
        event.stop()
        self.post_message(self.LinkWanted(self, event.href))


async def _import_answer() -> None:
    # Markdown costs 40 ms to import: in a thread, so that keys are answered meanwhile.
    await asyncio.to_thread(import_module, "widgets.chat.answer")
