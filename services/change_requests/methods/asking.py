"""What a tenant does: ask for a change, and take it back."""

from datetime import timedelta

import msgspec

from services.actions.transaction import checked_reason, claim, revised
from services.billing.model import CustomerFacts
from services.change_requests.actors import POLICY
from services.change_requests.judging import Judgement
from services.change_requests.methods.carrying_out import carried_out
from services.change_requests.methods.judged import judged, terms_of
from services.change_requests.methods.recording import Outcome, Step, find_tenants_own, record
from services.change_requests.methods.showing import content, stale_preview
from services.change_requests.model import ChangeRequest
from services.change_requests.policy import BoundsPolicy
from services.change_requests.rules import moved, uncancellable
from services.contract import requests
from services.contract.context import CallContext
from services.contract.errors import precondition
from services.contract.types import CHANGE_REQUEST_TITLES, ChangeRequestStatus, PolicyDecision
from services.contract.views import ChangeRequestReceipt
from services.storage.connection import Connection


def create(
    conn: Connection, context: CallContext, request: requests.CreateTenantChangeRequest, policy: BoundsPolicy
) -> ChangeRequestReceipt:
    """Make a request as its preview showed it; what the policy approves at once is approved and applied with it.

    Raises:
        Refused: as an audited action; `STALE_PREVIEW` with a fresh one in its details, `NO_REQUEST_NEEDED`,
            `NOT_POSSIBLE`, the kind's own reasons.
    """
    claimed = claim(conn, context, request, ChangeRequestReceipt)
    if isinstance(claimed, ChangeRequestReceipt):
        return claimed
    context, before, reason = claimed.context, claimed.before, checked_reason(request.reason)
    found = judged(conn, context, policy, before, request.kind, request.desired)
    judgement = found.judgement
    if request.digest != judgement.digest:
        raise stale_preview(found, before, policy, reason)
    _require_that_it_is_asked_for(judgement)
    asked = _asked(request, reason, judgement, context, policy)
    steps = [Step(asked, context.principal, reason)]
    waits = judgement.placement.decision is PolicyDecision.REVIEW
    if not waits:
        approved = moved(asked, ChangeRequestStatus.APPROVED, POLICY.actor, judgement.placement.because, context.now)
        steps.append(Step(approved, POLICY, judgement.placement.because))
        steps += carried_out(conn, approved, found.tenant, judgement.after, context.now)
    pending = before.pending_requests + (1 if waits else 0)
    after = revised(msgspec.structs.replace(before, pending_requests=pending), context)
    ends = "waits for an operator's review" if waits else "is approved at once, and holds"
    said = f"{_title(asked, before)} {ends}."
    return record(conn, context, request, claimed, Outcome(steps, after, None, said), new=True)


def cancel(conn: Connection, context: CallContext, request: requests.CancelTenantChangeRequest) -> ChangeRequestReceipt:
    """Take a request back that the platform was not told of yet.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `REQUEST_ID_REUSED`, `INVALID_REASON`, `CHANGE_REQUEST_NOT_FOUND`,
            `BEING_APPLIED`, `ALREADY_DECIDED`, `REQUEST_CANCELLED`, `REQUEST_EXPIRED`.
    """
    claimed = claim(conn, context, request, ChangeRequestReceipt)
    if isinstance(claimed, ChangeRequestReceipt):
        return claimed
    context, before = claimed.context, claimed.before
    asked, _terms = find_tenants_own(conn, request.customer_id, request.change_request_id)
    if why := uncancellable(asked, context.now):
        raise why
    reason = checked_reason(request.reason)
    ended = moved(asked, ChangeRequestStatus.CANCELLED, context.principal.actor, reason, context.now)
    waited = 1 if asked.status is ChangeRequestStatus.PENDING else 0
    after = revised(msgspec.structs.replace(before, pending_requests=before.pending_requests - waited), context)
    steps = [Step(ended, context.principal, reason)]
    said = f"{_title(asked, before)} is taken back; nothing was changed."
    return record(conn, context, request, claimed, Outcome(steps, after, None, said))


def _require_that_it_is_asked_for(judgement: Judgement) -> None:
    because = judgement.placement.because
    match judgement.placement.decision:
        case PolicyDecision.SELF_SERVICE:
            raise precondition("NO_REQUEST_NEEDED", f"This needs no request: {because}")
        case PolicyDecision.NEVER:
            raise precondition("NOT_POSSIBLE", f"This is not possible: {because}")


def _asked(
    request: requests.CreateTenantChangeRequest,
    reason: str,
    judgement: Judgement,
    context: CallContext,
    policy: BoundsPolicy,
) -> ChangeRequest:
    return ChangeRequest(
        customer_id=request.customer_id,
        change_request_id=context.new_id("cr"),
        kind=request.kind,
        status=ChangeRequestStatus.PENDING,
        params=judgement.desired,
        reason=reason,
        requested_by=context.principal.actor,
        requested_at=context.now,
        request_id=request.request_id,
        policy_decision=judgement.placement.decision,
        policy_version=policy.version,
        terms=terms_of(judgement),
        expires_at=context.now + timedelta(days=policy.pending_days),
    )


def _title(asked: ChangeRequest, facts: CustomerFacts) -> str:
    return f"{facts.customer.legal_name}: {CHANGE_REQUEST_TITLES[asked.kind]}, {content(asked)},"
