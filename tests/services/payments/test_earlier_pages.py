"""Of the pages of one kind the latest stays open: those before it lead nowhere, unless somebody has completed them."""

from collections.abc import Iterator

import pytest

from services.contract.errors import Refused
from services.contract.requests import StartBillingPaymentSetup, StartPlanCheckout
from services.contract.views import HostedPage
from services.payments.sandbox.faults import Fault
from services.storage.engine import Store
from tests.services.payments.paying import TENANT, PayingBench, paying
from tests.surface import customer


@pytest.fixture
def bench(sqlite_store: Store) -> Iterator[PayingBench]:
    """A customer without a plan, and a gateway that asks once."""
    with paying(sqlite_store, retries=0) as bench:
        bench.feed(customer(billing={"state": "verified", "payment_rail": "none", "usage_tier": None}))
        yield bench


def session_of(page: HostedPage) -> str:
    """Return the id of a Checkout page."""
    return page.url.rpartition("/")[2]


def states(bench: PayingBench, *pages: HostedPage) -> list[str]:
    """Return what became of pages at Stripe."""
    with bench.sandbox.world() as world:
        return [world.get("checkout.session", session_of(page))["status"] for page in pages]


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
    third = bench.start(StartPlanCheckout, plan="growth")
    assert states(bench, first, second, third) == ["expired", "expired", "open"]
    bench.pay(third)
    bench.follow()
    assert bench.view().billing.usage_tier == "growth"


def test_a_setup_follows_a_setup_and_leaves_the_purchase_open(bench: PayingBench) -> None:
    purchase = bench.start(StartPlanCheckout, plan="growth")
    first, second = bench.start(StartBillingPaymentSetup), bench.start(StartBillingPaymentSetup)
    assert states(bench, purchase, first, second) == ["open", "expired", "open"]
    setup = bench.view().payment_setup
    assert setup is not None
    assert setup.open_until == second.expires_at


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
