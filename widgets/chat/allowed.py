"""What may be done with a stored answer: the label offers no more, and the keys do no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.contract.views import ChatMessage


def can_be_copied(message: ChatMessage) -> bool:
    """Return whether the answer may be copied: not once its facts have changed."""
    return not message.stale


def can_be_sent(message: ChatMessage) -> bool:
    """Return whether the part for the customer may be copied: of a whole answer whose facts still hold."""
    return message.customer_reply is not None and not (message.partial or message.stale)


def can_be_taken(message: ChatMessage) -> bool:
    """Return whether its suggestions may open an action: those of a whole answer whose facts still hold."""
    return bool(message.suggestions) and not (message.partial or message.stale)


def can_be_asked_again(message: ChatMessage) -> bool:
    """Return whether the question it answers is known."""
    return message.question_id is not None
