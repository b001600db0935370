"""The report as CSV: one table for a spreadsheet, one row a record, to be filtered by its first column.

UTF-8 with a byte order mark, because spreadsheets take a file without one for the machine's old code page and spoil
names; lines end in CR LF (RFC 4180). Figures stand in columns of their own, undecorated, so that they can be added up:
hours, cents, or units of the currency that `unit` names.
"""

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal

from services.billing.wording import period_text, setup_text, telling
from services.contract import wording
from services.contract.text import clean
from services.contract.types import Resource, Unit
from services.contract.wording import LEVEL_TITLES, SUBSCRIPTION_TITLES
from services.reports.model import BillingReport

COLUMNS = ("section", "date", "item", "detail", "amount", "unit", "balance_after", "reference")

_FIGURE = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
# What makes a spreadsheet compute a cell, full-width forms included; tabs and line breaks have been cleaned away.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")

_Row = tuple[str, str, str, str, str, str, str, str]


def to_csv(report: BillingReport) -> bytes:
    """Return the report as a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in _rows(report):
        writer.writerow([_cell(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def _cell(value: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; a plain figure cannot be one, even when it is negative."""
    text = clean(value)
    return f"'{text}" if text.startswith(_FORMULA) and _FIGURE.fullmatch(text) is None else text


def _rows(report: BillingReport) -> Iterator[_Row]:
    yield from _summary(report)
    yield from _plan(report)
    yield from _blockers(report)
    yield from _lots(report)
    yield from _invoices(report)
    yield from _ledger(report)
    yield from _audit(report)


def _summary(report: BillingReport) -> Iterator[_Row]:
    view = report.view
    billing, own = view.billing, view.credits
    texts = (
        ("customer_id", view.customer.customer_id),
        ("legal_name", view.customer.legal_name),
        ("ownership", view.customer.ownership.value),
        ("state", billing.state.value),
        ("review_reference", billing.review_reference),
        ("payment_rail", billing.payment_rail.value),
        ("usage_tier", billing.usage_tier),
        ("invoice_rail_approved", _yes_no(billing.invoice_rail_approved)),
        ("commercial_reference", billing.commercial_reference),
        ("trial_ends_at", billing.trial_ends_at and wording.date(billing.trial_ends_at)),
        ("payment_method_on_file", _yes_no(billing.payment_method_on_file)),
        ("payment_setup", view.payment_setup and setup_text(view.payment_setup)),
        ("automatic_collection", _yes_no(billing.automatic_collection)),
        ("checklist_billing", view.checklist.billing and view.checklist.billing.value),
        ("provisioning", view.readiness.provisioning.status),
        ("managed_ai", view.readiness.managed_ai.status),
    )
    taken = wording.date(report.generated_at)
    for item, text in texts:
        yield ("summary", taken, item, text or "", "", "", "", "")
    balances = (
        (Unit.WORKSPACE_HOURS, own.workspace_hours, own.overage_workspace_hours),
        (Unit.AI_CENTS, own.ai_cents, own.overage_ai_cents),
    )
    for unit, left, overage in balances:
        yield ("balance", taken, "available", "", left, unit.value, "", "")
        yield ("balance", taken, "overage", "", overage, unit.value, "", "")


def _plan(report: BillingReport) -> Iterator[_Row]:
    own = report.view.subscription
    if own is not None:
        amount, unit = _major_units(own.amount, own.currency)
        status = SUBSCRIPTION_TITLES[own.status]
        detail = f"{wording.INTERVAL_TITLES[own.interval]}, {own.outlook}"
        yield ("plan", wording.date(own.period_end), status, detail, amount, unit, "", own.plan or "")
    taken = wording.date(report.generated_at)
    for meter in telling(report.view.usage):
        part = (
            "no limit" if meter.limit is None else f"of {meter.limit}, {meter.percent} %, {LEVEL_TITLES[meter.level]}"
        )
        unit = "bytes" if meter.resource is Resource.STORAGE else meter.resource.value
        yield ("usage", taken, meter.resource.value, part, str(meter.used), unit, "", "")


def _blockers(report: BillingReport) -> Iterator[_Row]:
    for blocker in report.view.blockers:
        since = wording.date(blocker.since) if blocker.since is not None else ""
        yield ("blocker", since, blocker.title, blocker.detail, "", "", "", blocker.code.value)


def _lots(report: BillingReport) -> Iterator[_Row]:
    for lot in report.view.credits.lots:
        expires = wording.date(lot.expires_at) if lot.expires_at is not None else ""
        detail = f"{lot.source}, {lot.reason}" if lot.reason else lot.source
        yield ("lot", expires, lot.category.value, detail, lot.remaining, lot.unit.value, "", lot.grant_id)


def _invoices(report: BillingReport) -> Iterator[_Row]:
    for invoice in report.invoices:
        amount, unit = _major_units(invoice.amount, invoice.currency)
        due = f"due {wording.date(invoice.due_at)}" if invoice.due_at is not None else ""
        period = period_text(invoice)
        detail = ", ".join(filter(None, (due, period and f"period {period}")))
        issued = wording.date(invoice.issued_at)
        yield ("invoice", issued, invoice.status.value, detail, amount, unit, "", invoice.number)


def _ledger(report: BillingReport) -> Iterator[_Row]:
    for entry in report.ledger:
        yield (
            "ledger",
            wording.date(entry.booked_at),
            f"{entry.kind.value} {entry.account.value}",
            f"{entry.source}, {entry.reason}" if entry.reason else entry.source,
            entry.amount,
            entry.unit.value,
            entry.balance_after,
            entry.transaction_id,
        )
    if report.older_entries != 0:
        count = "" if report.older_entries is None else f"{report.older_entries} "
        yield ("ledger", "", "note", f"{count}older entries omitted", "", "", "", "")


def _audit(report: BillingReport) -> Iterator[_Row]:
    for event in report.audit or ():
        who = f"{event.outcome.value} by {event.actor}"
        detail = f"{who}, {event.reason}" if event.reason else who
        yield ("audit", event.occurred_at[:10], event.action, detail, "", "", "", event.audit_event_id)
    if report.older_events:
        yield ("audit", "", "note", "older audit events omitted", "", "", "", "")


def _major_units(amount: int, currency: str) -> tuple[str, str]:
    """Return an invoice amount as a plain figure and its currency."""
    figure, _, code = wording.money(amount, currency).partition(" ")
    return str(Decimal(figure.replace(",", ""))), code


def _yes_no(flag: bool | None) -> str:
    return "unknown" if flag is None else "yes" if flag else "no"
