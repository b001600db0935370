"""The reading methods: conditional reads, the index that follows the clock, ledger pages, reports, the wire."""

import json

import pytest

from services.contract import requests
from services.contract.errors import Refused
from services.contract.types import BlockerCode, ReportFormat
from services.contract.views import CustomerBillingView, NotModified
from services.surface.wire import decode_request, encode
from tests.surface import START, Workbench, customer

TRIAL = {"state": "trial_approved", "trial_ends_at": "2026-11-21T12:00:00Z"}


@pytest.fixture
def bench(empty_bench: Workbench) -> Workbench:
    bench = empty_bench
    bench.feed(customer(), customer("onboard", billing=TRIAL, checklist=[]))
    return bench


def conditional(bench: Workbench, customer_id: str, etag: str) -> CustomerBillingView | NotModified:
    answer: CustomerBillingView | NotModified = bench.call(
        requests.GetCustomerBillingView(customer_id=customer_id, if_none_match=etag)
    )
    return answer


def test_an_unchanged_view_is_not_sent_again(bench: Workbench) -> None:
    assert conditional(bench, "acme-eu", bench.view().view_etag) == NotModified()


def test_a_changed_view_is_sent(bench: Workbench) -> None:
    etag = bench.view().view_etag
    bench.call(bench.request(requests.ApproveTrial))
    assert isinstance(conditional(bench, "acme-eu", etag), CustomerBillingView)


def test_the_clock_alone_can_change_a_view(bench: Workbench) -> None:
    etag = bench.view("onboard").view_etag
    assert conditional(bench, "onboard", etag) == NotModified()
    bench.clock.advance(days=2)
    fresh = conditional(bench, "onboard", etag)
    assert isinstance(fresh, CustomerBillingView)
    assert [b.code for b in fresh.blockers] == [BlockerCode.TRIAL_EXPIRED]


def test_the_list_follows_the_clock(bench: Workbench) -> None:
    blocked = requests.ListBillingCustomers(blocked_only=True)
    assert [row.customer_id for row in bench.call(blocked).customers] == ["acme-eu"]
    bench.clock.advance(days=2)
    page = bench.call(requests.ListBillingCustomers(blocker=BlockerCode.TRIAL_EXPIRED))
    assert [(row.customer_id, row.blockers) for row in page.customers] == [("onboard", [BlockerCode.TRIAL_EXPIRED])]
    assert page.customers[0].blocked_since is not None
    assert (page.customers[0].blocked_since - START).days == 1
    assert bench.call(blocked).total == 2


def test_the_list_follows_an_action(bench: Workbench) -> None:
    bench.call(bench.request(requests.MarkInvoiceVerified))
    assert bench.call(requests.ListBillingCustomers(blocked_only=True)).customers == []


def test_a_list_of_an_unknown_customers_ledger_is_not_found(bench: Workbench) -> None:
    with pytest.raises(Refused, match="No such customer"):
        bench.call(requests.ListLedgerEntries(customer_id="nobody"))


def test_ledger_pages_join_to_the_whole_ledger(bench: Workbench) -> None:
    for cents in range(1, 6):
        bench.call(bench.request(requests.ApplySupportCredit, ai_cents=str(cents)))
    whole = bench.call(requests.ListLedgerEntries(customer_id="acme-eu", page_size=500))
    assert whole.next_page_token is None
    found, token = [], None
    while True:
        page = bench.call(requests.ListLedgerEntries(customer_id="acme-eu", page_size=3, page_token=token))
        found += page.entries
        token = page.next_page_token
        if token is None:
            break
    assert found == whole.entries
    assert [e.balance_after for e in whole.entries if e.account == "available"] == ["15", "10", "6", "3", "1"]


def test_a_page_token_of_another_list_is_refused(bench: Workbench) -> None:
    bench.call(bench.request(requests.ApplySupportCredit, ai_cents="1"))
    token = bench.call(requests.ListLedgerEntries(customer_id="acme-eu", page_size=1)).next_page_token
    with pytest.raises(Refused) as caught:
        bench.call(requests.ListLedgerEntries(customer_id="onboard", page_token=token))
    assert caught.value.reason == "INVALID_PAGE_TOKEN"


@pytest.mark.parametrize("report_format", ReportFormat)
def test_a_report_comes_in_every_format(bench: Workbench, report_format: ReportFormat) -> None:
    bench.call(bench.request(requests.ApplySupportCredit, ai_cents="5"))
    report = bench.call(requests.ExportBillingReport(customer_id="acme-eu", format=report_format))
    assert report.filename.startswith("billing-report-acme-eu-")
    assert report.filename.endswith(f".{report_format}")
    assert len(report.content) > 500


def test_a_request_by_name_and_json_is_the_typed_one() -> None:
    body = b'{"customer_id": "acme-eu", "blocker": null}'.replace(b', "blocker": null', b"")
    assert decode_request("GetCustomerBillingView", body) == requests.GetCustomerBillingView(customer_id="acme-eu")


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("Nothing", b"{}", "METHOD_NOT_FOUND"),
        ("GetCustomerBillingView", b"{}", "INVALID_REQUEST"),
        ("GetCustomerBillingView", b'{"customer_id": 7}', "INVALID_REQUEST"),
        ("GetCustomerBillingView", b'{"customer_id": "a", "more": 1}', "INVALID_REQUEST"),
        ("GetCustomerBillingView", b"{" * 100_000, "INVALID_REQUEST"),
        ("GetCustomerBillingView", b'{"customer_id": "\xff"}', "INVALID_REQUEST"),
        ("GetCustomerBillingView", b"[]", "INVALID_REQUEST"),
        ("ListBillingCustomers", b'{"order": "size"}', "INVALID_REQUEST"),
    ],
)
def test_a_request_that_does_not_fit_is_refused_in_one_sentence(name: str, body: bytes, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        decode_request(name, body)
    assert caught.value.reason == reason
    assert "\n" not in caught.value.message


def test_an_answer_travels_as_json(bench: Workbench) -> None:
    sent = json.loads(encode(bench.view()))
    assert sent["billing"]["etag"] == "b1"
    assert sent["credits"]["workspace_hours"] == "0.00"
    assert sent["as_of"].endswith("Z")
