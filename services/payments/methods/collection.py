"""Whether invoices are collected by themselves: a customer's own choice, told to Stripe first and then recorded."""

from functools import partial
from typing import NamedTuple

from services.actions.transaction import Claim, checked_reason, claim
from services.billing.plan_views import collection_refusal
from services.contract.context import CallContext
from services.contract.errors import Code, Refused
from services.contract.requests import UpdateBillingAutomaticCollection
from services.contract.views import ActionReceipt
from services.payments import operations_store
from services.payments.accounts import account_of
from services.payments.calls import PaymentCall
from services.payments.collection_changes import record_change, write_down
from services.payments.mirror.under_lock import hold, release
from services.payments.model import Hint, Subject
from services.payments.port import MAY_BE_DONE
from services.storage.connection import Connection

_LOCK_WITHIN = 5.0  # seconds: who reads the same customer just now is soon done


class _Telling(NamedTuple):
    """Of which subscription Stripe is told, and under which idempotency key."""

    subscription_id: str
    key: str


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
        return await call.transact(partial(_record_alone, context=call.context, request=request))
    # Stripe tells of it at once. Read before the person's choice is recorded, that would take it for Stripe's own.
    mirror = call.mirror
    held = await hold(mirror, Hint(Subject.ACCOUNT, account_id), within=_LOCK_WITHIN)
    try:
        return await _tell_and_record(call, request)
    finally:
        await release(mirror, held)


async def _tell_and_record(call: PaymentCall, request: UpdateBillingAutomaticCollection) -> ActionReceipt:
    begun = await call.transact(partial(_begin, context=call.context, request=request))
    if isinstance(begun, ActionReceipt):
        return begun
    if begun is None:
        return await call.transact(partial(_record_alone, context=call.context, request=request))
    try:
        await call.provider.set_collection(begun.subscription_id, automatic=request.enabled, key=begun.key)
    except Refused as refused:
        if refused.reason not in MAY_BE_DONE:
            begun_at = call.context.now
            await call.transact(partial(operations_store.forget, operation_id=begun.key, begun_at=begun_at))
        raise
    return await call.transact(partial(_record, context=call.context, request=request))


def _begin(
    conn: Connection, context: CallContext, request: UpdateBillingAutomaticCollection
) -> _Telling | ActionReceipt | None:
    """Write down what Stripe is going to be told, and return that; null where there is no subscription."""
    claimed = _check(conn, context, request)
    if isinstance(claimed, ActionReceipt):
        return claimed
    if claimed.before.subscription is None:
        return None
    subscription_id = claimed.before.subscription.subscription_id
    return _Telling(subscription_id, write_down(conn, context, request, subscription_id))


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
    return record_change(conn, claimed, request)[1]


def _record_alone(conn: Connection, context: CallContext, request: UpdateBillingAutomaticCollection) -> ActionReceipt:
    """Record a choice of which Stripe need not be told yet, for the subscription that comes."""
    claimed = _check(conn, context, request)
    if isinstance(claimed, ActionReceipt):
        return claimed
    write_down(conn, context, request, None)
    return record_change(conn, claimed, request)[1]


def _stale() -> Refused:
    return Refused(
        Code.ABORTED, "STALE_ETAG", "The record has changed since you looked: look at it again, then decide."
    )
