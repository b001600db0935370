"""Nobody takes the places of all: neither who calls without end, nor strangers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from billinghelp.config import ServerLimits
from billinghelp.http_service.admission import Acquaintances, Admission
from services.contract.errors import Code, Refused, customer_not_found
from services.contract.principals import Credential

OLGA, OMAR, NOBODY = Credential("bht_1.olga"), Credential("bht_2.omar"), Credential(None)
GUESSED = Credential("bht_1.guessed")
INVALID = Refused(Code.UNAUTHENTICATED, "TOKEN_INVALID", "No.")
BUSY = Refused(Code.UNAVAILABLE, "STORE_LOCKED", "Later.")


@pytest.fixture
async def under_way() -> AsyncIterator[AsyncExitStack]:
    """Calls that last until the test's end."""
    async with AsyncExitStack() as calls:
        yield calls


async def called(admission: Admission, *callers: Credential, refusal: Refused | None = None) -> None:
    """Let callers call once each, and be answered at once."""
    for caller in callers:
        try:
            async with admission.call(caller):
                if refusal is not None:
                    raise refusal
        except Refused as refused:
            if refused is not refusal:
                raise


async def refused_to(admission: Admission, caller: Credential) -> str:
    """Return why a call is not let in."""
    with pytest.raises(Refused) as caught:
        await called(admission, caller)
    assert caught.value.details == {"retry_after": 1}
    return caught.value.reason


def waiting(admission: Admission, caller: Credential) -> "asyncio.Task[None]":
    """Return a call that is under way without an end, or waits for its turn."""

    async def call() -> None:
        async with admission.call(caller):
            await asyncio.Event().wait()

    return asyncio.create_task(call())


@asynccontextmanager
async def crowd(admission: Admission, caller: Credential, count: int) -> AsyncIterator[None]:
    """Let a caller make many calls at once that do not end."""
    calls = [waiting(admission, caller) for _ in range(count)]
    await asyncio.sleep(0)
    yield
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)


# ── one token ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_one_token_takes_so_many_places_and_leaves_the_others_theirs() -> None:
    admission = Admission(ServerLimits(max_concurrent=6, max_concurrent_per_token=4, workers=4))
    await called(admission, OLGA, OMAR)
    async with crowd(admission, OLGA, 50):
        assert await refused_to(admission, OLGA) == "TOO_MANY_AT_ONCE"
        await called(admission, OMAR)
    await called(admission, OLGA)


async def test_one_token_has_half_of_the_workers_at_most() -> None:
    admission = Admission(ServerLimits(workers=4))
    await called(admission, OLGA, OMAR)
    served: list[Credential] = []

    async def call(caller: Credential) -> None:
        async with admission.call(caller):
            served.append(caller)
            await asyncio.Event().wait()

    under_way = [asyncio.create_task(call(caller)) for caller in [OLGA] * 5 + [OMAR] * 5]
    await asyncio.sleep(0)
    assert (served.count(OLGA), served.count(OMAR)) == (2, 2)
    under_way[0].cancel()
    await asyncio.gather(under_way[0], return_exceptions=True)
    await asyncio.sleep(0)
    assert (served.count(OLGA), served.count(OMAR)) == (3, 2)
    for each in under_way:
        each.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)


async def test_the_only_worker_there_is_serves_all() -> None:
    admission = Admission(ServerLimits(workers=1))
    await called(admission, OLGA, NOBODY, OLGA)


async def test_who_knows_the_id_of_a_token_alone_takes_none_of_its_places(under_way: AsyncExitStack) -> None:
    admission = Admission(ServerLimits(max_concurrent_per_token=1))
    await called(admission, OLGA)
    await under_way.enter_async_context(admission.call(GUESSED))
    await called(admission, OLGA)


async def test_answers_of_the_chat_take_a_tokens_places_and_no_worker() -> None:
    admission = Admission(ServerLimits(max_concurrent_per_token=3, workers=1))
    with admission.stay(OLGA), admission.stay(OLGA):
        await called(admission, OLGA)
        with admission.stay(OLGA):
            assert await refused_to(admission, OLGA) == "TOO_MANY_AT_ONCE"
            await called(admission, OMAR)


async def test_who_waits_for_others_takes_some_of_a_tokens_places_and_no_worker() -> None:
    admission = Admission(ServerLimits(max_concurrent_per_token=4, workers=1))
    with admission.wait(OLGA), admission.wait(OLGA), admission.wait(OLGA):
        with pytest.raises(Refused) as refused, admission.wait(OLGA):
            pass
        assert refused.value.reason == "TOO_MANY_AT_ONCE"
        await called(admission, OLGA, OMAR)
        with admission.wait(OMAR):
            pass
    with admission.wait(OLGA):
        await called(admission, OLGA)


async def test_the_only_place_that_a_token_has_may_wait() -> None:
    admission = Admission(ServerLimits(max_concurrent_per_token=1))
    with admission.wait(OLGA):
        assert await refused_to(admission, OLGA) == "TOO_MANY_AT_ONCE"


async def test_not_more_wait_for_others_than_are_taken_at_once() -> None:
    admission = Admission(ServerLimits(max_concurrent=1))
    with admission.wait(OLGA):
        with pytest.raises(Refused) as refused, admission.wait(OMAR):
            pass
        assert refused.value.reason == "SERVER_BUSY"
        await called(admission, OMAR)


# ── strangers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("stranger", [NOBODY, GUESSED])
async def test_strangers_stand_in_nobodys_way_but_each_others(stranger: Credential) -> None:
    limits = ServerLimits(max_concurrent=4, max_concurrent_strangers=2, max_concurrent_per_token=4, workers=2)
    admission = Admission(limits)
    await called(admission, OLGA)
    async with crowd(admission, stranger, 2):
        assert await refused_to(admission, OMAR) == "SERVER_BUSY"
        async with asyncio.timeout(5):
            await called(admission, OLGA)
    await called(admission, OMAR)


@pytest.mark.parametrize(
    ("refusal", "known"), [(None, True), (customer_not_found(), True), (INVALID, False), (BUSY, False)]
)
async def test_whom_the_surface_accepts_is_a_stranger_no_longer(refusal: Refused | None, known: bool) -> None:
    admission = Admission(ServerLimits())
    await called(admission, OLGA, refusal=refusal)
    assert admission.knows(OLGA) is known
    assert not admission.knows(GUESSED)


async def test_who_is_no_longer_accepted_is_a_stranger_again_but_not_for_a_fault_of_the_databases() -> None:
    admission = Admission(ServerLimits())
    await called(admission, OLGA)
    await called(admission, OLGA, refusal=BUSY)
    assert admission.knows(OLGA)
    await called(admission, OLGA, refusal=INVALID)
    assert not admission.knows(OLGA)


def test_a_token_is_remembered_for_a_while() -> None:
    now = 100.0
    known = Acquaintances(seconds=10, clock=lambda: now)
    known.remember(b"olga")
    now = 109.0
    assert b"olga" in known
    now = 110.0
    assert b"olga" not in known


def test_of_too_many_tokens_those_are_remembered_that_were_used_last() -> None:
    known = Acquaintances(most=2)
    for key in (b"olga", b"omar", b"olga", b"olaf"):
        known.remember(key)
    assert [key in known for key in (b"olga", b"omar", b"olaf")] == [True, False, True]
