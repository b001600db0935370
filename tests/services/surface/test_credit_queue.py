"""The queue of support credits: listed, paged, and decided by many at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import pytest

from services.contract.errors import Refused
from services.contract.principals import Principal, Role
from services.contract.requests import (
    ApplySupportCredit,
    ApproveTenantChangeRequest,
    ListLedgerEntries,
    ListTenantChangeRequests,
    RejectTenantChangeRequest,
)
from services.contract.types import ChangeRequestKind, ChangeRequestStatus
from tests.services.surface.asking import EVERYWHERE
from tests.services.surface.crediting import (
    DECISIONS,
    THIRD_OPERATOR,
    Decision,
    all_is_sound,
    ask,
    decide,
    decision,
    left,
    listed,
    opened_bench,
    refused,
)
from tests.surface import OTHER_OPERATOR, Workbench, customer


@pytest.fixture(params=EVERYWHERE)
def bench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """A desk."""
    with opened_bench(request) as bench:
        yield bench


def test_the_list_is_filtered_by_customer_kind_and_status_and_shows_the_longest_waiting_first(bench: Workbench) -> None:
    made = [ask(bench, customer_id) for customer_id in ("acme-eu", "beta", "acme-eu")]
    ids = [receipt.change_request_id for receipt in made]
    decide(bench, RejectTenantChangeRequest, made[0])

    def found(**fields: Any) -> list[str]:
        return [request.change_request_id for request in listed(bench, **fields)]

    assert found() == ids
    assert found(order="newest") == ids[::-1]
    assert found(customer_id="acme-eu") == [ids[0], ids[2]]
    assert found(status=ChangeRequestStatus.PENDING) == ids[1:]
    assert found(status=ChangeRequestStatus.REJECTED, customer_id="beta") == []
    assert found(kind=ChangeRequestKind.SUPPORT_CREDIT, status=ChangeRequestStatus.REJECTED) == ids[:1]
    assert listed(bench)[1].legal_name == "Acme GmbH"


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_pages_together_hold_every_request_once(bench: Workbench, order: Literal["oldest", "newest"]) -> None:
    made = [ask(bench).change_request_id for _ in range(5)]
    found: list[str | None] = []
    token: str | None = None
    while True:
        page = bench.call(ListTenantChangeRequests(order=order, page_size=2, page_token=token))
        assert (len(page.change_requests) <= 2, page.total, page.total_is_more) == (True, 5, False)
        found += [request.change_request_id for request in page.change_requests]
        token = page.next_page_token
        if token is None:
            break
    assert found == (made if order == "oldest" else made[::-1])


def test_a_page_token_belongs_to_its_list(bench: Workbench) -> None:
    for _ in range(2):
        ask(bench)
    token = bench.call(ListTenantChangeRequests(page_size=1)).next_page_token
    for other in (
        ListTenantChangeRequests(page_token=token, order="newest"),
        ListTenantChangeRequests(page_token="x"),
    ):
        assert refused(bench, other).reason == "INVALID_PAGE_TOKEN"
    assert refused(bench, ListTenantChangeRequests(page_size=501)).reason == "INVALID_PAGE_SIZE"
    assert refused(bench, ListTenantChangeRequests(customer_id="nobody")).reason == "CUSTOMER_NOT_FOUND"


def test_an_exact_total_ends_at_a_thousand(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.change_requests.methods.reading._COUNTED", 2)
    for expected in ((1, False), (2, False), (2, True)):
        ask(bench)
        page = bench.call(ListTenantChangeRequests())
        assert (page.total, page.total_is_more) == expected


# At once


def outcomes(bench: Workbench, *calls: tuple[Decision, Principal]) -> list[str]:
    """Make calls at the same moment; return how each ended, in alphabetical order."""

    def attempt(call: tuple[Decision, Principal]) -> str:
        request, by = call
        try:
            receipt = bench.call(request, by)
        except Refused as why:
            return why.reason
        return "replayed" if receipt.replayed else str(receipt.change_request.status)

    with ThreadPoolExecutor(len(calls)) as threads:
        return sorted(threads.map(attempt, calls))


OPERATORS = [Principal(actor=f"operator-{number}", role=Role.OPERATOR) for number in range(6)]


def test_of_many_who_approve_at_once_one_does(bench: Workbench) -> None:
    asked = ask(bench)
    calls = [(decision(ApproveTenantChangeRequest, asked, request_id=f"r-{by.actor}"), by) for by in OPERATORS]
    assert outcomes(bench, *calls) == ["ALREADY_DECIDED"] * 5 + ["applied"]
    assert bench.view().credits.workspace_hours == "12.00"
    assert len(bench.call(ListLedgerEntries(customer_id="acme-eu")).entries) == 2
    assert sum(event.outcome == "applied" for event in bench.events()) == 2  # asked, and approved
    assert all_is_sound(bench)


def test_an_approval_sent_twice_at_once_takes_effect_once(bench: Workbench) -> None:
    asked = ask(bench)
    calls = [(decision(ApproveTenantChangeRequest, asked), OTHER_OPERATOR)] * 3
    assert outcomes(bench, *calls) == ["applied", "replayed", "replayed"]
    assert bench.view().credits.workspace_hours == "12.00"
    assert all_is_sound(bench)


def test_approval_and_rejection_at_once_come_to_one_of_them(bench: Workbench) -> None:
    for _ in range(3):
        hours = bench.view().credits.workspace_hours
        asked = ask(bench)
        reserved = left(bench)
        first, second = (
            (decision(kind, asked), by) for kind, by in zip(DECISIONS, (OTHER_OPERATOR, THIRD_OPERATOR), strict=True)
        )
        found = outcomes(bench, first, second)
        if "applied" in found:
            assert found == ["ALREADY_DECIDED", "applied"]
            assert bench.view().credits.workspace_hours == f"{float(hours) + 12:.2f}"
            assert left(bench) == reserved
        else:
            assert found == ["ALREADY_DECIDED", "rejected"]
            assert bench.view().credits.workspace_hours == hours
    assert all_is_sound(bench)


def test_no_credit_above_the_limit_gets_through_beside_requests_and_rejections(bench: Workbench) -> None:
    bench.feed(*(customer(f"c{number}") for number in range(8)))
    waiting = ask(bench, "beta", hours="11")
    credits = [bench.request(ApplySupportCredit, f"c{number}", workspace_hours="4") for number in range(8)]

    def work(number: int) -> str:
        if number == 8:
            return str(bench.call(decision(RejectTenantChangeRequest, waiting), OTHER_OPERATOR).change_request.status)
        return str(bench.call(credits[number]).outcome)

    with ThreadPoolExecutor(9) as threads:
        found = list(threads.map(work, range(9)))
    granted = sum(float(bench.view(f"c{number}").credits.workspace_hours) for number in range(8))
    assert granted == 4 * found.count("applied") <= 15
    assert found.count("pending_approval") == 8 - found.count("applied") >= 5
    assert all_is_sound(bench)
