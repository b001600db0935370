"""Approved changes and the platform that carries them out, on both databases, over real sockets."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.change_requests.policy_file import shipped_policy
from services.change_requests.sending import Claimed, claim_due, send_due, settle
from services.contract.errors import Refused
from services.contract.principals import Principal, Role
from services.contract.quantities import format_bytes, parse_bytes
from services.contract.requests import (
    ApproveTenantChangeRequest,
    CancelTenantChangeRequest,
    CreateTenantChangeRequest,
    GetTenantChangeRequestWorkspace,
    PreviewTenantChangeRequest,
    VerifyAuditTrail,
)
from services.contract.types import ChangeRequestKind, ChangeRequestStatus
from services.contract.views import ChangeRequestView, ChangeRequestWorkspace, TenantChangePreview
from services.platform.http_platform import HttpPlatform
from services.platform.port import Answer, Applied, ChangeOrder, Declined, PlatformPort, Unanswered
from services.platform.settings import PlatformSettings
from services.storage.engine import Store
from tests import platform_server as server
from tests.platform_server import TOKEN, Answering, PlatformServer, running_platform
from tests.surface import OPERATOR, Workbench, customer

STORAGE, HOSTNAME = ChangeRequestKind.STORAGE_QUOTA, ChangeRequestKind.EXPOSURE_HOSTNAME
APPROVED, APPLYING, ENDED, FAILED = (
    ChangeRequestStatus.APPROVED,
    ChangeRequestStatus.APPLYING,
    ChangeRequestStatus.APPLIED,
    ChangeRequestStatus.FAILED,
)
POLICY = shipped_policy()
TIER = POLICY.tier("growth")
MORE = {"storage": format_bytes(parse_bytes(TIER.storage_quota.self_service.storage) + parse_bytes("10Gi"))}
MOST = {"storage": TIER.storage_quota.review.storage}
NAME, OTHER_NAME = {"add": "photos.apps.example.net"}, {"add": "club.apps.example.net"}
LEASE = timedelta(minutes=1)


class Platformed(Workbench):
    """A surface whose approved changes a platform carries out, and who tells it."""

    def __init__(self, store: Store, platform: PlatformServer) -> None:
        super().__init__(store, platform_applies=True)
        self.url = platform.url
        self._numbers = iter(range(1, 1_000))

    async def send(self, patience: float = 5) -> int:
        """Tell the platform of all that is due now."""
        telling = HttpPlatform(PlatformSettings(url=self.url, token=TOKEN, answer_within=patience), self.clock)
        told = await self.send_through(telling)
        await telling.hang_up()
        return told

    async def send_through(self, platform: PlatformPort) -> int:
        return await send_due(self.store, platform, lambda: POLICY, self.clock, self.surface._new_id)

    def claim(self) -> list[Claimed]:
        """Claim what is due, as a sender does that is killed after it."""
        return claim_due(self.store, POLICY, self.clock(), LEASE, self.surface._new_id, 10)

    def settle(self, claimed: Claimed, answer: Answer) -> bool:
        return settle(self.store, claimed, answer, POLICY, self.clock(), self.surface._new_id)

    def ask(
        self, desired: dict[str, str], kind: ChangeRequestKind = STORAGE, customer_id: str = "acme-eu"
    ) -> ChangeRequestView:
        """Ask for a change, have it approved where that takes an operator, and return the request."""
        asked: ChangeRequestView = self.call(
            CreateTenantChangeRequest(
                customer_id=customer_id,
                kind=kind,
                desired=desired,
                digest=self.preview(desired, kind, customer_id).digest,
                reason="Immich import needs it until Friday.",
                request_id=f"ask-{next(self._numbers)}",
            ),
            admin_of(customer_id),
        ).change_request
        return self.approve(asked) if asked.status is ChangeRequestStatus.PENDING else asked

    def preview(
        self, desired: dict[str, str], kind: ChangeRequestKind = STORAGE, customer_id: str = "acme-eu"
    ) -> TenantChangePreview:
        seen: TenantChangePreview = self.call(
            PreviewTenantChangeRequest(customer_id=customer_id, kind=kind, desired=desired), admin_of(customer_id)
        )
        return seen

    def approve(self, asked: ChangeRequestView) -> ChangeRequestView:
        customer_id, change_request_id = asked.customer_id, asked.change_request_id
        fresh: TenantChangePreview = self.call(
            PreviewTenantChangeRequest(customer_id=customer_id, change_request_id=change_request_id)
        )
        approval = ApproveTenantChangeRequest(
            customer_id=customer_id,
            change_request_id=change_request_id,
            digest=fresh.digest,
            reason="capacity is there",
            request_id=f"approve-{next(self._numbers)}",
        )
        approved: ChangeRequestView = self.call(approval).change_request
        return approved

    def cancel(self, asked: ChangeRequestView) -> ChangeRequestView:
        cancellation = CancelTenantChangeRequest(
            customer_id=asked.customer_id,
            change_request_id=asked.change_request_id,
            reason="not needed any more",
            request_id=f"cancel-{next(self._numbers)}",
        )
        cancelled: ChangeRequestView = self.call(cancellation, admin_of(asked.customer_id)).change_request
        return cancelled

    def workspace(self, customer_id: str = "acme-eu") -> ChangeRequestWorkspace:
        found: ChangeRequestWorkspace = self.call(GetTenantChangeRequestWorkspace(customer_id=customer_id))
        return found

    def find(self, asked: ChangeRequestView) -> ChangeRequestView:
        """Return a request as it stands now."""
        latest = self.workspace(asked.customer_id).requests
        return next(each for each in latest if each.change_request_id == asked.change_request_id)

    def trail(self, asked: ChangeRequestView) -> list[tuple[str, str]]:
        """Return who did what to a request, oldest first; every chain must hold."""
        assert all(stream.status == "OK" for stream in self.call(VerifyAuditTrail()).streams)
        return [
            (event.action.removesuffix("TenantChangeRequest"), event.actor)
            for event in self.events(asked.customer_id)
            if event.resource.endswith(asked.change_request_id)
        ]


def admin_of(customer_id: str) -> Principal:
    return Principal(actor=f"admin of {customer_id}", role=Role.CUSTOMER_ADMIN, customer_id=customer_id)


@pytest.fixture(scope="module")
def one_platform() -> Iterator[PlatformServer]:
    with running_platform() as running:
        yield running


@pytest.fixture
def platform(one_platform: PlatformServer) -> PlatformServer:
    one_platform.forget()
    return one_platform


@pytest.fixture
def bench(store: Store, platform: PlatformServer) -> Platformed:
    bench = Platformed(store, platform)
    bench.feed(customer(), customer("beta"))
    return bench


# ── the platform answers ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_the_policy_approves_waits_for_the_platform_and_then_holds(
    bench: Platformed, platform: PlatformServer
) -> None:
    asked = bench.ask(MORE)
    assert (asked.status, asked.decided_by, asked.cancellable) == (APPROVED, "system:policy", True)
    assert await bench.send() == 1
    [told] = platform.told
    assert told.key == told.document["change_request_id"] == asked.change_request_id
    assert told.headers["authorization"] == f"Bearer {TOKEN}"
    assert told.document["desired"] == MORE
    assert told.document["before"]["storage"] == TIER.storage_quota.self_service.storage
    assert told.document["after"]["storage"] == MORE["storage"]
    assert told.document["policy_version"] == POLICY.version
    applied = bench.find(asked)
    assert (applied.status, applied.ended_by, applied.attempts, applied.last_problem) == (
        ENDED, "system:platform", 1, None
    )  # fmt: skip
    assert bench.workspace().kinds[1].bars[0].allowed_text == MORE["storage"]
    assert await bench.send() == 0


async def test_what_an_operator_approves_goes_the_same_way_and_the_trail_tells_all_of_it(
    bench: Platformed, platform: PlatformServer
) -> None:
    asked = bench.ask(MOST)
    assert (asked.status, asked.decided_by) == (APPROVED, OPERATOR.actor)
    await bench.send()
    assert platform.told[0].document["decided_by"] == OPERATOR.actor
    assert bench.trail(asked) == [
        ("Create", "admin of acme-eu"),
        ("Approve", OPERATOR.actor),
        ("Send", "system:platform"),
        ("Apply", "system:platform"),
    ]


async def test_what_the_platform_declines_has_failed_in_its_words(bench: Platformed, platform: PlatformServer) -> None:
    asked = bench.ask(MORE)
    assert bench.preview(MOST).changes[0].before == MORE["storage"]
    platform.answers(server.replies(422, {"message": "The cluster is full."}))
    await bench.send()
    failed = bench.find(asked)
    assert (failed.status, failed.end_reason) == (FAILED, "the platform declined it: The cluster is full.")
    assert (failed.next_attempt_at, failed.last_problem) == (None, None)
    assert bench.trail(asked)[-2:] == [("Send", "system:platform"), ("Fail", "system:platform")]
    assert bench.preview(MOST).changes[0].before == TIER.storage_quota.self_service.storage
    assert await bench.send() == 0


async def test_what_the_platform_has_not_finished_is_asked_about_until_it_has(
    bench: Platformed, platform: PlatformServer
) -> None:
    asked = bench.ask(MORE)
    platform.answers(server.accepted, server.replies(202))
    for attempt in (1, 2):
        assert await bench.send() == 1
        found = bench.find(asked)
        assert (found.status, found.attempts) == (APPLYING, attempt)
        assert found.last_problem == f"The platform at {platform.host} is still at it."
        assert await bench.send() == 0
        bench.clock.advance(minutes=1)
    await bench.send()
    assert bench.find(asked).status is ENDED
    assert [action for action, _ in bench.trail(asked)].count("Send") == 1


# ── late, twice, never ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("answering", [server.silence, server.hang_up, server.replies(503), server.babble])
async def test_what_is_not_answered_stays_visible_and_is_told_again_word_for_word(
    bench: Platformed, platform: PlatformServer, answering: Answering
) -> None:
    asked, pauses = bench.ask(MORE), []
    for attempt in range(1, 5):
        platform.answers(answering)
        # so short that silence costs no time, so long that the others are heard
        assert await bench.send(patience=0.05 if answering is server.silence else 5) == 1
        found = bench.find(asked)
        assert (found.status, found.attempts, found.cancellable) == (APPLYING, attempt, False)
        assert found.last_problem is not None
        assert platform.host in found.last_problem
        assert found.next_attempt_at is not None
        pauses.append(found.next_attempt_at - bench.clock.now)
        assert await bench.send() == 0
        bench.clock.now = found.next_attempt_at
    assert pauses == sorted(pauses)
    assert pauses[0] <= timedelta(seconds=4) < pauses[-1]
    platform.forget()
    await bench.send()
    assert bench.find(asked).status is ENDED
    assert [told.key for told in platform.told] == [asked.change_request_id]
    assert bench.trail(asked)[-2:] == [("Send", "system:platform"), ("Apply", "system:platform")]


async def test_the_words_stay_the_same_although_the_tier_has_changed_meanwhile(
    bench: Platformed, platform: PlatformServer
) -> None:
    bench.ask(MORE)
    platform.answers(server.replies(503))
    await bench.send()
    bench.clock.advance(minutes=1)
    wider = msgspec.structs.replace(POLICY, tiers={**POLICY.tiers, "growth": POLICY.tier("scale")})
    telling = HttpPlatform(PlatformSettings(url=bench.url), bench.clock)
    await send_due(bench.store, telling, lambda: wider, bench.clock, bench.surface._new_id)
    await telling.hang_up()
    assert platform.told[0].document == platform.told[1].document


async def test_the_platform_is_left_alone_for_as_long_as_it_wishes(bench: Platformed, platform: PlatformServer) -> None:
    asked = bench.ask(MORE)
    platform.answers(server.replies(429, Retry_After="1800"))
    await bench.send()
    bench.clock.advance(minutes=29)
    assert await bench.send() == 0
    bench.clock.advance(minutes=2)
    assert await bench.send() == 1
    assert bench.find(asked).status is ENDED


async def test_whoever_is_killed_after_claiming_is_followed_by_another_under_the_same_key(
    bench: Platformed, platform: PlatformServer
) -> None:
    asked = bench.ask(MORE)
    [killed] = bench.claim()
    assert bench.find(asked).status is APPLYING
    assert await bench.send() == 0
    bench.clock.now += LEASE
    assert await bench.send() == 1
    assert platform.told[0].key == killed.order.change_request_id
    assert bench.find(asked).status is ENDED
    assert bench.find(asked).attempts == 2


@pytest.mark.parametrize("late", [Applied(), Declined("too late"), Unanswered(problem="Silence.")])
def test_an_answer_to_what_is_over_changes_nothing(bench: Platformed, late: Answer) -> None:
    asked = bench.ask(MORE)
    [claimed] = bench.claim()
    assert bench.settle(claimed, Applied())
    before, allowed = bench.find(asked), bench.workspace().kinds
    assert not bench.settle(claimed, late)
    assert bench.find(asked) == before
    assert bench.workspace().kinds == allowed
    assert [action for action, _ in bench.trail(asked)].count("Apply") == 1


def test_a_late_answer_counts_while_another_attempt_is_under_way_and_a_missing_one_does_not(bench: Platformed) -> None:
    asked = bench.ask(MORE)
    [slow] = bench.claim()
    bench.clock.now += LEASE
    [second] = bench.claim()
    claimed = bench.find(asked)
    assert not bench.settle(slow, Unanswered(problem="Silence."))
    assert bench.find(asked) == claimed
    assert bench.settle(slow, Applied())
    assert not bench.settle(second, Applied())
    assert bench.find(asked).status is ENDED


async def test_two_senders_at_once_tell_it_once(bench: Platformed, platform: PlatformServer) -> None:
    asked = [bench.ask(MORE, customer_id=each) for each in ("acme-eu", "beta")]
    told = list(await asyncio.gather(bench.send(), bench.send(), bench.send()))
    while sum(told) < len(asked):  # who found a customer held by another has passed over it
        told.append(await bench.send())
    assert sum(told) == len(platform.told) == len(platform.applied) == 2
    assert [bench.find(each).status for each in asked] == [ENDED, ENDED]


async def test_what_cannot_be_recorded_is_told_again(bench: Platformed, platform: PlatformServer) -> None:
    asked = bench.ask(MORE)

    class Losing:
        """Tells the platform, and finds the store in another's hands afterwards."""

        answers_within = 1.0

        async def send(self, order: ChangeOrder) -> Answer:
            bench.store.read_only = True
            return Applied()

        async def hang_up(self) -> None:
            """Nothing is kept open."""

    assert await bench.send_through(Losing()) == 1
    bench.store.read_only = False
    assert bench.find(asked).status is APPLYING
    bench.clock.advance(minutes=2)
    assert await bench.send() == 1
    assert bench.find(asked).status is ENDED


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


# ── in line ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_tenant_s_changes_go_one_after_the_other_and_hold_nobody_else_s_up(
    bench: Platformed, platform: PlatformServer
) -> None:
    first, second = bench.ask(NAME, HOSTNAME), bench.ask(OTHER_NAME, HOSTNAME)
    platform.answers(server.replies(503))
    assert await bench.send() == 1
    other = bench.ask(MORE, customer_id="beta")
    assert await bench.send() == 1
    assert [bench.find(each).status for each in (first, second, other)] == [APPLYING, APPROVED, ENDED]
    bench.clock.advance(minutes=1)
    assert [await bench.send() for _ in range(3)] == [1, 1, 0]
    assert [bench.find(each).status for each in (first, second)] == [ENDED, ENDED]
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
    assert bench.find(again).status is ENDED


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


def test_without_a_platform_nothing_is_left_to_tell(store: Store) -> None:
    bench = Workbench(store)
    assert claim_due(bench.store, POLICY, bench.clock(), LEASE, bench.surface._new_id, 10) == []


def change_elsewhere(bench: Platformed, change: Callable[[Any], Any]) -> None:
    """Change what a tenant was granted, as a process does that knows no platform."""
    from services.billing.store import load_facts
    from services.change_requests.tenant_store import load_tenant, save_allowance

    with bench.store.write() as conn:
        facts = load_facts(conn, "acme-eu")
        assert facts is not None
        tenant = load_tenant(conn, "acme-eu", facts.billing.usage_tier, POLICY, bench.clock())
        save_allowance(conn, tenant, change(tenant.allowance), bench.clock())
