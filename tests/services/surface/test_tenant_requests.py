"""What tenants ask for, through the surface, on both databases and over HTTP."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from services.change_requests.policy.file import shipped_policy
from services.contract.errors import Refused
from services.contract.principals import Principal
from services.contract.requests import (
    ApplySupportCredit,
    ApproveTenantChangeRequest,
    CancelTenantChangeRequest,
    GetTenantChangeRequestWorkspace,
    ListTenantChangeRequests,
    PreviewTenantChangeRequest,
)
from services.contract.types import ChangeRequestKind, ChangeRequestStatus, PolicyDecision
from services.contract.views import (
    ChangeRequestReceipt,
    TenantChangePreview,
)
from tests.services.surface.asking import (
    ACME,
    AFTER_REVIEW,
    AT_ONCE,
    BETA,
    EVERYWHERE,
    MSP,
    NEVER,
    TIER,
    ask,
    asking,
    cancelling,
    change_policy,
    deciding,
    opened_bench,
    previewed,
    refused,
    rejecting,
    storage_allowed,
    trail,
    workspace,
)
from tests.surface import ADMIN, OPERATOR, OTHER_OPERATOR, Workbench


@pytest.fixture(params=EVERYWHERE)
def bench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """A desk."""
    with opened_bench(request) as bench:
        yield bench


CREATED, APPLIED = (
    ("CreateTenantChangeRequest", "anna", "applied"),
    ("ApplyTenantChangeRequest", "system:platform", "applied"),
)

# ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_preview_says_what_becomes_of_a_wish_and_keeps_nothing(bench: Workbench) -> None:
    found = [previewed(bench, desired) for desired in (AT_ONCE, AFTER_REVIEW, NEVER)]
    assert [each.verdict for each in found] == ["approved at once", "needs review", "not possible"]
    assert [each.allowed for each in found] == [True, True, False]
    assert found[0].changes[0].after == AT_ONCE["storage"]
    assert found[0].missing == []
    assert workspace(bench).requests == []
    assert trail(bench) == []


def test_what_lies_within_the_bounds_is_approved_and_holds_at_once(bench: Workbench) -> None:
    receipt = ask(bench, AT_ONCE)
    assert receipt.change_request.status is ChangeRequestStatus.APPLIED
    assert receipt.change_request.decided_by == "system:policy"
    assert receipt.notice.endswith("is approved at once, and holds.")
    assert storage_allowed(bench) == AT_ONCE["storage"]
    assert trail(bench) == [CREATED, ("ApproveTenantChangeRequest", "system:policy", "applied"), APPLIED]
    assert bench.view().billing.etag == receipt.view.billing.etag == "b1"


def test_what_lies_beyond_waits_for_an_operator_and_then_holds(bench: Workbench) -> None:
    asked = ask(bench, AFTER_REVIEW)
    assert asked.change_request.status is ChangeRequestStatus.PENDING
    before = storage_allowed(bench)
    assert before != AFTER_REVIEW["storage"]
    [queued] = bench.call(ListTenantChangeRequests(status=ChangeRequestStatus.PENDING), OPERATOR).change_requests
    assert queued.decidable
    assert queued.policy_decision is PolicyDecision.REVIEW
    approved: ChangeRequestReceipt = bench.call(deciding(bench, asked), OPERATOR)
    assert approved.change_request.status is ChangeRequestStatus.APPLIED
    assert storage_allowed(bench) == AFTER_REVIEW["storage"]
    assert trail(bench) == [CREATED, ("ApproveTenantChangeRequest", "olga", "applied"), APPLIED]
    assert workspace(bench).requests[0].decided_by == "olga"


def test_what_is_rejected_changes_nothing_and_says_why(bench: Workbench) -> None:
    asked, before = ask(bench, AFTER_REVIEW), storage_allowed(bench)
    bench.call(rejecting(asked), OPERATOR)
    [seen] = workspace(bench).requests
    assert (seen.status, seen.decision_reason) == (ChangeRequestStatus.REJECTED, "no capacity this month")
    assert storage_allowed(bench) == before


@pytest.mark.parametrize(
    ("desired", "reason"),
    [(NEVER, "NOT_POSSIBLE"), ({"storage": TIER.storage_quota.self_service.storage}, "NOTHING_TO_CHANGE")],
)
def test_what_is_not_possible_is_not_asked_for(bench: Workbench, desired: dict[str, str], reason: str) -> None:
    with pytest.raises(Refused) as caught:
        ask(bench, desired)
    assert caught.value.reason == reason
    assert workspace(bench).requests == []


def test_the_same_call_again_is_the_same_request_and_another_under_its_id_is_refused(bench: Workbench) -> None:
    call = asking(previewed(bench, AFTER_REVIEW))
    first, again = bench.call(call, ACME), bench.call(call, ACME)
    assert again == msgspec.structs.replace(first, replayed=True)
    assert refused(bench, msgspec.structs.replace(call, reason="another"), ACME).reason == "REQUEST_ID_REUSED"
    assert len(workspace(bench).requests) == 1


# ── drift ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_policy_that_changed_since_the_preview_is_shown_before_anything_is_asked(bench: Workbench) -> None:
    found = previewed(bench, AT_ONCE)
    change_policy(
        bench, version="tighter", tiers={**shipped_policy().tiers, "growth": shipped_policy().tier("starter")}
    )
    stale = refused(bench, asking(found), ACME)
    assert stale.reason == "STALE_PREVIEW"
    fresh = msgspec.convert(stale.details["preview"], TenantChangePreview)
    assert (fresh.policy_version, fresh.decision) == ("tighter", PolicyDecision.REVIEW)
    assert bench.call(asking(fresh), ACME).change_request.policy_version == "tighter"


def test_a_policy_that_changed_before_the_approval_is_shown_to_the_operator(bench: Workbench) -> None:
    asked = ask(bench, AFTER_REVIEW)
    approval = deciding(bench, asked)
    change_policy(bench, version="other")
    stale = refused(bench, approval, OPERATOR)
    assert stale.reason == "STALE_PREVIEW"
    digest = stale.details["preview"]["digest"]
    bench.call(msgspec.structs.replace(approval, digest=digest), OPERATOR)
    assert storage_allowed(bench) == AFTER_REVIEW["storage"]


def test_an_amount_that_was_sent_along_unchanged_is_not_asked_for(bench: Workbench) -> None:
    kind = ChangeRequestKind.RESOURCE_QUOTA
    now = dict(next(form for form in workspace(bench).kinds if form.kind is kind).current)
    large = {"cpu": now["CPU"], "memory": TIER.resource_quota.review.memory}
    asked = ask(bench, large, kind=kind)
    assert asked.change_request.params == {"memory": TIER.resource_quota.review.memory}
    ask(bench, {"cpu": TIER.resource_quota.auto_approve.cpu}, kind=kind, request_id="ask-2")
    bench.call(deciding(bench, asked), OPERATOR)
    held = dict(next(form for form in workspace(bench).kinds if form.kind is kind).current)
    assert held == {"CPU": TIER.resource_quota.auto_approve.cpu, "Memory": TIER.resource_quota.review.memory}


def test_what_is_recorded_of_an_approval_is_what_it_did(bench: Workbench) -> None:
    asked = ask(bench, AFTER_REVIEW)
    ask(bench, AT_ONCE, request_id="ask-2")
    change_policy(bench, version="newer")
    approved: ChangeRequestReceipt = bench.call(deciding(bench, asked), OPERATOR)
    [stored] = [each for each in workspace(bench).requests if each.requested_at == asked.change_request.requested_at]
    did = f"Storage {AT_ONCE['storage']} → {AFTER_REVIEW['storage']}"
    for seen in (approved.change_request, stored):
        assert (seen.asks_for, seen.policy_version) == (did, "newer")
    assert did in approved.notice
    assert '"policy_version":"newer"' in bench.events()[-1].payload


def test_what_the_policy_forbids_meanwhile_is_not_approved(bench: Workbench) -> None:
    asked = ask(bench, AFTER_REVIEW)
    approval = deciding(bench, asked)
    tiers = shipped_policy().tiers
    change_policy(bench, version="none", tiers=tiers | {"growth": tiers["default"]})
    assert refused(bench, approval, OPERATOR).reason == "NOT_POSSIBLE"


# ── whose ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_parent_asks_for_its_client_and_nobody_for_a_stranger(bench: Workbench) -> None:
    assert ask(bench, AFTER_REVIEW, MSP).change_request.requested_by == "mona"
    for other in (BETA, OPERATOR):
        request = asking(previewed(bench, AFTER_REVIEW), "theirs")
        assert refused(bench, request, other).reason in {"CUSTOMER_NOT_FOUND", "PERMISSION_DENIED"}
    assert refused(bench, GetTenantChangeRequestWorkspace(customer_id="acme-eu"), BETA).reason == "CUSTOMER_NOT_FOUND"


def test_a_digest_serves_its_own_tenant_alone(bench: Workbench) -> None:
    found = previewed(bench, AFTER_REVIEW)
    assert refused(bench, asking(found, customer_id="beta"), BETA).reason == "STALE_PREVIEW"


def test_no_id_of_another_tenant_leads_anywhere(bench: Workbench) -> None:
    asked, own = ask(bench, AFTER_REVIEW), ask(bench, AFTER_REVIEW, BETA, customer_id="beta", request_id="theirs")
    theirs, found = asked.change_request.change_request_id, previewed(bench, AT_ONCE)
    create = asking(previewed(bench, AT_ONCE, BETA, customer_id="beta"), "mine")
    cancel = cancelling(own)
    refusals = [
        (GetTenantChangeRequestWorkspace(customer_id="acme-eu"), "CUSTOMER_NOT_FOUND"),
        (ListTenantChangeRequests(customer_id="acme-eu"), "CUSTOMER_NOT_FOUND"),
        (PreviewTenantChangeRequest(customer_id="acme-eu", change_request_id=theirs), "CUSTOMER_NOT_FOUND"),
        (PreviewTenantChangeRequest(customer_id="beta", change_request_id=theirs), "CHANGE_REQUEST_NOT_FOUND"),
        (asking(found, "mine"), "CUSTOMER_NOT_FOUND"),
        (msgspec.structs.replace(create, digest=found.digest), "STALE_PREVIEW"),
        (msgspec.structs.replace(create, request_id="ask-1", customer_id="acme-eu"), "CUSTOMER_NOT_FOUND"),
        (cancelling(asked), "CUSTOMER_NOT_FOUND"),
        (msgspec.structs.replace(cancel, change_request_id=theirs), "CHANGE_REQUEST_NOT_FOUND"),
        (deciding(bench, asked), "PERMISSION_DENIED"),
        (rejecting(asked), "PERMISSION_DENIED"),
    ]
    for request, reason in refusals:
        assert refused(bench, request, BETA).reason == reason
    assert bench.call(ListTenantChangeRequests(change_request_id=theirs), BETA).change_requests == []
    assert [each.status for each in workspace(bench).requests] == [ChangeRequestStatus.PENDING]


def test_another_tenants_request_is_not_there(bench: Workbench) -> None:
    asked = ask(bench, AFTER_REVIEW)
    moved = msgspec.structs.replace(cancelling(asked), customer_id="beta")
    assert refused(bench, moved, BETA).reason == "CHANGE_REQUEST_NOT_FOUND"
    look = PreviewTenantChangeRequest(customer_id="beta", change_request_id=asked.change_request.change_request_id)
    assert refused(bench, look, BETA).reason == "CHANGE_REQUEST_NOT_FOUND"


def test_what_operators_ask_of_each_other_is_not_there_for_the_tenant(bench: Workbench) -> None:
    above = bench.request(ApplySupportCredit, workspace_hours="101")
    change_request_id = bench.act(above).change_request_id
    assert change_request_id is not None
    cancel = CancelTenantChangeRequest(
        customer_id="acme-eu", change_request_id=change_request_id, reason="mine now", request_id="c-1"
    )
    assert refused(bench, cancel, ACME).reason == "CHANGE_REQUEST_NOT_FOUND"
    assert workspace(bench).requests == []


def test_who_asked_does_not_approve(bench: Workbench) -> None:
    asked = ask(bench, AFTER_REVIEW, ADMIN)
    assert refused(bench, deciding(bench, asked), ADMIN).reason == "FOUR_EYES"
    bench.call(deciding(bench, asked), OPERATOR)


def test_a_host_name_is_one_tenants(bench: Workbench) -> None:
    kind = ChangeRequestKind.EXPOSURE_HOSTNAME
    wish = {"add": "shop.example.com"}
    first = ask(bench, wish, kind=kind)
    second = ask(bench, wish, BETA, kind=kind, customer_id="beta")
    bench.call(deciding(bench, first), OPERATOR)
    approval = msgspec.structs.replace(deciding_without_preview(second), digest="whatever", request_id="decide-2")
    taken = refused(bench, approval, OPERATOR)
    assert taken.reason == "HOSTNAME_TAKEN"
    assert "acme" not in taken.message.lower()
    with pytest.raises(Refused) as caught:
        previewed(bench, wish, BETA, kind, "beta")
    assert caught.value.reason == "HOSTNAME_TAKEN"


def deciding_without_preview(asked: ChangeRequestReceipt) -> ApproveTenantChangeRequest:
    return ApproveTenantChangeRequest(
        customer_id=asked.change_request.customer_id,
        change_request_id=asked.change_request.change_request_id,
        reason="capacity is there",
        request_id="decide-1",
    )


# ── taking back, expiring, racing ─────────────────────────────────────────────────────────────────────────────────────


def test_a_request_is_taken_back_until_it_is_decided(bench: Workbench) -> None:
    asked = ask(bench, AFTER_REVIEW)
    taken_back: ChangeRequestReceipt = bench.call(cancelling(asked), ACME)
    assert (taken_back.change_request.status, taken_back.change_request.ended_by) == (
        ChangeRequestStatus.CANCELLED,
        "anna",
    )
    assert refused(bench, deciding(bench, asked), OPERATOR).reason == "REQUEST_CANCELLED"
    applied = ask(bench, AT_ONCE, request_id="ask-2")
    assert refused(bench, cancelling(applied, "cancel-2"), ACME).reason == "ALREADY_DECIDED"


def test_a_request_that_nobody_decided_in_time_is_over_and_the_trail_says_so(bench: Workbench) -> None:
    asked = ask(bench, AFTER_REVIEW)
    approval = deciding(bench, asked)
    assert [notice.code for notice in bench.view().notices].count("pending_request") == 1
    bench.clock.advance(days=shipped_policy().pending_days)
    assert refused(bench, approval, OPERATOR).reason == "REQUEST_EXPIRED"
    for _ in range(2):  # once
        [seen] = workspace(bench, OPERATOR).requests
        assert (seen.status, seen.ended_by) == (ChangeRequestStatus.EXPIRED, "system:policy")
    ends = [event for event in trail(bench) if event[0] == "ExpireTenantChangeRequest"]
    assert ends == [("ExpireTenantChangeRequest", "system:policy", "applied")]
    assert [notice.code for notice in bench.view().notices].count("pending_request") == 0
    assert bench.call(ListTenantChangeRequests(status=ChangeRequestStatus.PENDING), OPERATOR).total == 0


def test_of_two_operators_and_the_tenant_at_once_one_wins_and_the_others_are_told(bench: Workbench) -> None:
    asked = ask(bench, AFTER_REVIEW)
    calls: list[tuple[Any, Principal]] = [
        (deciding(bench, asked), OPERATOR),
        (rejecting(asked), OTHER_OPERATOR),
        (cancelling(asked), ACME),
    ]

    def ended(call: tuple[Any, Principal]) -> str:
        try:
            bench.call(*call)
        except Refused as refusal:
            return refusal.reason
        return "done"

    with ThreadPoolExecutor(len(calls)) as pool:
        outcomes = list(pool.map(ended, calls))
    assert outcomes.count("done") == 1
    assert set(outcomes) <= {"done", "ALREADY_DECIDED", "REQUEST_CANCELLED"}
    assert len([event for event in trail(bench) if event[2] == "denied"]) == 2


def test_twenty_small_requests_lead_no_further_than_one_large_one(bench: Workbench) -> None:
    change_policy(bench, tiers=shipped_policy().tiers)
    held = []
    for number in range(20):
        allowed = int(storage_allowed(bench).removesuffix("Gi"))
        found = previewed(bench, {"storage": f"{allowed + 15}Gi"})
        if found.decision is PolicyDecision.AUTO_APPROVE:
            held.append(bench.call(asking(found, f"small-{number}"), ACME))
    most = TIER.auto_growth.most()
    assert 0 < len(held) <= most.changes
    assert 15 * 2**30 * len(held) <= most.storage
