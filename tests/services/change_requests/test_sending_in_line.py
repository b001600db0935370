"""A tenant's approved changes stand in line for the platform: in order, and with the host names that they hold."""

from typing import Any

import msgspec
import pytest

from services.billing.store import load_facts
from services.change_requests.policy.bounds import BoundsPolicy
from services.change_requests.tenant_store import load_tenant, save_granted
from services.contract.errors import Refused
from services.contract.requests import CreateTenantChangeRequest, PreviewTenantChangeRequest
from services.contract.types import ChangeRequestKind, ChangeRequestStatus, PolicyDecision
from services.platform.port import Applied
from services.storage.engine import Store
from tests import platform_server as server
from tests.platform_server import PlatformServer
from tests.services.change_requests.platformed import (
    APPLIED,
    APPLYING,
    APPROVED,
    FAILED,
    HOSTNAME,
    MORE,
    MOST,
    NAME,
    OTHER_NAME,
    POLICY,
    STORAGE,
    TIER,
    Platformed,
)
from tests.surface import ADMIN, Workbench

GIVEN = TIER.storage_quota.self_service.storage


@pytest.fixture
def bench(store: Store, platform: PlatformServer) -> Platformed:
    return Platformed(store, platform)


# ── taking back ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_the_platform_was_not_told_of_is_taken_back(bench: Platformed, platform: PlatformServer) -> None:
    asked = bench.ask(NAME, HOSTNAME)
    assert bench.cancel(asked).status is ChangeRequestStatus.CANCELLED
    assert await bench.send() == 0
    assert platform.told == []
    assert bench.ask(NAME, HOSTNAME, "beta").status is APPROVED  # whose the name is now


def test_what_the_platform_was_told_of_is_not(bench: Platformed) -> None:
    asked = bench.ask(MORE)
    bench.claim()
    with pytest.raises(Refused) as caught:
        bench.cancel(asked)
    assert caught.value.reason == "BEING_APPLIED"


# ── one of a kind at a time ───────────────────────────────────────────────────────────────────────────────────────────


def refused_for(bench: Platformed, desired: dict[str, str], kind: ChangeRequestKind = STORAGE) -> str:
    """Return why a change is refused."""
    with pytest.raises(Refused) as caught:
        bench.ask(desired, kind)
    return caught.value.reason


def test_a_change_waits_until_the_earlier_one_of_its_kind_is_applied(bench: Platformed) -> None:
    earlier = bench.ask(MORE)
    shown = bench.preview({"storage": "120Gi"})
    assert (shown.allowed, shown.decision) == (False, PolicyDecision.AUTO_APPROVE)
    assert shown.why_not is not None
    assert "not applied yet" in shown.why_not
    assert refused_for(bench, {"storage": "120Gi"}) == "EARLIER_CHANGE_IN_LINE"
    assert bench.ask(NAME, HOSTNAME).status is APPROVED  # which touches nothing that the other does
    bench.cancel(earlier)
    assert bench.ask({"storage": "120Gi"}).status is APPROVED


def test_an_operator_approves_nothing_that_would_rest_on_what_is_not_applied_yet(bench: Platformed) -> None:
    waiting = bench.create(MOST)
    bench.ask(MORE)
    shown = bench.preview_of(waiting)
    assert (shown.allowed, shown.changes[0].before) == (False, GIVEN)
    with pytest.raises(Refused) as caught:
        bench.approve(waiting)
    assert caught.value.reason == "EARLIER_CHANGE_IN_LINE"


async def test_room_is_made_by_what_is_applied_and_not_by_what_was_only_approved(
    bench: Platformed, platform: PlatformServer
) -> None:
    names = [f"n{number}.apps.example.net" for number in range(TIER.exposure_hostname.self_service.count)]
    others = {"add": ", ".join(f"other-{name}" for name in names)}
    bench.ask({"add": ", ".join(names)}, HOSTNAME)
    await bench.send()
    bench.ask({"remove": ", ".join(names)}, HOSTNAME)
    assert bench.preview(others, HOSTNAME).decision is PolicyDecision.AUTO_APPROVE
    assert refused_for(bench, others, HOSTNAME) == "EARLIER_CHANGE_IN_LINE"
    await bench.send()
    assert bench.preview(others, HOSTNAME).decision is PolicyDecision.SELF_SERVICE


async def test_what_is_less_than_a_change_in_line_is_judged_on_what_holds(
    bench: Platformed, platform: PlatformServer
) -> None:
    bench.ask(MOST)
    lowered = bench.create({"storage": "4095Gi"})
    assert (lowered.status, lowered.policy_decision) == (ChangeRequestStatus.PENDING, PolicyDecision.REVIEW)
    platform.answers(server.replies(409, {"message": "no capacity"}))
    await bench.send()
    assert bench.preview_of(lowered).changes[0].before == GIVEN


def test_the_store_makes_no_change_beside_one_that_stands_in_line_for_a_platform_of_before(
    bench: Platformed, store: Store
) -> None:
    first = bench.ask(NAME, HOSTNAME)
    alone = Workbench(store)
    wanted: dict[str, Any] = {"customer_id": "acme-eu", "kind": HOSTNAME, "desired": OTHER_NAME}
    shown = alone.call(PreviewTenantChangeRequest(**wanted), ADMIN)
    request = CreateTenantChangeRequest(**wanted, digest=shown.digest, reason="it is needed", request_id="alone-1")
    with pytest.raises(Refused) as caught:
        alone.call(request, ADMIN)
    assert caught.value.reason == "EARLIER_CHANGE_IN_LINE"
    bench.cancel(first)
    assert alone.call(request, ADMIN).change_request.status is APPLIED


# ── the policy changes while something is in line ─────────────────────────────────────────────────────────────────────


async def test_what_was_approved_is_made_though_the_tier_gives_some_of_it_by_now(
    bench: Platformed, platform: PlatformServer
) -> None:
    asked = bench.ask({"cpu": "14", "memory": "24Gi"}, ChangeRequestKind.RESOURCE_QUOTA)
    more = msgspec.structs.replace(TIER.resource_quota.self_service, memory="32Gi")
    bench.policy = with_tier(resource_quota=msgspec.structs.replace(TIER.resource_quota, self_service=more))
    [claimed] = bench.claim()
    assert (claimed.order.after.cpu, claimed.order.after.memory) == ("14", "32Gi")
    assert bench.settle(claimed, Applied())
    assert bench.find(asked).status is APPLIED
    assert bench.held(ChangeRequestKind.RESOURCE_QUOTA) == {"CPU": "14", "Memory": "32Gi"}
    bench.policy = POLICY
    assert bench.held(ChangeRequestKind.RESOURCE_QUOTA) == {"CPU": "14", "Memory": "24Gi"}


async def test_what_the_tier_gave_for_a_while_is_granted_all_the_same(
    bench: Platformed, platform: PlatformServer
) -> None:
    mode = bench.ask({"mode": "pooled"}, ChangeRequestKind.ASSIGNMENT_MODE)
    gpu = bench.ask({"add": "object-storage"}, ChangeRequestKind.OPERATOR_CAPABILITY)
    modes, capabilities = (
        msgspec.structs.replace(bounds.self_service, values=[*bounds.self_service.values, name][::-1])
        for bounds, name in ((TIER.assignment_mode, "pooled"), (TIER.operator_capability, "object-storage"))
    )
    bench.policy = with_tier(
        assignment_mode=msgspec.structs.replace(TIER.assignment_mode, self_service=modes),
        operator_capability=msgspec.structs.replace(TIER.operator_capability, self_service=capabilities),
    )
    assert [await bench.send() for _ in range(2)] == [1, 1]
    assert [bench.find(each).status for each in (mode, gpu)] == [APPLIED, APPLIED]
    bench.policy = POLICY
    assert bench.held(ChangeRequestKind.ASSIGNMENT_MODE) == {"Assignment mode": "pooled"}
    assert "object-storage" in bench.held(ChangeRequestKind.OPERATOR_CAPABILITY)["Operator capabilities"]


def with_tier(**bounds: Any) -> BoundsPolicy:
    """Return the policy with other bounds for every tenant."""
    return msgspec.structs.replace(POLICY, version="other", tiers={"default": msgspec.structs.replace(TIER, **bounds)})


# ── in line ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_tenant_s_changes_go_one_after_the_other_and_hold_nobody_else_s_up(
    bench: Platformed, platform: PlatformServer
) -> None:
    first, second = bench.ask(NAME, HOSTNAME), bench.ask(MORE)
    platform.answers(server.replies(503))
    assert await bench.send() == 1
    other = bench.ask(MORE, customer_id="beta")
    assert await bench.send() == 1
    assert [bench.find(each).status for each in (first, second, other)] == [APPLYING, APPROVED, APPLIED]
    bench.clock.advance(minutes=1)
    assert [await bench.send() for _ in range(3)] == [1, 1, 0]
    assert [bench.find(each).status for each in (first, second)] == [APPLIED, APPLIED]
    of_both = [told.document for told in platform.told if told.document["customer_id"] == "acme-eu"]
    assert [order["change_request_id"] for order in of_both] == [
        first.change_request_id,
        first.change_request_id,
        second.change_request_id,
    ]
    assert of_both[1]["after"] == of_both[2]["before"]
    assert (of_both[2]["after"]["hostnames"], of_both[2]["after"]["storage"]) == ([NAME["add"]], MORE["storage"])


def test_a_decision_by_a_clock_that_runs_behind_does_not_overtake_what_was_told(bench: Platformed) -> None:
    first = bench.ask(NAME, HOSTNAME)
    [claimed] = bench.claim()
    bench.clock.advance(hours=-1)
    second = bench.ask(MORE)
    assert second.decided_at is not None
    assert first.decided_at is not None
    assert second.decided_at < first.decided_at
    assert bench.claim() == []
    assert bench.settle(claimed, Applied())
    [claimed] = bench.claim()
    assert claimed.order.change_request_id == second.change_request_id


async def test_what_was_granted_elsewhere_is_told_all_the_same(bench: Platformed, platform: PlatformServer) -> None:
    asked = bench.ask(NAME, HOSTNAME)
    grant_elsewhere(bench, hostnames=(NAME["add"],))
    assert await bench.send() == 1
    assert platform.told[0].document["before"] == platform.told[0].document["after"]
    assert (bench.find(asked).status, bench.find(asked).asks_for) == (APPLIED, asked.asks_for)


async def test_what_the_platform_made_of_grants_that_changed_meanwhile_is_said(
    bench: Platformed, platform: PlatformServer
) -> None:
    bench.ask(NAME, HOSTNAME)
    await bench.send()
    removed = bench.ask({"remove": NAME["add"]}, HOSTNAME)
    [claimed] = bench.claim()
    grant_elsewhere(bench, hostnames=())
    assert bench.settle(claimed, Applied())
    failed = bench.find(removed)
    assert failed.status is FAILED
    assert failed.end_reason is not None
    assert failed.end_reason.startswith("the platform has made it, but what is granted has changed meanwhile: ")


# ── host names ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_host_name_is_the_tenant_s_from_the_approval_on_and_free_again_when_that_fails(
    bench: Platformed, platform: PlatformServer
) -> None:
    bench.ask(NAME, HOSTNAME)
    with pytest.raises(Refused) as caught:
        bench.ask(NAME, HOSTNAME, "beta")
    assert caught.value.reason == "HOSTNAME_TAKEN"
    platform.answers(server.replies(409, {"message": "The name leads elsewhere."}))
    await bench.send()
    assert bench.ask(NAME, HOSTNAME, "beta").status is APPROVED


async def test_a_host_name_that_is_given_up_is_free_when_the_platform_has_done_so(
    bench: Platformed, platform: PlatformServer
) -> None:
    bench.ask(NAME, HOSTNAME)
    await bench.send()
    bench.ask({"remove": NAME["add"]}, HOSTNAME)
    with pytest.raises(Refused):
        bench.ask(NAME, HOSTNAME, "beta")
    await bench.send()
    assert bench.ask(NAME, HOSTNAME, "beta").status is APPROVED


async def test_where_no_platform_applies_changes_nothing_stands_in_line(store: Store, platform: PlatformServer) -> None:
    bench = Platformed(store, platform, platform_applies=False)
    assert [bench.ask(each).status for each in (MORE, MOST)] == [APPLIED, APPLIED]
    assert await bench.send() == 0
    assert platform.told == []


def grant_elsewhere(bench: Platformed, **granted: Any) -> None:
    """Change what a tenant was granted, as a process does that knows no platform."""
    with bench.store.write() as conn:
        facts = load_facts(conn, "acme-eu")
        assert facts is not None
        tenant = load_tenant(conn, "acme-eu", facts.billing.usage_tier, POLICY, bench.clock())
        save_granted(conn, tenant, msgspec.structs.replace(tenant.granted, **granted), bench.clock())
