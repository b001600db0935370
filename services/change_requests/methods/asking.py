"""What a tenant does: ask for a change, and take it back."""

from datetime import timedelta

import msgspec

from services.actions.transaction import checked_reason, claim, revised
from services.billing.model import CustomerFacts
from services.change_requests import store
from services.change_requests.actors import POLICY
from services.change_requests.judging import Judgement
from services.change_requests.methods.carrying_out import carried_out, give_up
from services.change_requests.methods.judged import judged, terms_of
from services.change_requests.methods.recording import Outcome, Step, find_tenants_own, record
from services.change_requests.methods.showing import content, stale_preview, then
from services.change_requests.model import ChangeRequest
from services.change_requests.policy.bounds import BoundsPolicy
from services.change_requests.rules import moved, uncancellable
from services.contract import requests
from services.contract.context import CallContext
from services.contract.errors import Code, Refused, precondition
from services.contract.types import CHANGE_REQUEST_TITLES, ChangeRequestStatus, PolicyDecision
from services.contract.views import ChangeRequestReceipt
from services.contract.wording import minute
from services.storage.connection import Connection

_ENDS = {
    PolicyDecision.SELF_SERVICE: "needs no request",
    PolicyDecision.AUTO_APPROVE: "is approved at once",
    PolicyDecision.REVIEW: "waits for an operator's review",
}


def create(
    conn: Connection,
    context: CallContext,
    request: requests.CreateTenantChangeRequest,
    policy: BoundsPolicy,
    *,
    may_decide: bool,
    platform_applies: bool,
) -> ChangeRequestReceipt:
    """Make a request as its preview showed it; what needs no review is approved by the policy and applied with it.

    Args:
        may_decide: whether the caller's role approves and rejects.
        platform_applies: what is approved is left to the platform to apply.

    Raises:
        Refused: as an audited action; `STALE_PREVIEW` with a fresh one in its details, `NOT_POSSIBLE`, `ALREADY_ASKED`,
            `TOO_MANY_OPEN_REQUESTS`, `EARLIER_CHANGE_IN_LINE`, the kind's own reasons.
    """
    claimed = claim(conn, context, request, ChangeRequestReceipt)
    if isinstance(claimed, ChangeRequestReceipt):
        return claimed
    context, before, reason = claimed.context, claimed.before, checked_reason(request.reason)
    found = judged(conn, context, policy, before, request.kind, request.desired)
    judgement = found.judgement
    if request.digest != judgement.digest:
        raise stale_preview(found, before, policy, reason)
    if judgement.placement.decision is PolicyDecision.NEVER:
        raise precondition("NOT_POSSIBLE", f"This is not possible: {judgement.placement.because}")
    waits = judgement.placement.decision is PolicyDecision.REVIEW
    if waits:
        _require_room(conn, request, judgement, policy)
    asked = _asked(request, reason, judgement, context, policy)
    steps = [Step(asked, context.principal, reason)]
    if not waits:
        approved = moved(asked, ChangeRequestStatus.APPROVED, POLICY.actor, judgement.placement.because, context.now)
        steps.append(Step(approved, POLICY, judgement.placement.because))
        steps += carried_out(conn, approved, found, context.now, platform_applies=platform_applies)
    pending = before.pending_requests + (1 if waits else 0)
    # what needs nobody is no answer to a rejection
    rejected_at = before.rejected_at if judgement.placement.decision is PolicyDecision.SELF_SERVICE else None
    after = revised(msgspec.structs.replace(before, pending_requests=pending, rejected_at=rejected_at), context)
    said = f"{_title(asked, before)} {_ENDS[judgement.placement.decision]}{then(steps[-1].request)}."
    outcome = Outcome(steps, after, None, said)
    return record(conn, context, request, claimed, outcome, may_decide=may_decide, new=True)


def cancel(
    conn: Connection, context: CallContext, request: requests.CancelTenantChangeRequest, *, may_decide: bool
) -> ChangeRequestReceipt:
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
    if not waited:
        give_up(conn, asked)
    after = revised(msgspec.structs.replace(before, pending_requests=before.pending_requests - waited), context)
    steps = [Step(ended, context.principal, reason)]
    said = f"{_title(asked, before)} is taken back; nothing was changed."
    return record(conn, context, request, claimed, Outcome(steps, after, None, said), may_decide=may_decide)


def _require_room(
    conn: Connection, request: requests.CreateTenantChangeRequest, judgement: Judgement, policy: BoundsPolicy
) -> None:
    """Refuse what would wait beside the same request, or beside more than anybody can look at."""
    unfinished = store.open_of_tenant(conn, request.customer_id)
    for asked in unfinished:
        is_same = (asked.kind, asked.params) == (request.kind, judgement.desired)
        if is_same and asked.status is ChangeRequestStatus.PENDING:
            raise Refused(
                Code.ALREADY_EXISTS,
                "ALREADY_ASKED",
                f"{asked.requested_by} asked for this on {minute(asked.requested_at)}, and it is not decided yet.",
                {"change_request_id": asked.change_request_id},
            )
    if len(unfinished) >= policy.open_requests:
        raise Refused(
            Code.RESOURCE_EXHAUSTED,
            "TOO_MANY_OPEN_REQUESTS",
            f"{len(unfinished)} requests are open already: take one back, or wait until some are decided.",
        )


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
