"""`AskComposer`: where a question is written; it keeps the draft of each customer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content

from services.contract.text import clean, clean_block
from widgets.format import DIM, ellipsis_middle
from widgets.line_block import Line, LineBlock, spread

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from widgets.chat.editor import QuestionEditor

ASK = "Ask about this customer…"
NOBODY_TO_ASK_ABOUT = "Find a customer to ask about"

_NOWHERE = ("nothing leaves this machine", "stays on this machine", "stays here")
_BORDER_CELLS = 6  # corners, and what Textual keeps free beside a title


class AskComposer(Vertical):
    """A box with one line, growing to four. Enter sends (`QuestionEditor.Sent`), ctrl+j begins a new line.

    The text area inside comes after the first paint, until then a quiet line stands in its place.
    """

    DEFAULT_CSS = """
    AskComposer {
        height: auto;
        max-height: 6;
        padding: 0 1;
        border: round $border-blurred;
        border-subtitle-color: $text-muted;
        &:focus-within { border: round $primary; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._drafts: dict[str, str] = {}
        self._customer_id: str | None = None
        self._editor: QuestionEditor | None = None
        self._bringing_editor = asyncio.Lock()
        self._wants_focus = False
        self._destination: tuple[str | None] | None = None

    def compose(self) -> ComposeResult:
        """The quiet line alone."""
        yield QuietLine(NOBODY_TO_ASK_ABOUT)

    def on_mount(self) -> None:
        """Bring the text area once the screen has been painted."""
        self.call_after_refresh(self.bring_editor)

    async def bring_editor(self) -> None:
        """Bring the text area, unless it is there."""
        # 7 ms to import: after the first paint.
        from widgets.chat.editor import QuestionEditor

        async with self._bringing_editor:
            if self._editor is not None:
                return
            editor = QuestionEditor()
            await self.mount(editor)
            await self.query(QuietLine).remove()
            self._editor = editor
        self._show_draft()
        if self._wants_focus:
            self.focus_editor()

    def send_to(self, host: str | None) -> None:
        """Say in the border where questions go; None: nowhere."""
        self._destination = (clean(host) if host is not None else None,)
        self._show_destination()

    def on_resize(self) -> None:
        """Say it in as many words as there is room for."""
        self._show_destination()

    def _show_destination(self) -> None:
        if self._destination is None:
            return
        cells, (host,) = self.outer_size.width - _BORDER_CELLS, self._destination
        if host is None:
            words = next((words for words in _NOWHERE if len(words) <= cells), _NOWHERE[-1])
        else:
            ways = (f"questions go to {host}", f"to {host}")
            words = next((words for words in ways if len(words) <= cells), ellipsis_middle(host, cells))
        self.border_subtitle = Content(words)

    def focus_editor(self) -> None:
        """Put the keyboard into the composer, as soon as it is there and somebody is selected."""
        self._wants_focus = True
        if self._editor is not None and self._customer_id is not None:
            self._editor.focus()

    def set_customer(self, customer_id: str | None) -> None:
        """Keep the draft of the customer that was, and bring the new one's."""
        if self._customer_id is not None and self._editor is not None:
            self._drafts[self._customer_id] = self._editor.text
        self._customer_id = customer_id
        self._wants_focus = False
        self._show_draft()

    @property
    def draft(self) -> str:
        """What is written and not sent."""
        return self._editor.text.strip() if self._editor is not None else ""

    def clear(self) -> None:
        """Empty the box: the question was sent."""
        if self._editor is not None:
            self._editor.clear()

    def restore(self, question: str) -> bool:
        """Put a question back, unless another one is being written; return whether it is there."""
        if self._editor is None or self._editor.text:
            return False
        self._editor.text = clean_block(question)
        self._editor.move_cursor(self._editor.document.end)
        return True

    def _show_draft(self) -> None:
        if self._editor is None:
            return
        draft = self._drafts.get(self._customer_id, "") if self._customer_id is not None else ""
        if self._editor.text != draft:
            self._editor.text = draft
            self._editor.move_cursor(self._editor.document.end)
        self._editor.placeholder = ASK if self._customer_id is not None else NOBODY_TO_ASK_ABOUT
        self._editor.disabled = self._customer_id is None


class QuietLine(LineBlock):
    """One dim line."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def lines(self, width: int) -> list[Line]:
        """Return it."""
        return [spread([(self._text, DIM)], [], width)]
