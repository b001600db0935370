"""`TextDialog`: a text to read, copy or save: a case text, the facts of an answer, the key map."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from services.contract.text import clean, clean_block
from widgets.dialog import Dialog
from widgets.dialog_parts import DialogKeys
from widgets.notice import NoticeBar

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.message_pump import MessagePump


class TextDialog(Dialog[None]):
    """Shows a text; `y` copies it, `s` saves it, escape closes.

    Args:
        title: what it is.
        text: the text, plain or Markdown.
        markdown: whether to lay it out as Markdown.
        filename: what to suggest when it is saved; without one it cannot be saved.
        owner: who gets the messages (see `Dialog`).
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,q", "leave", "Close", show=False),
        Binding("y", "copy", "Copy"),
        Binding("s", "save", "Save"),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("pagedown,space", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("home,g", "top", "Top", show=False),
        Binding("end,G", "bottom", "Bottom", show=False),
    ]

    DEFAULT_CSS = """
    TextDialog {
        .dialog-box { width: 84; }
        #text { height: auto; max-height: 100%; scrollbar-size-vertical: 1; margin-bottom: 1; }
        #text Static { height: auto; }
        DialogKeys { dock: bottom; }
    }
    """

    class _AboutText(Message):
        """A message about the dialog's text."""

        def __init__(self, dialog: TextDialog, text: str) -> None:
            super().__init__()
            self.dialog = dialog
            self.text = text

        @property
        def control(self) -> TextDialog:
            """The dialog that shows the text."""
            return self.dialog

    class CopyWanted(_AboutText):
        """Copy was asked for."""

    class SaveWanted(_AboutText):
        """Saving was asked for; `filename` is only a suggestion."""

        def __init__(self, dialog: TextDialog, text: str, filename: str) -> None:
            super().__init__(dialog, text)
            self.filename = filename

    def __init__(
        self, title: str, text: str, *, markdown: bool = False, filename: str = "", owner: MessagePump | None = None
    ) -> None:
        super().__init__(owner=owner)
        self._title_text = title
        self._text = text
        self._markdown = markdown
        self._filename = filename

    def compose(self) -> ComposeResult:
        """The text in a scroll, and the keys beneath."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = Content(clean(self._title_text))
            with VerticalScroll(id="text", can_focus=False):
                if self._markdown:
                    # 40 ms to import: only a dialog that shows Markdown pays for it.
                    from textual.widgets import Markdown

                    yield Markdown(self._text, open_links=False)
                else:
                    yield Static(Content(clean_block(self._text)))
            yield NoticeBar()
            yield DialogKeys([("y", "copy"), *([("s", "save")] if self._filename else []), ("esc", "close")])

    def say(self, text: str, *, failed: bool = False) -> None:
        """Say how copying or saving went."""
        bar = self.query_one(NoticeBar)
        if failed:
            bar.show_error(text, nothing_recorded=False)
        else:
            bar.show_success(text)

    def action_copy(self) -> None:
        """Ask for the text to be copied."""
        self.tell(self.CopyWanted(self, self._text))

    def action_save(self) -> None:
        """Ask for the text to be saved, where it can be."""
        if self._filename:
            self.tell(self.SaveWanted(self, self._text, self._filename))

    @property
    def _scroll(self) -> VerticalScroll:
        return self.query_one("#text", VerticalScroll)

    def action_scroll(self, lines: int) -> None:
        """Scroll by some lines."""
        self._scroll.scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by some pages."""
        self._scroll.scroll_relative(y=pages * max(self._scroll.size.height - 1, 1), animate=False)

    def action_top(self) -> None:
        """Scroll to the beginning."""
        self._scroll.scroll_home(animate=False)

    def action_bottom(self) -> None:
        """Scroll to the end."""
        self._scroll.scroll_end(animate=False)
