"""Changes of one customer's record take turns, so that a stuck one keeps one thread and no more from everybody else."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.billing.store import lock_customer
from services.contract.errors import Code, Refused
from services.contract.policy import Policy
from services.contract.requests import ApplySupportCredit, GetCustomerBillingView
from services.contract.views import CustomerBillingView
from services.storage.engine import Store
from services.surface.surface import Surface
from services.surface.turns import Turns
from tests.surface import OPERATOR, Workbench, customer


async def test_one_waits_for_another_and_is_told_when_it_takes_too_long() -> None:
    turns = Turns(within=0.01)
    async with turns.of("acme-eu"):
        with pytest.raises(Refused) as caught:
            async with turns.of("acme-eu"):
                pass
        async with turns.of("beta"):
            pass  # nobody waits for another customer's
    assert (caught.value.code, caught.value.reason) == (Code.UNAVAILABLE, "STORE_LOCKED")
    async with turns.of("acme-eu"):
        pass


async def test_turns_come_in_the_order_of_asking_and_leave_nothing_behind() -> None:
    turns, order = Turns(within=10), list[int]()

    async def take(number: int) -> None:
        async with turns.of("acme-eu"):
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(take(number) for number in range(20)))
    assert order == list(range(20))
    assert not turns._locks
    assert not turns._waiting


async def test_a_customer_whom_somebody_holds_keeps_nobody_from_the_others(postgres_store: Store) -> None:
    bench = Workbench(postgres_store)
    bench.feed(customer(), customer("beta", legal_name="Beta Ltd"))
    surface = Surface(postgres_store, policy=Policy(), clock=bench.clock, workers=2)
    requests = [bench.request(ApplySupportCredit, workspace_hours="1") for _ in range(8)]
    held, release = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold() -> None:
        with postgres_store.write() as conn:
            lock_customer(conn, "acme-eu")
            loop.call_soon_threadsafe(held.set)
            asyncio.run_coroutine_threadsafe(release.wait(), loop).result()

    with ThreadPoolExecutor(1) as aside:
        holding = loop.run_in_executor(aside, hold)
        await held.wait()
        acting = [asyncio.create_task(surface.call(OPERATOR, request)) for request in requests]
        # one of them is in a thread, at the database; with a second one there, nobody would answer this
        view: CustomerBillingView = await surface.call(OPERATOR, GetCustomerBillingView(customer_id="beta"))
        assert view.customer.legal_name == "Beta Ltd"
        assert not any(task.done() for task in acting)
        release.set()
        await holding
    answers = await asyncio.gather(*acting, return_exceptions=True)
    assert [getattr(answer, "reason", "applied") for answer in answers] == ["applied", *["STALE_ETAG"] * 7]
