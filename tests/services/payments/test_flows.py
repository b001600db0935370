"""From a person's wish to the record, through the real client, the sandbox's pages and its events."""

import asyncio
import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest

from services.contract.errors import Refused
from services.contract.requests import (
    GetInvoice,
    ListInvoices,
    ListPlans,
    RefreshBillingPaymentSetup,
    StartBillingInvoicePayment,
    StartBillingPaymentSetup,
    StartCustomerPortal,
    StartPlanCheckout,
    UpdateBillingAutomaticCollection,
)
from services.contract.types import BillingInterval, InvoiceStatus, PaymentRail
from services.contract.views import InvoicePage, PlanList
from services.payments.gateway.faults import unreachable
from services.payments.methods import invoices
from services.payments.sandbox.resources import cancellation
from services.storage.engine import Store
from tests.services.payments.paying import DECLINED, TENANT, PayingBench, paying
from tests.surface import ADMIN, OPERATOR, customer


@pytest.fixture
def bench(store: Store) -> Iterator[PayingBench]:
    """A verified customer without a plan, who pays nothing yet."""
    with paying(store) as bench:
        bench.feed(customer(billing={"state": "verified", "payment_rail": "none", "usage_tier": None}))
        yield bench


def subscribed(bench: PayingBench, plan: str = "growth") -> None:
    """Buy a plan."""
    bench.pay(bench.start(StartPlanCheckout, plan=plan))
    bench.follow()


def test_a_plan_that_is_paid_in_checkout_is_the_customers(bench: PayingBench) -> None:
    page = bench.start(StartPlanCheckout, plan="growth")
    assert page.url.startswith(bench.sandbox.base)
    assert bench.view().subscription is None
    assert "declined" in bench.pay(page, DECLINED)
    bench.follow()
    assert bench.view().subscription is None
    bench.pay(page)
    bench.follow()
    view = bench.view()
    assert view.subscription is not None
    assert (view.billing.usage_tier, view.subscription.plan_name) == ("growth", "Growth")
    assert view.subscription.outlook == "Growth, renews on 2026-12-20"
    assert view.billing.payment_rail is PaymentRail.CARD
    assert view.payment_setup is not None
    assert view.payment_setup.method is not None
    assert view.payment_setup.method.text == "Visa ending in 4242"
    by_stripe = [event.action for event in bench.events() if event.actor == "stripe"]
    assert set(by_stripe) == {"SyncPaymentMethod", "SyncSubscription", "SyncInvoice"}


def test_following_again_changes_nothing(bench: PayingBench) -> None:
    subscribed(bench)
    view, events = bench.view(), len(bench.events())
    bench.follow()
    assert (bench.view().view_etag, len(bench.events())) == (view.view_etag, events)


def test_an_upgrade_replaces_the_plan_and_no_second_subscription_stays(bench: PayingBench) -> None:
    subscribed(bench, "starter")
    bench.clock.advance(days=10)
    plans: PlanList = bench.call(ListPlans(customer_id="acme-eu", plan="growth"), TENANT)
    assert plans.preview is not None
    assert plans.preview.due_now == 7_900
    assert any(line.after.startswith("-12.") for line in plans.preview.lines)  # what is left of the month
    parts = [Decimal(line.after.removesuffix(" USD")) for line in plans.preview.lines]
    assert plans.preview.total == 100 * sum(parts) < plans.preview.due_now
    subscribed(bench, "growth")
    view = bench.view()
    assert view.billing.usage_tier == "growth"
    with bench.sandbox.world() as world:
        statuses = sorted(each["status"] for each in world.all("subscription"))
    assert statuses == ["active", "canceled"]


def test_a_smaller_plan_is_the_portals(bench: PayingBench) -> None:
    subscribed(bench)
    with pytest.raises(Refused) as refused:
        bench.start(StartPlanCheckout, plan="starter")
    assert refused.value.reason == "CHANGE_IN_PORTAL"
    page = bench.start(StartCustomerPortal, purpose="change_plan", plan="starter")

    async def confirm(visitor: "object") -> None:
        shown = await visitor.open(page.url)  # type: ignore[attr-defined]
        await visitor.follow(shown.forms[0])  # type: ignore[attr-defined]

    bench.visit(confirm)
    bench.follow()
    view = bench.view()
    assert view.subscription is not None
    assert view.subscription.outlook == "Growth until 2026-12-20, then Starter"
    bench.clock.advance(days=31)
    bench.sandbox.tick()
    bench.follow()
    assert bench.view().billing.usage_tier == "starter"


def test_the_same_request_leads_to_the_same_page_and_another_one_is_refused_its_id(bench: PayingBench) -> None:
    page = bench.start(StartPlanCheckout, plan="growth", request_id="one")
    again = bench.start(StartPlanCheckout, plan="growth", request_id="one")
    assert (again.url, again.replayed, again.audit_event_id) == (page.url, True, page.audit_event_id)
    with pytest.raises(Refused) as refused:
        bench.start(StartPlanCheckout, plan="business", request_id="one")
    assert refused.value.reason == "REQUEST_ID_REUSED"


def test_a_payment_setup_puts_a_method_on_file_and_lets_invoices_be_collected(bench: PayingBench) -> None:
    refusal = bench.view().automatic_collection
    assert refusal is not None
    assert refusal.reason == "PAYMENT_SETUP_INCOMPLETE"
    page = bench.start(StartBillingPaymentSetup)
    setup = bench.view().payment_setup
    assert setup is not None
    assert setup.status == "open"
    bench.pay(page)
    receipt = bench.call(RefreshBillingPaymentSetup(customer_id="acme-eu"), TENANT)
    assert (receipt.status, receipt.notice) == ("complete", "Visa ending in 4242 is on file.")
    assert receipt.view.billing.payment_rail is PaymentRail.CARD
    asked = bench.request(UpdateBillingAutomaticCollection, enabled=True)
    done = bench.call(asked, TENANT)
    assert done.view.billing.automatic_collection is True
    assert bench.call(asked, TENANT).replayed is True


def test_invoices_are_listed_from_stripe_once_a_minute(bench: PayingBench) -> None:
    subscribed(bench)
    listed: InvoicePage = bench.call(ListInvoices(customer_id="acme-eu"), TENANT)
    (invoice,) = listed.invoices
    assert (invoice.amount, invoice.currency, invoice.status) == (7_900, "usd", InvoiceStatus.PAID)
    assert invoice.has_pdf
    detail = bench.call(GetInvoice(customer_id="acme-eu", invoice=invoice.number, pdf=True), TENANT)
    assert [attempt.status for attempt in detail.attempts] == ["succeeded"]
    assert detail.pdf.startswith(b"%PDF")
    again: InvoicePage = bench.call(ListInvoices(customer_id="acme-eu"), TENANT)
    assert again.fetched_at == listed.fetched_at


def test_an_open_invoice_blocks_when_it_is_overdue_and_is_paid_by_hand(bench: PayingBench) -> None:
    subscribed(bench)
    bench.call(bench.request(UpdateBillingAutomaticCollection, enabled=False), TENANT)
    bench.clock.advance(days=31)
    bench.sandbox.tick()
    bench.follow()
    (open_invoice,) = bench.view().open_invoices
    bench.clock.advance(days=31)
    assert "overdue_invoice" in {blocker.code for blocker in bench.view().blockers}
    bench.pay(bench.start(StartBillingInvoicePayment, invoice=open_invoice.number))
    bench.follow()
    assert "overdue_invoice" not in {blocker.code for blocker in bench.view().blockers}


def test_a_cycle_is_changed_in_the_portal(bench: PayingBench) -> None:
    subscribed(bench)
    page = bench.start(StartCustomerPortal, purpose="change_plan", plan="growth", interval=BillingInterval.YEAR)
    assert page.url.startswith(bench.sandbox.base)


def test_a_customer_that_stripe_does_not_know_keeps_what_is_recorded_of_it(bench: PayingBench) -> None:
    bench.feed(
        customer("other", stripe_customer_id="cus_ofAnotherKey", payment_method_on_file=True, automatic_collection=True)
    )
    before = bench.view("other")
    bench.follow()
    for _ in range(8):  # until it is no longer tried
        bench.clock.advance(minutes=20)
        bench.follow()
    after = bench.view("other")
    assert (after.billing, after.blockers, after.notices) == (before.billing, before.blockers, before.notices)
    with pytest.raises(Refused) as refused:
        bench.start(StartPlanCheckout, ADMIN, customer_id="other", plan="growth")
    assert refused.value.reason == "ACCOUNT_UNKNOWN"


def test_a_customer_that_stripe_has_deleted_gets_another_one_with_the_next_page(bench: PayingBench) -> None:
    subscribed(bench)
    first = bench.view().customer.stripe_customer_id
    bench.wait(bench.delete_account(str(first)))
    bench.follow()
    assert "payment_customer_gone" in {notice.code for notice in bench.view().notices}
    assert bench.view().billing.usage_tier is None
    bench.pay(bench.start(StartPlanCheckout, plan="starter"))
    bench.follow()
    view = bench.view()
    assert view.customer.stripe_customer_id not in (None, first)
    assert view.billing.usage_tier == "starter"
    assert "payment_customer_gone" not in {notice.code for notice in view.notices}


def test_opening_a_page_and_leaving_it_blocks_nobody(bench: PayingBench) -> None:
    bench.feed(customer("card", billing={"state": "verified", "payment_rail": "card"}, payment_method_on_file=None))
    before = bench.view("card")
    bench.start(StartBillingPaymentSetup, OPERATOR, customer_id="card")
    bench.follow()
    bench.call(RefreshBillingPaymentSetup(customer_id="card"), OPERATOR)
    assert bench.view("card").blockers == before.blockers


def test_an_import_that_does_not_name_the_stripe_customer_leaves_it(bench: PayingBench) -> None:
    subscribed(bench)
    view = bench.view()
    bench.feed(customer(legal_name="Acme Holding GmbH", stripe_customer_id=None))
    after = bench.view()
    assert after.customer.legal_name == "Acme Holding GmbH"
    assert after.customer.stripe_customer_id == view.customer.stripe_customer_id
    assert after.subscription == view.subscription


def test_an_import_that_names_another_stripe_customer_forgets_what_the_first_one_had(bench: PayingBench) -> None:
    subscribed(bench)
    bench.feed(customer(stripe_customer_id="cus_another"))
    view = bench.view()
    assert (view.customer.stripe_customer_id, view.subscription) == ("cus_another", None)
    assert [each.invoice_id for each in bench.call(ListInvoices(customer_id="acme-eu"), TENANT).invoices] == [None]


def test_a_customer_of_a_sandbox_that_is_no_more_gets_another_one(bench: PayingBench) -> None:
    bench.feed(customer("moved", stripe_customer_id="cus_sandbox_ofAnEarlierTime", billing={"usage_tier": None}))
    bench.pay(bench.start(StartPlanCheckout, ADMIN, customer_id="moved", plan="starter"))
    bench.follow()
    view = bench.view("moved")
    assert view.billing.usage_tier == "starter"
    assert view.customer.stripe_customer_id not in (None, "cus_sandbox_ofAnEarlierTime")


def test_a_payment_that_failed_is_a_notice(bench: PayingBench) -> None:
    subscribed(bench)
    account_id = str(bench.view().customer.stripe_customer_id)
    bench.wait(bench.spoil_card(account_id))
    bench.clock.advance(days=32)
    bench.sandbox.tick()
    bench.follow()
    assert "subscription_not_paid" in {notice.code for notice in bench.view().notices}


def codes(bench: PayingBench) -> set[str]:
    """Return the codes of what stops a customer, and of what is to be noticed."""
    view = bench.view()
    return {blocker.code for blocker in view.blockers} | {notice.code for notice in view.notices}


def test_an_invoice_that_is_given_up_is_overdue_and_can_be_paid(bench: PayingBench) -> None:
    subscribed(bench)
    bench.wait(bench.spoil_card(str(bench.view().customer.stripe_customer_id)))
    bench.clock.advance(days=31)
    for days in (0, 3, 5):  # each time it is tried again
        bench.clock.advance(days=days)
        bench.sandbox.tick()
        bench.follow()
        assert ("subscription_not_paid" in codes(bench), "overdue_invoice" in codes(bench)) == (True, False)
    bench.clock.advance(days=8)
    bench.sandbox.tick()
    bench.follow()
    (owed,) = bench.view().open_invoices
    assert owed.due_at == owed.issued_at
    (blocker,) = (each for each in bench.view().blockers if each.code == "overdue_invoice")
    assert blocker.since == owed.issued_at
    bench.pay(bench.start(StartBillingInvoicePayment, invoice=owed.number))
    bench.follow()
    assert "overdue_invoice" not in codes(bench)


def test_an_invoice_that_is_not_collected_any_more_because_its_subscription_was_ended_is_overdue(
    bench: PayingBench,
) -> None:
    subscribed(bench)
    bench.wait(bench.spoil_card(str(bench.view().customer.stripe_customer_id)))
    bench.clock.advance(days=32)
    bench.sandbox.tick()
    bench.follow()
    assert "overdue_invoice" not in codes(bench)
    with bench.sandbox.world() as world:
        cancellation.end(world, world.all("subscription")[0], reason="cancellation_requested")
    bench.follow()
    assert "overdue_invoice" in codes(bench)


def test_of_two_pages_that_are_both_paid_one_plan_stays(bench: PayingBench, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bench.start(StartPlanCheckout, plan="starter")
    monkeypatch.setattr(bench.gateway, "close_session", bench.gateway.session)  # the first one cannot be closed
    second = bench.start(StartPlanCheckout, plan="growth")
    bench.pay(second)
    bench.follow()
    bench.clock.advance(seconds=3)
    bench.pay(first)
    bench.follow()
    with bench.sandbox.world() as world:
        assert sorted(each["status"] for each in world.all("subscription")) == ["active", "canceled"]
    assert bench.view().billing.usage_tier == "starter"  # what was bought last
    assert any("another one took its place" in event.payload for event in bench.events())


def test_an_upgrade_is_paid_by_hand_where_that_was_chosen(bench: PayingBench) -> None:
    subscribed(bench, "starter")
    bench.call(bench.request(UpdateBillingAutomaticCollection, enabled=False), TENANT)
    subscribed(bench, "business")
    view = bench.view()
    assert (view.billing.usage_tier, view.billing.automatic_collection) == ("business", False)


def test_the_trail_tells_what_became_of_an_invoice(bench: PayingBench) -> None:
    subscribed(bench)
    (told,) = [event.payload for event in bench.events() if event.action == "SyncInvoice"]
    assert '"after":"paid, 79.00 USD' in told


def test_invoices_that_are_known_do_not_wait_for_a_stripe_that_hangs(
    bench: PayingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribed(bench)
    first: InvoicePage = bench.call(ListInvoices(customer_id="acme-eu"), TENANT)
    monkeypatch.setattr(invoices, "_PATIENCE", 0.05)
    answered = threading.Event()

    async def hang(*_asked: object, **_also: object) -> None:
        await asyncio.to_thread(answered.wait)
        raise unreachable()

    monkeypatch.setattr(bench.gateway, "invoices", hang)
    listed: InvoicePage = bench.call(ListInvoices(customer_id="acme-eu", refresh=True), TENANT)
    answered.set()
    assert listed.invoices == first.invoices
    assert listed.problem is not None
    assert "not answered yet" in listed.problem
