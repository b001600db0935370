"""`InvoiceDialog`: one invoice in full: its lines, and how its collection went."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from services.contract.types import InvoiceStatus
from widgets.detail_dialog import DetailDialog
from widgets.notice import NoticeBar
from widgets.payment_invoice_lines import InvoiceLines

if TYPE_CHECKING:
    from datetime import datetime

    from textual.message_pump import MessagePump

    from services.contract.views import InvoiceDetail, InvoiceView


class InvoiceDialog(DetailDialog):
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
    ]

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
        self._why_not = dict(zip(("pay", "download"), why_not, strict=True))
        keys = [("p", "pay"), ("d", "download PDF")]
        usable = [key for key, unusable in zip(keys, why_not, strict=True) if not unusable]
        super().__init__(f"Invoice {invoice.number}", (legal_name, customer_id), usable, owner=owner)
        self.invoice = invoice
        self._now = now

    def body(self) -> InvoiceLines:
        """Return the invoice."""
        is_open = self.invoice.status is InvoiceStatus.OPEN
        return InvoiceLines(self.invoice, self._now, unpaid_because=self._why_not["pay"] if is_open else "")

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
