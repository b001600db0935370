"""The demo's customers at Stripe: lives worth looking at, the same for the same seed, and read as any other's are."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from billinghelp.demo_nodes import beating
from billinghelp.demo_payments import OPENING, DemoAccounts
from services.contract.policy import Policy
from services.contract.requests import (
    GetCustomerBillingView,
    GetInvoice,
    ImportCustomers,
    ListBillingCustomers,
    ListInvoices,
    ListNodes,
    VerifyAuditTrail,
)
from services.contract.types import BlockerCode, InvoiceStatus, SubscriptionStatus
from services.contract.views import CustomerBillingView, InvoiceDetail, InvoicePage, NodePage
from services.storage.engine import Store
from tests.clocks import START
from tests.services.payments.paying import PayingBench, paying
from tests.surface import OWNER

CUSTOMERS = 40
DAY = timedelta(days=1)


@pytest.fixture(scope="module", params=[1, 2], ids=lambda seed: f"seed {seed}")
def demo(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PayingBench]:
    """Yield a demo whose payments have been read."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    path.write_bytes(sqlite_template.read_bytes())
    store = Store(f"sqlite:///{path}")
    accounts = DemoAccounts(CUSTOMERS, request.param, START)
    with paying(store) as bench:
        bench.call(ImportCustomers(source="demo", format="jsonl", content=accounts.content), OWNER)
        accounts.announce(store)
        with accounts.furnished(store, Policy(), bench.sandbox):
            bench.follow()
            yield bench
    store.close()


def view(demo: PayingBench, number: int) -> CustomerBillingView:
    found: CustomerBillingView = demo.call(GetCustomerBillingView(customer_id=f"demo-{number:04d}"))
    return found


def test_a_year_of_invoices_has_all_that_may_become_of_them(demo: PayingBench) -> None:
    page: InvoicePage = demo.call(ListInvoices(customer_id="demo-0004", page_size=50))
    ours = [invoice for invoice in page.invoices if invoice.number.startswith("SBX-")]
    assert len(ours) == 13
    statuses = [invoice.status for invoice in ours]
    assert statuses[:2] == [InvoiceStatus.OPEN, InvoiceStatus.OPEN]
    assert (statuses.count(InvoiceStatus.PAID), statuses.count(InvoiceStatus.VOID)) == (10, 1)
    due = [invoice.due_at for invoice in ours[:2] if invoice.due_at is not None]
    assert due[1] < START < due[0]
    blockers = {blocker.code for blocker in view(demo, 4).blockers}
    assert BlockerCode.OVERDUE_INVOICE in blockers


def test_subscriptions_stand_as_differently_as_they_can(demo: PayingBench) -> None:
    subscriptions = {number: view(demo, number).subscription for number in range(1, 13)}
    told = {number: (each.status, each.outlook) for number, each in subscriptions.items() if each is not None}
    assert set(told) == {3, 4, 8, 10, 11, 12}
    assert told.pop(3)[0] is SubscriptionStatus.PAST_DUE
    assert {status for status, _ in told.values()} == {SubscriptionStatus.ACTIVE}
    assert told[11][1].startswith("Growth until 2026-12-")
    assert told[11][1].endswith(", then Starter")
    assert told[8][1].startswith("Business, renews on 2027-")
    assert (view(demo, 10).billing.usage_tier, view(demo, 12).billing.usage_tier) == ("business", "starter")


def test_who_fell_behind_was_tried_twice_and_will_be_again(demo: PayingBench) -> None:
    page: InvoicePage = demo.call(ListInvoices(customer_id="demo-0003"))
    found: InvoiceDetail = demo.call(GetInvoice(customer_id="demo-0003", invoice=page.invoices[0].number))
    assert [attempt.status for attempt in found.attempts] == ["failed", "failed"]
    assert found.next_attempt_at is not None
    assert START < found.next_attempt_at < START + 5 * DAY


def test_a_card_may_be_there_without_a_plan_and_a_customer_without_a_card(demo: PayingBench) -> None:
    with_card, without = view(demo, 9), view(demo, 5)
    assert with_card.subscription is None
    assert with_card.payment_setup is not None
    assert with_card.payment_setup.method is not None
    assert without.payment_setup is not None
    assert without.payment_setup.method is None
    assert without.customer.stripe_customer_id is not None


def test_usage_stands_below_close_to_and_above_what_the_plans_include(demo: PayingBench) -> None:
    users = {number: view(demo, number).usage[1].percent for number in (3, 4, 10, 11)}
    assert users == {3: 72, 4: 84, 10: 104, 11: 48}


def test_nodes_are_current_lagging_silent_and_unheard_of(demo: PayingBench) -> None:
    page: NodePage = demo.call(ListNodes(customer_id="demo-0010"))
    assert [node.state for node in page.nodes] == ["current", "current", "lagging", "silent", "never_seen"]
    assert "nodes_lag" in {notice.code for notice in view(demo, 10).notices}


def test_nodes_that_are_alive_stay_so(demo: PayingBench) -> None:
    def last_heard() -> dict[str, object]:
        page: NodePage = demo.call(ListNodes(customer_id="demo-0004"))
        return {node.node_id: node.last_seen_at for node in page.nodes}

    before = last_heard()
    later = START + timedelta(minutes=9)
    with beating(demo.store, every=0.001, clock=lambda: later):
        assert any(last_heard()["press-1"] == later for _ in range(1_000))
    assert last_heard() == before | {"press-1": later, "press-2": later}


def test_every_blocker_is_still_there_and_every_other_customer_as_it_was_imported(demo: PayingBench) -> None:
    assert {blocker.code for number in range(1, 13) for blocker in view(demo, number).blockers} == set(BlockerCode)
    listed = demo.call(ListBillingCustomers(page_size=CUSTOMERS)).customers
    others = [each.customer_id for each in listed if each.customer_id not in OPENING]
    assert len(others) == CUSTOMERS - len(OPENING)
    for each in others:
        setup = demo.call(GetCustomerBillingView(customer_id=each)).payment_setup
        assert setup is None or setup.method is None


def test_whoever_is_said_to_have_a_card_has_one_in_the_sandbox(demo: PayingBench) -> None:
    listed = demo.call(ListBillingCustomers(page_size=CUSTOMERS)).customers
    views = [demo.call(GetCustomerBillingView(customer_id=each.customer_id)) for each in listed]
    known = [each.customer.stripe_customer_id for each in views if each.customer.stripe_customer_id is not None]
    with demo.sandbox.world() as world:
        assert {each["id"] for each in world.all("customer")} == set(known)
        with_card = {each["customer"] for each in world.all("payment_method")}
    said = {each.customer.stripe_customer_id for each in views if each.billing.payment_method_on_file}
    assert said == with_card


def test_the_sandboxs_clock_stands_at_the_real_now_and_nothing_is_left_to_come(demo: PayingBench) -> None:
    with demo.sandbox.world() as world:
        before = len(world.all("event"))
        assert world.now == int(START.timestamp())
        assert max(event["created"] for event in world.all("event")) <= world.now
    demo.sandbox.tick()
    with demo.sandbox.world() as world:
        assert len(world.all("event")) == before


def test_the_trail_of_it_all_holds(demo: PayingBench) -> None:
    assert {stream.status for stream in demo.call(VerifyAuditTrail()).streams} == {"OK"}


def test_the_same_seed_makes_the_same_customers_and_another_one_others() -> None:
    assert DemoAccounts(40, 1, START).content == DemoAccounts(40, 1, START).content
    assert DemoAccounts(40, 1, START).content != DemoAccounts(40, 2, START).content
    assert DemoAccounts(2, 1, START).content.count(b"\n") == 2


def test_what_the_demo_opens_with_loads_neither_stripes_library_nor_a_server() -> None:
    script = (
        "import sys; from billinghelp.config import Settings; from billinghelp.secret import Secret\n"
        "from billinghelp.desk import open_demo_desk\n"
        "desk = open_demo_desk(12, 1, Settings(database_url=Secret('sqlite://')))\n"
        "loaded = {'stripe', 'uvicorn', 'starlette', 'jinja2'} & set(sys.modules); desk.close(); print(loaded)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"
