"""`InvoiceDialog`: one invoice in full: its lines, and how its collection went."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from services.contract.text import clean
from services.contract.wording import money as price
from widgets.dialog import Dialog
from widgets.dialog_parts import CustomerLine, DialogKeys
from widgets.format import BAD, BRIGHT, DIM, GOOD, WARNING, Mark, date, date_time, fit, fit_right
from widgets.labelled_lines import Labelled, labelled_lines
from widgets.line_block import Line, LineBlock, Part, hanging, line, paragraph, spread, wrap
from widgets.notice import NoticeBar
from widgets.payment_format import invoice_mark, period

if TYPE_CHECKING:
    from datetime import datetime

    from textual.app import ComposeResult
    from textual.message_pump import MessagePump

    from services.contract.views import InvoiceDetail, InvoiceLineView, InvoiceView, PaymentAttemptView

_ATTEMPTS = {
    "succeeded": Mark("✓", "paid", GOOD),
    "failed": Mark("✗", "failed", BAD),
    "pending": Mark("…", "pending", DIM),
}
_WHEN, _STATUS, _AMOUNT = 18, 11, 16
_LEAST_WORDS = 8
_LEAST_WITH_PERIOD = 66
_LEAST_ATTEMPT = _WHEN + _STATUS + _AMOUNT


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
                yield InvoiceLines(self.invoice, self._now)
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


class InvoiceLines(LineBlock):
    """The invoice's own data, its lines, the attempts to collect it."""

    detail: reactive[InvoiceDetail | None] = reactive(None, layout=True)
    """What Stripe has of it, or None while that is not known."""

    failure: reactive[str] = reactive("", layout=True)
    """Why it is not known, or empty."""

    def __init__(self, invoice: InvoiceView, now: datetime) -> None:
        super().__init__()
        self._invoice = invoice
        self._now = now

    def lines(self, width: int) -> list[Line]:
        """Return the parts, each after an empty line."""
        head = self._head(width)
        if self.failure:
            return [*head, line(), *hanging(("✗ ", BAD), self.failure, width)]
        if self.detail is None:
            return [*head, line(), line(("… Asking Stripe for its lines and attempts", DIM))]
        detail = self.detail
        problem = hanging(("▲ ", WARNING), detail.problem, width) if detail.problem else []
        parts = [head, problem, _lines(detail, width), _attempts(detail, width)]
        return [drawn for part in parts if part for drawn in (*part, line())][:-1]

    def _head(self, width: int) -> list[Line]:
        invoice = self._invoice if self.detail is None else self.detail.invoice
        mark = invoice_mark(invoice, self._now)
        rows = [
            Labelled("Status", str(mark), f"bold {mark.style}"),
            Labelled("Amount", price(invoice.amount, invoice.currency), BRIGHT),
            Labelled("Issued", date(invoice.issued_at)),
        ]
        if self.detail is not None and 0 < self.detail.amount_remaining < invoice.amount:
            rows.insert(2, Labelled("Left to pay", price(self.detail.amount_remaining, invoice.currency), BRIGHT))
        if invoice.due_at is not None:
            rows.append(Labelled("Due", date(invoice.due_at)))
        if invoice.period_start is not None:
            rows.append(Labelled("Period", period(invoice.period_start, invoice.period_end)))
        return labelled_lines(rows, width)


def _lines(detail: InvoiceDetail, width: int) -> list[Line]:
    if not detail.lines:
        return []
    heading = line(("Lines", DIM))
    return [heading, *(drawn for each in detail.lines for drawn in _line(each, width))]


def _line(each: InvoiceLineView, width: int) -> list[Line]:
    quantity = f"{each.quantity} × " if each.quantity not in (None, 1) else ""
    amount: Part = (fit_right(price(each.amount, each.currency), _AMOUNT), BRIGHT)
    days = f"{period(each.period_start, each.period_end, short=True)} " if width >= _LEAST_WITH_PERIOD else ""
    room = max(width - cell_len(days) - _AMOUNT - 1, _LEAST_WORDS)
    first, *others = wrap(f"{quantity}{each.description}", room)
    return [spread([first], [(days, DIM), amount], width), *(line(other) for other in others)]


def _attempts(detail: InvoiceDetail, width: int) -> list[Line]:
    lines = [line(("Payment attempts", DIM))]
    if not detail.attempts and detail.problem is None:
        lines += paragraph("None yet: nobody has tried to collect it.", width, DIM)
    for each in detail.attempts:
        lines += _attempt(each, width)
    if detail.next_attempt_at is not None:
        lines += paragraph(f"Stripe tries again on {date_time(detail.next_attempt_at)} UTC.", width)
    return lines if len(lines) > 1 else []


def _attempt(each: PaymentAttemptView, width: int) -> list[Line]:
    mark, amount = _ATTEMPTS[each.status], price(each.amount, each.currency)
    problem = paragraph(each.problem, width, BAD, indent=min(_WHEN, width // 3)) if each.problem else []
    if width < _LEAST_ATTEMPT:
        first = spread([(date_time(each.attempted_at), DIM)], [(mark.glyph, mark.style)], width)
        return [first, spread([(each.method or "", DIM)], [amount], width), *problem]
    when: Part = (fit(date_time(each.attempted_at), _WHEN), DIM)
    status: Part = (fit(str(mark), _STATUS), mark.style)
    return [spread([when, status, (each.method or "", DIM)], [amount], width), *problem]
