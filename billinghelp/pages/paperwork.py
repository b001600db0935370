"""Paper that leaves the desk: the billing report as a file, and the case text for whoever takes over."""

import asyncio
from pathlib import Path

from billinghelp.desk_port import DeskPort, ask
from billinghelp.files import write_new_file
from billinghelp.handoff import case_text
from services.contract.clock import Clock
from services.contract.requests import ExportBillingReport, ListAuditEvents
from services.contract.types import ReportFormat
from services.contract.views import AuditPage, CustomerBillingView, ReportFile
from widgets.choice_dialog import Choice

FORMATS = (
    Choice(ReportFormat.MD, "Markdown", "to read, to paste into a ticket"),
    Choice(ReportFormat.PDF, "PDF", "to send"),
    Choice(ReportFormat.CSV, "CSV", "for a spreadsheet"),
    Choice(ReportFormat.JSON, "JSON", "for a program"),
)

EVENTS_IN_CASE = 50
"""How far back the case text looks for what was tried."""


async def export_report(desk: DeskPort, customer_id: str, format_: ReportFormat, folder: Path) -> Path:
    """Write the customer's billing report into `folder`, beside a file of that name if there is one; return where.

    Raises:
        Refused: what the desk refuses, or `FILE_NOT_WRITTEN`.
    """
    report = await ask(desk, ExportBillingReport(customer_id=customer_id, format=format_), ReportFile)
    return await asyncio.to_thread(write_new_file, report.filename, report.content, folder)


async def read_case(desk: DeskPort, view: CustomerBillingView, clock: Clock) -> str:
    """Return the case text with what was tried so far.

    Raises:
        Refused: what the desk refuses.
    """
    request = ListAuditEvents(stream=view.customer.customer_id, page_size=EVENTS_IN_CASE)
    page = await ask(desk, request, AuditPage)
    return case_text(view, page.events, clock())
