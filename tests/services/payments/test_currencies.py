"""A customer whose money is in several currencies: nothing is added up across them, and what cannot be is said."""

from collections.abc import Callable, Iterator

import pytest

from services.contract.errors import Refused
from services.contract.requests import (
    ListInvoices,
    ListPlans,
    StartBillingPaymentSetup,
    StartCustomerPortal,
    StartPlanCheckout,
)
from services.contract.wording import money
from services.guidance.invoice_facts import invoice_facts
from services.payments.sandbox.catalogue import PlanPrice
from services.payments.sandbox.resources import customers, subscriptions
from services.storage.engine import Store
from tests.services.payments.paying import TENANT, PayingBench, paying
from tests.surface import customer

OLD_PLAN = PlanPrice(product_name="Altplan", lookup_key="alt_eur", amount=4_500, currency="eur", interval="month")
SINCE_SEPTEMBER = {"status": "open", "issued_at": "2026-09-01T00:00:00Z", "due_at": "2026-10-01T00:00:00Z"}
OWED = [
    {"number": "J-1", "amount": 150_000, "currency": "jpy"} | SINCE_SEPTEMBER,
    {"number": "U-1", "amount": 1_500, "currency": "usd"} | SINCE_SEPTEMBER,
]


@pytest.fixture
def bench(store: Store) -> Iterator[PayingBench]:
    """A customer who owes yen and dollars, and pays for an old plan in euros; plans are sold in dollars."""
    with paying(store) as bench:
        bench.feed(customer(billing={"state": "verified", "payment_rail": "none", "usage_tier": None}, invoices=OWED))
        bench.pay(bench.start(StartBillingPaymentSetup))
        bench.follow()
        account_id = str(bench.view().customer.stripe_customer_id)
        price = bench.sandbox.ensure_catalogue([OLD_PLAN])["alt_eur"]
        with bench.sandbox.world() as world:
            (card,) = world.all("payment_method", customer=account_id)
            settings = customers.InvoiceSettings(default_payment_method=card["id"])
            customers.update(world, customers.CustomerFields(invoice_settings=settings), account_id)
            subscriptions.start(world, customer=account_id, price=price, payment_method=None, metadata={})
        bench.follow()
        yield bench


def test_who_pays_in_one_currency_is_told_so_when_wanting_a_plan_in_another(bench: PayingBench) -> None:
    wishes: tuple[Callable[[], object], ...] = (
        lambda: bench.start(StartPlanCheckout, plan="growth"),
        lambda: bench.start(StartCustomerPortal, purpose="change_plan", plan="growth"),
    )
    for wish in wishes:
        with pytest.raises(Refused) as refused:
            wish()
        assert refused.value.reason == "OTHER_CURRENCY"
        assert "Growth is sold in USD, and the present plan is paid in EUR" in refused.value.message
    listed = bench.call(ListPlans(customer_id="acme-eu", plan="growth"), TENANT)
    assert listed.preview is None
    assert len(listed.plans) == len(bench.policy.plans.offered)


def test_each_invoice_keeps_its_currency_and_no_total_mixes_them(bench: PayingBench) -> None:
    listed = bench.call(ListInvoices(customer_id="acme-eu"), TENANT).invoices
    assert {money(each.amount, each.currency) for each in listed} == {"45.00 EUR", "150,000 JPY", "15.00 USD"}
    totals = [fact.value for fact in invoice_facts(bench.view()) if ".open.total." in fact.key]
    assert totals == ["150,000 JPY", "15.00 USD"]
