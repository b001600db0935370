"""Facts about invoices: what is open, what is overdue, and whether it can be paid by a link; never the link."""

from collections.abc import Iterator
from datetime import timedelta

from services.contract import wording
from services.contract.views import CustomerBillingView, InvoiceView
from services.guidance.collection import collection_of
from services.guidance.model import Fact, FactKind, make_fact

SHOWN = 5
"""How many invoices an answer may name one by one; the rest is counted as omitted."""


def invoice_facts(view: CustomerBillingView) -> Iterator[Fact]:
    """Yield counts and totals of the open and the overdue invoices, and those that are due first one by one."""
    invoices = sorted(view.open_invoices, key=_due_order)
    overdue = [i for i in invoices if i.due_at is not None and i.due_at < view.as_of]
    for name, label, some in (("open", "Open invoices", invoices), ("overdue", "Overdue invoices", overdue)):
        computed = "computed from the open invoices"
        yield make_fact(f"invoices.{name}.count", FactKind.COUNT, label, str(len(some)), computed)
        currencies = sorted({invoice.currency.lower() for invoice in some})
        for number, currency in enumerate(currencies, 1):
            total = sum(invoice.amount for invoice in some if invoice.currency.lower() == currency)
            value = wording.money(total, currency)
            yield make_fact(
                f"invoices.{name}.total.{number}", FactKind.MONEY, f"{label}, total", value, computed, currency.upper()
            )
    for number, invoice in enumerate(invoices[:SHOWN], 1):
        yield from _invoice(f"invoice.{number}", invoice, view)
    if len(invoices) > SHOWN:
        rest = str(len(invoices) - SHOWN)
        yield make_fact("invoice.omitted", FactKind.COUNT, "Further open invoices", rest, "invoices")


def _due_order(invoice: InvoiceView) -> tuple[bool, float, str]:
    due = invoice.due_at
    return (due is None, 0.0 if due is None else due.timestamp(), invoice.number)


def _invoice(stem: str, invoice: InvoiceView, view: CustomerBillingView) -> Iterator[Fact]:
    source = "invoices"
    yield make_fact(f"{stem}.number", FactKind.TEXT, "Invoice", invoice.number, source)
    amount = wording.money(invoice.amount, invoice.currency)
    yield make_fact(f"{stem}.amount", FactKind.MONEY, "Invoice amount", amount, source, invoice.currency.upper())
    label = "Can be paid by its link"
    yield make_fact(f"{stem}.payable", FactKind.WORD, label, "yes" if invoice.payable else "no", source)
    collection = collection_of(invoice, view)
    yield make_fact(f"{stem}.collection", FactKind.WORD, "How it is collected", collection, source)
    if invoice.due_at is None:
        return
    yield make_fact(f"{stem}.due", FactKind.DATE, "Invoice due", wording.date(invoice.due_at), source)
    late = view.as_of - invoice.due_at
    if late > timedelta():
        computed = "computed from the due date"
        yield make_fact(f"{stem}.overdue", FactKind.DAYS, "Overdue for", wording.days(late), computed, "days")
