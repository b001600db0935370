"""A heartbeat is answered with what holds by now, and writes only what is new."""

import asyncio
import threading
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.contract.errors import Code, Refused
from services.contract.plans import PlanCatalogue
from services.contract.principals import Credential, Role
from services.contract.requests import CreateToken
from services.contract.types import Resource
from services.payments.nodes.heartbeats import Heartbeats, read_heartbeat
from services.payments.nodes.model import Heartbeat
from services.storage.engine import Store
from tests.conftest import OpenStore
from tests.services.payments.nodes.site import TOLD, Site, open_site, opened
from tests.surface import ADMIN


def told(**fields: Any) -> Heartbeat:
    """Return a heartbeat that differs from `TOLD` in some fields."""
    return msgspec.structs.replace(TOLD, **fields)


async def refused(beat: Any) -> Refused:
    """Return how a heartbeat is refused."""
    with pytest.raises(Refused) as caught:
        await beat
    return caught.value


async def test_what_a_node_tells_is_seen_at_once_by_whoever_looks_at_the_customer(site: Site) -> None:
    token = site.token()
    before = site.view().view_etag
    await site.beat(token)
    assert site.used() == {Resource.NODES: 1, Resource.USERS: 12, Resource.STORAGE: 5_000_000}
    assert site.view().view_etag != before
    (node,) = site.nodes().nodes
    assert (node.version, node.applied_generation, node.state) == ("4.2.1", 1, "current")


async def test_a_heartbeat_with_nothing_new_writes_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    token = site.token()
    first = await site.beat(token)

    def no_writing() -> None:
        raise AssertionError("it writes")

    monkeypatch.setattr(site.store, "write", no_writing)
    site.clock.advance(minutes=1)
    assert await site.beat(token) == first


@pytest.mark.parametrize(
    ("changed", "shows"),
    [
        ({"version": "4.3.0"}, False),
        ({"users": 13}, True),
        ({"storage_bytes": 0}, True),
        ({"applied_generation": None}, True),
    ],
)
async def test_each_field_is_written_when_it_differs_and_the_view_is_another_where_it_shows(
    small_site: Site, changed: dict[str, Any], shows: bool
) -> None:
    token = small_site.token()
    await small_site.beat(token)
    before = small_site.view().view_etag
    await small_site.beat(token, told(**changed))
    (node,) = small_site.nodes().nodes
    assert {name: getattr(node, name) for name in changed} == changed
    assert (small_site.view().view_etag != before) == shows


async def test_a_change_of_plan_reaches_every_node_with_its_next_heartbeat(site: Site) -> None:
    tokens = [site.token(f"node-{number}") for number in range(3)]
    keys = await site.heartbeats.public_keys()
    for token in tokens:
        entitlements = opened(await site.beat(token), keys)
        assert (entitlements["plan"], entitlements["generation"]) == ("growth", 1)
    site.change_plan("business")
    for token in tokens:
        answer = await site.beat(token)
        entitlements = opened(answer, keys)
        assert answer.generation == entitlements["generation"] == 2
        assert (entitlements["plan"], entitlements["plan_name"]) == ("business", "Business")
        assert entitlements["limits"] == {"nodes": 20, "users": 150, "storage_bytes": 4_096 * 1024**3}
        assert "single_sign_on" in entitlements["features"]
    assert [node.state for node in site.nodes().nodes] == ["updating"] * 3
    await site.beat(tokens[0], told(applied_generation=2))
    assert [node.state for node in site.nodes().nodes] == ["current", "updating", "updating"]


async def test_entitlements_hold_for_the_whole_of_the_grace_however_late_in_the_hour(small_site: Site) -> None:
    token, keys = small_site.token(), await small_site.heartbeats.public_keys()
    grace = timedelta(hours=PlanCatalogue().grace_hours)
    for minutes in (0, 59, 1, 50):
        small_site.clock.advance(minutes=minutes)
        entitlements = opened(await small_site.beat(token), keys)
        valid_until = datetime.fromisoformat(entitlements["valid_until"])
        assert grace < valid_until - small_site.clock.now <= grace + timedelta(hours=1)
        assert datetime.fromisoformat(entitlements["issued_at"]) <= small_site.clock.now


async def test_one_signed_text_serves_all_nodes_of_a_customer_and_nobody_elses(small_site: Site) -> None:
    first, second = await small_site.beat(small_site.token("node-1")), await small_site.beat(small_site.token("node-2"))
    other = await small_site.beat(small_site.token("node-1", "beta"))
    assert first == second
    assert other.entitlements != first.entitlements
    small_site.clock.advance(hours=1)
    assert (await small_site.beat(small_site.token("node-3"))).entitlements != first.entitlements


# ── refusals ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_revoked_token_serves_no_more_from_the_next_heartbeat_on(site: Site) -> None:
    token = site.token()
    await site.beat(token)
    site.revoke(token)
    assert (await refused(site.beat(token))).reason == "TOKEN_REVOKED"


async def test_an_expired_token_serves_no_more(small_site: Site) -> None:
    token = small_site.token(expires_in="30m")
    await small_site.beat(token)
    small_site.clock.advance(minutes=30)
    assert (await refused(small_site.beat(token))).reason == "TOKEN_EXPIRED"


async def test_another_node_and_one_that_does_not_exist_are_refused_alike(small_site: Site) -> None:
    token, _other, _others = small_site.token(), small_site.token("node-2"), small_site.token("node-3", "beta")
    answers = [await refused(small_site.beat(token, node_id=node)) for node in ("node-2", "node-3", "nobody")]
    assert {(each.code, each.reason, each.message) for each in answers} == {
        (Code.NOT_FOUND, "NODE_NOT_FOUND", answers[0].message)
    }


async def test_only_a_nodes_token_sends_heartbeats(small_site: Site) -> None:
    for role in (Role.SERVICE, Role.PLATFORM_ADMIN):
        issued = small_site.bench.call(CreateToken(role=role, name=f"some {role}"), ADMIN)
        assert (await refused(small_site.beat(issued, node_id="node-1"))).reason == "NOT_A_NODE"


@pytest.mark.parametrize("text", [None, "", "bht_1", "bht_000001." + "x" * 43])
async def test_who_is_not_known_is_told_nothing_else(small_site: Site, text: str | None) -> None:
    small_site.token()
    beat = small_site.heartbeats.answer(Credential(text), "node-1", TOLD)
    assert (await refused(beat)).code is Code.UNAUTHENTICATED


async def test_a_generation_from_the_future_is_refused_and_it_is_said_how_to_go_on(small_site: Site) -> None:
    token = small_site.token()
    found = await refused(small_site.beat(token, told(applied_generation=2)))
    assert (found.code, found.reason, found.details) == (
        Code.FAILED_PRECONDITION,
        "GENERATION_UNKNOWN",
        {"generation": 1},
    )
    assert small_site.nodes().nodes[0].state == "never_seen"
    assert (await small_site.beat(token, told(applied_generation=None))).generation == 1


async def test_a_node_that_sends_too_many_is_told_when_to_come_again(sqlite_store: Store) -> None:
    with open_site(sqlite_store, most_a_minute=2) as site:
        token, other = site.token(), site.token("node-2")
        await site.beat(token)
        await site.beat(token)
        found = await refused(site.beat(token))
        assert (found.reason, found.details) == ("RATE_LIMITED", {"retry_after": 60})
        await site.beat(other)
        site.clock.advance(minutes=1)
        await site.beat(token)


async def test_a_server_that_changes_nothing_takes_no_heartbeats(sqlite_store: Store) -> None:
    with open_site(sqlite_store, read_only=True) as site:
        assert (await refused(site.beat(site.token()))).reason == "READ_ONLY"
        assert (await refused(site.heartbeats.public_keys())).reason == "NO_SIGNING_KEY"
        assert await site.heartbeats.retire_expired(10) == 0


BODIES = [
    b"",
    b"[]",
    b"{",
    b"\xff",
    b"null",
    b'{"version":"1","users":1}',
    b'{"version":"1","users":1,"storage_bytes":1,"more":1}',
    b'{"version":"1","users":1,"users":2,"storage_bytes":1}',
    b'{"version":"","users":1,"storage_bytes":1}',
    b'{"version":"a b","users":1,"storage_bytes":1}',
    b'{"version":"%b","users":1,"storage_bytes":1}' % (b"1" * 65),
    b'{"version":"1","users":-1,"storage_bytes":1}',
    b'{"version":"1","users":1.5,"storage_bytes":1}',
    b'{"version":"1","users":1,"storage_bytes":%d}' % (2**50 + 1),
    b'{"version":"1","users":1,"storage_bytes":1,"applied_generation":0}',
    b'{"version":"1","users":1,"storage_bytes":1,"applied_generation":NaN}',
    b"[" * 4_000,
]


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_no_heartbeat_is_refused_with_a_sentence(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read_heartbeat(body)
    assert (caught.value.code, caught.value.reason) == (Code.INVALID_ARGUMENT, "INVALID_HEARTBEAT")
    assert caught.value.message.endswith(".")


def test_what_a_heartbeat_says_is_read(small_site: Site) -> None:
    assert read_heartbeat(msgspec.json.encode(TOLD)) == TOLD
    assert read_heartbeat(b'{"version":"1","users":0,"storage_bytes":0}').applied_generation is None


# ── last seen ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_when_nodes_were_heard_of_is_written_together_when_it_is_asked_for(site: Site) -> None:
    tokens = [site.token(f"node-{number}") for number in range(3)]
    for token in tokens:
        await site.beat(token)
    site.clock.advance(minutes=4)
    for token in tokens[:2]:
        await site.beat(token)
    site.clock.advance(minutes=2)
    assert [node.state for node in site.nodes().nodes] == ["silent"] * 3
    await site.heartbeats.flush()
    assert [node.state for node in site.nodes().nodes] == ["current", "current", "silent"]
    assert [site.last_used(token) is not None for token in tokens] == [True] * 3


async def test_what_another_process_has_seen_later_stays(small_site: Site) -> None:
    token = small_site.token()
    await small_site.beat(token)
    small_site.clock.advance(minutes=1)
    other = Heartbeats(small_site.store, PlanCatalogue(), clock=small_site.clock)
    await other.answer(Credential(token.token), "node-1", TOLD)
    seen_at = small_site.clock.now
    await other.flush()
    await small_site.heartbeats.flush()
    other.close()
    assert small_site.nodes().nodes[0].last_seen_at == seen_at


async def test_what_could_not_be_written_is_written_the_next_time(
    small_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = small_site.token()
    await small_site.beat(token)
    small_site.clock.advance(minutes=9)
    await small_site.beat(token)

    def fail(_work: object) -> None:
        raise Refused(Code.UNAVAILABLE, "STORE_LOCKED", "Try again.")

    with monkeypatch.context() as patched:
        patched.setattr(small_site.store, "transact", fail)
        assert (await refused(small_site.heartbeats.flush())).reason == "STORE_LOCKED"
    assert small_site.nodes().nodes[0].state == "silent"
    await small_site.heartbeats.flush()
    assert small_site.nodes().nodes[0].state == "current"


# ── at the same time ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_processes_that_are_told_different_things_at_once_leave_the_right_sums(
    site: Site, open_store: OpenStore, request: pytest.FixtureRequest
) -> None:
    tokens = [site.token("node-1"), site.token("node-2")]
    revision = int(site.view().view_etag.partition("-")[0].lstrip("v"))
    url = f"sqlite:///{site.store.path}" if site.store.path else request.getfixturevalue("postgres_url")
    rounds, start, faults = 6, threading.Barrier(2), list[BaseException]()

    def process(number: int) -> None:
        heartbeats = Heartbeats(open_store(url), PlanCatalogue(), clock=site.clock)

        async def beat_on() -> None:
            for users in range(1, rounds + 1):
                heartbeat = told(users=users, storage_bytes=users * 100)
                await heartbeats.answer(Credential(tokens[number].token), f"node-{number + 1}", heartbeat)

        start.wait()
        try:
            asyncio.run(beat_on())
        except BaseException as fault:  # noqa: BLE001  (for the test that waits for this thread)
            faults.append(fault)
        heartbeats.close()

    threads = [threading.Thread(target=process, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert site.used() == {Resource.NODES: 2, Resource.USERS: 2 * rounds, Resource.STORAGE: 200 * rounds}
    assert site.view().view_etag.startswith(f"v{revision + 2 * rounds}-")


async def test_heartbeats_that_come_together_are_each_answered_for_themselves(small_site: Site) -> None:
    tokens = [small_site.token(f"node-{number}", customer) for number in range(6) for customer in ("acme-eu", "beta")]
    await asyncio.gather(*(small_site.beat(token) for token in tokens))
    small_site.revoke(tokens[7])
    answers = await asyncio.gather(*(small_site.beat(token) for token in tokens), return_exceptions=True)
    assert [number for number, each in enumerate(answers) if isinstance(each, Refused)] == [7]
    keys = await small_site.heartbeats.public_keys()
    owners = [opened(each, keys)["customer_id"] for each in answers if not isinstance(each, BaseException)]
    assert owners == [token.customer_id for number, token in enumerate(tokens) if number != 7]


async def test_a_store_that_does_not_answer_refuses_all_who_wait_and_answers_the_next(
    small_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = small_site.token()

    def fail() -> None:
        raise Refused(Code.UNAVAILABLE, "STORE_UNREACHABLE", "Try again.")

    with monkeypatch.context() as patched:
        patched.setattr(small_site.store, "look", fail)
        answers = await asyncio.gather(*(small_site.beat(token) for _ in range(3)), return_exceptions=True)
    assert [each.reason for each in answers if isinstance(each, Refused)] == ["STORE_UNREACHABLE"] * 3
    assert (await small_site.beat(token)).generation == 1
