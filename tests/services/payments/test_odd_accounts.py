"""Prices that are gone, other currencies, customers of nobody and of two, and what is somebody else's."""

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import pytest
from sqlalchemy import select

from services.contract.errors import Refused
from services.contract.requests import (
    GetInvoice,
    ListInvoices,
    ListPlans,
    RefreshBillingPaymentSetup,
    StartBillingInvoicePayment,
    StartPlanCheckout,
)
from services.contract.types import BillingInterval
from services.contract.views import InvoicePage, PlanList, PriceView
from services.payments.inbox import receive
from services.payments.mirror.store import set_account
from services.payments.port import RemoteEvent
from services.payments.sandbox.catalogue import PlanPrice
from services.storage.engine import Store
from services.storage.tables import payment_events
from tests.services.payments.paying import TENANT, PayingBench, paying
from tests.surface import customer

FRESH = {"state": "verified", "payment_rail": "none", "usage_tier": None}
OTHER = msgspec.structs.replace(TENANT, actor="otto", customer_id="other")


class Told(NamedTuple):
    """What the inbox says of an event."""

    status: str
    attempts: int
    problem: str | None


@pytest.fixture
def bench(sqlite_store: Store) -> Iterator[PayingBench]:
    """Two customers without a plan."""
    with paying(sqlite_store, retries=0) as bench:
        bench.feed(customer(billing=FRESH), customer("other", legal_name="Other Ltd", billing=FRESH))
        yield bench


def reason(bench: PayingBench, request: object, principal: object = TENANT) -> str:
    """Return why a request is refused."""
    with pytest.raises(Refused) as caught:
        bench.call(request, principal)  # type: ignore[arg-type]
    assert caught.value.message.endswith(".")
    return caught.value.reason


def subscribed(bench: PayingBench, customer_id: str = "acme-eu", plan: str = "growth") -> None:
    """Buy a plan."""
    who = TENANT if customer_id == TENANT.customer_id else OTHER
    bench.pay(bench.start(StartPlanCheckout, who, customer_id=customer_id, plan=plan))
    bench.follow()


def hear(bench: PayingBench, event_id: str, kind: str, account_id: str, object_id: str | None = None) -> None:
    """Let Stripe tell of something."""
    event = RemoteEvent(
        event_id=event_id,
        type=kind,
        object_id=object_id or account_id,
        object_kind="invoice" if kind.startswith("invoice") else "customer",
        account_id=account_id,
        created_at=bench.clock.now,
        livemode=False,
    )
    receive(bench.store, [event], bench.clock(), livemode=False)


def told(bench: PayingBench, event_id: str) -> Told:
    """Return what the inbox says of an event."""
    columns = payment_events.c
    with bench.store.read() as conn:
        found = select(columns.status, columns.attempts, columns.problem).where(columns.event_id == event_id)
        return Told(*conn.execute(found).one())


def price_of(plans: PlanList, slug: str) -> PriceView:
    """Return what a plan costs a month."""
    plan = next(plan for plan in plans.plans if plan.plan == slug)
    return next(price for price in plan.prices if price.interval is BillingInterval.MONTH)


def test_a_price_that_no_longer_exists_is_said_at_the_plan_and_refused_at_the_page(bench: PayingBench) -> None:
    bench.call(ListPlans(customer_id="acme-eu"), TENANT)
    with bench.sandbox.world() as world:
        (price,) = world.all("price", lookup_key="growth_monthly")
        world.put(price | {"active": False})
    request = StartPlanCheckout(customer_id="acme-eu", request_id="one", plan="growth")
    assert reason(bench, request) == "PAYMENTS_REFUSED"  # it was there when it was last asked for
    bench.clock.advance(hours=2)
    assert reason(bench, request) == "PRICE_GONE"
    found = price_of(bench.call(ListPlans(customer_id="acme-eu"), TENANT), "growth")
    assert (found.text, found.problem) == ("unknown", "Stripe has no such price now.")
    with bench.sandbox.world() as world:
        world.put(price)
    hear(bench, "evt_price", "price.updated", "")
    bench.read()
    bench.pay(bench.call(request, TENANT))
    bench.follow()
    assert bench.view().billing.usage_tier == "growth"


@pytest.mark.parametrize(
    ("currency", "amount", "text"), [("jpy", 7_000, "7,000 JPY"), ("kwd", 7_120, "7.120 KWD")], ids=["jpy", "kwd"]
)
def test_amounts_are_right_in_currencies_without_decimals_and_with_three(
    bench: PayingBench, currency: str, amount: int, text: str
) -> None:
    price = PlanPrice(
        product_name="Growth", lookup_key="growth_monthly", amount=amount, currency=currency, interval="month"
    )
    bench.sandbox.ensure_catalogue([price])
    plans: PlanList = bench.call(ListPlans(customer_id="acme-eu", plan="growth"), TENANT)
    assert price_of(plans, "growth").text == text
    assert plans.preview is not None
    assert plans.preview.text.startswith(text)
    bench.pay(bench.start(StartPlanCheckout, plan="growth"))
    bench.follow()
    subscription = bench.view().subscription
    assert subscription is not None
    assert (subscription.amount, subscription.currency) == (amount, currency)
    (invoice,) = bench.call(ListInvoices(customer_id="acme-eu"), TENANT).invoices
    assert (invoice.amount, invoice.currency) == (amount, currency)
    detail = bench.call(GetInvoice(customer_id="acme-eu", invoice=invoice.number), TENANT)
    assert [line.amount for line in detail.lines] == [attempt.amount for attempt in detail.attempts] == [amount]


def test_an_event_of_somebody_unknown_is_tried_for_a_while_and_then_kept_aside(bench: PayingBench) -> None:
    hear(bench, "evt_1", "customer.updated", "cus_nobody")
    bench.read()
    assert told(bench, "evt_1") == ("waiting", 1, "nobody here is this Stripe customer")
    for _ in range(5):
        bench.clock.advance(minutes=1)
        bench.read()
    assert told(bench, "evt_1")[::2] == ("quarantined", "nobody here is this Stripe customer")


def test_an_event_that_is_faster_than_its_customers_record_is_not_lost(bench: PayingBench) -> None:
    subscribed(bench)
    account_id = bench.view().customer.stripe_customer_id
    assert account_id is not None
    hear(bench, "evt_2", "customer.subscription.updated", "cus_soon_known")
    bench.read()
    assert told(bench, "evt_2").status == "waiting"
    with bench.sandbox.world() as world:
        same = world.get("customer", account_id)
        no_card = same["invoice_settings"] | {"default_payment_method": None}
        world.put(same | {"id": "cus_soon_known", "invoice_settings": no_card})
    bench.feed(customer("third", stripe_customer_id="cus_soon_known"))
    bench.clock.advance(minutes=1)
    bench.read()
    assert told(bench, "evt_2") == ("done", 1, None)


def test_what_two_customers_claim_is_neithers(bench: PayingBench) -> None:
    subscribed(bench)
    account_id = bench.view().customer.stripe_customer_id
    assert account_id is not None
    bench.feed(customer("other", legal_name="Other Ltd", billing=FRESH, stripe_customer_id=account_id))
    before = bench.view("other"), bench.view()
    with bench.sandbox.world() as world:
        (invoice,) = world.all("invoice")
    hear(bench, "evt_account", "customer.subscription.updated", account_id)
    hear(bench, "evt_invoice", "invoice.paid", account_id, invoice["id"])
    for _ in range(6):
        bench.read()
        bench.clock.advance(minutes=1)
    for event_id in ("evt_account", "evt_invoice"):
        assert told(bench, event_id)[::2] == ("quarantined", "several are")
    assert [view.view_etag for view in before] == [bench.view("other").view_etag, bench.view().view_etag]
    assert reason(bench, RefreshBillingPaymentSetup(customer_id="acme-eu")) == "ACCOUNT_UNKNOWN"
    listed: InvoicePage = bench.call(ListInvoices(customer_id="other"), OTHER)
    assert listed.invoices == []
    assert listed.problem is not None
    assert "several customers here" in listed.problem


def test_an_invoice_of_another_tenant_is_not_found_by_its_id_or_its_number(bench: PayingBench) -> None:
    subscribed(bench)
    subscribed(bench, "other")
    with bench.sandbox.world() as world:
        account_id = bench.view("other").customer.stripe_customer_id
        (theirs,) = world.all("invoice", customer=account_id)
    for name in (theirs["id"], theirs["number"], "in_made_up", "' OR 1=1 --"):
        assert reason(bench, GetInvoice(customer_id="acme-eu", invoice=name)) == "INVOICE_NOT_FOUND"
        payment = StartBillingInvoicePayment(customer_id="acme-eu", request_id=f"pay {name}", invoice=name)
        assert reason(bench, payment) == "INVOICE_NOT_FOUND"
    assert bench.call(GetInvoice(customer_id="other", invoice=theirs["id"]), OTHER).invoice.number == theirs["number"]


def test_an_account_that_is_given_to_another_customer_while_it_is_read_changes_neither(bench: PayingBench) -> None:
    subscribed(bench)
    account_id = bench.view().customer.stripe_customer_id
    assert account_id is not None
    gateway, ask = bench.gateway, bench.gateway.live_subscriptions

    async def meanwhile(asked_for: str) -> object:
        found = await ask(asked_for)
        await asyncio.to_thread(bench.store.transact, lambda conn: set_account(conn, "acme-eu", "cus_another"))
        return found

    with bench.sandbox.world() as world:
        (subscription,) = world.all("subscription")
        world.put(subscription | {"status": "canceled"})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(gateway, "live_subscriptions", meanwhile)
        hear(bench, "evt_1", "customer.subscription.deleted", account_id)
        bench.read()
    assert told(bench, "evt_1").status == "waiting"
    assert bench.view().subscription is not None
