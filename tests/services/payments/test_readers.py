"""Readers share the work: one at a time for each subject, whoever dies, is slow, or comes in between."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from services.contract.requests import StartPlanCheckout, UpdateBillingAutomaticCollection
from services.payments import inbox_store
from services.payments.inbox import receive
from services.payments.mirror.under_lock import LEASE
from services.payments.model import Hint, Subject
from services.payments.port import RemoteEvent, RemoteSubscription
from services.payments.readers import MANY_AT_ONCE, Readers, pause_after
from services.payments.sandbox.resources.customers import NewCustomer, create
from services.storage.engine import Store
from services.storage.tables import audit_events, payment_events, payment_locks
from tests.services.payments.paying import TENANT, PayingBench, paying
from tests.surface import customer

FRESH = {"state": "verified", "payment_rail": "none", "usage_tier": None}
CROWD = 2 * MANY_AT_ONCE + 3


@pytest.fixture
def bench(store: Store) -> Iterator[PayingBench]:
    """A customer without a plan."""
    with paying(store) as bench:
        bench.feed(customer(billing=FRESH))
        yield bench


def tell(bench: PayingBench, number: int, account_id: str, kind: str = "customer.subscription.updated") -> None:
    """Let Stripe tell of a customer."""
    event = RemoteEvent(
        event_id=f"evt_{number}",
        type=kind,
        object_id=account_id,
        object_kind="subscription",
        account_id=account_id,
        created_at=bench.clock.now,
        livemode=False,
    )
    receive(bench.store, [event], bench.clock(), livemode=False)


def subscribed(bench: PayingBench) -> str:
    """Buy a plan; return the customer's id at Stripe."""
    bench.pay(bench.start(StartPlanCheckout, plan="growth"))
    bench.follow()
    account_id = bench.view().customer.stripe_customer_id
    assert account_id is not None
    return account_id


def statuses(bench: PayingBench) -> Counter[str]:
    """Return how many events have which status."""
    with bench.store.read() as conn:
        return Counter(conn.execute(select(payment_events.c.status)).scalars())


def locks(bench: PayingBench) -> int:
    """Return how many subjects are locked."""
    with bench.store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(payment_locks)).scalar_one())


def trail(bench: PayingBench) -> int:
    """Return how many audit events there are."""
    with bench.store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(audit_events)).scalar_one())


def end_subscriptions(bench: PayingBench) -> None:
    """Let the sandbox's subscriptions have ended, without a word."""
    with bench.sandbox.world() as world:
        for each in world.all("subscription"):
            world.put(each | {"status": "canceled"})


def test_what_a_killed_reader_held_is_read_by_another_when_its_lock_has_run_out(bench: PayingBench) -> None:
    account_id = subscribed(bench)
    end_subscriptions(bench)
    tell(bench, 1, account_id)
    now, name = bench.clock(), Hint(Subject.ACCOUNT, account_id).name
    bench.store.transact(lambda conn: inbox_store.take(conn, [name], "one that dies", now, now + LEASE))
    bench.read()
    assert bench.view().subscription is not None
    bench.clock.advance(seconds=LEASE.total_seconds() + 1)
    bench.read()
    assert bench.view().subscription is None
    assert set(statuses(bench)) == {"done"}
    assert locks(bench) == 0


def test_a_reader_that_was_too_slow_writes_nothing_any_more(
    bench: PayingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = subscribed(bench)
    ask = bench.gateway.live_subscriptions
    written: list[int] = []

    async def slowly(asked_for: str) -> tuple[RemoteSubscription, ...]:
        found = await ask(asked_for)  # what it was before it ended
        monkeypatch.setattr(bench.gateway, "live_subscriptions", ask)
        end_subscriptions(bench)
        bench.clock.advance(seconds=LEASE.total_seconds() + 1)
        other = Readers(bench.mirror)
        assert await other.take_up() == 1
        await other.finish()
        written.append(await asyncio.to_thread(trail, bench))
        return found

    tell(bench, 1, account_id)
    monkeypatch.setattr(bench.gateway, "live_subscriptions", slowly)
    bench.read()
    assert bench.view().subscription is None
    assert written == [trail(bench)]
    assert set(statuses(bench)) == {"done"}


def test_readers_that_are_stopped_leave_their_subjects_to_others_at_once(
    bench: PayingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = subscribed(bench)
    end_subscriptions(bench)
    tell(bench, 1, account_id)
    ask = bench.gateway.live_subscriptions

    async def stopped() -> None:
        asked = asyncio.Event()

        async def never(_asked_for: str) -> tuple[RemoteSubscription, ...]:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError

        monkeypatch.setattr(bench.gateway, "live_subscriptions", never)
        readers = Readers(bench.mirror)
        await readers.take_up()
        await asked.wait()
        await readers.stop()

    bench.wait(stopped())
    assert locks(bench) == 0
    monkeypatch.setattr(bench.gateway, "live_subscriptions", ask)
    bench.read()
    assert bench.view().subscription is None


def test_two_workers_read_no_subject_at_the_same_time_and_lose_nothing(
    bench: PayingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bench.sandbox.world() as world:
        accounts = [create(world, NewCustomer())["id"] for _ in range(CROWD)]
    bench.feed(*(customer(each, billing=FRESH, stripe_customer_id=each) for each in accounts))
    reading, most, asked = Counter[str](), Counter[str](), Counter[str]()

    async def watched(asked_for: str) -> tuple[RemoteSubscription, ...]:
        reading[asked_for] += 1
        asked[asked_for] += 1
        most[asked_for] = max(most[asked_for], reading[asked_for])
        await asyncio.sleep(0)
        reading[asked_for] -= 1
        return ()

    monkeypatch.setattr(bench.gateway, "live_subscriptions", watched)

    async def work() -> None:
        workers = [Readers(bench.mirror), Readers(bench.mirror)]
        numbers = iter(range(10 * CROWD))
        for _ in range(3):  # while they are at it, more arrives of what they read
            arriving = [asyncio.to_thread(tell, bench, next(numbers), each) for each in accounts]
            await asyncio.gather(*arriving, *(worker.take_up() for worker in workers))
        while any(await asyncio.gather(*(worker.take_up() for worker in workers))) or reading.total():
            await asyncio.gather(*(worker.finish() for worker in workers))

    bench.wait(work())
    bench.read()
    assert statuses(bench) == {"done": 3 * CROWD}
    assert asked.keys() == set(accounts)
    assert set(most.values()) == {1}
    assert locks(bench) == 0


def test_a_slow_answer_holds_up_its_own_subject_alone(bench: PayingBench, monkeypatch: pytest.MonkeyPatch) -> None:
    with bench.sandbox.world() as world:
        accounts = [create(world, NewCustomer())["id"] for _ in range(CROWD)]
    bench.feed(*(customer(each, billing=FRESH, stripe_customer_id=each) for each in accounts))
    for number, account_id in enumerate(accounts):
        tell(bench, number, account_id)

    async def work() -> None:
        go_on = asyncio.Event()

        async def answer(asked_for: str) -> tuple[RemoteSubscription, ...]:
            if asked_for == accounts[0]:
                await go_on.wait()
            return ()

        monkeypatch.setattr(bench.gateway, "live_subscriptions", answer)
        done = asyncio.Semaphore(0)
        readers = Readers(bench.mirror, done.release)
        read = 0
        while read < CROWD - 1:
            await readers.take_up()
            await done.acquire()
            read += 1
        assert (await asyncio.to_thread(statuses, bench)) == {"done": CROWD - 1, "waiting": 1}
        go_on.set()
        await readers.finish()

    bench.wait(work())
    assert statuses(bench) == {"done": CROWD}


def test_an_event_that_arrives_while_its_subject_is_read_is_read_for_again(
    bench: PayingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = subscribed(bench)
    ask = bench.gateway.live_subscriptions

    async def overtaken(asked_for: str) -> tuple[RemoteSubscription, ...]:
        found = await ask(asked_for)
        monkeypatch.setattr(bench.gateway, "live_subscriptions", ask)
        end_subscriptions(bench)
        await asyncio.to_thread(tell, bench, 2, asked_for)
        return found

    monkeypatch.setattr(bench.gateway, "live_subscriptions", overtaken)
    tell(bench, 1, account_id)
    bench.read()
    assert bench.view().subscription is None


def test_a_choice_that_stripe_tells_of_before_it_is_recorded_is_still_the_persons(
    bench: PayingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = subscribed(bench)
    told_stripe = bench.gateway.set_collection

    async def told_at_once(*asked: Any, **how: Any) -> None:
        await told_stripe(*asked, **how)
        await asyncio.to_thread(tell, bench, 1, account_id)
        readers = Readers(bench.mirror)
        await readers.take_up()
        await readers.finish()

    monkeypatch.setattr(bench.gateway, "set_collection", told_at_once)
    receipt = bench.call(bench.request(UpdateBillingAutomaticCollection, enabled=False), TENANT)
    assert receipt.view.billing.automatic_collection is False
    bench.read()
    assert bench.view().billing.automatic_collection is False
    assert [event.actor for event in bench.events() if event.action == "UpdateBillingAutomaticCollection"] == ["tess"]


def test_pauses_double_up_to_ten_minutes() -> None:
    assert [pause_after(tries) for tries in (1, 2, 3)] == [timedelta(seconds=n) for n in (1, 2, 4)]
    assert pause_after(11) == pause_after(10**9) == timedelta(minutes=10)
