"""`InvoiceDialog`: one invoice in full: its lines, and how its collection went."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message

from services.contract.text import clean
from services.contract.types import InvoiceStatus
from widgets.dialog import Dialog
from widgets.dialog_parts import CustomerLine, DialogKeys
from widgets.notice import NoticeBar
from widgets.payment_invoice_lines import InvoiceLines

if TYPE_CHECKING:
    from datetime import datetime

    from textual.app import ComposeResult
    from textual.message_pump import MessagePump

    from services.contract.views import InvoiceDetail, InvoiceView


class InvoiceDialog(Dialog[None]):
    """Shows what is known at once, and the rest when it comes; `p` pays, `d` downloads the PDF.

    Args:
        invoice: the invoice, as the list has it.
        why_not: why it cannot be paid, and why it cannot be downloaded; "" where it can.
        now: by when it is overdue.
        owner: who gets the messages (see `Dialog`).
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "want('pay')", "Pay"),
        Binding("d", "want('download')", "PDF"),
        Binding("enter,q", "leave", "Close", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", show=False),
    ]

    DEFAULT_CSS = """
    InvoiceDialog {
        .dialog-box { width: 84; }
        CustomerLine { margin-bottom: 1; }
        #detail { height: auto; max-height: 100%; scrollbar-size-vertical: 1; margin-bottom: 1; }
        NoticeBar.-error, NoticeBar.-success { margin-bottom: 1; }
        DialogKeys { dock: bottom; }
        &.-low CustomerLine, &.-low #detail { margin-bottom: 0; }
    }
    """

    class Opened(Message):
        """It stands: call `show_detail` or `show_failure`."""

        def __init__(self, dialog: InvoiceDialog) -> None:
            super().__init__()
            self.dialog = dialog

        @property
        def control(self) -> InvoiceDialog:
            """The dialog that stands."""
            return self.dialog

    class Wanted(Message):
        """The invoice is to be paid, or its PDF downloaded."""

        def __init__(self, dialog: InvoiceDialog, invoice: InvoiceView, what: str) -> None:
            super().__init__()
            self.dialog = dialog
            self.invoice = invoice
            self.what = what

        @property
        def control(self) -> InvoiceDialog:
            """The dialog that shows the invoice."""
            return self.dialog

    def __init__(
        self,
        invoice: InvoiceView,
        legal_name: str,
        customer_id: str,
        now: datetime,
        *,
        why_not: tuple[str, str] = ("", ""),
        owner: MessagePump | None = None,
    ) -> None:
        super().__init__(owner=owner)
        self.invoice = invoice
        self._customer = (legal_name, customer_id)
        self._why_not = dict(zip(("pay", "download"), why_not, strict=True))
        self._now = now

    def compose(self) -> ComposeResult:
        """The customer, the invoice in a scroll, the keys."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = Content(clean(f"Invoice {self.invoice.number}"))
            yield CustomerLine(*self._customer)
            with VerticalScroll(id="detail", can_focus=False):
                is_open = self.invoice.status is InvoiceStatus.OPEN
                yield InvoiceLines(self.invoice, self._now, unpaid_because=self._why_not["pay"] if is_open else "")
            yield NoticeBar()
            keys = [("p", "pay"), ("d", "download PDF")]
            usable = [key for key, why_not in zip(keys, self._why_not.values(), strict=True) if not why_not]
            yield DialogKeys([*usable, ("esc", "close")])

    def on_mount(self) -> None:
        """Ask for what the list does not have."""
        self.tell(self.Opened(self))

    def show_detail(self, detail: InvoiceDetail) -> None:
        """Show its lines and attempts."""
        if not self.has_left:
            self.query_one(InvoiceLines).detail = detail

    def show_failure(self, message: str) -> None:
        """Say why they are not known."""
        if not self.has_left:
            self.query_one(InvoiceLines).failure = message

    def say(self, text: str, *, failed: bool = False) -> None:
        """Say how downloading went."""
        if self.has_left:
            return
        bar = self.query_one(NoticeBar)
        if failed:
            bar.show_error(text, nothing_recorded=False)
        else:
            bar.show_success(text)

    def action_want(self, what: str) -> None:
        """Have it paid or downloaded, or say why it cannot be."""
        if why_not := self._why_not[what]:
            self.say(why_not, failed=True)
        else:
            self.tell(self.Wanted(self, self.invoice, what))

    def action_scroll(self, lines: int) -> None:
        """Scroll by some lines."""
        self.query_one("#detail", VerticalScroll).scroll_relative(y=lines, animate=False)
