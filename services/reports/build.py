"""view, ledger, invoices, audit events → the report. Pure."""

from collections.abc import Sequence

from services.contract.text import clean
from services.contract.views import AuditEventView, CustomerBillingView, InvoiceView, LedgerEntryView
from services.reports.model import AuditReference, BillingReport

MAX_ENTRIES = 1_000
"""A report is read by people: beyond the newest 1 000 entries it says how many it leaves out."""
MAX_EVENTS = 100


def build_report(
    view: CustomerBillingView,
    *,
    invoices: Sequence[InvoiceView],
    entries: Sequence[LedgerEntryView],
    older_entries: int | None = 0,
    events: Sequence[AuditEventView] | None,
    older_events: bool = False,
) -> BillingReport:
    """Return the report as of the view.

    Args:
        entries: the ledger, newest first.
        older_entries: how many more there are; null: some, not counted.
        events: the audit events, newest first; null where the reader may not see them.
        older_events: whether there are more of them.
    """
    omitted = max(0, len(entries) - MAX_ENTRIES)
    shown = events if events is None else events[:MAX_EVENTS]
    return BillingReport(
        generated_at=view.as_of,
        view=view,
        invoices=tuple(sorted(invoices, key=lambda i: (i.issued_at, i.number), reverse=True)),
        ledger=tuple(entries[:MAX_ENTRIES]),
        older_entries=None if older_entries is None else older_entries + omitted,
        audit=None if shown is None else tuple(_reference(event) for event in shown),
        older_events=older_events or (events is not None and len(events) > MAX_EVENTS),
    )


def _reference(event: AuditEventView) -> AuditReference:
    return AuditReference(
        audit_event_id=event.audit_event_id,
        sequence=event.sequence,
        occurred_at=event.occurred_at,
        actor=clean(event.actor),
        action=event.action,
        outcome=event.outcome,
        reason=event.reason,
        hash=event.hash,
    )
