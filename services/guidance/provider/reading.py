"""What the chunks of a stream amount to: text, what it used, and whether the answer is whole. Pure."""

from typing import Annotated

import msgspec

from services.contract.types import FailureKind
from services.contract.views import ChatUsage

MAX_CHARACTERS = 64_000
"""The longest answer that is read. One that is longer is no guidance; nobody would read it either."""

_Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


class Delta(msgspec.Struct, frozen=True):
    """What a chunk adds to a message. Tool calls and reasoning are no part of an answer and are not read."""

    content: str | None = None


class Choice(msgspec.Struct, frozen=True):
    """One of the answers that a chunk belongs to; we ask for one."""

    index: int = 0
    delta: Delta | None = None
    finish_reason: str | None = None


class Chunk(msgspec.Struct, frozen=True):
    """One event of a stream of Chat Completions, as far as it is read. Servers send empty and null choices."""

    choices: list[Choice] | None
    usage: object = None


class Usage(msgspec.Struct, frozen=True):
    """What the server counted."""

    prompt_tokens: _Count
    completion_tokens: _Count


class Reading:
    """One answer as it comes in, chunk by chunk."""

    def __init__(self) -> None:
        self.has_text = False
        self.is_full = False
        self.usage: ChatUsage | None = None
        self._has_begun = False
        self._length = 0
        self._finish_reason: str | None = None

    @property
    def is_finished(self) -> bool:
        """Whether the model has said that it is done. Only what it used can still come."""
        return self._finish_reason is not None

    def take(self, chunk: Chunk) -> str:
        """Return the text that a chunk adds; "" for none."""
        self._has_begun = True
        self.usage = _usage(chunk.usage) or self.usage
        text = ""
        for choice in chunk.choices or ():
            if choice.index == 0:
                text += (choice.delta and choice.delta.content) or ""
                self._finish_reason = choice.finish_reason or self._finish_reason
        room = MAX_CHARACTERS - self._length
        self.is_full = len(text) > room
        text = text[:room]
        self._length += len(text)
        self.has_text = self.has_text or not (text == "" or text.isspace())
        return text

    def verdict(self) -> FailureKind | None:
        """Return what is wrong with the answer once the stream has ended; null: it is whole."""
        if self.is_full:
            return FailureKind.TRUNCATED
        if not self._has_begun:
            return FailureKind.PROTOCOL  # something that only called itself a stream
        match self._finish_reason:
            case "content_filter":
                return FailureKind.REJECTED
            case "length":
                return FailureKind.TRUNCATED
            case "error":  # what routers in front of several servers say when one of them failed
                return FailureKind.SERVER_ERROR
            case None if self.has_text:
                return FailureKind.TRUNCATED
        return None if self.has_text else FailureKind.EMPTY


def _usage(counted: object) -> ChatUsage | None:
    # A count that makes no sense is no reason to lose an answer: it is shown as not known.
    try:
        usage = msgspec.convert(counted, Usage)
    except msgspec.ValidationError:
        return None
    return ChatUsage(input_tokens=usage.prompt_tokens, output_tokens=usage.completion_tokens)
