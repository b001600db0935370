"""A customer that Stripe has deleted is recorded alike whoever notices first: who reads events, or who opens a page."""

from collections.abc import Iterator

import pytest

from services.contract.requests import (
    RefreshBillingPaymentSetup,
    StartBillingPaymentSetup,
    StartPlanCheckout,
)
from services.contract.types import BlockerCode
from services.payments.actors import STRIPE
from services.storage.engine import Store
from tests.services.payments.paying import TENANT, PayingBench, paying
from tests.surface import customer


@pytest.fixture
def bench(store: Store) -> Iterator[PayingBench]:
    """A customer with a plan, a card, and nothing that blocks, whom Stripe has deleted just now."""
    with paying(store, retries=0) as bench:
        bench.feed(customer(billing={"state": "verified", "payment_rail": "none", "usage_tier": None}))
        bench.pay(bench.start(StartPlanCheckout, plan="growth"))
        bench.follow()
        assert bench.view().billing.payment_method_on_file
        bench.wait(bench.delete_account(str(bench.view().customer.stripe_customer_id)))
        yield bench


@pytest.mark.parametrize("first", ["event", "page"])
def test_a_deleted_customers_card_and_plan_are_gone_whoever_notices_first(bench: PayingBench, first: str) -> None:
    if first == "event":
        bench.follow()
    known = bench.view()
    bench.start(StartBillingPaymentSetup)
    opened = bench.view()
    bench.follow()
    bench.clock.advance(hours=2)
    bench.follow()
    receipt = bench.call(RefreshBillingPaymentSetup(customer_id="acme-eu"), TENANT)
    for view in (opened, receipt.view):
        assert (view.billing.payment_method_on_file, view.billing.usage_tier, view.subscription) == (False, None, None)
        assert BlockerCode.PAYMENT_SETUP_INCOMPLETE in {blocker.code for blocker in view.blockers}
    assert receipt.status == "open"
    assert opened.billing.etag != known.billing.etag or first == "event"


def test_that_a_page_has_found_a_customer_deleted_is_told_as_stripes(bench: PayingBench) -> None:
    bench.start(StartBillingPaymentSetup)
    found, made, opened = bench.events()[-3:]
    assert (found.actor, found.role, found.action) == (STRIPE.actor, STRIPE.role, "SyncPaymentCustomer")
    assert found.etag_before != found.etag_after == made.etag_before
    for told in ('"after":"no","before":"yes","label":"Method on file"', '"after":"deleted"', '"before":"growth"'):
        assert told in found.payload
    assert (made.actor, opened.actor, opened.action) == ("tess", "tess", "StartBillingPaymentSetup")
