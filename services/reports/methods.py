"""The report as the surface asks for it (PRODUCT.md §4, `ExportBillingReport`)."""

from collections.abc import Sequence

from services.contract.types import ReportFormat
from services.contract.views import AuditPage, CustomerBillingView, InvoiceView, LedgerPage, ReportFile
from services.reports.build import build_report
from services.reports.render import render


def render_report(
    report_format: ReportFormat,
    *,
    view: CustomerBillingView,
    invoices: Sequence[InvoiceView],
    entries: LedgerPage,
    events: AuditPage | None,
    older_entries: int | None = None,
) -> ReportFile:
    """Return a customer's billing report as a file.

    Args:
        invoices: all of them, whatever their status.
        entries: the newest ledger entries; where it is not the last page, the report says that older ones are left out.
        events: the newest audit events, newest first; null for a reader who may not see the audit trail.
        older_entries: how many ledger entries there are beyond the page, where that was counted.
    """
    report = build_report(
        view,
        invoices=invoices,
        entries=entries.entries,
        older_entries=older_entries if entries.next_page_token is not None else 0,
        events=None if events is None else events.events,
        older_events=events is not None and events.next_page_token is not None,
    )
    return render(report, report_format)
