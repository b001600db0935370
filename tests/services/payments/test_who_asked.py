"""Who asked for something is named in the trail, though the answer was lost, and for what Stripe did not do at all."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from services.contract.errors import Refused
from services.contract.requests import (
    ApproveTrial,
    RefreshBillingPaymentSetup,
    StartBillingPaymentSetup,
    StartCustomerPortal,
    StartPlanCheckout,
    UpdateBillingAutomaticCollection,
)
from services.contract.types import Outcome
from services.contract.views import AuditEventView
from services.payments.sandbox.faults import Fault
from services.storage.engine import Store
from tests.services.payments.paying import TENANT, PayingBench, paying
from tests.surface import ADMIN, OPERATOR, customer

ACTION = UpdateBillingAutomaticCollection.__name__


@contextmanager
def subscribed(store: Store) -> Iterator[PayingBench]:
    """A customer with a plan that is collected by itself, and a gateway that asks once."""
    with paying(store, retries=0) as bench:
        bench.feed(customer(billing={"state": "verified", "payment_rail": "none", "usage_tier": None}))
        bench.pay(bench.start(StartPlanCheckout, plan="growth"))
        bench.follow()
        yield bench


@pytest.fixture
def bench(sqlite_store: Store) -> Iterator[PayingBench]:
    """A customer with a plan, on one database."""
    with subscribed(sqlite_store) as bench:
        yield bench


@pytest.fixture
def either(store: Store) -> Iterator[PayingBench]:
    """A customer with a plan, on each database."""
    with subscribed(store) as bench:
        yield bench


def by_hand(bench: PayingBench) -> UpdateBillingAutomaticCollection:
    """Return the wish to pay by hand."""
    request = bench.request(UpdateBillingAutomaticCollection, enabled=False)
    assert isinstance(request, UpdateBillingAutomaticCollection)
    return request


def lose(bench: PayingBench, request: UpdateBillingAutomaticCollection, how: str, patch: pytest.MonkeyPatch) -> None:
    """Ask for it, and lose the answer: it failed when it was done, it never came, or nobody lived to hear it."""
    tell = bench.gateway.set_collection

    async def killed(*asked: Any, **told: Any) -> None:
        await tell(*asked, **told)
        raise asyncio.CancelledError

    if how == "killed":
        patch.setattr(bench.gateway, "set_collection", killed)
    else:
        bench.sandbox.fail(Fault(kind=how, after=True, method="POST", path="/v1/subscriptions"))  # type: ignore[arg-type]
    with pytest.raises((Refused, CancelledError)):
        bench.call(request, TENANT)
    patch.undo()


def applied(bench: PayingBench, action: str = ACTION) -> list[AuditEventView]:
    """Return the events of an action that was applied."""
    return [event for event in bench.events() if event.action == action and event.outcome is Outcome.APPLIED]


def changed_at_stripe(bench: PayingBench, *, automatic: bool) -> None:
    """Let somebody change the collection at Stripe."""
    with bench.sandbox.world() as world:
        (subscription,) = world.all("subscription")
        method = "charge_automatically" if automatic else "send_invoice"
        changed = subscription | {"collection_method": method, "days_until_due": None if automatic else 30}
        world.put(changed)
        world.emit("customer.subscription.updated", changed, subscription)


def collects(bench: PayingBench) -> bool:
    """Return whether Stripe collects the subscription by itself."""
    with bench.sandbox.world() as world:
        (subscription,) = world.all("subscription")
        return bool(subscription["collection_method"] == "charge_automatically")


def never_told(bench: PayingBench, request: UpdateBillingAutomaticCollection) -> None:
    """Ask for it, and have Stripe hear nothing of it, as nobody here can know."""
    bench.sandbox.fail(Fault(kind="drop", method="POST", path="/v1/subscriptions"))
    with pytest.raises(Refused):
        bench.call(request, TENANT)


@pytest.mark.parametrize("how", ["error", "killed"])
def test_a_change_whose_answer_was_lost_is_recorded_as_that_persons(
    either: PayingBench, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = either
    request, known = by_hand(bench), len(bench.events())
    lose(bench, request, how, monkeypatch)
    bench.follow()
    view = bench.view()
    assert view.billing.automatic_collection is False
    (event,) = applied(bench)
    assert (event.actor, event.role, event.request_id) == ("tess", "customer_admin", request.request_id)
    assert event.reason == request.reason
    assert not any("Automatic collection" in each.payload for each in bench.events()[known:] if each.actor == "stripe")
    again = bench.call(request, TENANT)
    assert (again.replayed, again.audit_event_id) == (True, event.audit_event_id)
    bench.follow()
    assert bench.view().view_etag == view.view_etag


def test_what_is_asked_again_before_it_is_found_is_recorded_once(
    bench: PayingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = by_hand(bench)
    lose(bench, request, "error", monkeypatch)
    assert bench.call(request, TENANT).replayed is False
    bench.follow()
    changed_at_stripe(bench, automatic=True)
    bench.follow()
    changed_at_stripe(bench, automatic=False)  # by whom it was asked has been recorded: this is another one
    bench.follow()
    assert bench.view().billing.automatic_collection is False
    assert len(applied(bench)) == 1


def test_a_change_that_may_have_been_done_stays_asked_for_though_it_was_refused_when_it_was_asked_again(
    bench: PayingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = by_hand(bench)
    lose(bench, request, "error", monkeypatch)
    bench.sandbox.fail(Fault(kind="rate_limit", method="POST", path="/v1/subscriptions"))
    with pytest.raises(Refused):
        bench.call(request, TENANT)
    bench.follow()
    assert [event.actor for event in applied(bench)] == ["tess"]


def test_a_change_that_nobody_here_asked_for_is_stripes(bench: PayingBench) -> None:
    changed_at_stripe(bench, automatic=False)
    bench.follow()
    assert bench.view().billing.automatic_collection is False
    assert applied(bench) == []


def test_what_stripe_has_surely_not_done_claims_nothing(either: PayingBench) -> None:
    bench = either
    bench.sandbox.fail(Fault(kind="rate_limit", method="POST", path="/v1/subscriptions"))
    request = by_hand(bench)
    with pytest.raises(Refused):
        bench.call(request, TENANT)
    changed_at_stripe(bench, automatic=False)
    bench.follow()
    assert applied(bench) == []


@pytest.mark.parametrize("hours", [1, 25])
def test_what_is_found_done_at_the_first_look_is_that_persons_for_a_day(bench: PayingBench, hours: int) -> None:
    never_told(bench, by_hand(bench))
    bench.clock.advance(hours=hours)
    changed_at_stripe(bench, automatic=False)
    bench.follow()
    assert len(applied(bench)) == (hours < 24)


def test_what_was_asked_for_and_found_not_done_claims_no_later_change(either: PayingBench) -> None:
    bench = either
    never_told(bench, by_hand(bench))
    bench.call(RefreshBillingPaymentSetup(customer_id="acme-eu"), TENANT)
    changed_at_stripe(bench, automatic=False)
    bench.follow()
    assert bench.view().billing.automatic_collection is False
    assert applied(bench) == []


@pytest.mark.parametrize("is_told", [True, False])
def test_what_was_found_not_done_is_done_when_it_is_asked_for_again_and_still_that_persons(
    bench: PayingBench, is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = by_hand(bench)
    never_told(bench, request)
    bench.call(RefreshBillingPaymentSetup(customer_id="acme-eu"), TENANT)
    if is_told:
        assert bench.call(request, TENANT).replayed is False
    else:
        lose(bench, request, "error", monkeypatch)
    bench.follow()
    assert (bench.view().billing.automatic_collection, collects(bench)) == (False, False)
    assert [event.actor for event in applied(bench)] == ["tess"]


def test_what_was_undone_at_stripe_before_it_was_found_is_done_anew_when_it_is_asked_for_again(
    either: PayingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = either
    request = by_hand(bench)
    lose(bench, request, "drop", monkeypatch)
    changed_at_stripe(bench, automatic=True)
    bench.follow()
    assert bench.view().billing.automatic_collection is True
    assert bench.call(request, TENANT).outcome == "applied"
    assert (bench.view().billing.automatic_collection, collects(bench)) == (False, False)
    bench.follow()
    assert (bench.view().billing.automatic_collection, len(applied(bench))) == (False, 1)


def test_a_request_id_that_became_another_ones_keeps_nothing_from_being_read(
    bench: PayingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.feed(customer("other", billing={"state": "needs_review", "payment_rail": "none", "usage_tier": None}))
    bench.pay(bench.start(StartPlanCheckout, ADMIN, customer_id="other", plan="growth"))
    bench.follow()
    request = bench.request(UpdateBillingAutomaticCollection, "other", enabled=False)
    bench.sandbox.fail(Fault(kind="error", after=True, method="POST", path="/v1/subscriptions"))
    with pytest.raises(Refused):
        bench.call(request, ADMIN)
    bench.call(bench.request(ApproveTrial, "other", request_id=request.request_id), OPERATOR)
    bench.follow()
    assert bench.view("other").billing.automatic_collection is False


def test_a_request_id_is_used_for_one_thing(bench: PayingBench, monkeypatch: pytest.MonkeyPatch) -> None:
    request = by_hand(bench)
    lose(bench, request, "error", monkeypatch)
    bench.start(StartBillingPaymentSetup, request_id="a-page")
    others = (
        (msgspec.structs.replace(request, reason="another one"), TENANT),
        (request, ADMIN),
        (msgspec.structs.replace(request, request_id="a-page"), TENANT),
        (StartBillingPaymentSetup(customer_id="acme-eu", request_id=request.request_id), TENANT),
    )
    for other, principal in others:
        with pytest.raises(Refused) as refused:
            bench.call(other, principal)
        assert refused.value.reason == "REQUEST_ID_REUSED"


@pytest.mark.parametrize(("kind", "reason"), [("error", "PAYMENTS_FAILED"), ("drop", "PAYMENTS_UNREACHABLE")])
def test_what_stripe_could_not_do_leaves_one_event_of_the_attempt(bench: PayingBench, kind: Any, reason: str) -> None:
    attempts = (
        StartPlanCheckout(customer_id="acme-eu", request_id="one", plan="business"),
        StartBillingPaymentSetup(customer_id="acme-eu", request_id="two"),
        StartCustomerPortal(customer_id="acme-eu", request_id="three", purpose="overview"),
        by_hand(bench),
    )
    for request in attempts:
        before = bench.view()
        known = len(bench.events())
        bench.sandbox.fail(Fault(kind=kind, method="POST"))
        with pytest.raises(Refused):
            bench.call(request, TENANT)
        (event,) = bench.events()[known:]
        assert (event.actor, event.action, event.request_id) == ("tess", type(request).__name__, request.request_id)
        assert (event.outcome, event.reason) == (Outcome.FAILED, getattr(request, "reason", None))
        told = msgspec.json.decode(event.payload)
        assert told["refused"] == reason
        assert "customer_id" not in told["params"]
        assert bench.view().view_etag == before.view_etag
        bench.call(request, TENANT)
        assert [each.outcome for each in bench.events()[known:] if each.request_id] == [Outcome.FAILED, Outcome.APPLIED]


def test_what_fails_again_under_the_same_request_id_leaves_no_second_event_for_the_same_reason(
    either: PayingBench,
) -> None:
    bench = either
    attempts: list[tuple[Any, str]] = [
        ("error", "one"),
        ("error", "one"),
        ("drop", "one"),  # for another reason
        ("error", "one"),
        ("error", "two"),
    ]
    for kind, request_id in attempts:
        bench.sandbox.fail(Fault(kind=kind, method="POST", path="/v1/billing_portal"))
        with pytest.raises(Refused):
            bench.start(StartCustomerPortal, request_id=request_id, purpose="overview")
    failed = [event for event in bench.events() if event.outcome is Outcome.FAILED]
    assert [(event.request_id, msgspec.json.decode(event.payload)["refused"]) for event in failed] == [
        ("one", "PAYMENTS_FAILED"),
        ("one", "PAYMENTS_UNREACHABLE"),
        ("two", "PAYMENTS_FAILED"),
    ]
