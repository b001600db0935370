"""A support credit above its operator's limits is asked for by one and decided by another."""

import json
from collections.abc import Iterator

import msgspec
import pytest

from services.contract.errors import Code
from services.contract.requests import (
    ApplySupportCredit,
    ApproveTenantChangeRequest,
    ApproveTrial,
    GetCustomerBillingView,
    ListLedgerEntries,
    PreviewBillingAction,
    RejectTenantChangeRequest,
)
from services.contract.types import Action
from services.contract.views import (
    ActionPreview,
    NotModified,
)
from tests.services.surface.asking import EVERYWHERE
from tests.services.surface.crediting import (
    DECISIONS,
    THIRD_OPERATOR,
    all_is_sound,
    ask,
    decide,
    decision,
    left,
    listed,
    opened_bench,
    preview,
    refused,
)
from tests.surface import OTHER_OPERATOR, Workbench, customer


@pytest.fixture(params=EVERYWHERE)
def bench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """A desk."""
    with opened_bench(request) as bench:
        yield bench


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
