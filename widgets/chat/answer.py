"""`Answer`: one of the guide's answers, streamed as Markdown and then frozen.

Imported only when there is one to show: `Markdown` costs 40 ms to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rich.cells import cell_len
from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Label, Markdown

from services.contract.text import clean_block, is_clean
from widgets.chat.messages import GUIDE
from widgets.format import ACCENT, DIM, date_time, plural
from widgets.line_block import Line, LineBlock, Part, line, wrap

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.widgets.markdown import MarkdownStream

    from services.contract.views import ChatMessage

_WRITING = "writing…  esc stops"
_KEY_CELLS = len("  f facts  y copy")
_STOPPED = "stopped: this answer is not stored"


class Answer(Horizontal):
    """The answer beside its author, and beneath it which engine wrote it from how many facts."""

    DEFAULT_CSS = """
    Answer {
        height: auto;
        margin-bottom: 1;
        Label { width: 7; text-style: dim; }
        Vertical { height: auto; }
        Markdown { padding: 0; background: transparent; }
        MarkdownListItem MarkdownParagraph { margin: 0; }
    }
    """

    class _AboutAnswer(Message):
        """A message about a finished answer."""

        def __init__(self, answer: Answer, message: ChatMessage) -> None:
            super().__init__()
            self.answer = answer
            self.message = message

        @property
        def control(self) -> Answer:
            """The answer."""
            return self.answer

    class FactsWanted(_AboutAnswer):
        """The facts this answer rests on are to be shown."""

    class CopyWanted(_AboutAnswer):
        """This answer is to be copied."""

    class LinkWanted(Message):
        """An https link in the answer was clicked; any other scheme is ignored."""

        def __init__(self, answer: Answer, href: str) -> None:
            super().__init__()
            self.answer = answer
            self.href = href

        @property
        def control(self) -> Answer:
            """The answer."""
            return self.answer

    def __init__(self, message: ChatMessage | None = None) -> None:
        super().__init__()
        self.message = message
        """The stored message, None while it is being written."""
        self._stream: MarkdownStream | None = None
        self._written = ""

    def compose(self) -> ComposeResult:
        """Author, text, label."""
        yield Label(Content(GUIDE))
        with Vertical():
            text = clean_block(self.message.text) if self.message else None
            yield Markdown(text, open_links=False)
            yield AnswerLabel(self.message)

    async def add(self, text: str) -> None:
        """Append a piece of the answer while it is written."""
        if self._stream is None:
            self._stream = Markdown.get_stream(self.query_one(Markdown))
        piece = "".join(char for char in text if char == "\n" or is_clean(char))
        self._written += piece
        await self._stream.write(piece)

    async def finish(self, message: ChatMessage) -> None:
        """Freeze the answer as it is stored, whatever pieces came before."""
        await self._stop_stream()
        self.message = message
        if message.text != self._written:
            await self.query_one(Markdown).update(clean_block(message.text))
        self.query_one(AnswerLabel).message = message

    async def stop(self) -> None:
        """Freeze what has been written so far."""
        await self._stop_stream()
        self.query_one(AnswerLabel).stopped = True

    async def remove_or_stop(self) -> None:
        """Freeze what has been written, or where nothing has, go."""
        if self._written:
            await self.stop()
        else:
            await self.remove()

    async def on_unmount(self) -> None:
        """Let no stream write into a widget that has gone."""
        await self._stop_stream()

    async def _stop_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.stop()

    @on(Markdown.LinkClicked)
    def pass_on_link(self, event: Markdown.LinkClicked) -> None:
        """Pass on what may be opened: a model may write anything."""
        event.stop()
        if urlsplit(event.href).scheme == "https":
            self.post_message(self.LinkWanted(self, event.href))


class AnswerLabel(LineBlock):
    """Which engine wrote the answer, from how many facts, and the keys for facts and copying."""

    message: reactive[ChatMessage | None] = reactive(None, layout=True)
    """The finished message, None while it is being written."""

    stopped: reactive[bool] = reactive(default=False, layout=True)
    """Whether writing was stopped."""

    def __init__(self, message: ChatMessage | None) -> None:
        super().__init__()
        self.set_reactive(AnswerLabel.message, message)

    def lines(self, width: int) -> list[Line]:
        """Return who wrote the answer, from how many facts and when, with the keys behind it."""
        if self.message is None:
            return [line((_STOPPED if self.stopped else _WRITING, DIM))]
        keys: list[Part] = [("  f", ACCENT), (" facts  ", DIM), ("y", ACCENT), (" copy", DIM)]
        made = f"{self.message.engine} · {plural(len(self.message.facts), 'fact')}"
        written = f"{made} · {date_time(self.message.created_at)} UTC"
        *first, last = wrap(written, width)
        if cell_len(last) + _KEY_CELLS > width:
            return [line((part, DIM)) for part in (*first, last)] + [line(*keys)]
        return [*(line((part, DIM)) for part in first), line((last, DIM), *keys)]

    def on_click(self, event: events.Click) -> None:
        """The last key copies, anything else shows the facts."""
        event.stop()
        where = event.get_content_offset(self)
        answer = next((node for node in self.ancestors if isinstance(node, Answer)), None)
        rows = self.lines(self.size.width)
        if self.message is None or where is None or answer is None:
            return
        end = cell_len(rows[-1].content.plain)
        copies = where.y == len(rows) - 1 and end - cell_len("y copy") <= where.x <= end
        self.post_message((Answer.CopyWanted if copies else Answer.FactsWanted)(answer, self.message))
