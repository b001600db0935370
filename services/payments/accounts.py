"""A customer's own customer at Stripe: each has its own, made when it is first needed (MSPs' clients likewise)."""

import hashlib

import msgspec

from services.audit.store import append
from services.billing import store as billing_store
from services.billing.model import Customer, CustomerFacts
from services.contract.context import CallContext
from services.contract.errors import Refused, customer_not_found, precondition
from services.payments.calls import PaymentCall
from services.payments.mirror import store as mirror_store
from services.payments.model import SANDBOX_ACCOUNT
from services.payments.trail import payment_event
from services.storage.connection import Connection


def account_of(facts: CustomerFacts) -> str | None:
    """Return a customer's id at Stripe; null where it has none, or none any more."""
    return None if facts.payments.gone else facts.customer.stripe_customer_id


async def ensure_account(call: PaymentCall, facts: CustomerFacts) -> str:
    """Return a customer's id at Stripe; where it has none, one is made, and written down.

    Two calls at the same time make the same one: the key at Stripe is the customer's, and its earlier account's. Its
    name is part of the key, as Stripe takes a key again for the same particulars alone: a customer that is renamed
    before an answer arrived would be refused for a day. The account that was made then is nobody's, and empty.
    """
    known = account_of(facts)
    if known is not None:
        return known
    customer = facts.customer
    account_id = await call.provider.create_account(customer.customer_id, customer.legal_name, _key(customer))
    return await call.transact(lambda conn: _write(conn, call.context, customer.customer_id, account_id))


def _key(customer: Customer) -> str:
    made_of = (customer.customer_id, customer.stripe_customer_id or "", customer.legal_name)
    return f"account-{hashlib.sha256(msgspec.json.encode(made_of)).hexdigest()}"


async def gone_from_stripe(call: PaymentCall, customer_id: str, account_id: str) -> CustomerFacts:
    """Write down that Stripe has deleted a customer, if it has, and return its facts after that.

    Raises:
        Refused: `ACCOUNT_UNKNOWN`, where Stripe never knew it under this key: then there is no telling what it has.
    """
    try:
        account = await call.provider.account(account_id)
        is_gone = account.deleted
    except Refused as refused:
        if refused.reason != "PAYMENTS_OBJECT_GONE":
            raise
        is_gone = account_id.startswith(SANDBOX_ACCOUNT)
    if not is_gone:
        raise unknown_account()
    return await call.transact(lambda conn: mark_gone(conn, call.context, customer_id, account_id))


def unknown_account() -> Refused:
    """Return the refusal of what is to be done for a customer that Stripe does not know, or several are."""
    return precondition(
        "ACCOUNT_UNKNOWN",
        "Stripe does not know this customer's id under the key that is set, or several customers here have it:"
        " have the key or the import corrected.",
    )


def mark_gone(conn: Connection, context: CallContext, customer_id: str, account_id: str) -> CustomerFacts:
    """Write down that Stripe has deleted a customer, and return its facts after that."""
    facts = _locked(conn, customer_id)
    if facts.customer.stripe_customer_id != account_id or facts.payments.gone:
        return facts
    payments = msgspec.structs.replace(facts.payments, gone=True, method=None)
    after = msgspec.structs.replace(facts, payments=payments)
    mirror_store.save_profile(conn, customer_id, payments)
    return _recorded(conn, context, facts, after, {"deleted_at_stripe": account_id})


def _write(conn: Connection, context: CallContext, customer_id: str, account_id: str) -> str:
    facts = _locked(conn, customer_id)
    known = account_of(facts)
    if known is not None:
        return known  # somebody was faster
    mirror_store.set_account(conn, customer_id, account_id)
    payments = msgspec.structs.replace(facts.payments, gone=False)
    if payments != facts.payments:
        mirror_store.save_profile(conn, customer_id, payments)
    customer = msgspec.structs.replace(facts.customer, stripe_customer_id=account_id)
    after = msgspec.structs.replace(facts, customer=customer, payments=payments)
    _recorded(conn, context, facts, after, {"stripe_customer_id": account_id})
    return account_id


def _recorded(
    conn: Connection, context: CallContext, before: CustomerFacts, after: CustomerFacts, told: dict[str, str]
) -> CustomerFacts:
    after = msgspec.structs.replace(after, revision=before.revision + 1, changed_at=context.now)
    billing_store.save(conn, before, after, context.now)
    append(conn, payment_event(context, before, after, action="SyncPaymentCustomer", told=told))
    return after


def _locked(conn: Connection, customer_id: str) -> CustomerFacts:
    billing_store.lock_customer(conn, customer_id)
    facts = billing_store.load_facts(conn, customer_id)
    if facts is None:
        raise customer_not_found()
    return facts
