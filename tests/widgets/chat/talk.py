"""What the chat's tests share: messages, threads, a pane in an app, and a clock that goes when it is told to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from textual.pilot import Pilot

from services.contract.types import Action, FailureKind, FlagKind, Starter
from services.contract.views import (
    ChatAnswer,
    ChatError,
    ChatFact,
    ChatFailure,
    ChatFlag,
    ChatMessage,
    ChatSuggestion,
    ChatThread,
)
from tests.builders import NOW
from tests.widgets.harness import Host, running
from widgets.chat.pane import ChatPane
from widgets.chat.transcript import Transcript

ENGINE = "Rule-based guidance (no model)"
FACTS = [ChatFact(key="state", label="Billing state", value="needs review", source="billing record")]
ERROR = ChatError(code="unavailable", reason="X", message="The guide does not answer.", details={})
VERIFY = ChatSuggestion(action=Action.MARK_INVOICE_VERIFIED)
CREDIT = ChatSuggestion(action=Action.APPLY_SUPPORT_CREDIT)
FLAG = ChatFlag(kind=FlagKind.FIGURE, excerpt="$12")

CUSTOMER = "acme-eu"


class Hand:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


class Chat(NamedTuple):
    """A pane with a customer selected, in an app that runs."""

    app: Host
    pilot: Pilot[object]
    pane: ChatPane
    clock: Hand

    @property
    def transcript(self) -> Transcript:
        return self.app.query_one(Transcript)


@asynccontextmanager
async def chatting(size: tuple[int, int] = (120, 36), **options: Any) -> AsyncIterator[Chat]:
    """Run an app whose pane is about Acme."""
    clock = Hand()
    pane = ChatPane(clock=clock, **options)
    app = Host(pane)
    async with running(app, size) as pilot:
        pane.set_customer(CUSTOMER, "Acme GmbH")
        await pilot.pause()
        yield Chat(app, pilot, pane, clock)


def question(text: str = "What blocks them?", starter: Starter | None = None, message_id: str = "q") -> ChatMessage:
    return ChatMessage(
        message_id=message_id, author="operator", text=text, created_at=NOW, actor="dana", starter=starter
    )


def guide(text: str = "**Two things** block them.", message_id: str = "a", **fields: Any) -> ChatMessage:
    known: dict[str, Any] = {"engine": ENGINE, "facts": FACTS, "question_id": "q", **fields}
    return ChatMessage(message_id=message_id, author="guide", text=text, created_at=NOW, actor="guide", **known)


def answer(text: str = "**Two things** block them.", **fields: Any) -> ChatAnswer:
    return ChatAnswer(thread_id="t", question=question(), message=guide(text, **fields))


def thread(
    *messages: ChatMessage, customer_id: str = CUSTOMER, host: str | None = None, older: str | None = None
) -> ChatThread:
    return ChatThread(
        customer_id=customer_id,
        thread_id="t",
        engine=ENGINE,
        host=host,
        messages=list(messages),
        next_page_token=older,
    )


def failure(seconds: float) -> ChatFailure:
    """Return a failure after which the model may be asked again in so many seconds."""
    return ChatFailure(
        kind=FailureKind.RATE_LIMITED,
        message="The model takes no more questions.",
        remedy="Wait.",
        retry_at=NOW + timedelta(seconds=seconds),
    )


def numbered(count: int, first: int = 0) -> list[ChatMessage]:
    """Return questions that are told apart by their numbers."""
    return [question(f"question {number}", message_id=f"q{number}") for number in range(first, first + count)]
