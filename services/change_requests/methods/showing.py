"""How a request, a judgement and a form are shown."""

from datetime import datetime

import msgspec

from services.billing.model import CustomerFacts
from services.change_requests.judging import window
from services.change_requests.kinds.model import Kind, Measure
from services.change_requests.kinds.registry import KIND_BY_CODE
from services.change_requests.methods.judged import Judged
from services.change_requests.model import ChangeRequest, Terms
from services.change_requests.policy.bounds import BoundsPolicy
from services.change_requests.policy.describing import describe
from services.change_requests.reasons import missing_in
from services.change_requests.rules import has_expired, uncancellable, undecidable
from services.change_requests.support_credit import asks_for
from services.change_requests.tenant import Tenant
from services.contract.context import CallContext
from services.contract.errors import Code, Refused
from services.contract.types import (
    CHANGE_REQUEST_TITLES,
    POLICY_VERDICTS,
    ChangeRequestKind,
    ChangeRequestStatus,
    PolicyDecision,
)
from services.contract.views import BoundBar, ChangeRequestView, DesiredField, KindForm, TenantChangePreview

_THEN = {
    ChangeRequestStatus.APPLIED: ", and holds",
    ChangeRequestStatus.APPROVED: ", and stands in line for the platform",
}


def content(asked: ChangeRequest) -> str:
    """Return what is asked for, ready to read."""
    if asked.kind is ChangeRequestKind.SUPPORT_CREDIT or asked.terms is None:
        return asks_for(asked.params)
    if (asks := KIND_BY_CODE[asked.kind].asks) is not None:
        return asks(asked.params)
    changes = asked.terms.changes
    if [change.label for change in changes] == [CHANGE_REQUEST_TITLES[asked.kind]]:  # what its kind says already
        return f"{changes[0].before} → {changes[0].after}"
    return "; ".join(f"{change.label} {change.before} → {change.after}" for change in changes)


def then(asked: ChangeRequest) -> str:
    """Return what an approval has led to, as the end of a sentence; of what only waits, nothing."""
    return _THEN.get(asked.status, "")


def request_view(asked: ChangeRequest, legal_name: str, context: CallContext, *, may_decide: bool) -> ChangeRequestView:
    """Return a request as its reader sees it now."""
    refused = undecidable(asked, context.principal.actor, context.now)
    why_not = None if refused is None else refused.message
    if not may_decide and (refused is None or refused.reason == "FOUR_EYES"):
        why_not = "An operator decides this: your role does not."
    terms = asked.terms
    return ChangeRequestView(
        change_request_id=asked.change_request_id,
        customer_id=asked.customer_id,
        legal_name=legal_name,
        kind=asked.kind,
        status=_status(asked, context.now),
        asks_for=content(asked),
        params=asked.params,
        reason=asked.reason,
        requested_by=asked.requested_by,
        requested_at=asked.requested_at,
        decided_by=asked.decided_by,
        decided_at=asked.decided_at,
        decision_reason=asked.decision_reason,
        decidable=why_not is None,
        why_not=why_not,
        policy_decision=asked.policy_decision,
        policy_version=asked.policy_version,
        because=None if terms is None else terms.because,
        changes=[] if terms is None else terms.changes,
        impact="" if terms is None else terms.impact,
        expires_at=asked.expires_at,
        ended_by=asked.ended_by,
        ended_at=asked.ended_at,
        end_reason=asked.end_reason,
        attempts=asked.attempts,
        next_attempt_at=asked.next_attempt_at,
        last_problem=asked.last_problem,
        cancellable=terms is not None and uncancellable(asked, context.now) is None,
    )


def preview_view(
    found: Judged,
    facts: CustomerFacts,
    policy: BoundsPolicy,
    reason: str,
    asked: ChangeRequest | None = None,
    why_not: str | None = None,
) -> TenantChangePreview:
    """Return what a change would come to.

    Args:
        reason: as far as it is written.
        asked: the request, where it was made already.
        why_not: why the caller cannot approve that.
    """
    judgement = found.judgement
    decision, because = judgement.placement.decision, judgement.placement.because
    if decision is PolicyDecision.NEVER:
        why_not = why_not or because
    return TenantChangePreview(
        customer_id=facts.customer.customer_id,
        legal_name=facts.customer.legal_name,
        kind=found.kind.kind,
        title=CHANGE_REQUEST_TITLES[found.kind.kind],
        desired=judgement.desired,
        decision=decision,
        verdict=POLICY_VERDICTS[decision],
        because=because,
        changes=judgement.changes,
        impact=judgement.impact,
        missing=missing_in(reason, of_amounts=found.kind.of_amounts),
        digest=judgement.digest,
        policy_version=policy.version,
        change_request_id=None if asked is None else asked.change_request_id,
        allowed=why_not is None,
        why_not=why_not,
    )


def preview_of_terms(asked: ChangeRequest, terms: Terms, facts: CustomerFacts, why_not: str) -> TenantChangePreview:
    """Return what a request was to change that does not hold any more: it can only be rejected or taken back."""
    decision = asked.policy_decision or PolicyDecision.REVIEW
    return TenantChangePreview(
        customer_id=asked.customer_id,
        legal_name=facts.customer.legal_name,
        kind=asked.kind,
        title=CHANGE_REQUEST_TITLES[asked.kind],
        desired=asked.params,
        decision=decision,
        verdict=POLICY_VERDICTS[decision],
        because=terms.because,
        changes=terms.changes,
        impact=terms.impact,
        missing=missing_in(asked.reason, of_amounts=KIND_BY_CODE[asked.kind].of_amounts),
        digest="",
        policy_version=asked.policy_version or "",
        change_request_id=asked.change_request_id,
        allowed=False,
        why_not=why_not,
    )


def stale_preview(
    found: Judged, facts: CustomerFacts, policy: BoundsPolicy, reason: str, asked: ChangeRequest | None = None
) -> Refused:
    """Return the refusal of what rests on a preview that is no longer so."""
    fresh = preview_view(found, facts, policy, reason, asked)
    return Refused(
        Code.ABORTED,
        "STALE_PREVIEW",
        "What this rests on has changed since you looked: read the fresh preview, then send it again.",
        {"preview": msgspec.to_builtins(fresh)},
    )


def form(kind: Kind, tenant: Tenant, policy: BoundsPolicy) -> KindForm:
    """Return how one kind of change is asked for."""
    tier = policy.tier(tenant.usage_tier)
    bounds = getattr(tier, kind.kind.value)
    reaches = (("no request", bounds.self_service), ("at once", bounds.auto_approve), ("after review", bounds.review))
    return KindForm(
        kind=kind.kind,
        title=CHANGE_REQUEST_TITLES[kind.kind],
        fields=[DesiredField(name=f.name, label=f.label, example=f.example, hint=f.hint) for f in kind.fields],
        current=kind.lines(tenant.allowance),
        bars=[_bar(measure) for measure in kind.measures(tenant, tier)],
        bounds=[(label, describe(bound)) for label, bound in reaches],
        window=window(kind, tenant, policy),
        reason_example=kind.example,
    )


def _bar(measure: Measure) -> BoundBar:
    shown = measure.shown
    return BoundBar(
        label=measure.label,
        used=measure.used,
        allowed=measure.allowed,
        self_service=measure.self_service,
        auto_approve=measure.auto_approve,
        review=measure.review,
        used_text="" if measure.used is None else shown(measure.used),
        allowed_text=shown(measure.allowed),
        self_service_text=shown(measure.self_service),
        auto_approve_text=shown(measure.auto_approve),
        review_text=shown(measure.review),
    )


def _status(asked: ChangeRequest, now: datetime) -> ChangeRequestStatus:
    """Return where a request stands by the clock: one whose time has passed has expired, booked or not."""
    return ChangeRequestStatus.EXPIRED if has_expired(asked, now) else asked.status
