"""The pages of Stripe's that people are sent to: what each is for, and when it cannot be started."""

from services.billing.model import CustomerFacts
from services.contract.errors import Code, Refused, precondition
from services.contract.plans import Plan
from services.contract.requests import (
    StartBillingInvoicePayment,
    StartBillingPaymentSetup,
    StartCustomerPortal,
    StartPlanCheckout,
)
from services.contract.types import BillingInterval, InvoiceStatus
from services.contract.views import HostedPage
from services.payments.calls import PaymentCall
from services.payments.methods.opening import open_page
from services.payments.methods.pricing import known_prices
from services.payments.mirror import store as mirror_store
from services.payments.model import OperationKind
from services.payments.plan_changes import checkout_refusal, currency_refusal, plan_named, portal_refusal
from services.payments.port import HostedSession, RemotePrice
from services.storage.connection import Connection

_DEFAULT_CURRENCY = "usd"  # of a customer who has paid nothing yet, where no plan has a price


async def start_plan_checkout(call: PaymentCall, request: StartPlanCheckout) -> HostedPage:
    """Return the page where a plan is bought.

    Raises:
        Refused: `PLAN_NOT_FOUND`, `PLAN_BY_CONTRACT`, `PLAN_NOT_SOLD`, `ALREADY_ON_PLAN`, `CHANGE_IN_PORTAL`,
            `PRICE_GONE`, `OTHER_CURRENCY`, `REQUEST_ID_REUSED`, and what the provider's port names.
    """
    plans = call.context.policy.plans
    plan, interval = plan_named(request.plan, plans), request.interval

    def check(_conn: Connection, facts: CustomerFacts) -> None:
        if why := checkout_refusal(facts, plan, interval, plans):
            raise why

    async def ask(facts: CustomerFacts, account_id: str, key: str) -> HostedSession:
        price = await _price(call, facts, plan, interval)
        replaces = None if facts.subscription is None else facts.subscription.subscription_id
        return await call.provider.start_checkout(
            account_id, facts.customer.customer_id, price.price_id, replaces=replaces, key=key
        )

    said = f"{plan.name} begins as soon as it is paid on this page."
    return await open_page(call, request, OperationKind.CHECKOUT, check, ask, said)


async def start_customer_portal(call: PaymentCall, request: StartCustomerPortal) -> HostedPage:
    """Return the customer portal, where plan, cycle and payment methods are managed.

    Raises:
        Refused: `NO_SUBSCRIPTION`, `PLAN_NOT_FOUND`, `PLAN_NOT_SOLD`, `ALREADY_ON_PLAN`, `PRICE_GONE`,
            `OTHER_CURRENCY`, `REQUEST_ID_REUSED`, and what the provider's port names.
    """
    plans = call.context.policy.plans
    plan = None if request.plan is None else plan_named(request.plan, plans)

    def check(_conn: Connection, facts: CustomerFacts) -> None:
        if why := portal_refusal(facts, request.purpose, plan, request.interval, plans):
            raise why

    async def ask(facts: CustomerFacts, account_id: str, key: str) -> HostedSession:
        subscription = price_id = None
        if request.purpose in ("change_plan", "cancel") and facts.subscription is not None:
            subscription = await call.provider.subscription(facts.subscription.subscription_id)
            if plan is not None:
                price_id = (await _price(call, facts, plan, request.interval)).price_id
        return await call.provider.start_portal(
            account_id, request.purpose, subscription=subscription, price_id=price_id, key=key
        )

    said = "What is changed on this page shows here as soon as Stripe tells of it."
    return await open_page(call, request, OperationKind.PORTAL, check, ask, said)


async def start_payment_setup(call: PaymentCall, request: StartBillingPaymentSetup) -> HostedPage:
    """Return the page where a payment method is registered.

    Raises:
        Refused: `REQUEST_ID_REUSED`, and what the provider's port names.
    """

    def check(_conn: Connection, _facts: CustomerFacts) -> None:
        """A payment method can be registered at any time: another one takes the first one's place."""

    async def ask(facts: CustomerFacts, account_id: str, key: str) -> HostedSession:
        currency = await _currency(call, facts)
        return await call.provider.start_setup(account_id, facts.customer.customer_id, currency, key)

    said = "The payment method is on file as soon as this page is completed; nothing is charged."
    return await open_page(call, request, OperationKind.SETUP, check, ask, said)


async def start_invoice_payment(call: PaymentCall, request: StartBillingInvoicePayment) -> HostedPage:
    """Return the page where an open invoice is paid.

    Raises:
        Refused: `INVOICE_NOT_FOUND`, `INVOICE_NOT_AT_STRIPE`, `INVOICE_NOT_OPEN`, `REQUEST_ID_REUSED`, and what the
            provider's port names.
    """
    invoice_id = ""

    def check(conn: Connection, facts: CustomerFacts) -> None:
        nonlocal invoice_id
        found = mirror_store.invoice_by_id(conn, facts.customer.customer_id, request.invoice)
        if found is None:
            raise invoice_not_found()
        if found.invoice_id is None:
            raise precondition(
                "INVOICE_NOT_AT_STRIPE", f"Invoice {found.number} was not issued by Stripe: pay it as it says itself."
            )
        if found.status is not InvoiceStatus.OPEN:
            raise _not_open(found.number, found.status)
        invoice_id = found.invoice_id

    async def ask(_facts: CustomerFacts, account_id: str, _key: str) -> HostedSession:
        invoice = await call.provider.invoice(invoice_id)
        if invoice.account_id != account_id:
            raise invoice_not_found()
        if invoice.status is not InvoiceStatus.OPEN or invoice.hosted_url is None:
            raise _not_open(invoice.number or invoice_id, invoice.status)
        return HostedSession(session_id=invoice_id, url=invoice.hosted_url, expires_at=None)

    said = "The invoice is paid on this page; it shows here as soon as Stripe tells of it."
    return await open_page(call, request, OperationKind.INVOICE, check, ask, said)


def invoice_not_found() -> Refused:
    """Return the refusal of an invoice that the customer has not."""
    return Refused(
        Code.NOT_FOUND, "INVOICE_NOT_FOUND", "This customer has no such invoice: list the invoices to see which."
    )


def _not_open(number: str, status: InvoiceStatus) -> Refused:
    return precondition("INVOICE_NOT_OPEN", f"Invoice {number} is {status}: there is nothing to pay on it.")


async def _price(call: PaymentCall, facts: CustomerFacts, plan: Plan, interval: BillingInterval) -> RemotePrice:
    prices, key = await known_prices(call), plan.lookup_key(interval)
    found = None if key is None else prices.by_key.get(key)
    if found is None:
        raise precondition("PRICE_GONE", f"Stripe has no price for {plan.name} now: ask us, or choose another plan.")
    if why := currency_refusal(facts, plan, found.currency):
        raise why
    return found


async def _currency(call: PaymentCall, facts: CustomerFacts) -> str:
    if facts.subscription is not None:
        return facts.subscription.currency
    prices = (await known_prices(call)).by_key.values()
    return next((price.currency for price in prices), _DEFAULT_CURRENCY)
