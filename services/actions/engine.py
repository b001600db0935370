"""The audited-action engine: one transaction that claims the request id, checks, changes, and leaves the trail.

The order is PRODUCT.md §3's: request id before etag, then the rule, then limits. A refusal leaves the transaction
without a trace; the surface records the refused attempt on its own.
"""

import hashlib
from datetime import timedelta

import msgspec

from services.actions import store
from services.actions.diff import changes
from services.actions.kinds.registry import KIND_BY_ACTION, KIND_BY_REQUEST
from services.actions.limits import above_limit, limits_view
from services.actions.model import Call, Effect, Kind, Spending
from services.actions.wording import action_preview, notice
from services.audit.model import NewEvent, stream_of
from services.audit.store import append_to
from services.billing import store as billing_store
from services.billing.adjustments import latest_adjustment
from services.billing.conditions import refusal
from services.billing.model import CustomerFacts
from services.billing.views import billing_view
from services.contract.context import CallContext
from services.contract.errors import Code, Refused, customer_not_found, invalid, precondition
from services.contract.requests import ActionRequest, PreviewBillingAction
from services.contract.text import clean
from services.contract.types import Action, Outcome
from services.contract.views import ActionPreview, ActionReceipt, SupportCreditLimits
from services.credits import store as credit_store
from services.storage.connection import Connection
from services.storage.pipeline import pipelined

MIN_REASON, MAX_REASON = 3, 200
_COMMON_FIELDS = frozenset(ActionRequest.__struct_fields__)


def preview(conn: Connection, context: CallContext, request: PreviewBillingAction) -> ActionPreview:
    """Return what the action would do now: by the same rule and the same effect as the real one, written nowhere."""
    facts = _facts(conn, request.customer_id)
    kind = KIND_BY_ACTION[request.action]
    spent = _spent(conn, context)
    limits = limits_view(context.policy, spent) if kind.action is Action.APPLY_SUPPORT_CREDIT else None
    try:
        effect, _asked = _plan(kind, facts, request.params, "", spent, context)
    except Refused as refused:
        return action_preview(kind, facts, refused, limits, context.now)
    return action_preview(kind, facts, effect.after, limits, context.now)


def act(conn: Connection, context: CallContext, request: ActionRequest) -> ActionReceipt:
    """Carry out an audited action inside the caller's write transaction and return its receipt.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `REQUEST_ID_REUSED`, `INVALID_REASON`, `STALE_ETAG` (with a fresh preview in its
            details), the action's own conditions, `ABOVE_OPERATOR_LIMIT`.
    """
    kind = KIND_BY_REQUEST[type(request)]
    customer_id = request.customer_id
    if not billing_store.lock_customer(conn, customer_id):
        raise customer_not_found()
    fingerprint = _fingerprint(context, kind, request)
    before, stored, head = store.read_before(conn, customer_id, request.request_id)
    if stored is not None:
        return _replay(stored, fingerprint)
    reason = checked_reason(request.reason)
    if request.etag != before.billing.etag:
        raise _stale(conn, context, kind, request)
    spent = None
    if kind.action is Action.APPLY_SUPPORT_CREDIT:
        store.lock_operator(conn, context.principal.actor)
        spent = _spent(conn, context)
    effect, asked = _plan(kind, before, own_fields(request), reason, spent or Spending(), context)
    after = _advanced(before, effect, context)
    with pipelined(conn):
        _record(conn, before, after, effect, context)
        if asked is not None:
            store.spend(conn, context.principal.actor, customer_id, request.request_id, asked, context.now)
        receipt = ActionReceipt(
            outcome="applied",
            replayed=False,
            notice=notice(kind, effect, before, after, context.now),
            audit_event_id=append_to(conn, _event(context, kind, request, reason, before, after, effect), head),
            view=billing_view(after, context.now, context.policy),
        )
        kept = store.Stored(fingerprint, msgspec.json.encode(receipt))
        store.keep_receipt(conn, customer_id, request.request_id, kept, context.now)
    return receipt


def current_limits(conn: Connection, context: CallContext) -> SupportCreditLimits:
    """Return what one action may grant and what is left to this operator now."""
    return limits_view(context.policy, _spent(conn, context))


def own_fields(request: ActionRequest) -> dict[str, str]:
    """Return the fields that only this kind of action has."""
    return {name: getattr(request, name) for name in request.__struct_fields__ if name not in _COMMON_FIELDS}


def checked_reason(text: str) -> str:
    """Return a reason, cleaned and trimmed.

    Raises:
        Refused: `INVALID_REASON`, unless 3 to 200 characters are left.
    """
    reason = clean(text)
    if not MIN_REASON <= len(reason) <= MAX_REASON:
        raise invalid("INVALID_REASON", f"Give a reason of {MIN_REASON} to {MAX_REASON} characters.")
    return reason


def _plan(
    kind: Kind, facts: CustomerFacts, fields: dict[str, str], reason: str, spent: Spending, context: CallContext
) -> tuple[Effect, Spending | None]:
    if why := refusal(kind.action, facts, context.now):
        raise precondition(why.reason, why.message)
    params = kind.parse(fields, facts, context.now)
    asked = kind.spends(params)
    if asked is not None and (over := above_limit(context.policy, spent, asked)):
        raise over
    return kind.effect(facts, Call(params=params, reason=reason, context=context)), asked


def _advanced(before: CustomerFacts, effect: Effect, context: CallContext) -> CustomerFacts:
    """Return the facts as they are stored after an effect."""
    return msgspec.structs.replace(
        effect.after,
        billing=msgspec.structs.replace(effect.after.billing, version=before.billing.version + 1),
        latest_adjustment=latest_adjustment(effect.booked, context.now) or before.latest_adjustment,
        revision=before.revision + 1,
        changed_at=context.now,
    )


def _record(
    conn: Connection, before: CustomerFacts, after: CustomerFacts, effect: Effect, context: CallContext
) -> None:
    billing_store.save(conn, before, after, context.now)
    if effect.booked:
        credit_store.write(
            conn,
            after.customer.customer_id,
            [booked.transaction for booked in effect.booked],
            [lot for booked in effect.booked for lot in booked.lots],
            after.credits.balances,
            context.now,
        )


def _facts(conn: Connection, customer_id: str) -> CustomerFacts:
    facts = billing_store.load_facts(conn, customer_id)
    if facts is None:
        raise customer_not_found()
    return facts


def _spent(conn: Connection, context: CallContext) -> Spending:
    since = context.now - timedelta(hours=context.policy.operator_window_hours)
    return store.spent(conn, context.principal.actor, since)


def _fingerprint(context: CallContext, kind: Kind, request: ActionRequest) -> bytes:
    """Return the hash of everything that makes a call the same call: actor, method and every field but the id."""
    fields = {name: getattr(request, name) for name in request.__struct_fields__ if name != "request_id"}
    content = [context.principal.actor, kind.action, fields]
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).digest()


def _replay(stored: store.Stored, fingerprint: bytes) -> ActionReceipt:
    if stored.fingerprint != fingerprint:
        raise Refused(
            Code.ALREADY_EXISTS,
            "REQUEST_ID_REUSED",
            "This request id was used for another action: use a fresh id for a new one.",
        )
    return msgspec.structs.replace(msgspec.json.decode(stored.receipt, type=ActionReceipt), replayed=True)


def _stale(conn: Connection, context: CallContext, kind: Kind, request: ActionRequest) -> Refused:
    fresh = PreviewBillingAction(customer_id=request.customer_id, action=kind.action, params=own_fields(request))
    return Refused(
        Code.ABORTED,
        "STALE_ETAG",
        "The record has changed since you looked: read the fresh preview, then apply again.",
        {"preview": msgspec.to_builtins(preview(conn, context, fresh))},
    )


def _event(
    context: CallContext,
    kind: Kind,
    request: ActionRequest,
    reason: str,
    before: CustomerFacts,
    after: CustomerFacts,
    effect: Effect,
) -> NewEvent:
    payload = {
        "params": own_fields(request),
        "changes": changes(before, after, context.now),
        "transactions": [booked.transaction.transaction_id for booked in effect.booked],
        "grants": [lot.grant_id for booked in effect.booked for lot in booked.lots],
    }
    return NewEvent(
        stream=stream_of(request.customer_id),
        occurred_at=context.now,
        actor=context.principal.actor,
        role=context.principal.role.value,
        action=kind.action.value,
        resource=f"customers/{request.customer_id}",
        etag_before=before.billing.etag,
        etag_after=after.billing.etag,
        request_id=request.request_id,
        outcome=Outcome.APPLIED,
        reason=reason,
        payload=msgspec.json.encode(payload, order="sorted"),
    )
