"""`InvoiceLines`: what is known of one invoice: its own data, its lines, and how its collection went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.reactive import reactive

from services.contract.wording import money as price
from widgets.format import BAD, BRIGHT, DIM, GOOD, WARNING, Mark, date, date_time, fit, fit_right
from widgets.labelled_lines import Labelled, labelled_lines
from widgets.line_block import Line, LineBlock, Part, hanging, line, paragraph, spread, wrap
from widgets.payment_format import invoice_mark, period

if TYPE_CHECKING:
    from datetime import datetime

    from services.contract.views import InvoiceDetail, InvoiceLineView, InvoiceView, PaymentAttemptView

CREDITED = "This amount is credited to coming invoices: there is nothing to pay."

_ATTEMPTS = {
    "succeeded": Mark("✓", "paid", GOOD),
    "failed": Mark("✗", "failed", BAD),
    "pending": Mark("…", "pending", DIM),
}
_WHEN, _STATUS, _AMOUNT = 18, 11, 16
_LEAST_WORDS = 8
_LEAST_WITH_PERIOD = 66
_LEAST_ATTEMPT = _WHEN + _STATUS + _AMOUNT


class InvoiceLines(LineBlock):
    """The invoice's own data, its lines, the attempts to collect it.

    Args:
        now: by when it is overdue.
        unpaid_because: why an open invoice cannot be paid here, "" where it can.
    """

    detail: reactive[InvoiceDetail | None] = reactive(None, layout=True)
    """What Stripe has of it, or None while that is not known."""

    failure: reactive[str] = reactive("", layout=True)
    """Why it is not known, or empty."""

    def __init__(self, invoice: InvoiceView, now: datetime, *, unpaid_because: str = "") -> None:
        super().__init__()
        self._invoice = invoice
        self._now = now
        self._unpaid_because = unpaid_because

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
        if invoice.due_at is not None and not _is_credit(invoice):
            rows.append(Labelled("Due", date(invoice.due_at)))
        if invoice.period_start is not None:
            rows.append(Labelled("Period", period(invoice.period_start, invoice.period_end)))
        said = CREDITED if _is_credit(invoice) else self._unpaid_because
        return [*labelled_lines(rows, width), *(hanging(("– ", DIM), said, width) if said else [])]


def _is_credit(invoice: InvoiceView) -> bool:
    """Return whether nothing is owed by it, but something to the customer."""
    return invoice.amount < 0


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
    if not detail.attempts and detail.problem is None and not _is_credit(detail.invoice):
        known = detail.invoice.invoice_id is not None
        said = "None yet: nobody has tried to collect it." if known else "Not known: Stripe did not issue this invoice."
        lines += paragraph(said, width, DIM)
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
