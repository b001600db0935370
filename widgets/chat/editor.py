"""The composer's text area, in a file of its own: `TextArea` is imported only after the first paint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message
from textual.widgets import TextArea

if TYPE_CHECKING:
    from textual import events


class QuestionEditor(TextArea):
    """A text area that sends on enter and grows to four lines."""

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

    class PreviousWanted(Message):
        """Up was pressed where nothing is written: the last question is to be written again."""

        def __init__(self, editor: QuestionEditor) -> None:
            super().__init__()
            self.editor = editor

        @property
        def control(self) -> QuestionEditor:
            """The editor."""
            return self.editor

    def __init__(self) -> None:
        super().__init__(compact=True, soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False)
        self.cursor_blink = False

    def on_key(self, event: events.Key) -> None:
        """Send on enter; ctrl+j and shift+enter begin a new line; up brings the last question where nothing is written.

        Not bindings: those that come before the text area's own keys are run by the app, ahead of letters still on
        their way here, so that a question typed faster than it is drawn would be sent without its end.
        """
        if event.key == "enter":
            if text := self.text.strip():
                self.post_message(self.Sent(self, text))
        elif event.key in ("ctrl+j", "shift+enter"):
            self.insert("\n")
        elif event.key == "up" and not self.text:
            self.post_message(self.PreviousWanted(self))
        else:
            return
        event.stop()
        event.prevent_default()
