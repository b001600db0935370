"""What an operator does: look at what approving a request would do, approve it, or reject it."""

from collections.abc import Callable

import msgspec

from services.actions import engine
from services.actions import store as action_store
from services.actions.kinds.registry import KIND_BY_ACTION
from services.actions.transaction import Claim, advanced, checked_reason, claim, revised
from services.actions.wording import action_preview, notice
from services.billing import store as billing_store
from services.billing.model import CustomerFacts
from services.change_requests import store
from services.change_requests.methods.carrying_out import carried_out
from services.change_requests.methods.judged import judged, terms_of, why_overtaken
from services.change_requests.methods.recording import ACTIONS, Outcome, Step, find, record
from services.change_requests.methods.showing import content, stale_preview, then
from services.change_requests.model import ChangeRequest
from services.change_requests.policy.bounds import BoundsPolicy
from services.change_requests.rules import moved, undecidable
from services.contract import requests
from services.contract.context import CallContext
from services.contract.errors import Refused, customer_not_found, invalid, precondition
from services.contract.types import (
    CARRIED_OUT_BY,
    CHANGE_REQUEST_TITLES,
    ChangeRequestKind,
    ChangeRequestStatus,
    PolicyDecision,
)
from services.contract.views import ActionPreview, ChangeRequestReceipt
from services.storage.connection import Connection

_Decision = requests.ApproveTenantChangeRequest | requests.RejectTenantChangeRequest


def preview_approval(conn: Connection, context: CallContext, request: requests.PreviewBillingAction) -> ActionPreview:
    """Return what approving a pending support credit would do now, by the effect that approving it has.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `CHANGE_REQUEST_NOT_FOUND`, `INVALID_REQUEST`.
    """
    facts = billing_store.load_facts(conn, request.customer_id)
    if facts is None:
        raise customer_not_found()
    asked = find(conn, request.customer_id, request.change_request_id or "")
    if request.params or request.action is not CARRIED_OUT_BY.get(asked.kind):
        raise invalid("INVALID_REQUEST", "Give the action of the change request, and no params: it has its own.")
    return _preview(asked, facts, context)


def approve(
    conn: Connection,
    context: CallContext,
    request: requests.ApproveTenantChangeRequest,
    bounds: Callable[[], BoundsPolicy],
    *,
    platform_applies: bool,
) -> ChangeRequestReceipt:
    """Approve a pending request and apply it, inside the caller's write transaction.

    Args:
        bounds: gives the policy, which only what a tenant asks for is held against.
        platform_applies: what a tenant asks for is left to the platform to apply.

    Raises:
        Refused: as an action does; `CHANGE_REQUEST_NOT_FOUND`, `ALREADY_DECIDED`, `FOUR_EYES`, `REQUEST_CANCELLED`,
            `REQUEST_EXPIRED`; of what a tenant asks for also `STALE_PREVIEW`, `NOT_POSSIBLE` and `OVERTAKEN`.
    """
    claimed = claim(conn, context, request, ChangeRequestReceipt)
    if isinstance(claimed, ChangeRequestReceipt):
        return claimed
    asked, reason = _decidable(conn, claimed.context, request)
    if asked.kind is ChangeRequestKind.SUPPORT_CREDIT:
        outcome = _approved_credit(asked, reason, claimed, request.etag)
    else:
        outcome = _approved_change(
            conn, asked, reason, claimed, request.digest, bounds(), platform_applies=platform_applies
        )
    return record(conn, claimed.context, request, claimed, outcome, may_decide=True)


def reject(conn: Connection, context: CallContext, request: requests.RejectTenantChangeRequest) -> ChangeRequestReceipt:
    """Reject a pending request, and give back what it had reserved of its operator's limits.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `REQUEST_ID_REUSED`, `INVALID_REASON`, `CHANGE_REQUEST_NOT_FOUND`,
            `ALREADY_DECIDED`, `FOUR_EYES`, `REQUEST_CANCELLED`, `REQUEST_EXPIRED`.
    """
    claimed = claim(conn, context, request, ChangeRequestReceipt)
    if isinstance(claimed, ChangeRequestReceipt):
        return claimed
    context = claimed.context
    asked, reason = _decidable(conn, context, request)
    if asked.kind is ChangeRequestKind.SUPPORT_CREDIT:
        action_store.give_back(conn, asked.requested_by, asked.customer_id, asked.request_id)
        said = f"the support credit of {content(asked)} is rejected; nothing was granted."
    else:
        said = f"{CHANGE_REQUEST_TITLES[asked.kind]}, {content(asked)}, is rejected; nothing was changed."
    rejected = moved(asked, ChangeRequestStatus.REJECTED, context.principal.actor, reason, context.now)
    after = _decided(revised(claimed.before, context))
    if store.is_tenants_latest(conn, asked):
        after = msgspec.structs.replace(after, rejected_at=context.now)
    steps = [Step(rejected, context.principal, reason)]
    outcome = Outcome(steps, after, None, f"{after.customer.legal_name}: {said}")
    return record(conn, context, request, claimed, outcome, may_decide=True)


def _decidable(conn: Connection, context: CallContext, request: _Decision) -> tuple[ChangeRequest, str]:
    """Return the request that the caller may decide now, and the decision's reason."""
    asked = find(conn, request.customer_id, request.change_request_id)
    if why := undecidable(asked, context.principal.actor, context.now):
        raise why
    return asked, checked_reason(request.reason)


def _approved_credit(asked: ChangeRequest, reason: str, claimed: Claim, etag: str | None) -> Outcome:
    context, before = claimed.context, claimed.before
    if etag != before.billing.etag:
        raise engine.stale(_preview(asked, before, context))
    kind = KIND_BY_ACTION[CARRIED_OUT_BY[asked.kind]]
    effect, _drawn = engine.plan(kind, before, asked.params, asked.reason, context)
    after = _decided(advanced(before, effect, context))
    approver = context.principal
    approved = moved(asked, ChangeRequestStatus.APPROVED, approver.actor, reason, context.now)
    applied = moved(approved, ChangeRequestStatus.APPLIED, approver.actor, None, context.now)
    step = Step(applied, approver, reason, ACTIONS[ChangeRequestStatus.APPROVED])  # both at once, in one event
    return Outcome([step], after, effect, notice(kind, effect, before, after, context.now))


def _approved_change(
    conn: Connection,
    asked: ChangeRequest,
    reason: str,
    claimed: Claim,
    digest: str | None,
    policy: BoundsPolicy,
    *,
    platform_applies: bool,
) -> Outcome:
    context, before = claimed.context, claimed.before
    found = judged(conn, context, policy, before, asked.kind, asked.params)
    placement = found.judgement.placement
    if placement.decision is PolicyDecision.NEVER:
        raise precondition("NOT_POSSIBLE", f"This is not possible any more: {placement.because}")
    if asked.terms is not None and (why := why_overtaken(asked.terms, found)):
        raise why
    if digest != found.judgement.digest:
        raise stale_preview(found, before, policy, asked.reason, asked)
    approver = context.principal
    # What is approved is what the preview showed now, which may differ from what was shown to who asked.
    asked = msgspec.structs.replace(
        asked,
        policy_decision=placement.decision,
        policy_version=policy.version,
        terms=terms_of(found.judgement),
    )
    approved = moved(asked, ChangeRequestStatus.APPROVED, approver.actor, reason, context.now)
    steps = [Step(approved, approver, reason)]
    steps += carried_out(conn, approved, found, context.now, platform_applies=platform_applies)
    after = _decided(revised(before, context))
    said = f"{CHANGE_REQUEST_TITLES[asked.kind]}, {content(asked)}, is approved{then(steps[-1].request)}."
    return Outcome(steps, after, None, f"{after.customer.legal_name}: {said}")


def _decided(facts: CustomerFacts) -> CustomerFacts:
    return msgspec.structs.replace(facts, pending_requests=facts.pending_requests - 1)


def _preview(asked: ChangeRequest, facts: CustomerFacts, context: CallContext) -> ActionPreview:
    kind = KIND_BY_ACTION[CARRIED_OUT_BY[asked.kind]]
    outcome: CustomerFacts | Refused | None = undecidable(asked, context.principal.actor, context.now)
    if outcome is None:
        try:
            outcome = engine.plan(kind, facts, asked.params, asked.reason, context)[0].after
        except Refused as refused:
            outcome = refused
    return action_preview(kind, facts, outcome, None, context.now)
