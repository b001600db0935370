"""Stripe's invoices become the port's. Pure (see `reading`)."""

from services.contract.types import InvoiceStatus
from services.payments.gateway import invoice_shapes as invoice_shapes
from services.payments.gateway import reading
from services.payments.port import Charges, RemoteAttempt, RemoteInvoice, RemoteInvoiceLine


def invoice(found: invoice_shapes.Invoice) -> RemoteInvoice:
    """Return an invoice. Its period is that of what stands on it: Stripe's own is when that was put together."""
    regular = [line.period for line in found.lines.data if not _is_proration(line)]
    periods = regular or [line.period for line in found.lines.data]
    due = _due(found)
    return RemoteInvoice(
        invoice_id=found.id,
        account_id=reading.identity(found.customer),
        number=reading.words(found.number),
        amount=found.total,
        amount_remaining=found.amount_remaining,
        currency=found.currency,
        status=InvoiceStatus.DRAFT if found.status is None else reading.status(InvoiceStatus, found.status),
        issued_at=reading.moment(_issued(found)),
        due_at=None if due is None else reading.moment(due),
        period_start=reading.moment(min((period.start for period in periods), default=found.period_start)),
        period_end=reading.moment(max((period.end for period in periods), default=found.period_end)),
        hosted_url=reading.address(found.hosted_invoice_url),
        pdf_url=reading.address(found.invoice_pdf),
    )


def _issued(found: invoice_shapes.Invoice) -> int:
    return found.status_transitions.finalized_at or found.created


def _due(found: invoice_shapes.Invoice) -> int | None:
    """Return when an invoice is to be paid. Stripe says so of those alone that it sends to be paid by hand.

    One that it collects by itself is nobody's to pay as long as it tries. Once it was refused and will not try again,
    the invoice was due when it was issued (docs.stripe.com/billing/revenue-recovery/smart-retries).
    """
    collected_by_itself = found.collection_method == "charge_automatically" and found.status == "open"
    given_up = collected_by_itself and found.attempted and found.next_payment_attempt is None
    return _issued(found) if found.due_date is None and given_up else found.due_date


def line(found: invoice_shapes.Line) -> RemoteInvoiceLine:
    """Return a line of an invoice."""
    return RemoteInvoiceLine(
        description=reading.words(found.description) or "No description",
        quantity=found.quantity,
        amount=found.amount,
        currency=found.currency,
        period_start=reading.moment(found.period.start),
        period_end=reading.moment(found.period.end),
        proration=_is_proration(found),
    )


def attempt(found: invoice_shapes.Charge) -> RemoteAttempt:
    """Return an attempt to collect an invoice."""
    details = found.payment_method_details
    used = None if details is None else reading.method_of(found.payment_method or "", details.type, details.card)
    failed = found.status == "failed"
    return RemoteAttempt(
        attempted_at=reading.moment(found.created),
        amount=found.amount,
        currency=found.currency,
        status=found.status,
        method=used,
        problem=(reading.words(found.failure_message) or "The payment failed.") if failed else None,
    )


def waiting(found: invoice_shapes.Payment) -> RemoteAttempt | None:
    """Return the attempt that waits for the cardholder, of which there is no charge yet; null where none does."""
    intent = found.payment_intent
    if intent is None or intent.status != "requires_action":
        return None
    return RemoteAttempt(
        attempted_at=reading.moment(intent.created),
        amount=intent.amount,
        currency=intent.currency,
        status="pending",
        method=None,
        problem="The bank asks the cardholder to confirm it, on the invoice's page.",
    )


def charges(begun: invoice_shapes.Preview, ended: invoice_shapes.Preview | None) -> Charges:
    """Return what beginning a subscription is charged, and what ending another one credits.

    The credit is not taken off the charge: Stripe keeps it for the invoices that follow.
    """
    lines = [line(each) for each in begun.lines.data]
    if used := begun.amount_due - begun.total:
        lines.append(_balance_line(used, begun.currency))
    lines += [] if ended is None else [line(each) for each in ended.lines.data]
    return Charges(due_now=begun.amount_due, currency=begun.currency, lines=tuple(lines))


def _balance_line(used: int, currency: str) -> RemoteInvoiceLine:
    return RemoteInvoiceLine(
        description="Credit from before" if used < 0 else "Owed from before",
        quantity=None,
        amount=used,
        currency=currency,
        period_start=None,
        period_end=None,
        proration=False,
    )


def _is_proration(found: invoice_shapes.Line) -> bool:
    parent = found.parent
    parts = (parent.subscription_item_details, parent.invoice_item_details) if parent else ()
    return any(part is not None and part.proration for part in parts)
