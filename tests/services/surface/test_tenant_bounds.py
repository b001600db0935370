"""What needs no request, what no longer holds, and what one tenant cannot do to another, through the surface."""

import json
from collections.abc import Iterator

import msgspec
import pytest

from services.contract.errors import Code
from services.contract.requests import ApproveTenantChangeRequest, ListTenantChangeRequests, PreviewTenantChangeRequest
from services.contract.types import ChangeRequestKind, ChangeRequestStatus, PolicyDecision
from services.contract.views import ChangeRequestReceipt, TenantChangePreview
from tests.services.surface.asking import (
    ACME,
    AFTER_REVIEW,
    AT_ONCE,
    BETA,
    EVERYWHERE,
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
from tests.surface import ADMIN, OPERATOR, Workbench

HOSTNAME = ChangeRequestKind.EXPOSURE_HOSTNAME
GIVEN = TIER.storage_quota.self_service.storage


@pytest.fixture(params=EVERYWHERE)
def bench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """A desk."""
    with opened_bench(request) as bench:
        yield bench


def shown(bench: Workbench, asked: ChangeRequestReceipt) -> TenantChangePreview:
    """Return what an operator is shown of a request now."""
    one = asked.change_request
    found: TenantChangePreview = bench.call(
        PreviewTenantChangeRequest(customer_id=one.customer_id, change_request_id=one.change_request_id)
    )
    return found


# ── what needs no request ─────────────────────────────────────────────────────────────────────────────────────────────


def test_what_needs_no_request_holds_at_once_and_the_trail_tells_of_it(bench: Workbench) -> None:
    found = previewed(bench, {"add": "a.apps.example.net"}, kind=HOSTNAME)
    assert (found.decision, found.allowed, found.verdict) == (PolicyDecision.SELF_SERVICE, True, "needs no request")
    receipt = ask(bench, {"add": "a.apps.example.net"}, kind=HOSTNAME)
    assert receipt.change_request.status is ChangeRequestStatus.APPLIED
    assert receipt.change_request.policy_decision is PolicyDecision.SELF_SERVICE
    assert "needs no request, and holds" in receipt.notice
    assert [(action, by) for action, by, _ in trail(bench)] == [
        ("CreateTenantChangeRequest", "anna"),
        ("ApproveTenantChangeRequest", "system:policy"),
        ("ApplyTenantChangeRequest", "system:platform"),
    ]
    assert refused(bench, previewing(BETA_WISH), BETA).reason == "HOSTNAME_TAKEN"


BETA_WISH = {"add": "a.apps.example.net"}


def previewing(desired: dict[str, str]) -> PreviewTenantChangeRequest:
    return PreviewTenantChangeRequest(customer_id="beta", kind=HOSTNAME, desired=desired)


def test_giving_back_makes_room_for_others_and_counts_as_no_growth(bench: Workbench) -> None:
    ask(bench, {"add": "a.apps.example.net"}, kind=HOSTNAME)
    ask(bench, {"remove": "a.apps.example.net"}, kind=HOSTNAME, request_id="ask-2")
    ask(bench, BETA_WISH, BETA, kind=HOSTNAME, customer_id="beta", request_id="ask-3")
    change_policy(bench, tiers={"default": msgspec.structs.replace(TIER, auto_growth=NO_CHANGE)})
    assert previewed(bench, AT_ONCE).decision is PolicyDecision.REVIEW
    change_policy(bench, tiers={"default": msgspec.structs.replace(TIER, auto_growth=ONE_CHANGE)})
    assert previewed(bench, AT_ONCE).decision is PolicyDecision.AUTO_APPROVE


NO_CHANGE = msgspec.structs.replace(TIER.auto_growth, storage="1Pi", changes=0)
ONE_CHANGE = msgspec.structs.replace(NO_CHANGE, changes=1)


def test_a_quota_is_lowered_at_once_as_far_as_the_tier_gives(bench: Workbench) -> None:
    ask(bench, AT_ONCE)
    lowered = ask(bench, {"storage": GIVEN}, request_id="ask-2")
    assert lowered.change_request.status is ChangeRequestStatus.APPLIED
    assert storage_allowed(bench) == GIVEN
    below = PreviewTenantChangeRequest(
        customer_id="acme-eu", kind=ChangeRequestKind.STORAGE_QUOTA, desired={"storage": "1Gi"}
    )
    assert refused(bench, below, ACME).reason == "GIVEN_BY_TIER"


def test_everybody_follows_what_the_tier_gives_and_nobody_loses_what_was_granted(bench: Workbench) -> None:
    ask(bench, AT_ONCE)
    wider = msgspec.structs.replace(TIER.storage_quota.self_service, storage="450Gi")
    tiers = {
        "default": msgspec.structs.replace(
            TIER, storage_quota=msgspec.structs.replace(TIER.storage_quota, self_service=wider)
        )
    }
    change_policy(bench, version="wider", tiers=tiers)
    assert storage_allowed(bench, BETA, "beta") == "450Gi"
    assert storage_allowed(bench) == AT_ONCE["storage"]
    change_policy(bench, version="narrow", tiers={"default": TIER})
    assert storage_allowed(bench, BETA, "beta") == GIVEN
    assert storage_allowed(bench) == AT_ONCE["storage"]


# ── whose a name is ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_name_below_or_above_another_tenants_is_for_an_operator_to_approve(bench: Workbench) -> None:
    ask(bench, BETA_WISH, BETA, kind=HOSTNAME, customer_id="beta")
    found = previewed(bench, {"add": "login.a.apps.example.net"}, kind=HOSTNAME)
    assert found.decision is PolicyDecision.REVIEW
    assert "lies below or above a host name of another tenant" in found.because
    assert "beta" not in found.because.lower()
    ask(bench, {"add": "deep.b.apps.example.net"}, BETA, kind=HOSTNAME, customer_id="beta", request_id="ask-3")
    assert previewed(bench, {"add": "b.apps.example.net"}, kind=HOSTNAME).decision is PolicyDecision.REVIEW
    ask(bench, {"add": "c.apps.example.net"}, kind=HOSTNAME, request_id="ask-4")
    own = previewed(bench, {"add": "login.c.apps.example.net"}, kind=HOSTNAME)
    assert own.decision is PolicyDecision.SELF_SERVICE


# ── what no longer holds ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_request_that_was_overtaken_takes_nothing_away(bench: Workbench) -> None:
    small = ask(bench, {"storage": "600Gi"})
    large = ask(bench, AFTER_REVIEW, request_id="ask-2")
    bench.call(deciding(bench, large), OPERATOR)
    found = shown(bench, small)
    assert (found.allowed, found.decision) == (False, PolicyDecision.SELF_SERVICE)
    assert found.why_not is not None
    assert "may use more than this by now" in found.why_not
    late = deciding(bench, small, request_id="decide-2")
    assert refused(bench, late, OPERATOR).reason == "OVERTAKEN"
    assert storage_allowed(bench) == AFTER_REVIEW["storage"]
    bench.call(rejecting(small), OPERATOR)


def test_a_request_that_does_not_hold_any_more_is_shown_with_why(bench: Workbench) -> None:
    wish = {"add": "shop.example.com"}
    first = ask(bench, wish, kind=HOSTNAME)
    second = ask(bench, wish, BETA, kind=HOSTNAME, customer_id="beta")
    bench.call(deciding(bench, first), OPERATOR)
    found = shown(bench, second)
    assert (found.allowed, found.digest) == (False, "")
    assert found.why_not is not None
    assert "belongs to another tenant" in found.why_not
    assert found.changes == second.change_request.changes
    bench.call(cancelling(second), BETA)
    assert shown(bench, second).why_not == "ben cancelled this on 2026-11-20 12:00 UTC: there is nothing to decide."


# ── how many ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_is_asked_for_once_until_it_is_decided(bench: Workbench) -> None:
    asked = ask(bench, AFTER_REVIEW)
    again = refused(bench, asking(previewed(bench, AFTER_REVIEW), "ask-2"), ACME)
    assert (again.code, again.reason) == (Code.ALREADY_EXISTS, "ALREADY_ASKED")
    assert again.details["change_request_id"] == asked.change_request.change_request_id
    bench.call(rejecting(asked), OPERATOR)
    ask(bench, AFTER_REVIEW, request_id="ask-3")


def test_so_many_requests_are_open_at_once_and_no_more(bench: Workbench) -> None:
    change_policy(bench, open_requests=2)
    first, _second = ask(bench, {"storage": "600Gi"}), ask(bench, {"storage": "700Gi"}, request_id="ask-2")
    third = asking(previewed(bench, {"storage": "800Gi"}), "ask-3")
    full = refused(bench, third, ACME)
    assert (full.code, full.reason) == (Code.RESOURCE_EXHAUSTED, "TOO_MANY_OPEN_REQUESTS")
    bench.call(cancelling(first), ACME)
    bench.call(third, ACME)


# ── what Billing Help is told ─────────────────────────────────────────────────────────────────────────────────────────


def noticed(bench: Workbench) -> list[str]:
    """Return what the customer's view says of requests."""
    return [notice.text for notice in bench.view().notices if notice.code.endswith("_request")]


def test_a_rejection_is_noticed_until_the_tenant_asks_again(bench: Workbench) -> None:
    asked = ask(bench, AFTER_REVIEW)
    assert noticed(bench) == ["1 request waits for approval."]
    receipt: ChangeRequestReceipt = bench.call(rejecting(asked), OPERATOR)
    assert noticed(bench) == ["A request was rejected on 2026-11-20."]
    assert [notice.text for notice in receipt.view.notices] == [notice.text for notice in bench.view().notices]
    ask(bench, {"add": "c.apps.example.net"}, kind=HOSTNAME, request_id="free")  # needs nobody, and answers nothing
    assert noticed(bench) == ["A request was rejected on 2026-11-20."]
    ask(bench, {"storage": "700Gi"}, request_id="ask-2")
    assert noticed(bench) == ["1 request waits for approval."]


def test_a_rejection_of_what_was_asked_before_is_no_news_and_one_of_long_ago_neither(bench: Workbench) -> None:
    first = ask(bench, AFTER_REVIEW)
    bench.call(deciding(bench, ask(bench, {"storage": "700Gi"}, request_id="ask-2")), OPERATOR)
    bench.call(rejecting(first), OPERATOR)
    assert noticed(bench) == []
    last = ask(bench, {"storage": "800Gi"}, request_id="ask-3")
    bench.call(rejecting(last, "reject-2"), OPERATOR)
    bench.clock.advance(hours=30 * 24)
    assert noticed(bench) == []


def test_one_request_is_found_by_its_id_among_its_customers_own(bench: Workbench) -> None:
    first = ask(bench, AFTER_REVIEW)
    ask(bench, {"storage": "700Gi"}, request_id="ask-2")
    wanted = ListTenantChangeRequests(customer_id="acme-eu", change_request_id=first.change_request.change_request_id)
    [found] = bench.call(wanted, ACME).change_requests
    assert found.params == AFTER_REVIEW
    assert bench.call(msgspec.structs.replace(wanted, customer_id="beta"), BETA).change_requests == []


# ── whom it is told ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_tenant_is_not_told_that_it_may_decide(bench: Workbench) -> None:
    asked = ask(bench, AFTER_REVIEW)
    assert (asked.change_request.decidable, asked.change_request.cancellable) == (False, True)
    assert asked.change_request.why_not == "An operator decides this: your role does not."


def test_the_trail_of_a_request_is_there_whoever_reads_it(bench: Workbench) -> None:
    asked = ask(bench, AFTER_REVIEW, ADMIN)
    approval: ApproveTenantChangeRequest = deciding(bench, asked)
    bench.call(approval, OPERATOR)
    told = [json.loads(event.payload)["changes"] for event in bench.events() if event.action.endswith("ChangeRequest")]
    assert told == [[{"label": "Storage", "before": GIVEN, "after": AFTER_REVIEW["storage"]}]] * 3
    assert [by for _, by, _ in trail(bench)] == [ADMIN.actor, OPERATOR.actor, "system:platform"]
    [seen] = workspace(bench).requests
    assert seen.decided_by == OPERATOR.actor
