"""`Conversation`: how questions, words and answers that come one after the other change the transcript.

It knows nothing of customers: the pane lets through what is for the one who is selected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from widgets.chat.answer import Answer
from widgets.chat.commands import ChatCommand
from widgets.chat.messages import ChatProblem, Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.contract.clock import Clock
    from services.contract.views import ChatAnswer, ChatError, ChatMessage, ChatThread
    from widgets.chat.commands import KeyOf
    from widgets.chat.entry import Entry
    from widgets.chat.transcript import Transcript


class Conversation:
    """The thread of one customer after the other, with the exchange that is under way.

    Args:
        transcript: where it is shown.
        clock: the time.
        key: how keys are shown.
    """

    def __init__(self, transcript: Transcript, clock: Clock, key: KeyOf) -> None:
        self._transcript = transcript
        self._clock = clock
        self._key = key
        self._exchange: list[Entry] = []
        self._stopped: list[Entry] = []
        self.answer: Answer | None = None
        """The answer that is being written."""

    @property
    def latest_answer(self) -> ChatMessage | None:
        """The latest answer that is stored."""
        answer = self._latest()
        return answer.message if answer else None

    def _answers(self) -> Iterable[Answer]:
        return (entry for entry in self._transcript.entries if isinstance(entry, Answer))

    def _latest(self) -> Answer | None:
        return next((answer for answer in reversed(list(self._answers())) if answer.message is not None), None)

    def _point_keys_at_latest(self) -> None:
        latest = self._latest()
        for answer in self._answers():
            answer.set_latest(answer is latest)
        self._transcript.settle()

    # ── the thread as it is stored ────────────────────────────────────────────────────────────────────────────────────

    def show(self, thread: ChatThread) -> None:
        """Show a stored thread in place of what is shown; the exchange under way stays beneath it."""
        running = self._exchange if self.answer is not None else []
        self._transcript.show([*self._entries(thread.messages), *running], thread.next_page_token)
        self._point_keys_at_latest()

    def show_older(self, thread: ChatThread) -> None:
        """Show an older page above what is shown."""
        shown = self._shown_ids()
        messages = [message for message in thread.messages if message.message_id not in shown]
        self._transcript.show_older(self._entries(messages), thread.next_page_token)
        self._point_keys_at_latest()

    def mark(self, messages: Iterable[ChatMessage]) -> None:
        """Show of stored answers whether their facts have changed since."""
        fresh = {message.message_id: message for message in messages}
        for answer in self._answers():
            now = fresh.get(answer.message.message_id) if answer.message else None
            if now is not None and answer.message is not None and now.stale != answer.message.stale:
                answer.message = now
        self._transcript.settle()

    def _shown_ids(self) -> set[str]:
        return {entry.message.message_id for entry in self._transcript.entries if entry.message is not None}

    def _entries(self, messages: Iterable[ChatMessage]) -> list[Entry]:
        own_actor = self._transcript.own_actor
        return [
            Answer(self._clock, self._key, message)
            if message.author == "guide"
            else Question.stored(message, own_actor)
            for message in messages
        ]

    # ── an exchange ───────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self, question: str | None) -> None:
        """Show a question that was sent, and that its answer is being written; None: the one above is asked again."""
        self.stop()
        self.answer = Answer(self._clock, self._key)
        self._exchange = [*([Question(question)] if question is not None else []), self.answer]
        self._transcript.append(*self._exchange)
        self._transcript.action_follow()

    def add(self, text: str, restart: Literal["drop", "keep"] | None, notice: str | None) -> None:
        """Append words to the answer being written; before them it may begin again."""
        if self.answer is None:
            return
        if restart == "keep" and self.answer.has_words:
            self._break_off(notice)
        elif restart is not None:
            self.answer.begin_again(notice)
        elif notice is not None:
            self.answer.announce(notice)
        if text:
            self.answer.add(text)
        self._transcript.grow()

    def _break_off(self, notice: str | None) -> None:
        assert self.answer is not None  # noqa: S101  (words belong to an answer)
        self.answer.end("broken_off")
        self.answer = Answer(self._clock, self._key)
        self.answer.announce(notice)
        self._exchange.append(self.answer)
        self._transcript.append(self.answer)

    def finish(self, finished: ChatAnswer) -> None:
        """Show the exchange as it is stored."""
        if self.answer is None:
            return
        shown, exchange = self.answer, self._take_exchange()
        shown.finish(finished.message)
        if isinstance(exchange[0], Question):
            exchange[0].message = finished.question
        if finished.partial is not None:
            self._store_partial(finished.partial, exchange, before=shown)
        self._point_keys_at_latest()
        follows = self._transcript.following  # whoever has scrolled away is left alone
        self._transcript.settle()
        if follows and shown.came_at_once:
            self._transcript.read_from(exchange[0])

    def _store_partial(self, partial: ChatMessage, exchange: Sequence[Entry], before: Answer) -> None:
        broken = [entry for entry in exchange if isinstance(entry, Answer) and entry.ended == "broken_off"]
        if broken:
            broken[-1].finish(partial)
        else:
            self._insert([Answer(self._clock, self._key, partial)], before)

    def fail(self, error: ChatError) -> str | None:
        """Say why there is no answer; return the question."""
        if self.answer is not None:
            answer, _ = self.answer, self._take_exchange()
            answer.end("broken_off")
            if not answer.has_words:
                self._transcript.discard(answer)
        self._transcript.append(ChatProblem(error, self._key(ChatCommand.ASK)))
        question = self._transcript.latest_question
        return question.text if question else None

    def stop(self) -> None:
        """Keep what was written of the answer as a partial one, be it not a word."""
        if self.answer is None:
            return
        answer, self._stopped = self.answer, self._take_exchange()
        answer.end("stopped")
        self._transcript.settle()

    def adopt_stopped(self, messages: Sequence[ChatMessage]) -> None:
        """Put what is stored of a stopped exchange in the place of what was shown of it."""
        shown = self._shown_ids()
        stored = self._entries(message for message in messages if message.message_id not in shown)
        if not stored:
            return
        left = [entry for entry in self._transcript.entries if entry in self._stopped]
        self._insert(stored, next(iter([*left, *self._exchange]), None))
        self._stopped = []
        self._point_keys_at_latest()
        self._transcript.discard(*left)

    def _insert(self, entries: Sequence[Entry], before: Entry | None) -> None:
        shown = self._transcript.entries
        place = len(shown) if before is None else shown.index(before)
        shown[place:place] = entries

    def _take_exchange(self) -> list[Entry]:
        exchange, self._exchange, self.answer = self._exchange, [], None
        return exchange

    def turn_away(self) -> None:
        """Forget everything: another customer was selected."""
        self._take_exchange()
        self._stopped = []
        self._transcript.show([])
