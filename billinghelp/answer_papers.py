"""What can be read about an answer beside its words: its facts, what was set aside, and what a model was sent."""

import json
from collections.abc import Iterator
from hashlib import sha256

from services.contract.text import clean
from services.contract.types import FLAG_TITLES
from services.contract.views import ChatMessage, ChatPayload

NOTHING_SENT = "Nothing is sent to a model: none is configured, and the rules answer where the records are."
NOTHING_WAS_SENT = "Nothing was sent to a model for this answer: the rules wrote it where the records are."


def facts_text(message: ChatMessage) -> str:
    """Return which facts an answer used and where each comes from, and how the answer came about."""
    return "\n\n".join("\n".join(part) for part in (_facts(message), _origin(message)) if part)


def _facts(message: ChatMessage) -> list[str]:
    width = max((len(fact.label) for fact in message.facts), default=0)
    lines = [f"{fact.label:<{width}}   {fact.value}   ({fact.source})" for fact in message.facts]
    return lines or ["This answer names no facts."]


def _origin(message: ChatMessage) -> list[str]:
    lines = []
    if message.host is not None:
        prompts = ", ".join(f"{prompt.id} {prompt.version} ({prompt.hash[:12]})" for prompt in message.prompts)
        lines.append(f"Facts were sent to {message.host}, with the prompts {prompts}.")
    if message.flags:
        lines.append("Set aside, because the model wrote:")
        lines += [f"- {FLAG_TITLES[flag.kind]}: {clean(flag.excerpt)}" for flag in message.flags]
    return lines


def payload_text(payload: ChatPayload, *, sent: bool) -> str:
    """Return the documents that go, or went, to a model: first to read, then to the letter."""
    if payload.payload is None:
        return NOTHING_WAS_SENT if sent else NOTHING_SENT
    documents = payload.payload.split("\n")
    when = "was sent" if sent else "would be sent"
    what = "This document" if len(documents) == 1 else f"These {len(documents)} documents"
    intro = f"{what} {when} to {payload.host}, and nothing else."
    return "\n\n".join([intro, *(part for document in documents for part in _document(document))])


def _document(document: str) -> Iterator[str]:
    for message in json.loads(document)["messages"]:
        yield f"── {message['role']} ──\n{message['content']}"
    sent = document.encode()
    yield f"── to the letter: {len(sent)} bytes, sha256 {sha256(sent).hexdigest()} ──\n{document}"
