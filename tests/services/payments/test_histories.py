"""Events are hints: in whatever order, how often and how late they come, the same record stands at the end."""

import itertools
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contract.requests import StartBillingPaymentSetup, StartCustomerPortal, StartPlanCheckout
from services.contract.views import CustomerBillingView
from services.payments.inbox import receive
from services.payments.port import RemoteEvent
from services.storage.engine import Store
from tests.services.payments.paying import PayingBench, paying
from tests.services.payments.sandbox.pages.visitor import Visitor
from tests.surface import START, customer

TOLD = ("checkout.session.completed", "customer.subscription.updated", "invoice.paid", "payment_method.attached")


@pytest.fixture
def bench(sqlite_store: Store) -> Iterator[PayingBench]:
    """A customer of whom nothing is known yet at Stripe."""
    with paying(sqlite_store) as bench:
        bench.feed(customer(billing={"state": "verified", "payment_rail": "none", "usage_tier": None}))
        yield bench


def events_of(bench: PayingBench) -> list[RemoteEvent]:
    """Return everything that Stripe has told so far, oldest first."""

    async def listed() -> list[RemoteEvent]:
        found: list[RemoteEvent] = []
        page = await bench.gateway.events(START.replace(year=2020), None)
        found += page.events
        while page.has_more:
            page = await bench.gateway.events(START.replace(year=2020), found[-1].event_id)
            found += page.events
        return list(reversed(found))

    return bench.wait(listed())


def tell(bench: PayingBench, events: Sequence[RemoteEvent]) -> None:
    """Deliver events, each in a webhook of its own, and let what they tell be read after each."""
    for event in events:
        receive(bench.store, [event], bench.clock(), livemode=False)
        bench.read()


def state_of(bench: PayingBench) -> dict[str, Any]:
    """Return what the record says, without when and how often it was written."""
    view: CustomerBillingView = bench.view()
    return {
        "subscription": view.subscription,
        "plan": view.billing.usage_tier,
        "rail": view.billing.payment_rail,
        "method": view.payment_setup and view.payment_setup.method,
        "collection": view.billing.automatic_collection,
        "open": view.open_invoices,
        "blockers": [blocker.code for blocker in view.blockers],
    }


def live_plan(bench: PayingBench) -> None:
    """Live through a history: a plan is bought, a bigger one replaces it, and a smaller one is to follow."""
    bench.pay(bench.start(StartPlanCheckout, plan="starter"))
    bench.clock.advance(days=3)
    tell(bench, [event for event in events_of(bench) if event.type == "checkout.session.completed"])
    bench.pay(bench.start(StartPlanCheckout, plan="growth"))
    tell(bench, [event for event in events_of(bench) if event.type == "checkout.session.completed"])
    bench.clock.advance(days=3)
    page = bench.start(StartCustomerPortal, purpose="change_plan", plan="starter")

    async def confirm(visitor: Visitor) -> None:
        await visitor.follow((await visitor.open(page.url)).forms[0])

    bench.visit(confirm)


def rewound(bench: PayingBench, to: Path) -> None:
    """Put the records back to where they were; what Stripe has stays."""
    bench.store.close()
    assert bench.store.path is not None
    shutil.copy(to, bench.store.path)


def saved(bench: PayingBench, tmp_path: Path) -> Path:
    """Return a copy of the records as they stand."""
    bench.store.close()  # what its log holds goes into the file
    assert bench.store.path is not None
    return Path(shutil.copy(bench.store.path, tmp_path / "before.db"))


def test_every_order_of_a_history_with_every_event_twice_ends_in_the_same_state(
    bench: PayingBench, tmp_path: Path
) -> None:
    live_plan(bench)
    before = saved(bench, tmp_path)
    last = {event.type: event for event in events_of(bench)}
    history = [last[kind] for kind in TOLD]
    ends = []
    for order in itertools.permutations(history):
        rewound(bench, before)
        tell(bench, [*order, *order[:2]])
        ends.append(state_of(bench))
    assert all(end == ends[0] for end in ends)
    assert ends[0]["subscription"].outlook.startswith("Growth until")


steps = st.lists(st.sampled_from(["setup", "buy", "grow", "renew", "tell some", "tell all"]), max_size=8)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, seed=st.randoms(use_true_random=False))
def test_however_telling_and_living_alternate_the_record_says_in_the_end_what_stripe_has(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, steps: list[str], seed: Any
) -> None:
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("history") / "store.db")
    with paying(Store(f"sqlite:///{path}")) as bench:
        bench.feed(customer(billing={"state": "verified", "payment_rail": "none", "usage_tier": None}))
        for step in steps:
            match step:
                case "setup":
                    bench.pay(bench.start(StartBillingPaymentSetup))
                case "buy" | "grow":
                    plan = "starter" if step == "buy" else "business"
                    if bench.view().billing.usage_tier is None or (
                        step == "grow" and bench.view().billing.usage_tier == "starter"
                    ):
                        bench.pay(bench.start(StartPlanCheckout, plan=plan))
                case "renew":
                    bench.clock.advance(days=31)
                    bench.sandbox.tick()
                case _:
                    told = events_of(bench)
                    seed.shuffle(told)
                    tell(bench, told if step == "tell all" else told[:3])
        bench.follow()
        end = state_of(bench)
        told = [*events_of(bench)] * 2
        seed.shuffle(told)
        tell(bench, told)
        assert state_of(bench) == end
        with bench.sandbox.world() as world:
            live = [each for each in world.all("subscription") if each["status"] == "active"]
        assert len(live) <= 1 or bench.view().subscription is not None
        bench.store.close()
