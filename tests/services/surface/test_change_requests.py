"""Four-eyes through the surface, on both databases and over HTTP: asked for by one, decided by another."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, Literal

import msgspec
import pytest

from services.contract.errors import Code, Refused
from services.contract.policy import Policy
from services.contract.principals import Credential, Principal, Role
from services.contract.requests import (
    ApplySupportCredit,
    ApproveTenantChangeRequest,
    ApproveTrial,
    CreateToken,
    GetCustomerBillingView,
    ListLedgerEntries,
    ListTenantChangeRequests,
    MarkInvoiceVerified,
    PreviewBillingAction,
    RejectTenantChangeRequest,
    VerifyAuditTrail,
    WhoAmI,
)
from services.contract.types import Action, ChangeRequestKind, ChangeRequestStatus
from services.contract.views import (
    ActionPreview,
    ActionReceipt,
    ChangeRequestPage,
    ChangeRequestReceipt,
    ChangeRequestView,
    NotModified,
)
from tests.surface import ADMIN, OPERATOR, OTHER_OPERATOR, OWNER, Workbench, customer
from tests.surface_over_http import bench_over_http

Decision = ApproveTenantChangeRequest | RejectTenantChangeRequest
DECISIONS: tuple[type[Decision], ...] = (ApproveTenantChangeRequest, RejectTenantChangeRequest)
THIRD_OPERATOR = Principal(actor="ona", role=Role.OPERATOR)


@pytest.fixture(params=["sqlite", "postgresql", "over HTTP"])
def bench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """A desk with low limits. HTTP is the same way to both databases, so one of them is enough."""
    store = request.getfixturevalue("postgres_store" if request.param == "postgresql" else "sqlite_store")
    policy = Policy(action_limit_hours=10, operator_limit_hours=15)
    with ExitStack() as opened:
        bench: Workbench
        if request.param == "over HTTP":
            bench = opened.enter_context(bench_over_http(store, policy=policy))
        else:
            bench = Workbench(store, policy=policy)
        bench.feed(customer(), customer("beta"))
        yield bench


def ask(
    bench: Workbench, customer_id: str = "acme-eu", by: Principal = OPERATOR, hours: str = "12", **fields: Any
) -> ActionReceipt:
    """Ask for more than one action may grant."""
    request = bench.request(ApplySupportCredit, customer_id, workspace_hours=hours, **fields)
    receipt = bench.act(request, by)
    assert receipt.outcome == "pending_approval"
    return receipt


def decision(kind: type[Decision], asked: ActionReceipt, **fields: Any) -> Decision:
    """Return a decision as the preview of it, or the view, suggests."""
    own = {"etag": asked.view.billing.etag} if kind is ApproveTenantChangeRequest else {}
    common = {
        "customer_id": asked.view.customer.customer_id,
        "change_request_id": asked.change_request_id,
        "reason": "seen and agreed",
        "request_id": f"decision-{asked.change_request_id}-{kind.__name__}",
    }
    return kind(**(common | own | fields))


def decide(
    bench: Workbench, kind: type[Decision], asked: ActionReceipt, by: Principal = OTHER_OPERATOR, **fields: Any
) -> ChangeRequestReceipt:
    """Decide, and check that the receipt's view is what the store then really holds."""
    receipt: ChangeRequestReceipt = bench.call(decision(kind, asked, **fields), by)
    stored = bench.view(asked.view.customer.customer_id)
    assert receipt.view == msgspec.structs.replace(stored, as_of=receipt.view.as_of)
    return receipt


def refused(bench: Workbench, request: Any, by: Principal = OTHER_OPERATOR) -> Refused:
    with pytest.raises(Refused) as caught:
        bench.call(request, by)
    return caught.value


def preview(bench: Workbench, asked: ActionReceipt, by: Principal = OTHER_OPERATOR, **fields: Any) -> ActionPreview:
    request = PreviewBillingAction(
        customer_id=asked.view.customer.customer_id,
        action=Action.APPLY_SUPPORT_CREDIT,
        change_request_id=asked.change_request_id,
    )
    found: ActionPreview = bench.call(msgspec.structs.replace(request, **fields), by)
    return found


def listed(bench: Workbench, by: Principal = OPERATOR, **fields: Any) -> list[ChangeRequestView]:
    page: ChangeRequestPage = bench.call(ListTenantChangeRequests(**fields), by)
    return page.change_requests


def left(bench: Workbench, by: Principal = OPERATOR) -> str:
    """Return how many hours the operator may still grant today."""
    hours: str = bench.call(WhoAmI(), by).support_credit_limits.left_workspace_hours
    return hours


def all_is_sound(bench: Workbench) -> bool:
    found = bench.call(VerifyAuditTrail())
    return all(stream.status == "OK" for stream in found.streams) and not found.ledger.mismatched


# Asking


def test_what_is_above_the_limit_of_one_action_waits_and_changes_nothing_yet(bench: Workbench) -> None:
    before = bench.view()
    receipt = ask(bench)
    assert receipt.notice == "Acme GmbH: a support credit of 12.00 h waits for another's approval."
    assert receipt.change_request_id is not None
    assert receipt.view.billing == before.billing
    assert receipt.view.credits == before.credits
    assert bench.call(ListLedgerEntries(customer_id="acme-eu")).entries == []
    assert bench.act(bench.request(ApplySupportCredit, workspace_hours="1", etag=before.billing.etag)).outcome == (
        "applied"
    )


def test_what_is_above_the_days_limit_waits_though_one_action_may_grant_it(bench: Workbench) -> None:
    bench.act(bench.request(ApplySupportCredit, workspace_hours="10"))
    ask(bench, "beta", hours="5.01")
    assert bench.view("beta").credits.lots == []


def test_a_preview_says_that_it_will_need_approval_and_what_approval_would_change(bench: Workbench) -> None:
    fields = {"workspace_hours": "12"}
    told = bench.call(PreviewBillingAction(customer_id="acme-eu", action=Action.APPLY_SUPPORT_CREDIT, params=fields))
    assert (told.allowed, told.needs_approval, told.reason) == (True, True, "ABOVE_OPERATOR_LIMIT")
    assert "Another operator must approve this" in told.message
    asked = ask(bench)
    assert preview(bench, asked).changes == told.changes


def test_an_open_request_shows_on_every_terminal_that_looks_at_the_customer(bench: Workbench) -> None:
    before = bench.view()
    look = GetCustomerBillingView(customer_id="acme-eu", if_none_match=before.view_etag)
    assert isinstance(bench.call(look, OTHER_OPERATOR), NotModified)
    asked = ask(bench)
    seen = bench.call(look, OTHER_OPERATOR)
    assert [n.text for n in seen.notices if n.code == "pending_request"] == ["1 request waits for approval."]
    ask(bench, by=THIRD_OPERATOR)
    assert "2 requests wait for approval." in [notice.text for notice in bench.view().notices]
    decide(bench, RejectTenantChangeRequest, asked)
    settled = decide(bench, RejectTenantChangeRequest, asked=ask(bench, by=THIRD_OPERATOR))
    assert settled.view.view_etag != seen.view_etag


def test_a_notice_goes_with_the_decision(bench: Workbench) -> None:
    for kind in DECISIONS:
        receipt = decide(bench, kind, ask(bench))
        assert "pending_request" not in [notice.code for notice in receipt.view.notices]


@pytest.mark.parametrize("amounts", [{"workspace_hours": "0"}, {"workspace_hours": "1e3"}, {"ai_cents": "9" * 30}])
def test_an_amount_that_is_none_is_refused_and_waits_for_nobody(bench: Workbench, amounts: dict[str, str]) -> None:
    assert refused(bench, bench.request(ApplySupportCredit, **amounts)).reason == "INVALID_AMOUNT"
    assert listed(bench) == []


def test_asking_twice_with_one_request_id_asks_once(bench: Workbench) -> None:
    request = bench.request(ApplySupportCredit, workspace_hours="12")
    first = bench.call(request)
    assert bench.call(request) == msgspec.structs.replace(first, replayed=True)
    assert len(listed(bench)) == 1
    assert left(bench) == "3.00"


# Limits


def test_the_limit_is_reserved_when_it_is_asked_for(bench: Workbench) -> None:
    ask(bench)
    assert left(bench) == "3.00"
    ask(bench, "beta", hours="3.01")  # within what one action may grant, and above what is left
    assert left(bench) == "0.00"
    assert bench.act(bench.request(ApplySupportCredit, "beta", ai_cents="1")).outcome == "applied"  # the other unit
    assert left(bench, OTHER_OPERATOR) == "15.00"


def test_a_rejection_gives_the_limit_back(bench: Workbench) -> None:
    kept, given_back = ask(bench), ask(bench, "beta", hours="11")
    assert left(bench) == "0.00"
    decide(bench, RejectTenantChangeRequest, given_back)
    assert left(bench) == "3.00"
    decide(bench, RejectTenantChangeRequest, kept)
    assert left(bench) == "15.00"
    assert bench.act(bench.request(ApplySupportCredit, workspace_hours="10")).outcome == "applied"


def test_an_approval_keeps_the_limit_reserved_until_its_window_has_passed(bench: Workbench) -> None:
    decide(bench, ApproveTenantChangeRequest, ask(bench))
    assert left(bench) == "3.00"
    bench.clock.advance(hours=24)
    assert left(bench) == "15.00"


def test_who_approves_draws_nothing_on_limits_of_their_own(bench: Workbench) -> None:
    for hours in ("10", "5"):
        bench.act(bench.request(ApplySupportCredit, workspace_hours=hours), OTHER_OPERATOR)
    assert left(bench, OTHER_OPERATOR) == "0.00"
    receipt = decide(bench, ApproveTenantChangeRequest, ask(bench, "beta", hours="400"))
    assert receipt.view.credits.workspace_hours == "400.00"
    assert left(bench, OTHER_OPERATOR) == "0.00"


# Deciding


def test_an_approval_grants_what_was_asked_for(bench: Workbench) -> None:
    asked = ask(bench, ai_cents="7")
    receipt = decide(bench, ApproveTenantChangeRequest, asked)
    assert (receipt.view.credits.workspace_hours, receipt.view.credits.ai_cents) == ("12.00", "7")
    assert {lot.reason for lot in receipt.view.credits.lots} == {"agreed with finance"}
    assert receipt.view.billing.etag != asked.view.billing.etag
    assert "has a support credit of 12.00 h and $0.07" in receipt.notice
    done = receipt.change_request
    assert (done.status, done.decided_by, done.decision_reason) == ("applied", "omar", "seen and agreed")
    assert (done.decidable, done.requested_by, done.asks_for) == (False, "olga", "12.00 h and $0.07")
    assert listed(bench) == [done]
    assert all_is_sound(bench)


def test_a_rejection_grants_nothing_and_leaves_the_record_as_it_was(bench: Workbench) -> None:
    asked = ask(bench)
    receipt = decide(bench, RejectTenantChangeRequest, asked)
    assert receipt.view.credits.lots == []
    assert receipt.view.billing == asked.view.billing
    assert receipt.notice == "Acme GmbH: the support credit of 12.00 h is rejected; nothing was granted."
    assert receipt.change_request.status == "rejected"
    assert all_is_sound(bench)


def test_the_preview_of_an_approval_tells_what_approving_then_does(bench: Workbench) -> None:
    bench.feed(customer("empty", billing={"payment_rail": "prepaid", "state": "verified"}, checklist=[]))
    asked, before = ask(bench, "empty"), bench.view("empty")
    told = preview(bench, asked)
    receipt = decide(bench, ApproveTenantChangeRequest, asked, etag=told.etag)
    assert (told.allowed, told.needs_approval, told.limits) == (True, False, None)
    had, has = {b.code for b in before.blockers}, {b.code for b in receipt.view.blockers}
    assert {b.code for b in told.blockers_removed} == had - has == {"no_prepaid_balance"}
    assert {b.code for b in told.blockers_remaining} == had & has
    assert json.loads(bench.events("empty")[-1].payload)["changes"] == msgspec.to_builtins(told.changes)
    assert "ask the customer to retry provisioning" in receipt.notice


def test_a_stale_approval_is_refused_with_a_fresh_preview_with_which_it_works(bench: Workbench) -> None:
    asked = ask(bench)
    bench.act(bench.request(ApproveTrial))
    why = refused(bench, decision(ApproveTenantChangeRequest, asked))
    assert (why.code, why.reason) == (Code.ABORTED, "STALE_ETAG")
    fresh = msgspec.convert(why.details["preview"], ActionPreview)
    assert fresh == preview(bench, asked)
    assert fresh.changes[0] == msgspec.structs.replace(fresh.changes[0], before="10.00 h", after="22.00 h")
    receipt = decide(bench, ApproveTenantChangeRequest, asked, etag=fresh.etag)
    assert receipt.view.credits.workspace_hours == "22.00"


def test_a_rejection_rests_on_no_etag(bench: Workbench) -> None:
    asked = ask(bench)
    bench.act(bench.request(ApproveTrial))
    assert decide(bench, RejectTenantChangeRequest, asked).change_request.status == "rejected"


# Four eyes


@pytest.mark.parametrize("kind", DECISIONS)
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.PLATFORM_ADMIN])
def test_who_asked_does_not_decide_in_whatever_role(bench: Workbench, kind: type[Decision], role: Role) -> None:
    for asking in (OPERATOR, OWNER):
        asked = ask(bench, by=asking)
        why = refused(bench, decision(kind, asked), msgspec.structs.replace(asking, role=role))
        assert (why.code, why.reason) == (Code.PERMISSION_DENIED, "FOUR_EYES")
        event = bench.events()[-1]
        assert (event.action, event.outcome, event.actor) == (kind.__name__, "denied", asking.actor)
    assert {request.status for request in listed(bench)} == {"pending"}
    assert bench.view().credits.lots == []


def test_two_tokens_of_one_name_are_one_person(bench: Workbench) -> None:
    names = ("Ólga", "  O\u0301lga\t", "omar")
    first, second, other = (
        Credential(bench.call(CreateToken(role=Role.OPERATOR, name=name), ADMIN).token) for name in names
    )
    request = bench.request(ApplySupportCredit, workspace_hours="12")
    asked: ActionReceipt = bench.surface.dispatch(first, request)
    for kind in DECISIONS:
        with pytest.raises(Refused) as caught:
            bench.surface.dispatch(second, decision(kind, asked))
        assert caught.value.reason == "FOUR_EYES"
    receipt = bench.surface.dispatch(other, decision(ApproveTenantChangeRequest, asked))
    assert (receipt.change_request.requested_by, receipt.change_request.decided_by) == ("Ólga", "omar")


def test_who_asked_is_told_beforehand_that_another_must_decide(bench: Workbench) -> None:
    asked = ask(bench)
    told = preview(bench, asked, OPERATOR)
    assert (told.allowed, told.reason, told.changes) == (False, "FOUR_EYES", [])
    [own], [others] = listed(bench, OPERATOR), listed(bench, OTHER_OPERATOR)
    assert (own.decidable, own.why_not) == (False, told.message)
    assert (others.decidable, others.why_not) == (True, None)


@pytest.mark.parametrize("second", DECISIONS)
@pytest.mark.parametrize("first", DECISIONS)
def test_what_is_decided_stays_so(bench: Workbench, first: type[Decision], second: type[Decision]) -> None:
    asked = ask(bench)
    done = decide(bench, first, asked)
    again = decision(second, asked, request_id="another")
    for by in (OPERATOR, OTHER_OPERATOR, THIRD_OPERATOR):
        why = refused(bench, again, by)
        assert (why.code, why.reason) == (Code.FAILED_PRECONDITION, "ALREADY_DECIDED")
    assert preview(bench, asked, THIRD_OPERATOR).reason == "ALREADY_DECIDED"
    assert listed(bench) == [done.change_request]


# Request ids


@pytest.mark.parametrize("kind", DECISIONS)
def test_the_same_decision_again_returns_the_stored_receipt(bench: Workbench, kind: type[Decision]) -> None:
    asked = ask(bench)
    first = decide(bench, kind, asked)
    bench.clock.advance(days=2)
    bench.act(bench.request(MarkInvoiceVerified))
    count = len(bench.events())
    assert bench.call(decision(kind, asked), OTHER_OPERATOR) == msgspec.structs.replace(first, replayed=True)
    assert len(bench.events()) == count


@pytest.mark.parametrize("kind", DECISIONS)
def test_a_request_id_serves_one_method_and_one_person(bench: Workbench, kind: type[Decision]) -> None:
    asking = bench.request(ApplySupportCredit, workspace_hours="12")
    asked: ActionReceipt = bench.call(asking)
    why = refused(bench, decision(kind, asked, request_id=asking.request_id))
    assert (why.code, why.reason) == (Code.ALREADY_EXISTS, "REQUEST_ID_REUSED")
    decide(bench, kind, asked)
    other = next(each for each in DECISIONS if each is not kind)
    used = decision(kind, asked).request_id
    for request, by in (
        (decision(other, asked, request_id=used), OTHER_OPERATOR),
        (decision(kind, asked), THIRD_OPERATOR),
        (decision(kind, asked, reason="another reason"), OTHER_OPERATOR),
        (bench.request(ApplySupportCredit, workspace_hours="1", request_id=used), OTHER_OPERATOR),
    ):
        assert refused(bench, request, by).reason == "REQUEST_ID_REUSED"
    assert len(bench.events()) == 2


@pytest.mark.parametrize("kind", DECISIONS)
def test_a_refused_decision_does_not_use_the_request_id_up(bench: Workbench, kind: type[Decision]) -> None:
    asked = ask(bench)
    assert refused(bench, decision(kind, asked, reason="no")).reason == "INVALID_REASON"
    assert not decide(bench, kind, asked).replayed


# What is refused, and what is left of it


def test_a_request_that_this_customer_does_not_have_is_not_found(bench: Workbench) -> None:
    asked, others = ask(bench), ask(bench, "beta", hours="11")
    for kind in DECISIONS:
        for number, unknown in enumerate(("cr_none", others.change_request_id, "", "x" * 200)):
            request = decision(kind, asked, change_request_id=unknown, request_id=f"r-{number}")
            why = refused(bench, request)
            assert (why.code, why.reason) == (Code.NOT_FOUND, "CHANGE_REQUEST_NOT_FOUND")
    with pytest.raises(Refused) as caught:
        preview(bench, asked, change_request_id=others.change_request_id)
    assert caught.value.reason == "CHANGE_REQUEST_NOT_FOUND"


@pytest.mark.parametrize("fields", [{"params": {"workspace_hours": "1"}}, {"action": Action.APPROVE_TRIAL}])
def test_a_preview_of_an_approval_takes_the_requests_own_action_and_fields(
    bench: Workbench, fields: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as caught:
        preview(bench, ask(bench), **fields)
    assert (caught.value.code, caught.value.reason) == (Code.INVALID_ARGUMENT, "INVALID_REQUEST")


@pytest.mark.parametrize("kind", DECISIONS)
def test_a_refused_decision_leaves_one_event_of_its_own_and_nothing_else(
    bench: Workbench, kind: type[Decision]
) -> None:
    asked = ask(bench)
    before = bench.view()
    for number, (fields, reason) in enumerate(
        (({"reason": "\x1b\x1b\x1b"}, "INVALID_REASON"), ({"change_request_id": "cr_none"}, "CHANGE_REQUEST_NOT_FOUND"))
    ):
        assert refused(bench, decision(kind, asked, **fields)).reason == reason
        event = bench.events()[1 + number]
        assert (event.action, event.outcome, event.actor) == (kind.__name__, "denied", "omar")
        assert json.loads(event.payload)["refused"] == reason
        assert event.etag_after is None
    assert msgspec.structs.replace(bench.view(), as_of=before.as_of) == before
    assert [request.status for request in listed(bench)] == ["pending"]


@pytest.mark.parametrize("kind", DECISIONS)
def test_a_fault_in_the_middle_leaves_the_request_pending_and_the_limit_reserved(
    bench: Workbench, kind: type[Decision], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("disk of customer Acme")

    asked = ask(bench)
    monkeypatch.setattr("services.actions.store.keep_receipt", broken)
    assert refused(bench, decision(kind, asked)).code is Code.INTERNAL
    monkeypatch.undo()
    assert [request.status for request in listed(bench)] == ["pending"]
    assert left(bench) == "3.00"
    assert [event.outcome for event in bench.events()] == ["applied", "failed"]
    assert not decide(bench, kind, asked).replayed
    assert all_is_sound(bench)


def test_asking_and_deciding_are_events_of_those_who_did_them(bench: Workbench) -> None:
    approved, rejected = ask(bench), ask(bench, hours="11")
    decide(bench, ApproveTenantChangeRequest, approved)
    decide(bench, RejectTenantChangeRequest, rejected, reason="not agreed", by=ADMIN)
    asking, _other, approving, rejecting = bench.events()
    assert [(e.action, e.outcome, e.actor, e.role) for e in (asking, approving, rejecting)] == [
        ("CreateTenantChangeRequest", "applied", "olga", "operator"),
        ("ApproveTenantChangeRequest", "applied", "omar", "operator"),
        ("RejectTenantChangeRequest", "applied", "ada", "platform_admin"),
    ]
    assert asking.resource == approving.resource == f"customers/acme-eu/change_requests/{approved.change_request_id}"
    assert [e.reason for e in (asking, approving, rejecting)] == [
        "agreed with finance",
        "seen and agreed",
        "not agreed",
    ]
    assert (asking.etag_before, asking.etag_after) == (approving.etag_before, approving.etag_before)
    assert approving.etag_after == rejecting.etag_before == rejecting.etag_after != approving.etag_before
    told = json.loads(approving.payload)
    assert (told["requested_by"], told["asked_for"]) == ("olga", "agreed with finance")
    assert told["params"] == json.loads(asking.payload)["params"] == {"workspace_hours": "12", "ai_cents": "0"}
    assert len(told["grants"]) == len(told["transactions"]) == 1
    assert "grants" not in json.loads(rejecting.payload)
    assert all_is_sound(bench)


# Lists


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
