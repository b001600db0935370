"""A payment that a bank declines, from the hosted page to the desk, through the real client."""

from collections.abc import Iterator

import pytest

from services.contract.requests import (
    GetInvoice,
    StartBillingInvoicePayment,
    StartBillingPaymentSetup,
    StartPlanCheckout,
)
from services.contract.requests import UpdateBillingAutomaticCollection as Collect
from services.contract.types import InvoiceStatus
from services.storage.engine import Store
from tests.services.payments.paying import DECLINED, TENANT, PayingBench, paying
from tests.services.payments.sandbox.pages.test_authentication import ALWAYS, asked
from tests.services.payments.sandbox.pages.visitor import Page, Visitor
from tests.surface import customer


@pytest.fixture
def bench(store: Store) -> Iterator[PayingBench]:
    """A customer with a plan."""
    with paying(store) as bench:
        bench.feed(customer(billing={"state": "verified", "payment_rail": "none", "usage_tier": None}))
        bench.pay(bench.start(StartPlanCheckout, plan="growth"))
        bench.follow()
        yield bench


def test_the_invoice_shows_who_was_declined_and_why(bench: PayingBench) -> None:
    bench.call(bench.request(Collect, enabled=False), TENANT)
    bench.clock.advance(days=31)
    bench.sandbox.tick()
    bench.follow()
    (owed,) = bench.view().open_invoices
    assert "declined" in bench.pay(bench.start(StartBillingInvoicePayment, invoice=owed.number), DECLINED)
    bench.follow()
    detail = bench.call(GetInvoice(customer_id="acme-eu", invoice=owed.number), TENANT)
    (attempt,) = detail.attempts
    assert (attempt.status, attempt.amount) == ("failed", 7_900)
    assert attempt.problem is not None
    assert attempt.problem.startswith("Your card was declined.")
    assert detail.invoice.status is InvoiceStatus.OPEN


def test_an_invoice_whose_bank_asks_its_cardholder_says_so_and_is_overdue(bench: PayingBench) -> None:
    page = bench.start(StartBillingPaymentSetup)

    async def set_up(visitor: Visitor) -> Page:
        bank = await asked(visitor, page.url, ALWAYS)
        return await visitor.send(bank.form(), confirmed="yes")

    bench.visit(set_up)
    bench.follow()
    bench.clock.advance(days=31)
    bench.sandbox.tick()
    bench.follow()
    (owed,) = bench.view().open_invoices
    detail = bench.call(GetInvoice(customer_id="acme-eu", invoice=owed.number), TENANT)
    (attempt,) = detail.attempts
    assert (attempt.status, attempt.amount) == ("pending", 7_900)
    assert "asks the cardholder to confirm" in str(attempt.problem)
    assert "overdue_invoice" in {blocker.code for blocker in bench.view().blockers}
