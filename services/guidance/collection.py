"""Who brings in what an open invoice asks for: the customer by hand, or Stripe by itself; and where it failed. Pure."""

from enum import StrEnum

from services.contract.types import SubscriptionStatus
from services.contract.views import CustomerBillingView, InvoiceView
from services.guidance.model import Facts, Unpaid

_NOT_PAID = (SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID)


class Collected(StrEnum):
    """How an open invoice is brought in, ready to read."""

    BY_HAND = "by hand"
    BY_STRIPE = "by Stripe itself"
    FAILED = "failed"


def collection_of(invoice: InvoiceView, view: CustomerBillingView) -> Collected:
    """Return how one of the customer's open invoices is brought in.

    One of Stripe's has a due time where it is sent to be paid by hand, and from when nobody tries any more; without one
    Stripe collects it by itself (the payment port's `RemoteInvoice`). That this failed is told by the subscription.
    """
    if invoice.invoice_id is None or invoice.due_at is not None:
        return Collected.BY_HAND
    failed = unpaid_because(view) is Unpaid.COLLECTION_FAILED
    return Collected.FAILED if failed else Collected.BY_STRIPE


def can_be_handed_over(invoice: InvoiceView, view: CustomerBillingView) -> bool:
    """Return whether an open invoice has a page to be paid on, and is the customer's to pay."""
    return invoice.payable and collection_of(invoice, view) is not Collected.BY_STRIPE


def unpaid_because(view: CustomerBillingView) -> Unpaid | None:
    """Return why what a live subscription costs is not paid; null where it is, or where there is none."""
    subscription = view.subscription
    if subscription is None or subscription.status not in _NOT_PAID:
        return None
    return Unpaid.COLLECTION_FAILED if subscription.collects_automatically else Unpaid.NOT_PAID_BY_HAND


def owed_for_plan(facts: Facts) -> list[str]:
    """Return the stems of the open invoices that a plan which is not paid waits for, as far as they are named."""
    return [
        stem
        for stem in facts.numbered("invoice")
        if facts[f"{stem}.collection"].value == Collected.FAILED
        or (f"{stem}.overdue" in facts and facts[f"{stem}.payable"].value == "yes")
    ]
