"""The audited-action engine: what an action would do, and doing it in one transaction that leaves the trail.

The order is PRODUCT.md §3's: request id before etag, then the rule, then limits. A refusal leaves the transaction
without a trace; the surface records the refused attempt on its own.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import msgspec

from services.actions import store
from services.actions.kinds.registry import KIND_BY_ACTION, KIND_BY_REQUEST
from services.actions.limits import above_limit, limits_view
from services.actions.model import Call, Effect, Kind, Spending
from services.actions.transaction import Claim, advanced, checked_reason, claim, event, keep, write
from services.actions.wording import action_preview, notice
from services.audit.store import append_to
from services.billing import store as billing_store
from services.billing.conditions import refusal
from services.billing.model import CustomerFacts
from services.billing.views import billing_view
from services.contract.context import CallContext
from services.contract.errors import Code, Refused, customer_not_found, precondition
from services.contract.requests import ActionRequest, PreviewBillingAction
from services.contract.types import Action
from services.contract.views import ActionPreview, ActionReceipt, SupportCreditLimits
from services.storage.connection import Connection
from services.storage.pipeline import pipelined

_COMMON_FIELDS = frozenset(ActionRequest.__struct_fields__)


class AboveLimit(NamedTuple):
    """An action that is allowed, and above what its operator may do alone."""

    request: ActionRequest
    claimed: Claim
    reason: str
    asked: Spending


Escalate = Callable[[Connection, AboveLimit], ActionReceipt]
"""Makes a pending request, which somebody else decides, of an action above its operator's limits."""


def preview(conn: Connection, context: CallContext, request: PreviewBillingAction) -> ActionPreview:
    """Return what the action would do now: by the same rule and the same effect as the real one, written nowhere."""
    facts = billing_store.load_facts(conn, request.customer_id)
    if facts is None:
        raise customer_not_found()
    kind = KIND_BY_ACTION[request.action]
    spent = _spent(conn, context) if kind.action is Action.APPLY_SUPPORT_CREDIT else None
    limits = None if spent is None else limits_view(context.policy, spent)
    try:
        effect, asked = plan(kind, facts, request.params, "", context)
    except Refused as refused:
        return action_preview(kind, facts, refused, limits, context.now)
    over = None if spent is None or asked is None else above_limit(context.policy, spent, asked)
    return action_preview(kind, facts, effect.after, limits, context.now, over=over)


def act(conn: Connection, context: CallContext, request: ActionRequest, escalate: Escalate) -> ActionReceipt:
    """Carry out an audited action inside the caller's write transaction and return its receipt.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `REQUEST_ID_REUSED`, `INVALID_REASON`, `STALE_ETAG` (with a fresh preview in its
            details), the action's own conditions.
    """
    kind = KIND_BY_REQUEST[type(request)]
    claimed = claim(conn, context, request, ActionReceipt)
    if isinstance(claimed, ActionReceipt):
        return claimed
    context, before, reason = claimed.context, claimed.before, checked_reason(request.reason)
    if request.etag != before.billing.etag:
        fresh = PreviewBillingAction(customer_id=request.customer_id, action=kind.action, params=own_fields(request))
        raise stale(preview(conn, context, fresh))
    effect, asked = plan(kind, before, own_fields(request), reason, context)
    if asked is not None:
        store.lock_operator(conn, context.principal.actor)
        if above_limit(context.policy, _spent(conn, context), asked):
            return escalate(conn, AboveLimit(request, claimed, reason, asked))
    after = advanced(before, effect, context)
    with pipelined(conn):
        write(conn, before, after, effect, context.now)
        if asked is not None:
            store.spend(conn, context.principal.actor, request.customer_id, request.request_id, asked, context.now)
        told = {"params": own_fields(request)}
        done = event(context, request, reason, before, after, effect, action=kind.action.value, told=told)
        receipt = ActionReceipt(
            outcome="applied",
            replayed=False,
            notice=notice(kind, effect, before, after, context.now),
            audit_event_id=append_to(conn, done, claimed.head),
            view=billing_view(after, context.now, context.policy),
        )
        keep(conn, request, claimed, receipt)
    return receipt


def plan(
    kind: Kind, facts: CustomerFacts, fields: dict[str, str], reason: str, context: CallContext
) -> tuple[Effect, Spending | None]:
    """Return what the action changes, and what it draws on an operator's limits.

    Raises:
        Refused: the action's own conditions, or fields that cannot be read.
    """
    if why := refusal(kind.action, facts, context.now):
        raise precondition(why.reason, why.message)
    params = kind.parse(fields, facts, context.now)
    return kind.effect(facts, Call(params=params, reason=reason, context=context)), kind.spends(params)


def stale(fresh: ActionPreview) -> Refused:
    """Return the refusal of a change that rests on a record which is no longer so."""
    return Refused(
        Code.ABORTED,
        "STALE_ETAG",
        "The record has changed since you looked: read the fresh preview, then apply again.",
        {"preview": msgspec.to_builtins(fresh)},
    )


def current_limits(conn: Connection, context: CallContext) -> SupportCreditLimits:
    """Return what one action may grant and what is left to this operator now."""
    return limits_view(context.policy, _spent(conn, context))


def own_fields(request: ActionRequest) -> dict[str, str]:
    """Return the fields that only this kind of action has."""
    return {name: getattr(request, name) for name in request.__struct_fields__ if name not in _COMMON_FIELDS}


def _spent(conn: Connection, context: CallContext) -> Spending:
    since = context.now - timedelta(hours=context.policy.operator_window_hours)
    return store.spent(conn, context.principal.actor, since)
