"""The pages of Stripe's that people are sent to: written down before Stripe is asked, and told of in the trail."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

import msgspec

from services.actions.transaction import fingerprint_of, request_id_reused, revised
from services.audit.model import NewEvent, stream_of
from services.audit.store import append
from services.billing import store as billing_store
from services.billing.model import CustomerFacts
from services.contract.errors import Code, Refused, customer_not_found, precondition
from services.contract.requests import (
    StartBillingInvoicePayment,
    StartBillingPaymentSetup,
    StartCustomerPortal,
    StartPlanCheckout,
    StartRequest,
)
from services.contract.types import HostedPageKind, InvoiceStatus, Outcome
from services.contract.views import HostedPage
from services.payments import operations_store
from services.payments.accounts import ensure_account, gone_from_stripe
from services.payments.calls import PaymentCall
from services.payments.methods.pricing import known_prices
from services.payments.mirror import store as mirror_store
from services.payments.model import Operation
from services.payments.plan_changes import checkout_refusal, plan_named, portal_refusal
from services.payments.port import HostedSession, RemotePrice
from services.storage.connection import Connection

_DEFAULT_CURRENCY = "usd"  # of a customer who has paid nothing yet, where no plan has a price

Check = Callable[[Connection, CustomerFacts], None]
"""Refuses what cannot be started as things stand."""

Open = Callable[[CustomerFacts, str, str], Awaitable[HostedSession]]
"""Opens the page: of a customer, known by this id at Stripe, under this idempotency key."""


async def start_plan_checkout(call: PaymentCall, request: StartPlanCheckout) -> HostedPage:
    """Return the page where a plan is bought.

    Raises:
        Refused: `PLAN_NOT_FOUND`, `PLAN_BY_CONTRACT`, `PLAN_NOT_SOLD`, `ALREADY_ON_PLAN`, `CHANGE_IN_PORTAL`,
            `PRICE_GONE`, `REQUEST_ID_REUSED`, and what the provider's port names.
    """
    plans = call.context.policy.plans
    plan, interval = plan_named(request.plan, plans), request.interval

    def check(_conn: Connection, facts: CustomerFacts) -> None:
        if why := checkout_refusal(facts, plan, interval, plans):
            raise why

    async def open_page(facts: CustomerFacts, account_id: str, key: str) -> HostedSession:
        price = await _price(call, plan.lookup_key(interval), plan.name)
        replaces = None if facts.subscription is None else facts.subscription.subscription_id
        return await call.provider.start_checkout(
            account_id, facts.customer.customer_id, price.price_id, replaces=replaces, key=key
        )

    said = f"{plan.name} begins as soon as it is paid on this page."
    return await _start(call, request, HostedPageKind.CHECKOUT, check, open_page, said)


async def start_customer_portal(call: PaymentCall, request: StartCustomerPortal) -> HostedPage:
    """Return the customer portal, where plan, cycle and payment methods are managed.

    Raises:
        Refused: `NO_SUBSCRIPTION`, `PLAN_NOT_FOUND`, `PLAN_NOT_SOLD`, `ALREADY_ON_PLAN`, `REQUEST_ID_REUSED`, and what
            the provider's port names.
    """
    plans = call.context.policy.plans
    plan = None if request.plan is None else plan_named(request.plan, plans)

    def check(_conn: Connection, facts: CustomerFacts) -> None:
        if why := portal_refusal(facts, request.purpose, plan, request.interval, plans):
            raise why

    async def open_page(facts: CustomerFacts, account_id: str, key: str) -> HostedSession:
        subscription = price_id = None
        if request.purpose in ("change_plan", "cancel") and facts.subscription is not None:
            subscription = await call.provider.subscription(facts.subscription.subscription_id)
            if plan is not None:
                price_id = (await _price(call, plan.lookup_key(request.interval), plan.name)).price_id
        return await call.provider.start_portal(
            account_id, request.purpose, subscription=subscription, price_id=price_id, key=key
        )

    said = "What is changed on this page shows here as soon as Stripe tells of it."
    return await _start(call, request, HostedPageKind.PORTAL, check, open_page, said)


async def start_payment_setup(call: PaymentCall, request: StartBillingPaymentSetup) -> HostedPage:
    """Return the page where a payment method is registered.

    Raises:
        Refused: `REQUEST_ID_REUSED`, and what the provider's port names.
    """

    def check(_conn: Connection, _facts: CustomerFacts) -> None:
        """A payment method can be registered at any time: another one takes the first one's place."""

    async def open_page(facts: CustomerFacts, account_id: str, key: str) -> HostedSession:
        currency = await _currency(call, facts)
        return await call.provider.start_setup(account_id, facts.customer.customer_id, currency, key)

    said = "The payment method is on file as soon as this page is completed; nothing is charged."
    return await _start(call, request, HostedPageKind.SETUP, check, open_page, said)


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

    async def open_page(_facts: CustomerFacts, account_id: str, _key: str) -> HostedSession:
        invoice = await call.provider.invoice(invoice_id)
        if invoice.account_id != account_id:
            raise invoice_not_found()
        if invoice.status is not InvoiceStatus.OPEN or invoice.hosted_url is None:
            raise _not_open(invoice.number or invoice_id, invoice.status)
        return HostedSession(session_id=invoice_id, url=invoice.hosted_url, expires_at=None)

    said = "The invoice is paid on this page; it shows here as soon as Stripe tells of it."
    return await _start(call, request, HostedPageKind.INVOICE, check, open_page, said)


def invoice_not_found() -> Refused:
    """Return the refusal of an invoice that the customer has not."""
    return Refused(
        Code.NOT_FOUND, "INVOICE_NOT_FOUND", "This customer has no such invoice: list the invoices to see which."
    )


def _not_open(number: str, status: InvoiceStatus) -> Refused:
    return precondition("INVOICE_NOT_OPEN", f"Invoice {number} is {status}: there is nothing to pay on it.")


async def _start(
    call: PaymentCall, request: StartRequest, kind: HostedPageKind, check: Check, open_page: Open, said: str
) -> HostedPage:
    facts, operation = await call.transact(partial(_begin, call=call, request=request, kind=kind, check=check))
    if operation.answer is not None:
        return msgspec.structs.replace(msgspec.json.decode(operation.answer, type=HostedPage), replayed=True)
    account_id = await ensure_account(call, facts)
    try:
        page = await open_page(facts, account_id, operation.operation_id)
    except Refused as refused:
        if refused.reason != "PAYMENTS_OBJECT_GONE" or refused.details.get("param") != "customer":
            raise
        # Deleted at Stripe: another one is made, once, and asked for under a key of its own.
        facts = await gone_from_stripe(call, request.customer_id, account_id)
        account_id = await ensure_account(call, facts)
        page = await open_page(facts, account_id, f"{operation.operation_id}-again")
    return await call.transact(partial(_opened, call=call, request=request, operation=operation, page=page, said=said))


def _begin(
    conn: Connection, call: PaymentCall, request: StartRequest, kind: HostedPageKind, check: Check
) -> tuple[CustomerFacts, Operation]:
    """Write down what is to be asked of Stripe, or find what was written down under this request id."""
    context, customer_id = call.context, request.customer_id
    billing_store.lock_customer(conn, customer_id)
    facts = billing_store.load_facts(conn, customer_id)
    if facts is None:
        raise customer_not_found()
    fingerprint = fingerprint_of(context, request)
    known = operations_store.find(conn, customer_id, request.request_id)
    if known is not None:
        if known.fingerprint != fingerprint:
            raise request_id_reused()
        if known.answer is None:
            check(conn, facts)
        return facts, known
    check(conn, facts)
    operation = Operation(
        customer_id=customer_id,
        request_id=request.request_id,
        operation_id=context.new_id("pay"),
        kind=kind,
        fingerprint=fingerprint,
        started_at=context.now,
    )
    operations_store.add(conn, operation)
    return facts, operation


def _opened(
    conn: Connection, call: PaymentCall, request: StartRequest, operation: Operation, page: HostedSession, said: str
) -> HostedPage:
    customer_id = request.customer_id
    billing_store.lock_customer(conn, customer_id)
    before = billing_store.load_facts(conn, customer_id)
    known = operations_store.find(conn, customer_id, request.request_id)
    if before is None or known is None:
        raise customer_not_found()
    if known.answer is not None:  # the same request at the same time was faster
        return msgspec.structs.replace(msgspec.json.decode(known.answer, type=HostedPage), replayed=True)
    if operation.kind is HostedPageKind.SETUP:
        _keep_setup(conn, call, before, page.expires_at)
    event_id = append(conn, _event(call, request, before, operation, page))
    answer = HostedPage(
        kind=operation.kind,
        url=page.url,
        expires_at=page.expires_at,
        notice=said,
        replayed=False,
        audit_event_id=event_id,
    )
    kept = msgspec.structs.replace(operation, session_id=page.session_id, answer=msgspec.json.encode(answer))
    operations_store.answered(conn, kept)
    return answer


def _keep_setup(conn: Connection, call: PaymentCall, before: CustomerFacts, open_until: datetime | None) -> None:
    payments = msgspec.structs.replace(before.payments, setup_open_until=open_until)
    after = revised(msgspec.structs.replace(before, payments=payments), call.context)
    mirror_store.save_profile(conn, before.customer.customer_id, payments)
    billing_store.save(conn, before, after, call.context.now)


def _event(
    call: PaymentCall, request: StartRequest, facts: CustomerFacts, operation: Operation, page: HostedSession
) -> NewEvent:
    context = call.context
    # Not the address: whoever has it can use the page.
    told = {"kind": operation.kind, "operation_id": operation.operation_id, "session_id": page.session_id}
    told |= {name: getattr(request, name) for name in request.__struct_fields__ if name not in _COMMON}
    return NewEvent(
        stream=stream_of(request.customer_id),
        occurred_at=context.now,
        actor=context.principal.actor,
        role=context.principal.role.value,
        action=type(request).__name__,
        resource=f"customers/{request.customer_id}/payments",
        etag_before=facts.billing.etag,
        etag_after=facts.billing.etag,
        request_id=request.request_id,
        outcome=Outcome.APPLIED,
        reason=None,
        payload=msgspec.json.encode(told, order="sorted"),
    )


_COMMON = frozenset(StartRequest.__struct_fields__)


async def _price(call: PaymentCall, lookup_key: str | None, name: str) -> RemotePrice:
    prices = await known_prices(call)
    found = None if lookup_key is None else prices.by_key.get(lookup_key)
    if found is None:
        raise precondition("PRICE_GONE", f"Stripe has no price for {name} now: ask us, or choose another plan.")
    return found


async def _currency(call: PaymentCall, facts: CustomerFacts) -> str:
    if facts.subscription is not None:
        return facts.subscription.currency
    prices = (await known_prices(call)).by_key.values()
    return next((price.currency for price in prices), _DEFAULT_CURRENCY)
