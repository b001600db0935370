"""Asking, end to end: the case is read in one transaction, answered piece by piece, and kept in another."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Literal

import msgspec

from services.contract.clock import Clock
from services.contract.errors import Code, Refused
from services.contract.ids import NewId
from services.contract.text import clean
from services.contract.views import ChatAnswer, ChatEvent, ChatFlag, ChatMessage
from services.guidance.answering import Answering, Written
from services.guidance.facts import facts_hash
from services.guidance.guide import Guide
from services.guidance.questions import Asked
from services.guidance.store import StoredMessage

_log = logging.getLogger(__name__)

Load = Callable[[], Awaitable[Asked]]
Save = Callable[[Sequence[StoredMessage]], Awaitable[str]]


class _Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange: who asked what, when, and how messages are made of what was written."""

    asked: Asked
    actor: str
    asked_at: datetime
    clock: Clock
    new_id: NewId

    def question(self) -> ChatMessage:
        """Return the question's message: the earlier one where it is answered anew."""
        if self.asked.earlier is not None:
            return self.asked.earlier
        question = self.asked.case.question
        return ChatMessage(
            message_id=self.new_id("message"),
            author="operator",
            text=question.text,
            created_at=self.asked_at,
            actor=self.actor,
            starter=question.starter,
        )

    def answer(
        self,
        question: ChatMessage,
        answering: Answering,
        written: Written,
        partial: Literal["stopped", "broken_off"] | None = None,
    ) -> StoredMessage:
        """Return an answer's message; of a partial one nothing is suggested, and nothing goes to the customer."""
        used = [fact.as_chat_fact() for fact in written.used]
        whole = partial is None
        message = ChatMessage(
            message_id=self.new_id("message"),
            author="guide",
            text=written.text.strip(),
            created_at=self.clock(),
            actor=written.engine,
            question_id=question.message_id,
            engine=written.engine,
            host=answering.host,
            facts=used,
            facts_hash=facts_hash(self.asked.case.facts, {fact.key for fact in used}),
            prompts=[prompt.as_chat_prompt() for prompt in answering.prompts],
            usage=answering.usage,
            notice=answering.notice if whole else None,
            failure=answering.failure if whole else None,
            flags=[ChatFlag(kind=flag.kind, excerpt=clean(flag.excerpt)) for flag in answering.flags] if whole else [],
            partial=partial,
            suggestions=written.suggestions if whole else [],
            customer_reply=written.customer_reply if whole else None,
        )
        return StoredMessage(message=message, template=written.template, sent=b"\n".join(answering.sent) or None)


async def ask(
    *, guide: Guide, load: Load, save: Save, actor: str, clock: Clock, new_id: NewId
) -> AsyncGenerator[ChatEvent, None]:
    """Answer a question: the pieces as they are written, then the whole answer, stored with its question.

    Stopped midway (the iterator is closed, or its task cancelled), what was written is kept as a partial answer, and
    what was sent for it even where not a word came. An answer that the store does not take is given all the same.

    Args:
        load: reads the case (`read_question`).
        save: stores question and answers (`save_exchange`) and returns their thread.

    Raises:
        Refused: what `load` and `save` refuse.
    """
    asked_at = clock()
    asked = await load()
    conversation = _Conversation(asked=asked, actor=actor, asked_at=asked_at, clock=clock, new_id=new_id)
    question = conversation.question()
    new = () if asked.earlier is not None else (StoredMessage(message=question),)
    answering = guide.answering(asked.case, clock)
    try:
        async with aclosing(answering.deltas()) as deltas:
            async for delta in deltas:
                if delta.text or delta.restart:
                    yield delta
    except (asyncio.CancelledError, GeneratorExit):
        if (written := answering.written()).text.strip() or answering.sent:
            await _keep((*new, conversation.answer(question, answering, written, "stopped")), save)
        raise
    finally:
        _log_sent(answering, asked)
    answers = [conversation.answer(question, answering, answering.written())]
    if answering.partial is not None:
        answers.insert(0, conversation.answer(question, answering, answering.partial, "broken_off"))
    partial = answers[0].message if len(answers) > 1 else None
    message = answers[-1].message
    try:
        thread_id = await save((*new, *answers))
    except Refused as refused:
        if refused.code is not Code.UNAVAILABLE:
            raise
        _log.warning("An answer was not kept: %s", refused.reason)
        lost = f"This conversation could not be kept: {refused.message}"
        message = msgspec.structs.replace(message, notice=" ".join(filter(None, (message.notice, lost))))
        thread_id = ""
    yield ChatAnswer(thread_id=thread_id, question=question, message=message, partial=partial)


async def _keep(stored: Sequence[StoredMessage], save: Save) -> None:
    """Keep a stopped answer, whoever waits for it no longer."""
    try:
        await asyncio.shield(save(stored))
    except Refused as refused:
        # whoever stopped it is gone: there is nobody to tell
        _log.warning("A stopped answer was not kept: %s", refused.reason)


def _log_sent(answering: Answering, asked: Asked) -> None:
    """Leave of what was sent its hash and the names of its fields, never a word of it."""
    for body in answering.sent:
        _log.info(
            "Sent %d bytes to %s (sha256 %s) with the facts %s",
            len(body),
            answering.host,
            hashlib.sha256(body).hexdigest(),
            " ".join(sorted(fact.key for fact in asked.case.facts)),
        )
    if answering.failure is not None:
        _log.warning("The model at %s failed: %s", answering.host, answering.failure.kind)
    if answering.flags:
        _log.warning("A draft was set aside: %s", " ".join(sorted({flag.kind for flag in answering.flags})))
