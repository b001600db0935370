"""A tenant's approved changes stand in line for the platform: in order, and with the host names that they hold."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from services.billing.store import load_facts
from services.change_requests.tenant_store import load_tenant, save_allowance
from services.contract.errors import Refused
from services.contract.requests import CreateTenantChangeRequest, PreviewTenantChangeRequest
from services.contract.types import ChangeRequestStatus, PolicyDecision
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
    TIER,
    Platformed,
)
from tests.surface import ADMIN, Workbench


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


def test_what_stands_in_line_holds_up_the_store_too_where_no_platform_is_configured_any_more(
    bench: Platformed, store: Store, platform: PlatformServer
) -> None:
    first = bench.ask(NAME, HOSTNAME)
    alone = Workbench(store)
    wanted: dict[str, Any] = {"customer_id": "acme-eu", "kind": HOSTNAME, "desired": OTHER_NAME}
    shown = alone.call(PreviewTenantChangeRequest(**wanted), ADMIN)
    request = CreateTenantChangeRequest(**wanted, digest=shown.digest, reason="it is needed", request_id="alone-1")
    with pytest.raises(Refused) as caught:
        alone.call(request, ADMIN)
    assert caught.value.reason == "PLATFORM_MISSING"
    bench.cancel(first)
    shown = alone.call(PreviewTenantChangeRequest(**wanted), ADMIN)
    assert alone.call(msgspec.structs.replace(request, digest=shown.digest), ADMIN).change_request.status is APPLIED


# ── what stood before it in line is not applied ───────────────────────────────────────────────────────────────────────


async def test_what_was_free_beside_a_removal_that_is_taken_back_is_not_told(
    bench: Platformed, platform: PlatformServer
) -> None:
    names = [f"n{number}.apps.example.net" for number in range(TIER.exposure_hostname.self_service.count)]
    bench.ask({"add": ", ".join(names)}, HOSTNAME)
    await bench.send()
    removal = bench.ask({"remove": ", ".join(names)}, HOSTNAME)
    asked = bench.ask({"add": ", ".join(f"other-{name}" for name in names)}, HOSTNAME)
    assert asked.policy_decision is PolicyDecision.SELF_SERVICE
    bench.cancel(removal)
    assert await bench.send() == 0
    found = bench.find(asked)
    assert found.status is FAILED
    assert found.end_reason is not None
    assert "would not be approved now as it was" in found.end_reason


async def test_what_was_less_than_a_request_that_is_declined_is_not_told(
    bench: Platformed, platform: PlatformServer
) -> None:
    large = bench.ask(MOST)
    lowered = bench.ask({"storage": "4095Gi"})
    assert lowered.policy_decision is PolicyDecision.SELF_SERVICE
    platform.answers(server.replies(409, {"message": "no capacity"}))
    await bench.send()
    await bench.send()
    assert (bench.find(large).status, bench.find(lowered).status) == (FAILED, FAILED)
    assert len(platform.told) == 1


async def test_what_grows_by_more_than_was_counted_is_not_told(bench: Platformed, platform: PlatformServer) -> None:
    large = bench.ask({"storage": "490Gi"})  # of growth: more than the policy lets grow in a day
    assert large.decided_by != "system:policy"
    beside = bench.ask({"storage": "500Gi"})
    assert beside.policy_decision is PolicyDecision.AUTO_APPROVE
    platform.answers(server.replies(409, {"message": "no capacity"}))
    await bench.send()
    await bench.send()
    assert bench.find(beside).status is FAILED


async def test_what_an_operator_approved_is_told_whatever_stood_before_it(
    bench: Platformed, platform: PlatformServer
) -> None:
    bench.ask(MORE)
    second = bench.ask(MOST)
    platform.answers(server.replies(409, {"message": "no capacity"}))
    await bench.send()
    await bench.send()
    assert bench.find(second).status is APPLIED


def test_no_more_stand_in_line_than_may_be_open(bench: Platformed) -> None:
    for number in range(POLICY.open_requests):
        bench.ask({"add" if number % 2 == 0 else "remove": "photos.apps.example.net"}, HOSTNAME)
    with pytest.raises(Refused) as caught:
        bench.ask(MORE)
    assert caught.value.reason == "TOO_MANY_OPEN_REQUESTS"


# ── in line ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_tenant_s_changes_go_one_after_the_other_and_hold_nobody_else_s_up(
    bench: Platformed, platform: PlatformServer
) -> None:
    first, second = bench.ask(NAME, HOSTNAME), bench.ask(OTHER_NAME, HOSTNAME)
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
    assert of_both[2]["after"]["hostnames"] == [OTHER_NAME["add"], NAME["add"]]


def test_a_decision_by_a_clock_that_runs_behind_does_not_overtake_what_was_told(bench: Platformed) -> None:
    first = bench.ask(NAME, HOSTNAME)
    [claimed] = bench.claim()
    bench.clock.advance(hours=-1)
    second = bench.ask(OTHER_NAME, HOSTNAME)
    assert second.decided_at is not None
    assert first.decided_at is not None
    assert second.decided_at < first.decided_at
    assert bench.claim() == []
    assert bench.settle(claimed, Applied())
    [claimed] = bench.claim()
    assert claimed.order.change_request_id == second.change_request_id


async def test_a_change_is_told_and_shown_as_it_is_when_the_one_before_it_has_failed(
    bench: Platformed, platform: PlatformServer
) -> None:
    bench.ask(NAME, HOSTNAME)
    second = bench.ask(OTHER_NAME, HOSTNAME)
    assert second.asks_for == "+club.apps.example.net"
    platform.answers(server.replies(409, {"message": "The name leads elsewhere."}))
    assert [await bench.send() for _ in range(2)] == [1, 1]
    assert platform.told[1].document["after"]["hostnames"] == [OTHER_NAME["add"]]
    assert [change.before for change in bench.find(second).changes] == ["none"]


async def test_what_holds_already_is_told_all_the_same(bench: Platformed, platform: PlatformServer) -> None:
    asked = bench.ask(NAME, HOSTNAME)
    change_elsewhere(bench, lambda tenant: msgspec.structs.replace(tenant, hostnames=(NAME["add"],)))
    assert await bench.send() == 1
    assert platform.told[0].document["before"] == platform.told[0].document["after"]
    assert (bench.find(asked).status, bench.find(asked).asks_for) == (APPLIED, asked.asks_for)


async def test_what_rests_on_a_change_that_failed_fails_untold(bench: Platformed, platform: PlatformServer) -> None:
    first = bench.ask(NAME, HOSTNAME)
    second = bench.ask({"remove": NAME["add"]}, HOSTNAME)
    platform.answers(server.replies(409, {"message": "The name leads elsewhere."}))
    assert [await bench.send() for _ in range(3)] == [1, 0, 0]
    assert [bench.find(each).status for each in (first, second)] == [FAILED, FAILED]
    why = bench.find(second).end_reason
    assert why is not None
    assert why.startswith("it can no longer be made: photos.apps.example.net is not one of the tenant's host names")
    assert bench.trail(second)[-2:] == [("Approve", "system:policy"), ("Fail", "system:platform")]


async def test_what_the_platform_made_of_an_allowance_that_changed_meanwhile_is_said(
    bench: Platformed, platform: PlatformServer
) -> None:
    bench.ask(NAME, HOSTNAME)
    await bench.send()
    removed = bench.ask({"remove": NAME["add"]}, HOSTNAME)
    [claimed] = bench.claim()
    change_elsewhere(bench, lambda tenant: msgspec.structs.replace(tenant, hostnames=()))
    assert bench.settle(claimed, Applied())
    failed = bench.find(removed)
    assert failed.status is FAILED
    assert failed.end_reason is not None
    assert failed.end_reason.startswith("the platform has made it, but the tenant's allowance has changed meanwhile: ")


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


async def test_a_host_name_that_is_given_up_and_taken_again_stays_the_tenant_s(
    bench: Platformed, platform: PlatformServer
) -> None:
    bench.ask(NAME, HOSTNAME)
    await bench.send()
    bench.ask({"remove": NAME["add"]}, HOSTNAME)
    again = bench.ask(NAME, HOSTNAME)
    await bench.send()
    with pytest.raises(Refused) as caught:
        bench.ask(NAME, HOSTNAME, "beta")
    assert caught.value.reason == "HOSTNAME_TAKEN"
    await bench.send()
    assert bench.find(again).status is APPLIED


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


def change_elsewhere(bench: Platformed, change: Callable[[Any], Any]) -> None:
    """Change what a tenant was granted, as a process does that knows no platform."""
    with bench.store.write() as conn:
        facts = load_facts(conn, "acme-eu")
        assert facts is not None
        tenant = load_tenant(conn, "acme-eu", facts.billing.usage_tier, POLICY, bench.clock())
        save_allowance(conn, tenant, change(tenant.allowance), bench.clock())
