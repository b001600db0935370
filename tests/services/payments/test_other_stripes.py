"""Customers of another Stripe than takes payments now: nothing of what is recorded of them is lost, and it is said."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from services.contract.errors import Refused
from services.contract.requests import (
    ListInvoices,
    RefreshBillingPaymentSetup,
    StartBillingInvoicePayment,
    StartBillingPaymentSetup,
    StartCustomerPortal,
    StartPlanCheckout,
    StartRequest,
    UpdateBillingAutomaticCollection,
)
from services.contract.views import InvoicePage
from services.payments.health_store import an_account
from services.storage.engine import Store
from tests.services.payments.paying import TENANT, PayingBench, paying
from tests.surface import ADMIN, customer

UNPAID = {"state": "verified", "payment_rail": "none", "usage_tier": None}


@contextmanager
def elsewhere(store: Store) -> Iterator[PayingBench]:
    """A customer with a plan, a card and an open invoice, all at another Stripe; and one who has registered a card."""
    with paying(store, retries=0) as bench:
        bench.feed(customer(billing=UNPAID), customer("other", legal_name="Other Ltd", billing=UNPAID))
        bench.pay(bench.start(StartBillingPaymentSetup, ADMIN, customer_id="other"))
        bench.pay(bench.start(StartPlanCheckout, plan="starter"))
        bench.follow()
        bench.call(bench.request(UpdateBillingAutomaticCollection, enabled=False), TENANT)
        bench.clock.advance(days=31)
        bench.sandbox.tick()
        bench.follow()
        bench.use_another_stripe()
        yield bench


@pytest.fixture
def bench(sqlite_store: Store) -> Iterator[PayingBench]:
    """The same on one database."""
    with elsewhere(sqlite_store) as bench:
        yield bench


@pytest.fixture
def either(store: Store) -> Iterator[PayingBench]:
    """The same on each database."""
    with elsewhere(store) as bench:
        yield bench


def recorded(bench: PayingBench, customer_id: str = "acme-eu") -> tuple[Any, ...]:
    """Return what the Billing page shows of a customer's plan and payments."""
    view = bench.view(customer_id)
    notices = [notice.code for notice in view.notices]
    stops = [blocker.code for blocker in view.blockers]
    return view.customer, view.billing, view.subscription, view.payment_setup, view.open_invoices, stops, notices


def test_a_look_loses_nothing_and_says_that_they_are_of_another_stripe(either: PayingBench) -> None:
    bench = either
    before, other = recorded(bench), recorded(bench, "other")
    with bench.store.read() as conn:
        assert an_account(conn) == before[0].stripe_customer_id
    listed: InvoicePage = bench.call(ListInvoices(customer_id="acme-eu", refresh=True), TENANT)
    assert len(listed.invoices) == 2
    assert listed.problem is not None
    with pytest.raises(Refused) as refused:
        bench.call(RefreshBillingPaymentSetup(customer_id="acme-eu"), TENANT)
    assert (refused.value.reason, refused.value.message) == ("ACCOUNT_UNKNOWN", listed.problem)
    assert "another Stripe" in listed.problem
    nothing: InvoicePage = bench.call(ListInvoices(customer_id="other", refresh=True), ADMIN)
    assert (nothing.invoices, nothing.problem) == ([], listed.problem)
    assert "STRIPE_SECRET_KEY and STRIPE_API_BASE as they were" in listed.problem
    bench.clock.advance(days=30)  # after so long everybody is read again
    for _ in range(7):
        bench.follow()
        bench.clock.advance(minutes=20)
    assert recorded(bench, "other") == other
    assert recorded(bench)[:5] == before[:5]


STARTS: list[tuple[type[StartRequest], dict[str, Any]]] = [
    (StartPlanCheckout, {"plan": "growth"}),
    (StartCustomerPortal, {"purpose": "overview"}),
    (StartCustomerPortal, {"purpose": "cancel"}),
    (StartBillingPaymentSetup, {}),
]


def test_no_page_is_opened_at_the_price_of_what_stands_in_the_records(bench: PayingBench) -> None:
    before, other = recorded(bench), recorded(bench, "other")
    (owed,) = bench.view().open_invoices
    starts: list[tuple[type[StartRequest], dict[str, Any]]]
    starts = [*STARTS, (StartBillingInvoicePayment, {"invoice": owed.number})]
    for kind, wishes in starts:
        with pytest.raises(Refused) as refused:
            bench.start(kind, **wishes)
        assert refused.value.reason == "ACCOUNT_UNKNOWN"
    with pytest.raises(Refused) as refused:
        bench.start(StartPlanCheckout, ADMIN, customer_id="other", plan="growth")
    assert refused.value.reason == "ACCOUNT_UNKNOWN"
    assert (recorded(bench), recorded(bench, "other")) == (before, other)
    with bench.sandbox.world() as world:
        assert world.all("customer") == []


def test_an_import_that_names_a_customer_of_this_stripe_lets_them_begin_anew(bench: PayingBench) -> None:
    bench.feed(customer(stripe_customer_id="cus_sandbox_toBeMade", billing=UNPAID))
    bench.pay(bench.start(StartPlanCheckout, plan="growth"))
    bench.follow()
    view = bench.view()
    assert view.billing.usage_tier == "growth"
    assert view.customer.stripe_customer_id not in (None, "cus_sandbox_toBeMade")
