"""`ChatPane`: guidance for the selected customer: starter prompts, transcript, composer (PRODUCT.md §7).

Every word that arrives carries its customer's id, and one for another customer than the selected one is dropped. The
pane is light: the text area comes after the first paint, and what reads Markdown with the first answer.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Literal, TypeAlias

from textual import on
from textual.containers import Vertical
from textual.reactive import reactive

from services.contract.clock import Clock, system_clock
from services.contract.types import Starter
from widgets.chat import wanted
from widgets.chat.commands import ChatCommand, KeyOf, usual_key
from widgets.chat.composer import AskComposer
from widgets.chat.header import ChatHeader
from widgets.chat.starters import ChatStarters
from widgets.chat.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from textual.app import ComposeResult

    from services.contract.views import ChatAnswer, ChatError, ChatMessage, ChatThread
    from widgets.chat.conversation import Conversation
    from widgets.chat.editor import QuestionEditor


class ChatPane(Vertical):
    """The conversation about one customer. It asks by message and is told the answer piece by piece.

    Args:
        id: of the widget.
        key: returns how a command's key is shown.
        clock: the time.
    """

    DEFAULT_CSS = """
    ChatPane {
        height: 1fr;
    }
    """

    Asked: TypeAlias = wanted.Asked
    StillWriting: TypeAlias = wanted.StillWriting
    Stopped: TypeAlias = wanted.Stopped
    OlderWanted: TypeAlias = wanted.OlderWanted
    CopyWanted: TypeAlias = wanted.CopyWanted
    ReplyWanted: TypeAlias = wanted.ReplyWanted
    FactsWanted: TypeAlias = wanted.FactsWanted
    AgainWanted: TypeAlias = wanted.AgainWanted
    SuggestionWanted: TypeAlias = wanted.SuggestionWanted
    LinkWanted: TypeAlias = wanted.LinkWanted

    customer: reactive[tuple[str, str] | None] = reactive(None, init=False)
    """The selected customer's id and legal name, or None."""

    engine: reactive[str] = reactive("", init=False)
    """Who answers, in a few words."""

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002  (Textual's word)
        key: KeyOf = usual_key,
        clock: Clock = system_clock,
    ) -> None:
        super().__init__(id=id)
        self._key = key
        self._clock = clock
        self._conversation: Conversation | None = None
        self._one_change = asyncio.Lock()
        # Held, not looked up: an answer of the desk may come before they are on the screen, or after they have left it.
        self._header = ChatHeader()
        self._starters = ChatStarters(key)
        self._transcript = Transcript(key)
        self._composer = AskComposer()

    def compose(self) -> ComposeResult:
        """Header, starters, transcript, composer."""
        yield self._header
        yield self._starters
        yield self._transcript
        yield self._composer

    # ── whom it is about ──────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def customer_id(self) -> str | None:
        """The selected customer, None for nobody."""
        return self.customer[0] if self.customer else None

    @property
    def answering(self) -> bool:
        """Whether an answer is being written."""
        return self._conversation is not None and self._conversation.answer is not None

    @property
    def latest_answer(self) -> ChatMessage | None:
        """The latest answer as it is stored: the one that the keys are for."""
        return self._conversation.latest_answer if self._conversation else None

    @property
    def draft(self) -> str:
        """The question that is written and not sent."""
        return self._composer.draft

    def set_customer(self, customer_id: str | None, legal_name: str = "") -> None:
        """Turn to another customer, whose thread `show_thread` then brings. The same one again changes nothing."""
        if customer_id == self.customer_id:
            return
        self.customer = None if customer_id is None else (customer_id, legal_name)
        if self._conversation is not None:
            self._conversation.turn_away()
        self._set_brief()
        self._composer.set_customer(customer_id)

    def watch_customer(self, customer: tuple[str, str] | None) -> None:
        """Name the customer in the header."""
        self._header.legal_name = customer[1] if customer else None
        self._starters.ready = customer is not None

    def watch_engine(self, engine: str) -> None:
        """Name the engine in the header."""
        self._header.engine = engine

    def _set_brief(self, *, brief: bool = False) -> None:
        self._starters.brief = brief

    def answered_by(self, engine: str, host: str | None) -> None:
        """Say who answers, and where questions go: None for nowhere."""
        self.engine = engine
        self._composer.send_to(host)

    # ── the thread ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def show_thread(self, thread: ChatThread) -> None:
        """Show a stored thread in place of what is shown; an exchange under way stays beneath it."""
        async with self._talking(thread.customer_id) as conversation:
            if conversation is not None:
                self.answered_by(thread.engine, thread.host)
                conversation.show(thread)
                self._set_brief(brief=bool(self._transcript.entries))

    async def show_older(self, thread: ChatThread) -> None:
        """Show an older page of the thread above what is shown, without moving what is read."""
        async with self._talking(thread.customer_id) as conversation:
            if conversation is not None:
                conversation.show_older(thread)

    def mark(self, messages: Sequence[ChatMessage]) -> None:
        """Bring up to date which of the shown answers are stale, from messages that were read anew."""
        if self._conversation is not None:
            self._conversation.mark(messages)

    async def begin_answer(self, customer_id: str, question: str | None) -> None:
        """Show a question that was sent, and that its answer is being written; None: one is asked again."""
        async with self._talking(customer_id) as conversation:
            if conversation is not None:
                self._set_brief(brief=True)
                conversation.begin(question)

    async def add_delta(
        self,
        customer_id: str,
        text: str,
        *,
        restart: Literal["drop", "keep"] | None = None,
        notice: str | None = None,
    ) -> None:
        """Append a piece to the answer being written; without one, or for another customer, it is dropped."""
        if customer_id == self.customer_id and self._conversation is not None:
            self._conversation.add(text, restart, notice)

    async def finish(self, customer_id: str, answer: ChatAnswer) -> None:
        """Show the finished answer as it is stored."""
        if customer_id == self.customer_id and self._conversation is not None:
            self._conversation.finish(answer)

    async def fail(self, customer_id: str, error: ChatError) -> None:
        """Say in the transcript why there is no answer, and give the question back."""
        async with self._talking(customer_id) as conversation:
            if conversation is not None and (question := conversation.fail(error)) is not None:
                self._composer.restore(question)

    async def adopt_stopped(self, customer_id: str, messages: Sequence[ChatMessage]) -> None:
        """Show what is stored of an exchange that was stopped, in the place of what was shown of it."""
        async with self._talking(customer_id) as conversation:
            if conversation is not None:
                conversation.adopt_stopped(messages)

    @asynccontextmanager
    async def _talking(self, customer_id: str) -> AsyncIterator[Conversation | None]:
        """Let one change of the transcript through at a time, and only if it is for the selected customer."""
        async with self._one_change:
            conversation = await self._bring_conversation()
            yield conversation if customer_id == self.customer_id else None

    async def _bring_conversation(self) -> Conversation:
        if self._conversation is None:
            # What reads Markdown costs 30 ms to import: in a thread, so that keys are answered meanwhile.
            await asyncio.to_thread(import_module, "widgets.chat.conversation")
            from widgets.chat.conversation import Conversation

            self._conversation = Conversation(self._transcript, self._clock, self._key)
        return self._conversation

    # ── what a person does ────────────────────────────────────────────────────────────────────────────────────────────

    async def bring_composer(self) -> None:
        """Have the composer ready to be written in, and not only after the next paint."""
        await self._composer.bring_editor()

    def focus_composer(self) -> None:
        """Put the keyboard into the composer."""
        self._composer.focus_editor()

    def ask_starter(self, starter: Starter) -> None:
        """Ask a starter prompt, if somebody is selected and no answer is being written."""
        if self.answering:
            self.post_message(self.StillWriting(self))
        elif self.customer_id is not None:
            self.post_message(self.Asked(self, self.customer_id, None, starter))

    def edit_last_question(self) -> bool:
        """Put the last question into the composer; return whether there is one, and room for it."""
        question = self._transcript.latest_question
        if question is None or not self._composer.restore(question.text):
            return False
        self.focus_composer()
        return True

    def stop(self) -> bool:
        """Stop the answer being written; return whether there was one."""
        if self._conversation is None or self._conversation.answer is None or self.customer_id is None:
            return False
        self._conversation.stop()
        self._set_brief(brief=bool(self._transcript.entries))
        self.post_message(self.Stopped(self, self.customer_id))
        return True

    def give_back(self, question: str) -> None:
        """Put a question that was not asked back into the composer, unless another one is being written."""
        self._composer.restore(question)

    @property
    def shown_answers(self) -> list[ChatMessage]:
        """The stored answers that are shown, oldest first."""
        messages = (entry.message for entry in self._transcript.entries)
        return [message for message in messages if message is not None and message.author == "guide"]

    @property
    def latest_question(self) -> ChatMessage | None:
        """The latest question as it is stored."""
        question = self._transcript.latest_question
        return question.message if question is not None else None

    def turn_page(self, direction: int) -> None:
        """Scroll the conversation by a page, up (-1) or down (1)."""
        if direction < 0:
            self._transcript.action_page_up()
        else:
            self._transcript.action_page_down()

    def follow(self) -> None:
        """Go to the latest words, and follow them."""
        self._transcript.action_follow()

    def copy_answer(self) -> bool:
        """Ask for the latest answer to be copied; return whether there is one that may be."""
        return self._do(ChatCommand.COPY)

    def copy_reply(self) -> bool:
        """Ask for what the latest answer has for the customer to be copied; return whether it may be."""
        return self._do(ChatCommand.COPY_REPLY)

    def show_facts(self) -> bool:
        """Ask for the latest answer's facts to be shown; return whether there is one."""
        return self._do(ChatCommand.FACTS)

    def ask_again(self) -> bool:
        """Ask for the latest answer's question to be asked again; return whether that is possible now."""
        return self._do(ChatCommand.ASK_AGAIN)

    def take_suggestion(self, place: int = 0) -> bool:
        """Ask for an action that the latest answer suggests, the first one or another; return whether it may be."""
        return self._do(ChatCommand.TAKE_SUGGESTION, place)

    def _do(self, command: ChatCommand, place: int = 0) -> bool:
        message = self.latest_answer
        return message is not None and self._do_with(message, command, place)

    def _do_with(self, message: ChatMessage, command: ChatCommand, place: int = 0) -> bool:
        wish = wanted.wish(self, message, command, place, is_answering=self.answering)
        return wish is not None and self.post_message(wish)

    @on(Transcript.Clicked)
    def do_what_was_clicked(self, event: Transcript.Clicked) -> None:
        """Do with an answer what was clicked in it."""
        event.stop()
        command, message = event.meta.get("wanted"), event.entry.message
        if (href := event.meta.get("href")) is not None:
            self.post_message(self.LinkWanted(self, href))
        elif command == ChatCommand.STOP:
            self.stop()
        elif command is not None and message is not None:
            self._do_with(message, ChatCommand(command), event.meta.get("place", 0))

    @on(Transcript.OlderWanted)
    def ask_for_older(self, event: Transcript.OlderWanted) -> None:
        """Ask for the page before the one that is shown."""
        event.stop()
        if self.customer_id is not None:
            self.post_message(self.OlderWanted(self, self.customer_id, event.page_token))

    @on(ChatStarters.Chosen)
    def ask_clicked_starter(self, event: ChatStarters.Chosen) -> None:
        """Ask the starter that was clicked."""
        event.stop()
        self.ask_starter(event.starter)

    def on_question_editor_sent(self, event: QuestionEditor.Sent) -> None:
        """Ask what was written; while an answer is being written it stays in the composer."""
        event.stop()
        if self.answering:
            self.post_message(self.StillWriting(self))
        elif self.customer_id is not None:
            self._composer.clear()
            self.post_message(self.Asked(self, self.customer_id, event.text, None))

    def on_question_editor_previous_wanted(self, event: QuestionEditor.PreviousWanted) -> None:
        """Let the last question be written again."""
        event.stop()
        self.edit_last_question()
