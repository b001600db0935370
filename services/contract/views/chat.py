"""The chat: messages, threads, and the events of an answer as it is written."""

from datetime import datetime
from typing import Literal

from services.contract.types import Starter
from services.contract.views.base import View


class ChatFact(View, frozen=True, kw_only=True):
    """A fact an answer used: its key, its value ready to read, and where it comes from."""

    key: str
    label: str
    value: str
    source: str


class ChatMessage(View, frozen=True, kw_only=True):
    """One message of a thread; `text` is Markdown. The operator's have no engine and no facts."""

    message_id: str
    author: Literal["operator", "guide"]
    text: str
    created_at: datetime
    actor: str
    starter: Starter | None = None
    engine: str | None = None
    facts: list[ChatFact] = []
    facts_hash: str | None = None


class ChatThread(View, frozen=True, kw_only=True):
    """A thread scoped to one customer, oldest message first; `next_page_token` leads to older ones."""

    customer_id: str
    thread_id: str | None
    engine: str
    messages: list[ChatMessage]
    next_page_token: str | None


class ChatDelta(View, frozen=True, kw_only=True, tag_field="type", tag="delta"):
    """A piece of an answer as it is written."""

    text: str


class ChatAnswer(View, frozen=True, kw_only=True, tag_field="type", tag="answer"):
    """The finished answer, as stored, with the question it answers."""

    thread_id: str
    question: ChatMessage
    message: ChatMessage


class ChatError(View, frozen=True, kw_only=True, tag_field="type", tag="error"):
    """Why there is no answer; the same four fields as every error."""

    code: str
    reason: str
    message: str
    details: dict[str, str]


ChatEvent = ChatDelta | ChatAnswer | ChatError


class ChatPayload(View, frozen=True, kw_only=True):
    """Exactly what asking would send, and where to. `host` null: nothing leaves this machine."""

    engine: str
    host: str | None
    payload: str | None
    facts: list[ChatFact]


class Cleared(View, frozen=True, kw_only=True):
    """How many messages a cleared thread had."""

    messages: int
