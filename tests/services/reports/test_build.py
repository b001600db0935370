"""The report's content: bounded, ordered, and honest about what it leaves out."""

from datetime import timedelta

from services.contract.types import ReportFormat
from services.contract.views import AuditPage, LedgerPage
from services.reports.build import MAX_ENTRIES, MAX_EVENTS, build_report
from services.reports.methods import render_report
from tests.builders import NOW, make_entry, make_event, make_invoice, make_view


def test_the_newest_thousand_entries_are_kept_and_the_rest_counted() -> None:
    entries = [make_entry(entry_id=f"e{n}") for n in range(MAX_ENTRIES + 7)]
    report = build_report(make_view(), invoices=[], entries=entries, older_entries=5, events=[])
    assert [entry.entry_id for entry in report.ledger] == [entry.entry_id for entry in entries[:MAX_ENTRIES]]
    assert report.older_entries == 12


def test_older_entries_that_nobody_counted_stay_uncounted() -> None:
    assert build_report(make_view(), invoices=[], entries=[], older_entries=None, events=[]).older_entries is None


def test_invoices_stand_newest_first() -> None:
    old, new = make_invoice("A", issued_at=NOW - timedelta(days=9)), make_invoice("B", issued_at=NOW)
    report = build_report(make_view(), invoices=[old, new], entries=[], events=[])
    assert report.invoices == (new, old)


def test_audit_events_become_references_without_their_payload() -> None:
    events = [make_event(payload='{"secret": 1}', sequence=n) for n in range(MAX_EVENTS + 1)]
    report = build_report(make_view(), invoices=[], entries=[], events=events)
    assert report.audit is not None
    assert len(report.audit) == MAX_EVENTS
    assert report.older_events
    assert not hasattr(report.audit[0], "payload")


def test_a_reader_who_may_not_see_the_audit_trail_gets_none_of_it() -> None:
    page = LedgerPage(entries=[make_entry()], next_page_token=None)
    for report_format in (ReportFormat.MD, ReportFormat.CSV):
        file = render_report(report_format, view=make_view(), invoices=[], entries=page, events=None)
        assert b"Audit" not in file.content
        assert b"audit" not in file.content


def test_a_page_that_is_not_the_last_says_that_older_ones_are_omitted() -> None:
    page = LedgerPage(entries=[make_entry()], next_page_token="more")
    events = AuditPage(events=[make_event()], next_page_token="more")
    file = render_report(ReportFormat.MD, view=make_view(), invoices=[], entries=page, events=events)
    text = file.content.decode()
    assert "Older entries omitted." in text
    assert "Older audit events omitted." in text
    counted = render_report(
        ReportFormat.MD, view=make_view(), invoices=[], entries=page, events=events, older_entries=1_234
    )
    assert "1,234 older entries omitted." in counted.content.decode()
