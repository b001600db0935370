"""`Dialog`: what all dialogs share: a box in the middle that shrinks with the terminal, escape, and whom they tell."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, ScreenResultType

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message
    from textual.message_pump import MessagePump


class Dialog(ModalScreen[ScreenResultType]):
    """A modal screen whose one child has the class `dialog-box`.

    Args:
        owner: who gets the dialog's messages. A modal screen's own messages bubble to the app and not to the page
            beneath it, so a page that wants them passes itself.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]

    AUTO_FOCUS = None
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (30, "-roomy")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (12, "-tall")]

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;
        .dialog-box {
            width: 72;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            padding: 0 1;
            background: $surface;
            border: round $border;
            border-title-color: $text-primary;
            border-title-style: bold;
        }
    }
    """

    def __init__(self, *, owner: MessagePump | None = None) -> None:
        super().__init__()
        self._owner = owner
        self._left = False
        self._dismiss_later: Callable[[], object] | None = None

    def tell(self, message: Message) -> None:
        """Post a message to the owner, or where there is none let it bubble to the app."""
        (self._owner or self).post_message(message)

    @property
    def has_left(self) -> bool:
        """Whether the dialog is done: what comes later is for nobody."""
        return self._left

    def leave(self, result: ScreenResultType | None = None) -> None:
        """Dismiss the dialog with a result, once: a second call, from an answer that came late, does nothing.

        Only the screen on top can be dismissed; beneath another one (the palette) it waits until that has gone.
        """
        if self._left:
            return
        self._left = True
        if self.is_active:
            self.dismiss(result)
        else:
            self._dismiss_later = partial(self.dismiss, result)

    def on_screen_resume(self) -> None:
        """Dismiss what was done while another screen lay on top."""
        if self._dismiss_later is not None:
            dismiss, self._dismiss_later = self._dismiss_later, None
            dismiss()

    def action_leave(self) -> None:
        """Leave with nothing done."""
        self.leave()
