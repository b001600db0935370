"""A customer's own customer at Stripe: each has its own, made when it is first needed (MSPs' clients likewise)."""

import hashlib

import msgspec

from services.actions.transaction import revised
from services.audit.store import append
from services.billing import store as billing_store
from services.billing.model import Customer, CustomerFacts
from services.contract.context import CallContext
from services.contract.errors import Refused, customer_not_found, precondition
from services.payments.calls import PaymentCall
from services.payments.mirror import store as mirror_store
from services.payments.mirror.effects import with_account, with_subscription
from services.payments.mirror.recording import record
from services.payments.mirror.under_lock import UnknownAccountError, known_account
from services.payments.model import SANDBOX_ACCOUNT
from services.payments.port import RemoteAccount
from services.payments.trail import payment_event
from services.storage.connection import Connection

_ACTION = "SyncPaymentCustomer"


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


async def gone_from_stripe(call: PaymentCall, facts: CustomerFacts, account_id: str, refused: Refused) -> CustomerFacts:
    """Write down that Stripe has deleted a customer, where that is why a page was refused; return its facts after that.

    One that only a sandbox knew that is no more counts as deleted too, unless something of what it had there stands in
    the records: that is not given up for a page.

    Raises:
        Refused: the same again, where it is something else that Stripe no longer has; `ACCOUNT_UNKNOWN`, where it never
            knew the customer: then there is no telling what it has.
    """
    names_customer = refused.details.get("param") == "customer"
    try:
        account = await known_account(call.provider, account_id)
    except UnknownAccountError as unknown:
        has_nothing = facts.subscription is None and facts.payments.method is None
        if not (names_customer and has_nothing and account_id.startswith(SANDBOX_ACCOUNT)):
            raise unknown_account() from unknown
    else:
        if not (names_customer and account.deleted):
            raise refused
    customer_id = facts.customer.customer_id
    context = call.mirror.context()
    return await call.transact(lambda conn: _mark_gone(conn, context, customer_id, account_id))


def unknown_account() -> Refused:
    """Return the refusal of what is to be done for a customer that Stripe does not know, or several are."""
    return precondition(
        "ACCOUNT_UNKNOWN",
        "This customer is of another Stripe than the one that takes payments now, or several customers here have its"
        " id: set STRIPE_SECRET_KEY and STRIPE_API_BASE as they were, or have the import corrected.",
    )


def _mark_gone(conn: Connection, context: CallContext, customer_id: str, account_id: str) -> CustomerFacts:
    """Write down that Stripe has deleted a customer, as when its event is read first; return its facts after that."""
    before = _locked(conn, customer_id)
    if before.customer.stripe_customer_id != account_id or before.payments.gone:
        return before
    gone = RemoteAccount(account_id=account_id, deleted=True, customer_id=None, method=None, currency=None)
    after = with_account(before, gone, setup_open_until=None)
    after = with_subscription(after, None, context.policy.plans, context.now)
    return record(conn, context, before, after, action=_ACTION, because=(), reason="Stripe has deleted the customer")


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
    after = revised(after, context)
    billing_store.save(conn, facts, after, context.now)
    append(conn, payment_event(context, facts, after, action=_ACTION, told={"stripe_customer_id": account_id}))
    return account_id


def _locked(conn: Connection, customer_id: str) -> CustomerFacts:
    billing_store.lock_customer(conn, customer_id)
    facts = billing_store.load_facts(conn, customer_id)
    if facts is None:
        raise customer_not_found()
    return facts
