"""The report as a file in one of its formats."""

import re

import msgspec

from services.contract.types import ReportFormat
from services.contract.views import ReportFile
from services.contract.wording import date
from services.reports.csv_format import to_csv
from services.reports.markdown import to_markdown
from services.reports.model import BillingReport

_MEDIA_TYPES = {
    ReportFormat.MD: "text/markdown; charset=utf-8",
    ReportFormat.JSON: "application/json",
    ReportFormat.CSV: "text/csv; charset=utf-8",
    ReportFormat.PDF: "application/pdf",
}


def render(report: BillingReport, report_format: ReportFormat) -> ReportFile:
    """Return the report as a file: `billing-report-<customer_id>-<date>.<format>`."""
    return ReportFile(
        filename=_filename(report, report_format),
        media_type=_MEDIA_TYPES[report_format],
        content=_content(report, report_format),
    )


def _content(report: BillingReport, report_format: ReportFormat) -> bytes:
    match report_format:
        case ReportFormat.MD:
            return to_markdown(report)
        case ReportFormat.JSON:
            return msgspec.json.format(msgspec.json.encode(report), indent=2)
        case ReportFormat.CSV:
            return to_csv(report)
        case ReportFormat.PDF:
            from services.reports.pdf import to_pdf  # 0.6 s of imports that only this format needs

            return to_pdf(report)


def _filename(report: BillingReport, report_format: ReportFormat) -> str:
    # A customer id may hold a colon, which some file systems do not take; anything else odd goes as well.
    customer_id = re.sub(r"[^A-Za-z0-9_.-]", "-", report.view.customer.customer_id)[:64]
    return f"billing-report-{customer_id}-{date(report.generated_at)}.{report_format.value}"
