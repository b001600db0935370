"""The chat: messages, threads, and the events of an answer as it is written."""

from datetime import datetime
from typing import Literal

from services.contract.types import Action, FailureKind, FlagKind, Starter
from services.contract.views.base import View


class ChatFact(View, frozen=True, kw_only=True):
    """A fact an answer used: its key, its value ready to read, and where it comes from."""

    key: str
    label: str
    value: str
    source: str


class ChatPrompt(View, frozen=True, kw_only=True):
    """Which words went to the model: a file of `prompts/` by its id and version, and the SHA-256 of its text."""

    id: str
    version: int
    hash: str


class ChatUsage(View, frozen=True, kw_only=True):
    """What the model's provider counted, over all attempts at one answer."""

    input_tokens: int
    output_tokens: int


class ChatFlag(View, frozen=True, kw_only=True):
    """What was wrong with a sentence of a draft that was set aside; the excerpt is short and clean."""

    kind: FlagKind
    excerpt: str


class ChatFailure(View, frozen=True, kw_only=True):
    """Why the model gave no answer, in a sentence of our own, and what to do.

    `retry_at`: when the model's server takes the next question, null where it did not say.
    """

    kind: FailureKind
    message: str
    remedy: str
    retry_at: datetime | None = None


class ChatSuggestion(View, frozen=True, kw_only=True):
    """An action that an answer suggests, allowed when it was written; `params` come from the facts alone."""

    action: Action
    params: dict[str, str] = {}


class ChatMessage(View, frozen=True, kw_only=True):
    """One message of a thread; `text` is Markdown. Only the guide's have what follows `starter`.

    Args:
        question_id: the operator's message that this one answers.
        engine: who wrote it, as shown.
        host: where facts were sent for it; null: nothing left the machine.
        facts: the facts it used.
        facts_hash: the SHA-256 of what it rests on.
        prompts: the words that were sent with the facts; empty where nothing was.
        usage: null: the provider did not say, or none was asked.
        notice: why the rules answer although a model was asked, with what to do.
        failure: how the model failed, where it did.
        flags: what was wrong with the model's drafts, where they were set aside.
        partial: the text is not a whole answer: it was stopped by the operator, or broken off.
        suggestions: the actions it suggests, the first step first.
        customer_reply: what may be sent to the customer, plain text; null where the answer has no such part.
        stale: the facts have changed since. Never stored: it is worked out whenever a thread is read.
    """

    message_id: str
    author: Literal["operator", "guide"]
    text: str
    created_at: datetime
    actor: str
    starter: Starter | None = None
    question_id: str | None = None
    engine: str | None = None
    host: str | None = None
    facts: list[ChatFact] = []
    facts_hash: str | None = None
    prompts: list[ChatPrompt] = []
    usage: ChatUsage | None = None
    notice: str | None = None
    failure: ChatFailure | None = None
    flags: list[ChatFlag] = []
    partial: Literal["stopped", "broken_off"] | None = None
    suggestions: list[ChatSuggestion] = []
    customer_reply: str | None = None
    stale: bool = False


class ChatThread(View, frozen=True, kw_only=True):
    """A thread scoped to one customer, oldest message first; `next_page_token` leads to older ones.

    `engine` and `host`: who answers the next question, and where its facts go (null: nowhere).
    """

    customer_id: str
    thread_id: str | None
    engine: str
    host: str | None = None
    messages: list[ChatMessage]
    next_page_token: str | None


class ChatDelta(View, frozen=True, kw_only=True, tag_field="type", tag="delta"):
    """A piece of an answer as it is written, every sentence of it checked.

    Args:
        restart: before `text`, the answer begins again: what was written so far is dropped, or it stays as a partial
            answer of its own (`keep`), and another answer follows it.
        notice: why it begins again.
    """

    text: str
    restart: Literal["drop", "keep"] | None = None
    notice: str | None = None


class ChatAnswer(View, frozen=True, kw_only=True, tag_field="type", tag="answer"):
    """The finished answer, as stored, with the question it answers, and before it what a model broke off."""

    thread_id: str
    question: ChatMessage
    message: ChatMessage
    partial: ChatMessage | None = None


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
