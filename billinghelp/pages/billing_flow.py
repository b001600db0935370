"""What is asked of the payment provider for a page of its own, and how what came of it is told from the records."""

from collections.abc import Callable
from typing import Any, NamedTuple

from billinghelp.acting import Deed
from services.contract.requests import (
    StartBillingInvoicePayment,
    StartBillingPaymentSetup,
    StartCustomerPortal,
    StartPlanCheckout,
    StartRequest,
    UpdateBillingAutomaticCollection,
)
from services.contract.types import AUDITED_TITLES, BillingInterval
from services.contract.views import ActionReceipt, CustomerBillingView, HostedPage, PlanView
from services.contract.wording import INTERVAL_TITLES
from widgets.collection_dialog import CollectionChoice

Arrival = Callable[[CustomerBillingView, CustomerBillingView], str]
"""Returns what has come of a page, by the view before and the view now; "" for nothing yet."""


class Visit(NamedTuple):
    """A page that is asked for: its title, what it is for, the request, and how one sees that something came of it.

    `asks_stripe`: whether Stripe is to be asked meanwhile, as nothing tells of it by itself. `invoice`: the number of
    the invoice that is paid there, "" for none. `exceeded`: that more is in use than the plan
    includes which is chosen there, "" where it is not.
    """

    title: str
    purpose: str
    deed: Deed[HostedPage]
    arrived: Arrival
    asks_stripe: bool = False
    invoice: str = ""
    exceeded: str = ""


def checkout_visit(view: CustomerBillingView, plan: PlanView, interval: BillingInterval) -> Visit:
    """Return the page where a plan is bought."""

    def arrived(before: CustomerBillingView, now: CustomerBillingView) -> str:
        mine, had = now.subscription, before.subscription
        is_new = had is None or (had.plan, had.interval) != (plan.plan, interval)
        there = mine is not None and (mine.plan, mine.interval) == (plan.plan, interval)
        return f"{plan.name} is active now." if is_new and there else ""

    purpose = f"Buy {plan.name}, paid {INTERVAL_TITLES[interval]}."
    fields = {"plan": plan.plan, "interval": interval}
    if view.subscription is None and not view.billing.automatic_collection:  # a further one is collected as the first
        purpose += " Invoices are collected automatically from then on."
    deed = _deed(view, StartPlanCheckout, fields)
    return Visit(f"Checkout · {plan.name}", purpose, deed, arrived, exceeded=_exceeded(plan))


def change_visit(view: CustomerBillingView, plan: PlanView, interval: BillingInterval) -> Visit:
    """Return the page where the plan is changed to another one, or to be paid at another interval."""
    fields = {"purpose": "change_plan", "plan": plan.plan, "interval": interval}
    purpose = f"Change to {plan.name}, paid {INTERVAL_TITLES[interval]}."
    title = f"Customer portal · {plan.name}"
    deed = _deed(view, StartCustomerPortal, fields)
    return Visit(title, purpose, deed, _what_the_portal_changed, exceeded=_exceeded(plan))


def portal_visit(view: CustomerBillingView) -> Visit:
    """Return the page where everything is managed."""
    purpose = "Change, cancel or keep the plan, change its cycle, and manage payment methods."
    deed = _deed(view, StartCustomerPortal, {"purpose": "overview"})
    return Visit("Customer portal", purpose, deed, _what_the_portal_changed)


def setup_visit(view: CustomerBillingView) -> Visit:
    """Return the page where a payment method is registered."""

    def arrived(before: CustomerBillingView, now: CustomerBillingView) -> str:
        return _method_arrived(before, now) or (
            "The payment setup is complete." if _status(now) == "complete" != _status(before) else ""
        )

    deed = _deed(view, StartBillingPaymentSetup, {})
    return Visit("Payment setup", "Register a payment method.", deed, arrived, asks_stripe=True)


def invoice_visit(view: CustomerBillingView, number: str, amount: str) -> Visit:
    """Return the page where an open invoice is paid."""

    def arrived(before: CustomerBillingView, now: CustomerBillingView) -> str:
        was, is_open = (any(each.number == number for each in some.open_invoices) for some in (before, now))
        return f"Invoice {number} is settled." if was and not is_open else ""

    deed = _deed(view, StartBillingInvoicePayment, {"invoice": number})
    return Visit(f"Invoice {number}", f"Pay {amount}.", deed, arrived, invoice=number)


def collection_deed(choice: CollectionChoice) -> Deed[ActionReceipt]:
    """Return what sets automatic collection."""
    method = UpdateBillingAutomaticCollection.__name__
    return Deed(
        title=AUDITED_TITLES[method],
        about=method,
        request=UpdateBillingAutomaticCollection,
        receipt=ActionReceipt,
        customer_id=choice.customer_id,
        reason=choice.reason,
        fields={"enabled": choice.enabled},
        cites={"etag": choice.etag},
    )


def _deed(view: CustomerBillingView, request: type[StartRequest], fields: dict[str, Any]) -> Deed[HostedPage]:
    """Return what asks for a page. The same wish again is the same operation, another one is one of its own."""
    wish = " ".join([request.__name__, *(str(value) for value in fields.values())])
    return Deed(
        title=AUDITED_TITLES[request.__name__],
        about=wish,
        request=request,
        receipt=HostedPage,
        customer_id=view.customer.customer_id,
        reason=None,
        fields=fields,
        cites={},
    )


def _exceeded(plan: PlanView) -> str:
    """Return that more is in use than a plan includes, and what; "" where it is not."""
    over = plan.change.over
    return f"More is in use than {plan.name} includes. {'. '.join(over)}." if over else ""


def _what_the_portal_changed(before: CustomerBillingView, now: CustomerBillingView) -> str:
    was, mine = before.subscription, now.subscription
    if mine is None:
        return "The subscription has ended." if was is not None else _method_arrived(before, now)
    if was is None or was.outlook != mine.outlook or was.interval != mine.interval:
        return f"{mine.outlook}."
    return _method_arrived(before, now)


def _method_arrived(before: CustomerBillingView, now: CustomerBillingView) -> str:
    was, is_now = (some.payment_setup.method if some.payment_setup else None for some in (before, now))
    if is_now == was:
        return ""
    return f"{is_now.text} is on file now." if is_now is not None else "No payment method is on file any more."


def _status(view: CustomerBillingView) -> str:
    return view.payment_setup.status if view.payment_setup is not None else "none"
