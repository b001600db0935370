"""When a command of the Billing page can be used (see availability.py)."""

from typing import TYPE_CHECKING

from billinghelp.availability import customer_selected, offered, unless_read_only
from billinghelp.command import Availability, Presence, Situation
from billinghelp.plan_choice import METHODS, choice_of

if TYPE_CHECKING:  # as in command.py
    from services.contract.views import InvoiceView

ONLY_ADMINISTRATORS = "Only the customer's administrator or a platform administrator may do this."
"""Why what is the customer's own choice is not done for it by who hands it links."""

_OWN_CHOICES = frozenset({"StartPlanCheckout", "StartCustomerPortal", "UpdateBillingAutomaticCollection"})

_NO_INVOICE = "There is no invoice here: turn to the invoices first."


def showing(*shown: str) -> Presence:
    """Return whether one of these views of the page is shown."""

    def holds(situation: Situation) -> bool:
        return situation.shown in shown

    return holds


def on_invoice(situation: Situation) -> bool:
    """Return whether there is an invoice under the cursor."""
    return situation.invoice is not None


def on_something(situation: Situation) -> bool:
    """Return whether there is something under the cursor that opens, or a plan."""
    return on_invoice(situation) or situation.plan is not None or situation.node is not None


def invoice_there(situation: Situation) -> str | None:
    """Available with an invoice under the cursor."""
    return customer_selected(situation) or (None if situation.invoice is not None else _NO_INVOICE)


def why_not_payable(invoice: "InvoiceView") -> str:
    """Return why an invoice cannot be paid on a page of Stripe's, "" where it can."""
    if invoice.status != "open":
        return f"This invoice is {invoice.status}: there is nothing to pay."
    if invoice.payable:
        return ""
    why = "Stripe has no page for it" if invoice.invoice_id else "it was not issued by Stripe"
    return f"This invoice cannot be paid here, as {why}: pay it as it says itself."


def why_no_pdf(invoice: "InvoiceView") -> str:
    """Return why the PDF of an invoice cannot be downloaded, "" where it can."""
    return "" if invoice.has_pdf else "There is no PDF of this invoice."


def payable(situation: Situation) -> str | None:
    """Available on an invoice that can be paid."""
    if (missing := invoice_there(situation)) is not None:
        return missing
    return (why_not_payable(situation.invoice) or None) if situation.invoice is not None else None


def downloadable(situation: Situation) -> str | None:
    """Available on an invoice with a PDF."""
    if (missing := invoice_there(situation)) is not None:
        return missing
    return (why_no_pdf(situation.invoice) or None) if situation.invoice is not None else None


def plan_there(situation: Situation) -> str | None:
    """Available with a plan under the cursor."""
    missing = customer_selected(situation)
    return missing or (None if situation.plan is not None else "There is no plan here: turn to the plans first.")


def choosable(situation: Situation) -> str | None:
    """Available on a plan that can be chosen, by who may choose it."""
    if (missing := plan_there(situation)) is not None:
        return missing
    view, plan, interval = situation.view, situation.plan, situation.interval
    if view is None or plan is None or interval is None:
        return None
    choice = choice_of(view, plan, interval)
    if choice.why_not or choice.how not in METHODS:
        return choice.why_not or None
    return starting(METHODS[choice.how])(situation)


def openable_there(situation: Situation) -> str | None:
    """Available on what can be opened: an invoice, a node, or a plan that can be chosen."""
    if situation.shown == "plans":
        return choosable(situation)
    if situation.shown == "invoices":
        return offered("GetInvoice", invoice_there)(situation)
    if situation.node is not None:
        return None
    return customer_selected(situation) or "There is nothing to open here."


def starting(method: str, inner: Availability = customer_selected) -> Availability:
    """Return `inner`, and that `method` is offered on a desk that is not read-only."""
    return unless_read_only(_own_choice(method, inner) if method in _OWN_CHOICES else offered(method, inner))


def _own_choice(method: str, inner: Availability) -> Availability:
    def available(situation: Situation) -> str | None:
        if situation.identity and method not in situation.identity.methods:
            return ONLY_ADMINISTRATORS
        return inner(situation)

    return available


def collection_changeable(situation: Situation) -> str | None:
    """Available while automatic collection can be turned on or off."""
    if (missing := customer_selected(situation)) is not None:
        return missing
    collection = situation.view.automatic_collection if situation.view is not None else None
    if collection is None:
        return "It is not known whether invoices are collected automatically: refresh first."
    return None if collection.allowed else collection.message or "This cannot be changed now."


def more_there(situation: Situation) -> str | None:
    """Available while there are invoices that were not brought yet."""
    return invoice_there(situation) or (None if situation.has_more else "These are all invoices.")
