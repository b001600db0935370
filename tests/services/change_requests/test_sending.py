"""Approved changes and the platform that carries them out, on both databases, over real sockets."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from services.change_requests.sending import send_due
from services.platform.http_platform import HttpPlatform
from services.platform.port import Answer, Applied, ChangeOrder, Declined, Unanswered
from services.platform.settings import PlatformSettings
from services.storage.engine import Store
from tests import platform_server as server
from tests.platform_server import TOKEN, Answering, PlatformServer
from tests.services.change_requests.platformed import (
    APPLIED,
    APPLYING,
    APPROVED,
    FAILED,
    LEASE,
    MORE,
    MOST,
    POLICY,
    TIER,
    Platformed,
)
from tests.surface import OPERATOR


@pytest.fixture
def bench(store: Store, platform: PlatformServer) -> Platformed:
    return Platformed(store, platform)


async def test_one_order_that_cannot_be_told_keeps_no_other_answer_from_being_recorded(bench: Platformed) -> None:
    class Faulty:
        answers_within = 5.0

        async def send(self, order: ChangeOrder) -> Answer:
            if order.customer_id == "acme-eu":
                raise RuntimeError("no such thing")
            return Applied()

        async def hang_up(self) -> None:
            """Nothing is open."""

    first, second = bench.ask(MORE), bench.ask(MORE, customer_id="beta")
    assert await bench.send_through(Faulty()) == 2
    assert bench.find(second).status is APPLIED
    waiting = bench.find(first)
    assert (waiting.status, waiting.last_problem) == (APPLYING, "The platform could not be told: the log says why.")


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
        APPLIED, "system:platform", 1, None
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
    assert bench.find(asked).status is APPLIED
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
    assert bench.find(asked).status is APPLIED
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
    assert bench.find(asked).status is APPLIED


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
    assert bench.find(asked).status is APPLIED
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
    assert bench.find(asked).status is APPLIED


async def test_two_senders_at_once_tell_it_once(bench: Platformed, platform: PlatformServer) -> None:
    asked = [bench.ask(MORE, customer_id=each) for each in ("acme-eu", "beta")]
    told = list(await asyncio.gather(bench.send(), bench.send(), bench.send()))
    while sum(told) < len(asked):  # who found a customer held by another has passed over it
        told.append(await bench.send())
    assert sum(told) == len(platform.told) == len(platform.applied) == 2
    assert [bench.find(each).status for each in asked] == [APPLIED, APPLIED]


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
    assert bench.find(asked).status is APPLIED
