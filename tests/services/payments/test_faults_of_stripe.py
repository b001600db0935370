"""Whatever fails at Stripe is said in a sentence; nothing is lost, nothing is done twice, and asking again succeeds."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from services.contract.errors import Code, Refused
from services.contract.requests import (
    GetInvoice,
    ListAuditEvents,
    ListInvoices,
    RefreshBillingPaymentSetup,
    StartBillingInvoicePayment,
    StartBillingPaymentSetup,
    StartCustomerPortal,
    StartPlanCheckout,
    StartRequest,
    UpdateBillingAutomaticCollection,
)
from services.contract.types import Outcome
from services.contract.views import AuditPage, InvoicePage
from services.payments.sandbox.faults import Fault
from services.storage.engine import Store
from tests.services.payments.paying import TENANT, PayingBench, paying
from tests.surface import customer

FRESH = {"state": "verified", "payment_rail": "none", "usage_tier": None}
SLOW = 5.0  # seconds: longer than these benches wait


class Failing(NamedTuple):
    """How calls fail, what that is called, and whether Stripe then has one more of what was asked for than is used."""

    fault: dict[str, Any]
    code: Code
    reason: str
    says: str
    leaves_one: bool = False


def declined(decline_code: str, says: str) -> Failing:
    """Return a card's decline."""
    fault = {"kind": "decline", "decline_code": decline_code}
    return Failing(fault, Code.FAILED_PRECONDITION, "CARD_DECLINED", says)


FAILINGS = (
    Failing({"kind": "drop"}, Code.UNAVAILABLE, "PAYMENTS_UNREACHABLE", "did not answer"),
    Failing({"kind": "slow", "seconds": SLOW}, Code.UNAVAILABLE, "PAYMENTS_UNREACHABLE", "did not answer"),
    Failing({"kind": "rate_limit"}, Code.RESOURCE_EXHAUSTED, "PAYMENTS_BUSY", "asked too much"),
    Failing({"kind": "error"}, Code.UNAVAILABLE, "PAYMENTS_FAILED", "nothing is done twice"),
    declined("insufficient_funds", "enough on it"),
    declined("expired_card", "use another card"),
    declined("lost_card", "use another card"),
    # Its key stands for the failure from then on: another page is opened, and nobody has the first one's address.
    Failing({"kind": "error", "after": True}, Code.UNAVAILABLE, "PAYMENTS_FAILED", "nothing is done twice", True),
    Failing({"kind": "drop", "after": True}, Code.UNAVAILABLE, "PAYMENTS_UNREACHABLE", "nothing is done twice"),
)
OF_READING = FAILINGS[:4]
PAGES = "checkout.session", "billing_portal.session"


@pytest.fixture
def bench(store: Store) -> Iterator[PayingBench]:
    """A customer without a plan, and a gateway that is soon out of patience."""
    with paying(store, retries=0, within=0.1) as bench:
        bench.feed(customer(billing=FRESH))
        yield bench


def there(bench: PayingBench) -> Counter[str]:
    """Return how many objects of which kind the sandbox has."""
    kinds = ("customer", "subscription", "invoice", "payment_intent", *PAGES)
    with bench.sandbox.world() as world:
        return Counter({kind: len(world.all(kind)) for kind in kinds})


def refused(call: Callable[[], object]) -> Refused:
    """Return why a call is refused."""
    with pytest.raises(Refused) as caught:
        call()
    return caught.value


def subscribed(bench: PayingBench, plan: str = "starter") -> None:
    """Buy a plan."""
    bench.pay(bench.start(StartPlanCheckout, plan=plan))
    bench.follow()


def owing(bench: PayingBench) -> str:
    """Buy a plan and leave its second invoice open; return the invoice's number."""
    subscribed(bench)
    bench.call(bench.request(UpdateBillingAutomaticCollection, enabled=False), TENANT)
    bench.clock.advance(days=31)
    bench.sandbox.tick()
    bench.follow()
    return bench.view().open_invoices[0].number


def test_a_page_that_could_not_be_opened_is_opened_once_by_the_same_request(bench: PayingBench) -> None:
    number = owing(bench)
    kinds: list[tuple[type[StartRequest], dict[str, Any], str]] = [
        (StartPlanCheckout, {"plan": "growth"}, "/v1/checkout"),
        (StartBillingPaymentSetup, {}, "/v1/checkout"),
        (StartCustomerPortal, {"purpose": "overview"}, "/v1/billing_portal/sessions"),
        (StartBillingInvoicePayment, {"invoice": number}, "/v1/invoices"),
    ]
    for place, (failing, (kind, fields, path)) in enumerate(itertools.product(FAILINGS, kinds)):
        request = kind(customer_id="acme-eu", request_id=f"asked-{place}", **fields)
        is_page = kind is not StartBillingInvoicePayment  # an invoice has its page already
        before = there(bench)
        bench.sandbox.fail(Fault(**failing.fault, method="POST" if is_page else "GET", path=path))
        why = refused(lambda request=request: bench.call(request, TENANT))  # type: ignore[misc]
        assert (why.code, why.reason) == (failing.code, failing.reason)
        assert failing.says in why.message
        page = bench.call(request, TENANT)
        assert page.replayed is False
        opened = there(bench) - before
        assert opened.total() == is_page + (failing.leaves_one and is_page), (request, failing)
        assert set(opened) <= set(PAGES)
        assert bench.call(request, TENANT).url == page.url
        assert there(bench) - before == opened
        trail: AuditPage = bench.call(ListAuditEvents(stream="acme-eu", order="newest"))
        last = next(event for event in trail.events if event.outcome is Outcome.APPLIED)
        assert last.request_id == request.request_id
        if kind in (StartPlanCheckout, StartBillingPaymentSetup):  # which would be the next request's as well
            bench.wait(bench.gateway.close_session(page.url.rpartition("/")[2]))


def test_collection_is_changed_once_whatever_became_of_the_first_answer(bench: PayingBench) -> None:
    subscribed(bench)
    enabled = bench.view().billing.automatic_collection
    for failing in FAILINGS:
        enabled = not enabled
        before = there(bench)
        request = bench.request(UpdateBillingAutomaticCollection, enabled=enabled)
        bench.sandbox.fail(Fault(**failing.fault, method="POST", path="/v1/subscriptions"))
        why = refused(lambda request=request: bench.call(request, TENANT))  # type: ignore[misc]
        assert (why.code, why.reason) == (failing.code, failing.reason)
        assert bench.view().billing.automatic_collection is not enabled
        receipt = bench.call(request, TENANT)
        assert (receipt.outcome, receipt.view.billing.automatic_collection) == ("applied", enabled)
        assert bench.call(request, TENANT).replayed is True
        with bench.sandbox.world() as world:
            methods = [each["collection_method"] for each in world.all("subscription")]
        assert methods == ["charge_automatically" if enabled else "send_invoice"]
        assert there(bench) == before
    bench.follow()
    assert bench.view().billing.automatic_collection is enabled


def test_a_customers_first_page_makes_one_customer_at_stripe(bench: PayingBench) -> None:
    request = StartPlanCheckout(customer_id="acme-eu", request_id="first", plan="growth")
    for fault in (Fault(kind="drop", path="/v1/customers"), Fault(kind="drop", after=True, path="/v1/customers")):
        bench.sandbox.fail(fault)
        assert refused(lambda: bench.call(request, TENANT)).reason == "PAYMENTS_UNREACHABLE"
    bench.sandbox.fail(Fault(kind="drop", after=True, path="/v1/checkout"))
    assert refused(lambda: bench.call(request, TENANT)).reason == "PAYMENTS_UNREACHABLE"
    bench.pay(bench.call(request, TENANT))
    bench.follow()
    found = there(bench)
    assert (found["customer"], found["checkout.session"], found["subscription"]) == (1, 1, 1)
    assert bench.view().billing.usage_tier == "growth"


def test_a_customer_that_was_renamed_in_between_is_still_made(bench: PayingBench) -> None:
    request = StartBillingPaymentSetup(customer_id="acme-eu", request_id="first")
    bench.sandbox.fail(Fault(kind="drop", after=True, path="/v1/customers"))
    assert refused(lambda: bench.call(request, TENANT)).reason == "PAYMENTS_UNREACHABLE"
    bench.feed(customer(legal_name="Acme Holding AG", billing=FRESH))
    assert bench.call(request, TENANT).url.startswith(bench.sandbox.base)


def test_what_happened_is_read_later_when_stripe_fails_while_it_is_read(bench: PayingBench) -> None:
    bench.pay(bench.start(StartPlanCheckout, plan="growth"))
    before = there(bench)
    for failing in OF_READING:
        bench.sandbox.fail(Fault(**failing.fault, method="GET", path="/v1/customers", times=50))
        bench.follow()
        assert bench.view().subscription is None
        bench.clock.advance(minutes=10)
    bench.sandbox.fail()
    bench.follow()
    assert bench.view().billing.usage_tier == "growth"
    assert there(bench) == before


def test_a_plan_that_is_to_end_ends_once_though_stripes_answer_was_lost(bench: PayingBench) -> None:
    subscribed(bench, "starter")
    bench.pay(bench.start(StartPlanCheckout, plan="growth"))
    bench.sandbox.fail(Fault(kind="drop", after=True, method="DELETE", path="/v1/subscriptions"))
    bench.follow()
    bench.clock.advance(minutes=1)
    bench.follow()
    with bench.sandbox.world() as world:
        statuses = sorted(each["status"] for each in world.all("subscription"))
    assert statuses == ["active", "canceled"]
    assert bench.view().billing.usage_tier == "growth"


def test_asking_for_missed_events_begins_where_it_failed(bench: PayingBench) -> None:
    bench.follow()
    bench.pay(bench.start(StartPlanCheckout, plan="growth"))
    bench.sandbox.fail(Fault(kind="error", path="/v1/events"))
    assert refused(bench.follow).reason == "PAYMENTS_FAILED"
    bench.follow()
    assert bench.view().billing.usage_tier == "growth"


def test_lists_say_what_is_known_and_why_it_is_not_newer(bench: PayingBench) -> None:
    subscribed(bench)
    known: InvoicePage = bench.call(ListInvoices(customer_id="acme-eu"), TENANT)
    for failing in OF_READING:
        bench.clock.advance(minutes=2)
        bench.sandbox.fail(Fault(**failing.fault, method="GET", path="/v1/invoices", times=2))
        listed: InvoicePage = bench.call(ListInvoices(customer_id="acme-eu"), TENANT)
        assert listed.problem is not None
        assert failing.says in listed.problem
        assert (listed.invoices, listed.fetched_at) == (known.invoices, known.fetched_at)
        detail = bench.call(GetInvoice(customer_id="acme-eu", invoice=known.invoices[0].number), TENANT)
        assert (detail.invoice, detail.problem) == (known.invoices[0], listed.problem)
    bench.sandbox.fail()
    assert bench.call(ListInvoices(customer_id="acme-eu"), TENANT).problem is None
    bench.sandbox.fail(Fault(kind="rate_limit"))
    assert refused(lambda: bench.call(RefreshBillingPaymentSetup(customer_id="acme-eu"), TENANT)).reason == (
        "PAYMENTS_BUSY"
    )
    assert bench.call(RefreshBillingPaymentSetup(customer_id="acme-eu"), TENANT).status == "complete"
