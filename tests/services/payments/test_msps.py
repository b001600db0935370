"""An MSP and its clients: each has its own customer at Stripe, and what one has is never another's."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.contract.errors import Code, Refused
from services.contract.principals import Principal, Role
from services.contract.requests import (
    CustomerRequest,
    GetCostDrivers,
    GetCustomerBillingView,
    GetInvoice,
    ListInvoices,
    ListNodes,
    ListPlans,
    RefreshBillingPaymentSetup,
    StartBillingInvoicePayment,
    StartBillingPaymentSetup,
    StartCustomerPortal,
    StartPlanCheckout,
    UpdateBillingAutomaticCollection,
)
from services.contract.views import CustomerBillingView, InvoicePage
from services.payments.gateway.reading import CUSTOMER_ID
from services.storage.engine import Store
from services.surface.table import METHODS
from tests.services.payments.paying import PayingBench, paying
from tests.surface import customer

FRESH = {"state": "verified", "payment_rail": "none", "usage_tier": None}
PLANS = {"msp": "business", "north": "starter", "south": "growth"}


def admin(customer_id: str) -> Principal:
    """Return a customer's administrator."""
    return Principal(actor=f"admin of {customer_id}", role=Role.CUSTOMER_ADMIN, customer_id=customer_id)


MSP, NORTH, STRANGER = admin("msp"), admin("north"), admin("stranger")

REQUESTS: dict[type[CustomerRequest], dict[str, Any]] = {
    GetCustomerBillingView: {},
    ListPlans: {"plan": "business"},
    ListInvoices: {"refresh": True},
    GetInvoice: {"invoice": "any"},
    ListNodes: {},
    GetCostDrivers: {},
    RefreshBillingPaymentSetup: {},
    StartBillingPaymentSetup: {"request_id": "setup"},
    StartBillingInvoicePayment: {"request_id": "pay", "invoice": "any"},
    StartPlanCheckout: {"request_id": "plan", "plan": "business"},
    StartCustomerPortal: {"request_id": "portal", "purpose": "overview"},
    UpdateBillingAutomaticCollection: {"request_id": "collect", "etag": "b1", "reason": "agreed", "enabled": True},
}
"""Every method of payments; what it is about is filled in where it matters."""


@pytest.fixture
def bench(sqlite_store: Store) -> Iterator[PayingBench]:
    """An MSP, its two clients and a stranger, none with a plan."""
    with paying(sqlite_store) as bench:
        bench.feed(
            customer("msp", legal_name="MSP Ltd", billing=FRESH),
            customer("north", legal_name="North Ltd", parent_customer_id="msp", billing=FRESH),
            customer("south", legal_name="South Ltd", parent_customer_id="msp", billing=FRESH),
            customer("stranger", legal_name="Stranger Ltd", billing=FRESH),
        )
        yield bench


@pytest.fixture
def bought(bench: PayingBench) -> PayingBench:
    """The MSP's administrator has bought each of them another plan."""
    for customer_id, plan in PLANS.items():
        bench.pay(bench.start(StartPlanCheckout, MSP, customer_id=customer_id, plan=plan))
    bench.follow()
    return bench


def view(bench: PayingBench, customer_id: str) -> CustomerBillingView:
    """Return what the MSP's administrator sees of a customer."""
    found: CustomerBillingView = bench.call(GetCustomerBillingView(customer_id=customer_id), MSP)
    return found


def invoices(bench: PayingBench, customer_id: str, *, refresh: bool = False) -> InvoicePage:
    """Return a customer's invoices as the MSP's administrator lists them."""
    page: InvoicePage = bench.call(ListInvoices(customer_id=customer_id, refresh=refresh), MSP)
    return page


def test_no_method_of_payments_is_left_out() -> None:
    of_payments = {
        method.request
        for method in METHODS
        if method.awaits or method.request in (GetCustomerBillingView, ListNodes, GetCostDrivers)
    }
    assert of_payments - set(REQUESTS) == set()


def test_nobody_reaches_a_sibling_a_parent_or_a_stranger(bench: PayingBench) -> None:
    for principal, customer_id in ((NORTH, "south"), (NORTH, "msp"), (NORTH, "stranger"), (STRANGER, "north")):
        for kind, fields in REQUESTS.items():
            with pytest.raises(Refused) as refused:
                bench.call(kind(customer_id=customer_id, **fields), principal)
            assert (refused.value.code, refused.value.reason) == (Code.NOT_FOUND, "CUSTOMER_NOT_FOUND"), kind
    with bench.sandbox.world() as world:
        assert world.all("customer") == []


def test_each_has_its_own_customer_plan_method_and_invoices_at_stripe(bought: PayingBench) -> None:
    with bought.sandbox.world() as world:
        at_stripe = {each["metadata"][CUSTOMER_ID]: each["id"] for each in world.all("customer")}
        paid = {each["customer"]: each for each in world.all("invoice")}
        methods = {each["customer"]: each["id"] for each in world.all("payment_method")}
    assert at_stripe.keys() == PLANS.keys()
    for customer_id, plan in PLANS.items():
        found = view(bought, customer_id)
        assert found.customer.stripe_customer_id == at_stripe[customer_id]
        assert found.billing.usage_tier == plan
        (invoice,) = invoices(bought, customer_id).invoices
        assert invoice.number == paid[at_stripe[customer_id]]["number"]
    assert len(set(methods.values())) == len(PLANS)


def test_what_changes_for_one_changes_for_no_other(bought: PayingBench) -> None:
    before = {customer_id: view(bought, customer_id).view_etag for customer_id in PLANS}
    asked = bought.request(UpdateBillingAutomaticCollection, "north", enabled=False)
    bought.call(asked, MSP)
    bought.pay(bought.start(StartPlanCheckout, MSP, customer_id="north", plan="growth"))
    bought.follow()
    after = {customer_id: view(bought, customer_id).view_etag for customer_id in PLANS}
    assert {each for each in PLANS if before[each] != after[each]} == {"north"}
    assert view(bought, "north").billing.usage_tier == "growth"


def test_a_cache_is_each_ones_own(bought: PayingBench) -> None:
    read = {customer_id: invoices(bought, customer_id).fetched_at for customer_id in PLANS}
    bought.clock.advance(seconds=30)
    refreshed = invoices(bought, "north", refresh=True).fetched_at
    assert refreshed != read["north"]
    assert [invoices(bought, each).fetched_at for each in ("msp", "south")] == [read["msp"], read["south"]]


def test_an_invoice_of_a_sibling_is_found_under_no_other_name(bought: PayingBench) -> None:
    number = invoices(bought, "south").invoices[0].number
    for request in (
        GetInvoice(customer_id="north", invoice=number),
        StartBillingInvoicePayment(customer_id="north", request_id="pay", invoice=number),
    ):
        for principal in (MSP, NORTH):
            with pytest.raises(Refused) as refused:
                bought.call(request, principal)
            assert refused.value.reason == "INVOICE_NOT_FOUND"


def test_the_same_request_id_is_another_request_for_each(bought: PayingBench) -> None:
    pages = [
        bought.start(StartBillingPaymentSetup, MSP, customer_id=customer_id, request_id="same") for customer_id in PLANS
    ]
    assert len({page.url for page in pages}) == len(PLANS)
    bought.pay(pages[1])
    bought.follow()
    with bought.sandbox.world() as world:
        methods = [each["customer"] for each in world.all("payment_method")]
    assert methods.count(view(bought, "north").customer.stripe_customer_id) == 2
    assert methods.count(view(bought, "south").customer.stripe_customer_id) == 1
