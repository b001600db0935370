"""The composer's text area, in a file of its own: `TextArea` is imported only after the first paint."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea


class QuestionEditor(TextArea):
    """A text area that sends on enter and grows to four lines."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Priority: before the text area takes enter for a line break.
        Binding("enter", "send", "Send", priority=True, show=False),
        Binding("ctrl+j,shift+enter", "break_line", "New line", priority=True, show=False),
    ]

    DEFAULT_CSS = """
    QuestionEditor {
        height: auto;
        min-height: 1;
        max-height: 4;
        padding: 0;
        background: transparent;
        scrollbar-size-vertical: 1;
        &:focus { background: transparent; background-tint: transparent; }
    }
    """

    class Sent(Message):
        """Enter was pressed on a text that is not empty."""

        def __init__(self, editor: QuestionEditor, text: str) -> None:
            super().__init__()
            self.editor = editor
            self.text = text

        @property
        def control(self) -> QuestionEditor:
            """The editor."""
            return self.editor

    def __init__(self) -> None:
        super().__init__(compact=True, soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False)
        self.cursor_blink = False

    def action_send(self) -> None:
        """Send what is written, if anything is."""
        if text := self.text.strip():
            self.post_message(self.Sent(self, text))

    def action_break_line(self) -> None:
        """Begin a new line."""
        self.insert("\n")
