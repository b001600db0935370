"""Whether invoices are collected by themselves: a customer's own choice, told to Stripe first and then recorded."""

import hashlib
from functools import partial

import msgspec

from services.actions.model import Effect
from services.actions.transaction import Claim, advanced, checked_reason, claim, event, keep, write
from services.audit.store import append_to
from services.billing.model import CustomerFacts
from services.billing.plan_views import collection_refusal
from services.billing.views import billing_view
from services.contract.context import CallContext
from services.contract.errors import Code, Refused
from services.contract.requests import UpdateBillingAutomaticCollection
from services.contract.views import ActionReceipt
from services.payments.accounts import account_of
from services.payments.calls import PaymentCall
from services.payments.mirror import store as mirror_store
from services.payments.mirror.under_lock import hold, release
from services.payments.model import Hint, Subject
from services.storage.connection import Connection
from services.storage.pipeline import pipelined

_LOCK_WITHIN = 5.0  # seconds: who reads the same customer just now is soon done


async def update_automatic_collection(call: PaymentCall, request: UpdateBillingAutomaticCollection) -> ActionReceipt:
    """Let a customer's invoices be collected by themselves, or not, and return the receipt.

    Stripe is told before it is recorded: what was told and not recorded is found when Stripe is read again.

    Raises:
        Refused: `REQUEST_ID_REUSED`, `INVALID_REASON`, `STALE_ETAG`, `COLLECTION_UNCHANGED`,
            `PAYMENT_SETUP_INCOMPLETE`, `PAYMENTS_LOCKED`, and what the provider's port names.
    """
    checked = await call.transact(partial(_check, context=call.context, request=request))
    if isinstance(checked, ActionReceipt):
        return checked
    account_id = account_of(checked.before)
    if account_id is None or checked.before.subscription is None:
        return await call.transact(partial(_record, context=call.context, request=request))
    # Stripe tells of it at once. Read before the person's choice is recorded, that would make the choice a stale one.
    mirror = call.mirror
    held = await hold(mirror, Hint(Subject.ACCOUNT, account_id), within=_LOCK_WITHIN)
    try:
        return await _tell_and_record(call, request)
    finally:
        await release(mirror, held)


async def _tell_and_record(call: PaymentCall, request: UpdateBillingAutomaticCollection) -> ActionReceipt:
    checked = await call.transact(partial(_check, context=call.context, request=request))
    if isinstance(checked, ActionReceipt):
        return checked
    if (subscription := checked.before.subscription) is not None:
        key = _key(request, subscription.subscription_id)
        await call.provider.set_collection(subscription.subscription_id, automatic=request.enabled, key=key)
    return await call.transact(partial(_record, context=call.context, request=request))


def _check(conn: Connection, context: CallContext, request: UpdateBillingAutomaticCollection) -> Claim | ActionReceipt:
    claimed = claim(conn, context, request, ActionReceipt)
    if isinstance(claimed, Claim):
        checked_reason(request.reason)
        if request.etag != claimed.before.billing.etag:
            raise _stale()
        if why := collection_refusal(claimed.before, enabled=request.enabled):
            raise why
    return claimed


def _record(conn: Connection, context: CallContext, request: UpdateBillingAutomaticCollection) -> ActionReceipt:
    claimed = _check(conn, context, request)
    if isinstance(claimed, ActionReceipt):
        return claimed
    context, before = claimed.context, claimed.before
    effect = Effect(after=_with_collection(before, enabled=request.enabled))
    after = advanced(before, effect, context)
    with pipelined(conn):
        write(conn, before, after, effect, context.now)
        if after.subscription != before.subscription:
            mirror_store.save_subscription(conn, request.customer_id, after.subscription)
        action, told = type(request).__name__, {"enabled": request.enabled}
        reason = checked_reason(request.reason)
        done = event(context, request, reason, before, after, effect, action=action, told=told)
        receipt = ActionReceipt(
            outcome="applied",
            replayed=False,
            notice=_notice(before, enabled=request.enabled),
            audit_event_id=append_to(conn, done, claimed.head),
            view=billing_view(after, context.now, context.policy),
        )
        keep(conn, request, claimed, receipt)
    return receipt


def _with_collection(facts: CustomerFacts, *, enabled: bool) -> CustomerFacts:
    billing = msgspec.structs.replace(facts.billing, automatic_collection=enabled)
    subscription = facts.subscription
    if subscription is not None:
        subscription = msgspec.structs.replace(subscription, collects_automatically=enabled)
    return msgspec.structs.replace(facts, billing=billing, subscription=subscription)


def _notice(facts: CustomerFacts, *, enabled: bool) -> str:
    name = facts.customer.legal_name
    if enabled:
        return f"Invoices of {name} are collected automatically from now on."
    return f"Invoices of {name} are no longer collected automatically: they can be paid by hand."


def _key(request: UpdateBillingAutomaticCollection, subscription_id: str) -> str:
    """Return the key at Stripe: the same for a repeated request, and within Stripe's length for any customer's."""
    named = f"{request.customer_id}\n{request.request_id}\n{subscription_id}\n{request.enabled}"
    return f"collection-{hashlib.sha256(named.encode()).hexdigest()}"


def _stale() -> Refused:
    return Refused(
        Code.ABORTED, "STALE_ETAG", "The record has changed since you looked: look at it again, then decide."
    )
