"""What the chat's own lines name a key for. The page owns the keys; the chat is told how each is shown."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class ChatCommand(StrEnum):
    """A command that the page offers for the chat."""

    UNBLOCK_BILLING = "unblock_billing"
    INVOICE_EXCEPTION = "invoice_exception"
    SUMMARIZE_REPORT = "summarize_report"
    ASK = "ask"
    STOP = "back"
    FACTS = "answer_facts"
    COPY = "copy_answer"
    COPY_REPLY = "copy_reply"
    ASK_AGAIN = "ask_again"
    TAKE_SUGGESTION = "take_suggestion"
    LATEST = "latest"


KeyOf = Callable[[ChatCommand], str]
"""Returns how a command's key is shown; empty where it has none."""

_USUAL = {
    ChatCommand.UNBLOCK_BILLING: "1",
    ChatCommand.INVOICE_EXCEPTION: "2",
    ChatCommand.SUMMARIZE_REPORT: "3",
    ChatCommand.ASK: "i",
    ChatCommand.STOP: "esc",
    ChatCommand.FACTS: "f",
    ChatCommand.COPY: "y",
    ChatCommand.COPY_REPLY: "Y",
    ChatCommand.ASK_AGAIN: "g",
    ChatCommand.TAKE_SUGGESTION: "s",
    ChatCommand.LATEST: "end",
}


def usual_key(command: ChatCommand) -> str:
    """Return the key as it is without anybody's configuration."""
    return _USUAL[command]
