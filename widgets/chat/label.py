"""The lines about an answer: why it is the rules' own, who wrote it from what, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from services.contract.text import clean
from services.contract.types import ACTION_TITLES
from widgets.chat.allowed import can_be_asked_again, can_be_copied, can_be_sent, can_be_taken
from widgets.chat.commands import ChatCommand, KeyOf
from widgets.chat.rows import clickable, flowed, hanging, hung, wrapped
from widgets.format import ACCENT, DIM, WARNING, count, date_time, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.contract.views import ChatMessage
    from widgets.chat.rows import Row

PARTIAL = {"stopped": "stopped: a partial answer, kept", "broken_off": "broken off: a partial answer"}
NOT_A_WORD = "stopped before the first word"
_SUGGESTS = Content.styled("suggests  ", DIM)
_STALE = "the facts have changed since"
_BETWEEN = Content.styled(" · ", DIM)


def notice_rows(notice: str, seconds_left: int, width: int) -> list[Row]:
    """Return why the rules answer, and how long until the model may be asked again."""
    text = Content.styled(clean(notice), WARNING)
    if seconds_left > 0:
        text += Content.styled(f" · try again in {seconds_left} s", DIM)
    return hung(Content.styled("▲ ", WARNING), text, width)


def ended_rows(ended: str, width: int, *, has_words: bool) -> list[Row]:
    """Return how an answer ended that nobody finished, until it is known how it is stored."""
    return wrapped(Content.styled(PARTIAL[ended] if has_words else NOT_A_WORD, DIM), width)


def stale_rows(message: ChatMessage, width: int, key: KeyOf, *, is_latest: bool) -> list[Row]:
    """Return that the facts have changed, above the answer: nobody is to read it before that."""
    return hung(Content.styled("▲ ", WARNING), _stale(message, key if is_latest else None), width)


def label_rows(message: ChatMessage, width: int, key: KeyOf, *, is_latest: bool) -> list[Row]:
    """Return what is to be said beneath an answer. The keys are those of the latest; any one can be clicked."""
    rows: list[Row] = []
    if can_be_taken(message):
        rows += hanging(_SUGGESTS, flowed(_suggestions(message, key if is_latest else None), width - len(_SUGGESTS)))
    *above, last = flowed((Content.styled(part, DIM) for part in _made(message)), width, _BETWEEN)
    keys = list(_keys(message, key, is_latest=is_latest))
    beside = flowed([last.text, *keys], width)
    return [*rows, *above, *(beside if len(beside) == 1 else [last, *flowed(keys, width)])]


def _made(message: ChatMessage) -> Iterator[str]:
    """Yield who wrote the answer, from what, at what expense and when."""
    if message.partial:
        yield PARTIAL[message.partial] if message.text else NOT_A_WORD
    yield clean(message.engine or "guide")
    if message.host:
        yield clean(message.host)
    yield plural(len(message.facts), "fact")
    if message.usage:
        yield f"{count(message.usage.input_tokens)} + {count(message.usage.output_tokens)} tokens"
    elif message.host and message.notice is None:  # with a notice it is the rules that answered
        yield "usage n/a"
    yield f"{date_time(message.created_at)} UTC"


def _keys(message: ChatMessage, key: KeyOf, *, is_latest: bool) -> Iterator[Content]:
    shown = key if is_latest else None
    yield _key(ChatCommand.FACTS, "facts", shown)
    if can_be_copied(message):
        yield _key(ChatCommand.COPY, "copy", shown)
    if can_be_sent(message):
        yield _key(ChatCommand.COPY_REPLY, "reply", shown)
    if is_latest and can_be_asked_again(message) and not message.stale:
        yield _key(ChatCommand.ASK_AGAIN, "again", shown)


def _stale(message: ChatMessage, key: KeyOf | None) -> Content:
    if key is None or not can_be_asked_again(message):
        return Content.styled(_STALE, WARNING)
    name = f" ({key(ChatCommand.ASK_AGAIN)})" if key(ChatCommand.ASK_AGAIN) else ""
    again = Content.styled(f"ask again{name}", WARNING)
    return Content.styled(f"{_STALE}: ", WARNING) + clickable(again, {"wanted": ChatCommand.ASK_AGAIN.value})


def _suggestions(message: ChatMessage, key: KeyOf | None) -> Iterator[Content]:
    for place, suggestion in enumerate(message.suggestions):
        # The key takes the first; the others are there for the mouse.
        letter = key(ChatCommand.TAKE_SUGGESTION) if key and not place else ""
        shown = Content.styled(f"{letter}  " if letter else "", ACCENT) + ACTION_TITLES[suggestion.action]
        yield clickable(shown, {"wanted": ChatCommand.TAKE_SUGGESTION.value, "place": place})


def _key(command: ChatCommand, title: str, key: KeyOf | None) -> Content:
    """Return a command with its key, where that is the one for this answer."""
    letter = key(command) if key else ""
    shown = Content.styled(f"{letter} " if letter else "", ACCENT) + Content.styled(title, DIM)
    return clickable(shown, {"wanted": command.value})
