"""Words: who is asked to clear a payment blocker and by which link, and how a plan and its payments read."""

from datetime import timedelta

import pytest
from hypothesis import given
from msgspec.structs import replace

from services.billing.model import CustomerFacts, Invoice, PaymentProfile
from services.billing.rules import Blocker, overdue_invoices
from services.billing.views import billing_view
from services.billing.wording import (
    handoff,
    meter_text,
    period_text,
    setup_text,
    subscription_text,
    telling,
)
from services.contract.policy import Policy
from services.contract.types import BlockerCode, HandoffTo, InvoiceStatus, PaymentRail, Resource, SubscriptionStatus
from services.contract.views import PaymentMethodView, PaymentSetupView
from services.contract.wording import LEVEL_TITLES, SETUP_TITLES, SUBSCRIPTION_TITLES
from tests.builders import NOW as VIEWED
from tests.builders import make_invoice
from tests.facts import NOW, any_facts, make_facts
from tests.subscribed import NO_USE, USAGE, VISA, make_meter, make_payable, make_subscription

OVERDUE = Blocker(BlockerCode.OVERDUE_INVOICE, None)
NO_SETUP = Blocker(BlockerCode.PAYMENT_SETUP_INCOMPLETE, None)


def late(number: str, *, payable: bool) -> Invoice:
    return Invoice(
        number=number,
        amount=4_900,
        currency="usd",
        status=InvoiceStatus.OPEN,
        issued_at=NOW - timedelta(days=40),
        due_at=NOW - timedelta(days=10),
        payable=payable,
    )


def asked(blocker: Blocker, facts: CustomerFacts) -> str:
    """Return what the customer is told of a blocker."""
    to, text = handoff(blocker, facts, NOW)
    assert to is HandoffTo.CUSTOMER
    return text


@pytest.mark.parametrize(
    ("payable", "said"),
    [
        ([True], "Its payment link can be handed over from the Billing page."),
        ([True, True], "Their payment links can be handed over from the Billing page."),
        ([True, False, True], "The payment links of 2 of them can be handed over from the Billing page."),
        ([False], "tell us what is wrong with it."),
        ([False, False], "tell us what is wrong with it."),
    ],
)
def test_what_is_overdue_is_handed_over_with_the_links_that_there_are(payable: list[bool], said: str) -> None:
    invoices = tuple(late(f"INV-{number}", payable=each) for number, each in enumerate(payable))
    assert asked(OVERDUE, make_facts(invoices=invoices)).endswith(said)


def test_an_invoice_that_is_not_overdue_lends_no_link() -> None:
    later = replace(late("INV-2", payable=True), due_at=NOW + timedelta(days=10))
    assert "link" not in asked(OVERDUE, make_facts(invoices=(late("INV-1", payable=False), later)))


def test_a_setup_link_says_where_it_makes_the_customer_known_to_stripe() -> None:
    unknown = make_facts(payment_rail=PaymentRail.CARD, payment_method_on_file=False)
    known = replace(unknown, customer=replace(unknown.customer, stripe_customer_id="cus_1"))
    gone = replace(known, payments=PaymentProfile(gone=True))
    link = "A setup link can be handed over from the Billing page"
    assert asked(NO_SETUP, known).endswith(f"{link}.")
    assert asked(NO_SETUP, unknown).endswith(f"{link}; it makes the customer known to Stripe.")
    assert asked(NO_SETUP, gone) == asked(NO_SETUP, unknown)


@given(any_facts())
def test_a_handoff_tells_of_a_link_and_never_of_an_address(facts: CustomerFacts) -> None:
    for blocker in billing_view(facts, NOW, Policy()).blockers:
        if blocker.handoff is not None:
            payable = any(invoice.payable for invoice in overdue_invoices(facts, NOW))
            is_setup = blocker.code is BlockerCode.PAYMENT_SETUP_INCOMPLETE
            assert ("link" in blocker.handoff.text) == (is_setup or (payable and blocker.code is OVERDUE.code))
            assert "://" not in blocker.handoff.text


# ── plan and payments ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_status_and_level_has_a_word() -> None:
    assert SUBSCRIPTION_TITLES.keys() == set(SubscriptionStatus)
    assert LEVEL_TITLES.keys() == {"ok", "close", "reached"}
    assert SETUP_TITLES.keys() == {"none", "open", "complete"}


def test_a_subscription_reads_as_what_comes_of_it_with_status_and_price() -> None:
    yen = make_subscription(SubscriptionStatus.PAST_DUE, amount=4_900, currency="jpy")
    assert subscription_text(yen) == "Growth, renews on 2026-11-01 (past due, 4,900 JPY monthly)"
    assert subscription_text(None) == "no subscription"


def test_a_meter_reads_with_its_part_and_the_level_that_matters() -> None:
    assert [meter_text(meter) for meter in USAGE] == [
        "3 of 5 (60 %)",
        "21 of 25 (84 %, close to limit)",
        "500 GiB of 500 GiB (100 %, limit reached)",
    ]
    assert meter_text(make_meter(Resource.USERS, 7, None, "7")) == "7"


def test_a_meter_without_limit_and_use_tells_nothing() -> None:
    used = make_meter(Resource.USERS, 7, None, "7")
    assert telling([*NO_USE, used, *USAGE]) == [used, *USAGE]


@pytest.mark.parametrize(
    ("setup", "text"),
    [
        (PaymentSetupView(status="none", method=None, open_until=None), "not begun"),
        (PaymentSetupView(status="open", method=None, open_until=VIEWED), "begun, page open until 2026-10-15"),
        (PaymentSetupView(status="complete", method=None, open_until=None), "complete"),
        (
            PaymentSetupView(status="complete", method=VISA, open_until=None),
            "complete (Visa ending in 4242, expires 04/2029)",
        ),
        (
            PaymentSetupView(
                status="complete",
                method=PaymentMethodView(kind="sepa_debit", brand=None, last4=None, expires=None, text="Sepa debit"),
                open_until=None,
            ),
            "complete (Sepa debit)",
        ),
    ],
)
def test_a_payment_setup_reads_with_what_is_on_file(setup: PaymentSetupView, text: str) -> None:
    assert setup_text(setup) == text


def test_a_period_is_told_where_it_is_known() -> None:
    assert period_text(make_payable()) == "2026-09-01 to 2026-10-01"
    assert period_text(make_invoice()) == ""
