"""Of the pages of one kind one stays open: who wishes the same is sent there, and another wish closes it."""

import asyncio
from collections.abc import Iterator
from datetime import datetime

import msgspec
import pytest

from services.contract.errors import Refused
from services.contract.requests import StartBillingPaymentSetup, StartPlanCheckout, StartRequest
from services.contract.types import BillingInterval
from services.contract.views import HostedPage
from services.payments.sandbox.faults import Fault
from services.storage.engine import Store
from tests.services.payments.paying import TENANT, PayingBench, paying
from tests.surface import OPERATOR, customer

UNPAID = {"state": "verified", "payment_rail": "none", "usage_tier": None}


@pytest.fixture
def bench(sqlite_store: Store) -> Iterator[PayingBench]:
    """A customer without a plan, and a gateway that asks once."""
    with paying(sqlite_store, retries=0) as bench:
        bench.feed(customer(billing=UNPAID))
        yield bench


def session_of(page: HostedPage) -> str:
    """Return the id of a Checkout page."""
    return page.url.rpartition("/")[2]


def states(bench: PayingBench, *pages: HostedPage) -> list[str]:
    """Return what became of pages at Stripe."""
    with bench.sandbox.world() as world:
        return [world.get("checkout.session", session_of(page))["status"] for page in pages]


def open_until(bench: PayingBench) -> datetime | None:
    """Return until when the Billing page says that a setup waits."""
    setup = bench.view().payment_setup
    return None if setup is None else setup.open_until


def cannot_close(bench: PayingBench, page: HostedPage, times: int) -> None:
    """Let the next attempts to close a page fail."""
    bench.sandbox.fail(
        Fault(kind="error", method="POST", path=f"/v1/checkout/sessions/{session_of(page)}", times=times)
    )


def test_a_page_that_another_one_follows_is_closed(bench: PayingBench) -> None:
    first = bench.start(StartPlanCheckout, plan="starter")
    second = bench.start(StartPlanCheckout, plan="growth")
    assert states(bench, first, second) == ["expired", "open"]
    assert "expired" in bench.visit(lambda visitor: visitor.open(first.url)).text
    third = bench.start(StartPlanCheckout, plan="growth", interval=BillingInterval.YEAR)
    assert states(bench, first, second, third) == ["expired", "expired", "open"]
    bench.pay(third)
    bench.follow()
    assert bench.view().billing.usage_tier == "growth"


def test_a_setup_follows_a_setup_that_runs_out_and_leaves_the_purchase_open(bench: PayingBench) -> None:
    purchase = bench.start(StartPlanCheckout, plan="growth")
    first = bench.start(StartBillingPaymentSetup)
    bench.clock.advance(hours=23, minutes=55)
    second = bench.start(StartBillingPaymentSetup)  # the first one is about to run out
    assert states(bench, purchase, first, second) == ["open", "expired", "open"]
    assert open_until(bench) == second.expires_at


def test_the_same_request_again_closes_nothing(bench: PayingBench) -> None:
    bench.start(StartPlanCheckout, plan="starter", request_id="one")
    second = bench.start(StartPlanCheckout, plan="growth")
    assert bench.start(StartPlanCheckout, plan="starter", request_id="one").replayed
    assert states(bench, second) == ["open"]


def test_a_new_page_is_there_though_the_old_one_could_not_be_closed_and_a_purchase_closes_it(
    bench: PayingBench,
) -> None:
    first = bench.start(StartPlanCheckout, plan="starter")
    cannot_close(bench, first, times=1)
    second = bench.start(StartPlanCheckout, plan="growth")
    assert states(bench, first, second) == ["open", "open"]
    bench.pay(second)
    bench.follow()
    assert states(bench, first, second) == ["expired", "complete"]
    assert bench.view().billing.usage_tier == "growth"


def test_a_page_that_stripe_refuses_to_close_keeps_no_purchase_from_being_read(
    bench: PayingBench,
) -> None:
    first = bench.start(StartPlanCheckout, plan="starter")
    cannot_close(bench, first, times=10)
    bench.pay(bench.start(StartPlanCheckout, plan="growth"))
    bench.follow()
    assert bench.view().billing.usage_tier == "growth"
    assert states(bench, first) == ["open"]


def test_a_page_that_was_completed_meanwhile_stays_so_and_counts(bench: PayingBench) -> None:
    first = bench.start(StartPlanCheckout, plan="starter")
    bench.pay(first)
    second = bench.start(StartPlanCheckout, plan="growth")
    assert states(bench, first, second) == ["complete", "open"]
    bench.follow()
    assert bench.view().billing.usage_tier == "starter"
    bench.clock.advance(seconds=3)
    bench.pay(second)
    bench.follow()
    assert bench.view().billing.usage_tier == "growth"
    assert states(bench, first, second) == ["complete", "complete"]


def test_a_page_that_is_asked_for_again_after_a_lost_answer_is_the_latest(bench: PayingBench) -> None:
    request = StartPlanCheckout(customer_id="acme-eu", request_id="lost", plan="starter")
    bench.sandbox.fail(Fault(kind="drop", method="POST", path="/v1/checkout"))
    with pytest.raises(Refused):
        bench.call(request, TENANT)
    between = bench.start(StartPlanCheckout, plan="growth")
    again = bench.call(request, TENANT)
    assert states(bench, between, again) == ["expired", "open"]
    bench.follow()
    assert states(bench, again) == ["open"]


KINDS = [(StartPlanCheckout, {"plan": "growth"}), (StartBillingPaymentSetup, {})]


@pytest.mark.parametrize(("kind", "wishes"), KINDS, ids=["checkout", "setup"])
def test_who_asks_for_the_same_again_is_sent_to_the_page_that_is_open(
    store: Store, kind: type[StartRequest], wishes: dict[str, str]
) -> None:
    with paying(store, retries=0) as bench:
        bench.feed(customer(billing=UNPAID))
        who = TENANT if kind is StartPlanCheckout else OPERATOR
        first = bench.start(kind, who, request_id="first", **wishes)
        bench.clock.advance(hours=5)
        second = bench.start(kind, TENANT, request_id="second", **wishes)
        assert (second.url, second.expires_at, second.replayed) == (first.url, first.expires_at, False)
        assert states(bench, first) == ["open"]
        with bench.sandbox.world() as world:
            assert len(world.all("checkout.session")) == 1
        told = [event for event in bench.events() if event.action == kind.__name__]
        assert [(event.actor, event.request_id) for event in told] == [(who.actor, "first"), ("tess", "second")]
        assert second.audit_event_id == told[1].audit_event_id
        for request_id, answer in (("first", first), ("second", second)):
            again = bench.start(kind, who if request_id == "first" else TENANT, request_id=request_id, **wishes)
            assert again == msgspec.structs.replace(answer, replayed=True)
        bench.follow()  # which closes none of them
        bench.pay(first)
        bench.follow()
        setup = bench.view().payment_setup
        assert setup is not None
        assert setup.status == "complete"
        assert states(bench, first) == ["complete"]


def test_what_is_asked_for_at_the_same_time_again_leads_to_the_page_that_is_open(bench: PayingBench) -> None:
    first = bench.start(StartPlanCheckout, plan="growth")

    async def all_at_once() -> list[HostedPage]:
        requests = [
            StartPlanCheckout(customer_id="acme-eu", request_id=f"at-once-{n}", plan="growth") for n in range(3)
        ]
        return list(await asyncio.gather(*(bench.surface.call(TENANT, request) for request in requests)))

    assert {page.url for page in bench.wait(all_at_once())} == {first.url}
    bench.follow()
    assert states(bench, first) == ["open"]


def test_a_wish_that_was_another_in_between_gets_a_page_of_its_own(bench: PayingBench) -> None:
    first = bench.start(StartPlanCheckout, plan="growth")
    between = bench.start(StartPlanCheckout, plan="starter")
    last = bench.start(StartPlanCheckout, plan="growth")
    assert states(bench, first, between, last) == ["expired", "expired", "open"]


@pytest.mark.parametrize("left", [5, 15])
def test_a_page_is_given_again_while_there_is_time_to_fill_it_in(bench: PayingBench, left: int) -> None:
    first = bench.start(StartBillingPaymentSetup)
    bench.clock.advance(hours=24, minutes=-left)
    second = bench.start(StartBillingPaymentSetup)
    assert (second.url == first.url) == (left == 15)
    assert open_until(bench) == second.expires_at
    assert second.expires_at is not None
    assert second.expires_at > bench.clock.now


def test_a_page_that_was_completed_or_closed_at_stripe_is_not_given_again(bench: PayingBench) -> None:
    pages = [bench.start(StartBillingPaymentSetup)]
    bench.pay(pages[0])
    pages.append(bench.start(StartBillingPaymentSetup))
    bench.wait(bench.gateway.close_session(session_of(pages[1])))
    pages.append(bench.start(StartBillingPaymentSetup))
    assert states(bench, *pages) == ["complete", "expired", "open"]


def test_a_page_of_one_customers_is_not_anothers(bench: PayingBench) -> None:
    bench.feed(customer("other", legal_name="Other Ltd", billing=UNPAID))
    first = bench.start(StartBillingPaymentSetup, OPERATOR)
    other = bench.start(StartBillingPaymentSetup, OPERATOR, customer_id="other")
    assert states(bench, first, other) == ["open", "open"]
    assert other.url != first.url
