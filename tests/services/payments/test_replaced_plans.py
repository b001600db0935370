"""A plan that is bought after another one: what the trail says of that one, and that what was chosen for it stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from services.contract.errors import Code, Refused
from services.contract.requests import StartPlanCheckout, UpdateBillingAutomaticCollection
from services.storage.engine import Store
from tests.services.payments.paying import TENANT, PayingBench, paying
from tests.services.payments.sandbox.client import make_client
from tests.surface import customer


@contextmanager
def with_plan(store: Store) -> Iterator[PayingBench]:
    """A customer with a small plan."""
    with paying(store, retries=0) as bench:
        billing = {"state": "verified", "payment_rail": "none", "usage_tier": None}
        bench.feed(customer(billing=billing, automatic_collection=False))
        buy(bench, "starter")
        yield bench


@pytest.fixture
def bench(sqlite_store: Store) -> Iterator[PayingBench]:
    """A customer with a small plan, on one database."""
    with with_plan(sqlite_store) as bench:
        yield bench


@pytest.fixture
def either(store: Store) -> Iterator[PayingBench]:
    """A customer with a small plan, on each database."""
    with with_plan(store) as bench:
        yield bench


def buy(bench: PayingBench, plan: str) -> None:
    """Buy a plan, a while after whatever was bought before."""
    bench.clock.advance(seconds=10)
    bench.pay(bench.start(StartPlanCheckout, plan=plan))
    bench.follow()


def choose(bench: PayingBench, *, automatic: bool) -> None:
    """Choose how invoices are collected."""
    bench.call(bench.request(UpdateBillingAutomaticCollection, enabled=automatic), TENANT)


def cancel(bench: PayingBench) -> None:
    """Let the subscription be ended at Stripe, at once."""
    (subscription_id,) = [each["id"] for each in subscriptions(bench) if each["status"] == "active"]
    bench.wait(make_client(bench.sandbox).v1.subscriptions.cancel_async(subscription_id))
    bench.clock.advance(seconds=10)
    bench.follow()
    assert bench.view().subscription is None


def let_stripe_collect(bench: PayingBench) -> None:
    """Let somebody at Stripe have the subscription collected by itself."""
    with bench.sandbox.world() as world:
        (before,) = [each for each in world.all("subscription") if each["status"] == "active"]
        after = before | {"collection_method": "charge_automatically", "days_until_due": None}
        world.put(after)
        world.emit("customer.subscription.updated", after, before)


def subscriptions(bench: PayingBench) -> list[dict[str, Any]]:
    """Return all subscriptions at Stripe."""
    with bench.sandbox.world() as world:
        return list(world.all("subscription"))


def collection(bench: PayingBench) -> tuple[bool, list[str]]:
    """Return whether invoices are collected by themselves here, and how those of what has not ended are at Stripe."""
    at_stripe = [each["collection_method"] for each in subscriptions(bench) if each["status"] != "canceled"]
    return bench.view().billing.automatic_collection, at_stripe


@pytest.mark.parametrize("is_lost", [False, True])
def test_what_ended_in_favour_of_another_is_in_the_trail_once_though_the_answer_was_lost(
    either: PayingBench, is_lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, end = either, either.gateway.end_subscription

    async def lost(subscription_id: str, key: str) -> None:
        await end(subscription_id, key)
        monkeypatch.undo()
        raise Refused(Code.UNAVAILABLE, "PAYMENTS_UNREACHABLE", "The answer was lost.")

    if is_lost:
        monkeypatch.setattr(bench.gateway, "end_subscription", lost)
    buy(bench, "growth")
    bench.clock.advance(minutes=1)
    bench.follow()
    (ended,) = [each["id"] for each in subscriptions(bench) if each["status"] == "canceled"]
    told = f'{{"after":"ended: another one took its place","before":"{ended}","label":"Subscription"}}'
    assert [event.payload.count(told) for event in bench.events() if "took its place" in event.payload] == [1]


def test_what_was_cancelled_before_another_plan_was_bought_did_not_end_in_its_favour(bench: PayingBench) -> None:
    cancel(bench)
    buy(bench, "growth")
    assert not any("took its place" in event.payload for event in bench.events())


def test_who_chose_to_pay_by_hand_pays_a_plan_by_hand_that_is_bought_after_the_last_one_ended(
    either: PayingBench,
) -> None:
    bench = either
    choose(bench, automatic=False)
    cancel(bench)
    buy(bench, "growth")
    assert collection(bench) == (False, ["send_invoice"])
    choose(bench, automatic=True)
    cancel(bench)
    buy(bench, "business")
    assert collection(bench) == (True, ["charge_automatically"])


def test_who_chose_to_pay_by_hand_before_there_was_a_plan_pays_it_by_hand(bench: PayingBench) -> None:
    cancel(bench)
    choose(bench, automatic=False)
    buy(bench, "growth")
    assert collection(bench) == (False, ["send_invoice"])


def test_a_choice_that_was_changed_at_stripe_is_no_choice_any_more(bench: PayingBench) -> None:
    choose(bench, automatic=False)
    let_stripe_collect(bench)
    bench.follow()
    assert collection(bench) == (True, ["charge_automatically"])
    cancel(bench)
    buy(bench, "growth")
    assert collection(bench) == (True, ["charge_automatically"])


def test_what_the_import_said_is_nobodys_choice(bench: PayingBench) -> None:
    assert collection(bench) == (True, ["charge_automatically"])


def test_what_was_turned_on_at_stripe_after_a_plan_was_taken_over_by_hand_stays_on(
    bench: PayingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = bench.gateway.set_collection

    async def lost(subscription_id: str, *, automatic: bool, key: str) -> None:
        await tell(subscription_id, automatic=automatic, key=key)
        monkeypatch.undo()
        raise Refused(Code.UNAVAILABLE, "PAYMENTS_UNREACHABLE", "The answer was lost.")

    choose(bench, automatic=False)
    monkeypatch.setattr(bench.gateway, "set_collection", lost)
    buy(bench, "growth")
    let_stripe_collect(bench)
    bench.clock.advance(minutes=1)
    bench.follow()
    assert collection(bench) == (True, ["charge_automatically"])
