"""A change of automatic collection that a person asks for: written down before Stripe is told, recorded as theirs.

Whoever finds first that Stripe has it records it: who asked, when the answer came, or else who reads Stripe again.
"""

from datetime import timedelta

import msgspec

from services.actions.model import Effect
from services.actions.transaction import (
    Claim,
    advanced,
    checked_reason,
    claim,
    event,
    keep,
    request_id_reused,
    write,
)
from services.audit.store import append_to
from services.billing.model import CustomerFacts
from services.billing.store import load_facts
from services.billing.views import billing_view
from services.contract.context import CallContext
from services.contract.errors import Refused
from services.contract.principals import Principal
from services.contract.requests import UpdateBillingAutomaticCollection
from services.contract.views import ActionReceipt
from services.payments import operations_store
from services.payments.mirror import store as mirror_store
from services.payments.mirror.effects import KnownSubscription
from services.payments.model import CollectionChange, Operation, OperationKind
from services.payments.port import RemoteSubscription
from services.storage.connection import Connection
from services.storage.pipeline import pipelined

_MAY_YET_BE_FOUND = timedelta(days=1)  # as long as Stripe keeps a key: after that a change is somebody else's


def write_down(
    conn: Connection, context: CallContext, request: UpdateBillingAutomaticCollection, subscription_id: str | None
) -> str:
    """Write down what Stripe is going to be told, or find it written down already; return its idempotency key.

    The key is the same for as long as it is not known whether Stripe has done it, and no longer: what is asked for
    again when it was undone meanwhile is to be done, and not to be answered as it was then.

    Raises:
        Refused: `REQUEST_ID_REUSED`.
    """
    principal = context.principal
    change = CollectionChange(
        actor=principal.actor, role=principal.role, subscription_id=subscription_id, request=request
    )
    known = operations_store.find(conn, request.customer_id, request.request_id)
    if known is None:
        operation = Operation(
            customer_id=request.customer_id,
            request_id=request.request_id,
            operation_id=context.new_id("collection"),
            kind=OperationKind.COLLECTION,
            fingerprint=msgspec.json.encode(change),
            started_at=context.now,
        )
        operations_store.add(conn, operation)
        return operation.operation_id
    if known.kind is not OperationKind.COLLECTION or not _is_same(_change(known), change):
        raise request_id_reused()
    return known.operation_id


def record_change(
    conn: Connection, claimed: Claim, request: UpdateBillingAutomaticCollection
) -> tuple[CustomerFacts, ActionReceipt]:
    """Record that a customer's invoices are collected as was asked; return the facts after that, and the receipt."""
    context, before = claimed.context, claimed.before
    effect = Effect(after=_with_collection(before, enabled=request.enabled))
    after = advanced(before, effect, context)
    with pipelined(conn):
        write(conn, before, after, effect, context.now)
        if after.subscription != before.subscription:
            mirror_store.save_subscription(conn, request.customer_id, after.subscription)
        operations_store.end_changes(conn, request.customer_id, context.now)
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
    return after, receipt


def record_found(
    conn: Connection,
    context: CallContext,
    before: CustomerFacts,
    operation: Operation,
    counts: RemoteSubscription | None,
) -> CustomerFacts:
    """Record a change that somebody asked for and that Stripe has, of which they never heard; return the facts then.

    Where what Stripe has is nobody's wish, nothing is recorded: that is Stripe's own change. Who asks holds the lock of
    who reads: what Stripe has not done when it is read, it was never told, or somebody has undone it since. The wish
    ends with that, and no later change is taken for it.
    """
    change = _change(operation)
    is_recent = operation.started_at > context.now - _MAY_YET_BE_FOUND
    if counts is None or not is_recent or not _is_done(change, counts):
        operations_store.forget_changes(conn, before.customer.customer_id)
        return before
    if counts.collects_automatically == before.billing.automatic_collection:
        return before
    person = Principal(change.actor, change.role)
    try:
        claimed = claim(conn, msgspec.structs.replace(context, principal=person), change.request, ActionReceipt)
    except Refused:  # its request id has become another action's: then it cannot be this one's
        return before
    return before if isinstance(claimed, ActionReceipt) else record_change(conn, claimed, change.request)[0]


def chosen_before(conn: Connection, customer_id: str) -> KnownSubscription | None:
    """Return of which subscription a customer that has none has chosen last how it is collected; null for no choice.

    What came otherwise to stand in the record, by an import or from Stripe, is none.
    """
    operation = operations_store.last_done_change(conn, customer_id)
    facts = None if operation is None else load_facts(conn, customer_id)
    if operation is None or facts is None:
        return None
    change = _change(operation)
    if change.request.enabled != facts.billing.automatic_collection:
        return None
    return KnownSubscription(change.subscription_id, change.request.enabled)


def _change(operation: Operation) -> CollectionChange:
    return msgspec.json.decode(operation.fingerprint, type=CollectionChange)


def _is_same(known: CollectionChange, change: CollectionChange) -> bool:
    return (known.actor, known.request) == (change.actor, change.request)


def _is_done(change: CollectionChange, counts: RemoteSubscription) -> bool:
    wanted = (change.subscription_id, change.request.enabled)
    return wanted == (counts.subscription_id, counts.collects_automatically)


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
