"""An invoice as a PDF: one calm page, marked as a sandbox's.

Importing this module loads fpdf2, fontTools and Pillow (0.6 s), so `invoice` does it on first use.
"""

from datetime import UTC, datetime
from typing import Any

from services.contract.wording import money
from services.payments.sandbox.pages.wording import customer_name, day, invoice_moment
from services.reports.model import Align, Column, Outline, Section, Table
from services.reports.pdf import set_document

_COLUMNS = (Column("Item", 44), Column("Period", 38), Column("Amount", 18, Align.RIGHT))


def to_pdf(invoice: dict[str, Any]) -> bytes:
    """Return an issued invoice as a PDF file."""
    issued = invoice["effective_at"] or invoice["created"]
    pairs = [("From", invoice["account_name"] or "Sandbox"), ("To", customer_name(invoice)), ("Issued", day(issued))]
    if invoice["due_date"] is not None:
        pairs.append(("Due", day(invoice["due_date"])))
    document = Outline(
        title="SANDBOX",
        subject=f"Invoice {invoice['number']}",
        subtitle=f"{invoice['status'].capitalize()} {invoice_moment(invoice)} · sandbox, no money is owed or was paid",
        sections=(
            Section(title="Invoice", pairs=tuple(pairs)),
            Section(title="Items", table=Table(columns=_COLUMNS, rows=_rows(invoice))),
        ),
    )
    return set_document(document, datetime.fromtimestamp(issued, UTC))


def _rows(invoice: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    lines = tuple(
        (
            line["description"] or "Item",
            f"{day(line['period']['start'])} – {day(line['period']['end'])}",
            money(line["amount"], line["currency"]),
        )
        for line in invoice["lines"]["data"]
    )
    currency = invoice["currency"]
    total = ("Total", "", money(invoice["total"], currency))
    return (*lines, total, ("Left to pay", "", money(invoice["amount_remaining"], currency)))
