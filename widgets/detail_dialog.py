"""`DetailDialog`: something in full, in a scroll that begins with whose it is; the keys stay in sight beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from services.contract.text import clean
from widgets.dialog import Dialog
from widgets.dialog_parts import CustomerLine, DialogKeys
from widgets.notice import NoticeBar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.message_pump import MessagePump
    from textual.widget import Widget


class DetailDialog(Dialog[None]):
    """Shows something of a customer's in full.

    Args:
        title: what is shown.
        customer: the legal name and the id of whom it belongs to.
        keys: what can be done beside closing, as keys and words.
        owner: who gets the messages (see `Dialog`).
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,q", "leave", "Close", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", show=False),
    ]

    DEFAULT_CSS = """
    DetailDialog {
        .dialog-box { width: 84; }
        CustomerLine, .detail-body { margin-bottom: 1; }
        #detail { height: auto; max-height: 100%; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
        #foot { dock: bottom; height: auto; }
        NoticeBar.-error, NoticeBar.-success { margin-bottom: 1; }
        &.-low CustomerLine, &.-low .detail-body { margin-bottom: 0; }
    }
    """

    def __init__(
        self,
        title: str,
        customer: tuple[str, str],
        keys: Sequence[tuple[str, str]] = (),
        *,
        owner: MessagePump | None = None,
    ) -> None:
        super().__init__(owner=owner)
        self._title = title
        self._customer = customer
        self._keys = keys

    def body(self) -> Widget:
        """Return what is shown in full."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Customer and body in a scroll, what is said, the keys."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = Content(clean(self._title))
            with VerticalScroll(id="detail", can_focus=False):
                yield CustomerLine(*self._customer)
                yield self.body().add_class("detail-body")
            with Vertical(id="foot"):
                yield NoticeBar()
                yield DialogKeys([*self._keys, ("esc", "close")])

    def action_scroll(self, lines: int) -> None:
        """Scroll by some lines."""
        self.query_one("#detail", VerticalScroll).scroll_relative(y=lines, animate=False)
