"""What the chat pane asks its page for: the messages of `ChatPane`, where each has its name, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from widgets.chat import allowed
from widgets.chat.commands import ChatCommand

if TYPE_CHECKING:
    from textual.widget import Widget

    from services.contract.types import Starter
    from services.contract.views import ChatMessage, ChatSuggestion


class _FromPane(Message):
    """A message of the pane."""

    def __init__(self, pane: Widget) -> None:
        super().__init__()
        self.pane = pane

    @property
    def control(self) -> Widget:
        """The pane."""
        return self.pane


class Asked(_FromPane):
    """A question or a starter was sent, exactly one of the two."""

    def __init__(self, pane: Widget, customer_id: str, question: str | None, starter: Starter | None) -> None:
        super().__init__(pane)
        self.customer_id = customer_id
        self.question = question
        self.starter = starter


class StillWriting(_FromPane):
    """Something was asked while an answer is being written: it is not taken before that one is done or stopped."""


class Stopped(_FromPane):
    """The answer being written is not wanted any more. What is stored of it, `ChatPane.adopt_stopped` is to be told."""

    def __init__(self, pane: Widget, customer_id: str) -> None:
        super().__init__(pane)
        self.customer_id = customer_id


class OlderWanted(_FromPane):
    """The beginning of what is shown is in sight: `ChatPane.show_older` is to be told the page of `page_token`."""

    def __init__(self, pane: Widget, customer_id: str, page_token: str) -> None:
        super().__init__(pane)
        self.customer_id = customer_id
        self.page_token = page_token


class _AboutAnswer(_FromPane):
    """A message about a stored answer."""

    def __init__(self, pane: Widget, message: ChatMessage) -> None:
        super().__init__(pane)
        self.message = message


class _Text(_AboutAnswer):
    """A message about a text of a stored answer."""

    def __init__(self, pane: Widget, message: ChatMessage, text: str) -> None:
        super().__init__(pane, message)
        self.text = text


class CopyWanted(_Text):
    """An answer's Markdown is to be copied."""


class ReplyWanted(_Text):
    """What may be sent to the customer is to be copied."""


class FactsWanted(_AboutAnswer):
    """The facts of this answer are to be shown."""


class AgainWanted(_AboutAnswer):
    """The question that this answer answers is to be asked again: its `question_id` says which."""


class SuggestionWanted(_AboutAnswer):
    """The confirmation of an action that this answer suggests is to be opened."""

    def __init__(self, pane: Widget, message: ChatMessage, suggestion: ChatSuggestion) -> None:
        super().__init__(pane, message)
        self.suggestion = suggestion


class LinkWanted(_FromPane):
    """This https link is to be opened."""

    def __init__(self, pane: Widget, href: str) -> None:
        super().__init__(pane)
        self.href = href


def wish(
    pane: Widget, message: ChatMessage, command: ChatCommand, place: int = 0, *, is_answering: bool
) -> Message | None:
    """Return what to ask the page for so that it does `command` with a stored answer; None where it may not be done.

    Args:
        pane: who asks.
        message: the answer.
        command: what is to be done.
        place: which of the answer's suggestions is meant; one that is not there is not taken.
        is_answering: whether an answer is being written: then none is asked for.
    """
    match command:
        case ChatCommand.FACTS:
            return FactsWanted(pane, message)
        case ChatCommand.COPY if allowed.can_be_copied(message):
            return CopyWanted(pane, message, message.text)
        case ChatCommand.COPY_REPLY if message.customer_reply is not None and allowed.can_be_sent(message):
            return ReplyWanted(pane, message, message.customer_reply)
        case ChatCommand.ASK_AGAIN if allowed.can_be_asked_again(message) and not is_answering:
            return AgainWanted(pane, message)
        case ChatCommand.TAKE_SUGGESTION if allowed.can_be_taken(message) and place < len(message.suggestions):
            return SuggestionWanted(pane, message, message.suggestions[place])
        case _:
            return None
