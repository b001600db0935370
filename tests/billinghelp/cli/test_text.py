"""One customer as plain text: plan, use, payments and invoices, in words."""

from datetime import timedelta

from msgspec.structs import replace

from billinghelp.cli.text import view_lines
from services.contract.types import SubscriptionStatus
from services.contract.views import CustomerBillingView
from tests.builders import NOW, make_invoice, make_view
from tests.subscribed import NO_USE, make_payable, make_subscription, subscribed_view, unset_view


def lines(view: CustomerBillingView) -> list[str]:
    return list(view_lines(view))


def test_a_plan_is_shown_with_its_use_the_card_and_how_invoices_are_collected() -> None:
    plan = make_subscription(SubscriptionStatus.PAST_DUE, outlook="Growth until 2026-12-31, then Starter")
    shown = lines(subscribed_view(plan))
    for line in (
        "Plan:           Growth until 2026-12-31, then Starter (past due, 49.00 USD monthly)",
        "Nodes:          3 of 5 (60 %)",
        "Users:          21 of 25 (84 %, close to limit)",
        "Storage:        500 GiB of 500 GiB (100 %, limit reached)",
        "Payment setup:  complete (Visa ending in 4242, expires 04/2029)",
        "Collection:     automatic",
    ):
        assert line in shown


def test_a_customer_who_has_bought_nothing_has_no_meters() -> None:
    shown = lines(unset_view(open_until=NOW + timedelta(days=1)))
    assert "Plan:           no subscription" in shown
    assert "Payment setup:  begun, page open until 2026-10-16" in shown
    assert "Collection:     by hand" in shown
    assert not any(line.startswith(tuple(f"{meter.title}:" for meter in NO_USE)) for line in shown)


def test_open_invoices_are_listed_with_their_status_and_whether_they_have_a_link() -> None:
    invoices = [
        make_payable(),
        make_invoice("INV-8", 150_000, currency="jpy"),
        replace(make_invoice("INV-9", due_at=None), payable=True),
    ]
    shown = lines(make_view(open_invoices=invoices))
    assert shown[-4:] == [
        "Open invoices: 3",
        "  INV-7: 1,299.00 USD, overdue since 2026-10-03, has a payment link",
        "  INV-8: 150,000 JPY, open, due 2026-10-25",
        "  INV-9: 1,299.00 USD, open, has a payment link",
    ]


def test_no_open_invoice_takes_no_line() -> None:
    assert not any("invoices" in line for line in lines(make_view()))
