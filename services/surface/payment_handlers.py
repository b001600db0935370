"""The payments' methods: those that ask Stripe are awaited, and hold no thread meanwhile.

Their rooms are imported when they are first called: they take 15 ms, and the summary needs none of them.
"""

from typing import TYPE_CHECKING

from services.contract import requests, views
from services.surface.handlers import require_customer
from services.surface.model import Call

if TYPE_CHECKING:
    from services.payments.calls import PaymentCall


async def list_plans(call: Call, request: requests.ListPlans) -> views.PlanList:
    """Return the plans, and what each would change."""
    from services.payments.methods import pricing

    return await pricing.list_plans(await _payment_call(call), request)


async def start_plan_checkout(call: Call, request: requests.StartPlanCheckout) -> views.HostedPage:
    """Return the page where a plan is bought."""
    from services.payments.methods import hosted

    return await hosted.start_plan_checkout(await _payment_call(call), request)


async def start_customer_portal(call: Call, request: requests.StartCustomerPortal) -> views.HostedPage:
    """Return the customer portal."""
    from services.payments.methods import hosted

    return await hosted.start_customer_portal(await _payment_call(call), request)


async def start_billing_payment_setup(call: Call, request: requests.StartBillingPaymentSetup) -> views.HostedPage:
    """Return the page where a payment method is registered."""
    from services.payments.methods import hosted

    return await hosted.start_payment_setup(await _payment_call(call), request)


async def start_billing_invoice_payment(call: Call, request: requests.StartBillingInvoicePayment) -> views.HostedPage:
    """Return the page where an invoice is paid."""
    from services.payments.methods import hosted

    return await hosted.start_invoice_payment(await _payment_call(call), request)


async def refresh_billing_payment_setup(
    call: Call, request: requests.RefreshBillingPaymentSetup
) -> views.PaymentSetupReceipt:
    """Return what came of the payment setup."""
    from services.payments.methods import refreshing

    return await refreshing.refresh_payment_setup(await _payment_call(call), request)


async def update_billing_automatic_collection(
    call: Call, request: requests.UpdateBillingAutomaticCollection
) -> views.ActionReceipt:
    """Let invoices be collected by themselves, or not."""
    from services.payments.methods import collection

    return await collection.update_automatic_collection(await _payment_call(call), request)


async def list_invoices(call: Call, request: requests.ListInvoices) -> views.InvoicePage:
    """Return a page of invoices."""
    from services.payments.methods import invoices

    return await invoices.list_invoices(await _payment_call(call), request)


async def get_invoice(call: Call, request: requests.GetInvoice) -> views.InvoiceDetail:
    """Return one invoice."""
    from services.payments.methods import invoices

    return await invoices.get_invoice(await _payment_call(call), request)


def list_nodes(call: Call, request: requests.ListNodes) -> views.NodePage:
    """Return a page of a customer's nodes."""
    from services.payments.nodes import listing

    with call.store.read() as conn:
        require_customer(conn, request.customer_id)
        return listing.list_nodes(conn, call.context, request)


def get_cost_drivers(call: Call, request: requests.GetCostDrivers) -> views.CostDrivers:
    """Return where a customer's cost comes from."""
    from services.payments import costs_store

    with call.store.read() as conn:
        require_customer(conn, request.customer_id)
        return costs_store.cost_drivers(conn, call.context, request)


async def _payment_call(call: Call) -> "PaymentCall":
    """Return what the methods of payments are given; opening the provider may take a moment."""
    from services.payments.calls import PaymentCall

    provider = await call.in_thread(call.payments.open)
    return PaymentCall(
        call.context, call.store, provider, call.in_thread, keep=call.payments.keep, read_only=call.read_only
    )
