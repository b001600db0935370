"""Markdown, JSON and CSV: nothing a customer wrote becomes anything but text."""

import csv
import io
import re

import msgspec
import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from msgspec.structs import replace

from services.contract.types import ReportFormat
from services.contract.views import ReportFile
from services.reports.csv_format import COLUMNS, to_csv
from services.reports.markdown import to_markdown
from services.reports.model import BillingReport
from services.reports.render import render
from tests.services.reports.reports import make_report
from tests.strategies import HOSTILE, names


def _rows(report: BillingReport) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(report).decode("utf-8-sig"), newline="")))


# ── Markdown ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(names)
def test_a_hostile_text_leaves_the_markdown_structure_as_it_is(text: str) -> None:
    def kinds(value: str) -> list[str]:
        tokens = MarkdownIt("gfm-like").parse(to_markdown(make_report(value)).decode())
        return [token.type for token in tokens] + [child.type for token in tokens for child in token.children or ()]

    assert kinds(text) == kinds("Plain")


def test_markdown_has_every_section_and_right_aligned_figures() -> None:
    text = to_markdown(make_report()).decode()
    headings = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    records = ["Credit lots", "Invoices", "Ledger", "Audit references"]
    assert headings == ["Summary", "Billing blockers", "Plan usage", *records]
    assert "# Billing report: Acme GmbH" in text
    assert "| Invoice | Issued | Due | Period | Status | Amount |\n| --- | --- | --- | --- | --- | ---: |" in text
    assert "| -3.25 h |" in text


def test_markdown_of_a_customer_without_blockers_says_so() -> None:
    report = make_report()
    clear = replace(report, view=replace(report.view, blockers=[]))
    assert "No immediate billing blocker found." in to_markdown(clear).decode()


# ── JSON ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(names)
def test_json_round_trips(text: str) -> None:
    report = make_report(text)
    assert msgspec.json.decode(render(report, ReportFormat.JSON).content, type=BillingReport) == report


# ── CSV ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(names)
def test_no_cell_can_be_taken_for_a_formula(text: str) -> None:
    for row in _rows(make_report(text)):
        assert list(row) == list(COLUMNS)
        for cell in row.values():
            assert not cell.startswith(("=", "+", "@", "\t", "\r"))
            assert not cell.startswith("-") or re.fullmatch(r"-[0-9]+(\.[0-9]+)?", cell)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+cmd", "@SUM(A1)", "\uff1d1"])
def test_a_formula_is_kept_as_text_behind_an_apostrophe(text: str) -> None:
    names_ = [row["detail"] for row in _rows(make_report(text)) if row["item"] == "legal_name"]
    assert names_ == [f"'{text}"]


def test_csv_is_read_by_spreadsheets_in_any_language() -> None:
    content = to_csv(make_report("株式会社日立製作所"))
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    assert "株式会社日立製作所" in content.decode("utf-8-sig")


def test_csv_has_every_leg_of_the_ledger_with_figures_that_add_up() -> None:
    legs = [row for row in _rows(make_report(transactions=4)) if row["section"] == "ledger"]
    assert [row["item"] for row in legs] == ["consume available", "consume consumed"] * 4
    assert sum(float(row["amount"]) for row in legs) == 0


def test_csv_gives_invoice_amounts_in_major_units_without_decoration() -> None:
    amounts = [(row["amount"], row["unit"]) for row in _rows(make_report()) if row["section"] == "invoice"]
    assert sorted(amounts) == [("1299.00", "USD"), ("98000", "JPY")]


def test_csv_says_what_it_leaves_out() -> None:
    notes = [row["detail"] for row in _rows(make_report(older_entries=12)) if row["item"] == "note"]
    assert notes == ["12 older entries omitted"]


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _named(customer_id: str) -> ReportFile:
    report = make_report()
    customer = replace(report.view.customer, customer_id=customer_id)
    return render(replace(report, view=replace(report.view, customer=customer)), ReportFormat.CSV)


def test_a_file_is_named_after_customer_and_day() -> None:
    assert _named("acme-eu").filename == "billing-report-acme-eu-2026-10-15.csv"


@pytest.mark.parametrize("customer_id", ["a:b", "../../etc/passwd", "a/b\\c", "x" * 500, *HOSTILE])
def test_a_file_name_is_safe_on_every_system(customer_id: str) -> None:
    assert re.fullmatch(r"billing-report-[A-Za-z0-9_.-]{1,64}-2026-10-15\.csv", _named(customer_id).filename)


@pytest.mark.parametrize("report_format", [ReportFormat.MD, ReportFormat.JSON, ReportFormat.CSV])
def test_the_same_report_gives_the_same_bytes(report_format: ReportFormat) -> None:
    assert render(make_report(), report_format) == render(make_report(), report_format)
