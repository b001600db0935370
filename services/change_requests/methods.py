"""What the surface calls: requests asked for, listed, previewed, approved and rejected.

A decision is an audited change like any other: one transaction that claims its request id, checks, changes, and leaves
the trail.
"""

from datetime import datetime
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from services.actions import engine
from services.actions import store as action_store
from services.actions.kinds.registry import KIND_BY_ACTION
from services.actions.model import Effect
from services.actions.transaction import Claim, advanced, checked_reason, claim, event, keep, revised, write
from services.actions.wording import action_preview, notice
from services.audit.store import append_to
from services.billing import store as billing_store
from services.billing.model import CustomerFacts
from services.billing.views import billing_view
from services.change_requests import store
from services.change_requests.model import ChangeRequest
from services.change_requests.rules import undecidable
from services.change_requests.support_credit import asks_for
from services.contract import requests
from services.contract.context import CallContext
from services.contract.errors import Code, Refused, customer_not_found, invalid
from services.contract.paging import decode_token, encode_token, page_size
from services.contract.types import CARRIED_OUT_BY, ChangeRequestKind, ChangeRequestStatus
from services.contract.views import (
    ActionPreview,
    ActionReceipt,
    ChangeRequestPage,
    ChangeRequestReceipt,
    ChangeRequestView,
)
from services.storage.connection import Connection
from services.storage.pipeline import pipelined

_COUNTED = 1_000
_Position = tuple[Annotated[datetime, Meta(tz=True)], str]

_Decision = requests.ApproveTenantChangeRequest | requests.RejectTenantChangeRequest


class _Settlement(NamedTuple):
    """What a decision comes to: the request as it is kept, the facts after it, their change, and what is said of it."""

    decided: ChangeRequest
    after: CustomerFacts
    effect: Effect | None
    said: str


def list_change_requests(
    conn: Connection,
    context: CallContext,
    request: requests.ListTenantChangeRequests,
    *,
    scope: str | None,
    may_decide: bool,
) -> ChangeRequestPage:
    """Return a page of requests.

    Args:
        scope: the tenant to whom, with its clients, the caller is confined; null: everybody's.
        may_decide: whether the caller's role approves and rejects.

    Raises:
        Refused: `INVALID_PAGE_SIZE`, `INVALID_PAGE_TOKEN`.
    """
    query = msgspec.structs.replace(request, page_size=None, page_token=None)
    place = decode_token(query, request.page_token, _Position)
    size = page_size(request.page_size)
    wanted = store.Wanted(
        customer_id=request.customer_id,
        kind=request.kind,
        status=request.status,
        scope=scope,
        newest_first=request.order == "newest",
    )
    found = store.listed(conn, wanted, place, size + 1)
    total = store.count(conn, wanted, _COUNTED)
    last = found[size - 1][0] if len(found) > size else None
    return ChangeRequestPage(
        change_requests=[_view(each, name, context, may_decide=may_decide) for each, name in found[:size]],
        next_page_token=encode_token(query, (last.requested_at, last.change_request_id)) if last else None,
        total=min(total, _COUNTED),
        total_is_more=total > _COUNTED,
    )


def ask_for_approval(conn: Connection, above: engine.AboveLimit) -> ActionReceipt:
    """Make a pending request of an action above its operator's limits, and reserve those limits (`engine.Escalate`)."""
    action, context, before = above.request, above.claimed.context, above.claimed.before
    actor = context.principal.actor
    asked = ChangeRequest(
        customer_id=action.customer_id,
        change_request_id=context.new_id("cr"),
        kind=ChangeRequestKind.SUPPORT_CREDIT,
        status=ChangeRequestStatus.PENDING,
        params=engine.own_fields(action),
        reason=above.reason,
        requested_by=actor,
        requested_at=context.now,
        request_id=action.request_id,
    )
    after = revised(msgspec.structs.replace(before, pending_requests=before.pending_requests + 1), context)
    with pipelined(conn):
        store.add(conn, asked)
        action_store.spend(conn, actor, action.customer_id, action.request_id, above.asked, context.now)
        write(conn, before, after, None, context.now)
        made = event(
            context,
            action,
            above.reason,
            before,
            after,
            None,
            action="CreateTenantChangeRequest",
            resource=_resource(asked),
            told={"kind": asked.kind, "params": asked.params},
        )
        receipt = ActionReceipt(
            outcome="pending_approval",
            replayed=False,
            notice=f"{_name(before)}: a support credit of {asks_for(asked.params)} waits for another's approval.",
            audit_event_id=append_to(conn, made, above.claimed.head),
            change_request_id=asked.change_request_id,
            view=billing_view(after, context.now, context.policy),
        )
        keep(conn, action, above.claimed, receipt)
    return receipt


def preview_approval(conn: Connection, context: CallContext, request: requests.PreviewBillingAction) -> ActionPreview:
    """Return what approving a pending request would do now, by the effect that approving it has.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `CHANGE_REQUEST_NOT_FOUND`, `INVALID_REQUEST`.
    """
    facts = billing_store.load_facts(conn, request.customer_id)
    if facts is None:
        raise customer_not_found()
    asked = _find(conn, request.customer_id, request.change_request_id or "")
    if request.params or request.action is not CARRIED_OUT_BY[asked.kind]:
        raise invalid("INVALID_REQUEST", "Give the action of the change request, and no params: it has its own.")
    return _preview(asked, facts, context)


def approve(
    conn: Connection, context: CallContext, request: requests.ApproveTenantChangeRequest
) -> ChangeRequestReceipt:
    """Approve a pending request and apply it, inside the caller's write transaction.

    Raises:
        Refused: as an action does; `CHANGE_REQUEST_NOT_FOUND`, `ALREADY_DECIDED`, `FOUR_EYES`.
    """
    claimed = claim(conn, context, request, ChangeRequestReceipt)
    if isinstance(claimed, ChangeRequestReceipt):
        return claimed
    context, before = claimed.context, claimed.before
    asked, reason = _decidable(conn, context, request)
    if request.etag != before.billing.etag:
        raise engine.stale(_preview(asked, before, context))
    kind = KIND_BY_ACTION[CARRIED_OUT_BY[asked.kind]]
    effect, _drawn = engine.plan(kind, before, asked.params, asked.reason, context)
    after = advanced(before, effect, context)
    said = notice(kind, effect, before, after, context.now)
    decided = _decided(asked, ChangeRequestStatus.APPLIED, reason, context)
    return _settle(conn, context, request, claimed, _Settlement(decided, after, effect, said))


def reject(conn: Connection, context: CallContext, request: requests.RejectTenantChangeRequest) -> ChangeRequestReceipt:
    """Reject a pending request, and give back what it had reserved of its operator's limits.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `REQUEST_ID_REUSED`, `INVALID_REASON`, `CHANGE_REQUEST_NOT_FOUND`,
            `ALREADY_DECIDED`, `FOUR_EYES`.
    """
    claimed = claim(conn, context, request, ChangeRequestReceipt)
    if isinstance(claimed, ChangeRequestReceipt):
        return claimed
    context = claimed.context
    asked, reason = _decidable(conn, context, request)
    after = revised(claimed.before, context)
    said = f"{_name(after)}: the support credit of {asks_for(asked.params)} is rejected; nothing was granted."
    decided = _decided(asked, ChangeRequestStatus.REJECTED, reason, context)
    return _settle(conn, context, request, claimed, _Settlement(decided, after, None, said))


def _find(conn: Connection, customer_id: str, change_request_id: str) -> ChangeRequest:
    found = store.find(conn, customer_id, change_request_id)
    if found is None:
        raise Refused(
            Code.NOT_FOUND,
            "CHANGE_REQUEST_NOT_FOUND",
            "This customer has no such change request: list the requests to see which there are.",
        )
    return found


def _decidable(conn: Connection, context: CallContext, request: _Decision) -> tuple[ChangeRequest, str]:
    """Return the request that the caller may decide now, and the decision's reason."""
    asked = _find(conn, request.customer_id, request.change_request_id)
    if why := undecidable(asked, context.principal.actor, context.now):
        raise why
    return asked, checked_reason(request.reason)


def _preview(asked: ChangeRequest, facts: CustomerFacts, context: CallContext) -> ActionPreview:
    kind = KIND_BY_ACTION[CARRIED_OUT_BY[asked.kind]]
    outcome: CustomerFacts | Refused | None = undecidable(asked, context.principal.actor, context.now)
    if outcome is None:
        try:
            outcome = engine.plan(kind, facts, asked.params, asked.reason, context)[0].after
        except Refused as refused:
            outcome = refused
    return action_preview(kind, facts, outcome, None, context.now)


def _decided(asked: ChangeRequest, status: ChangeRequestStatus, reason: str, context: CallContext) -> ChangeRequest:
    return msgspec.structs.replace(
        asked, status=status, decided_by=context.principal.actor, decided_at=context.now, decision_reason=reason
    )


def _settle(
    conn: Connection, context: CallContext, request: _Decision, claimed: Claim, settlement: _Settlement
) -> ChangeRequestReceipt:
    """Write a decision and what it changes, and leave the trail and the receipt."""
    decided, after, effect, said = settlement
    after = msgspec.structs.replace(after, pending_requests=after.pending_requests - 1)
    with pipelined(conn):
        if decided.status is ChangeRequestStatus.REJECTED:
            action_store.give_back(conn, decided.requested_by, decided.customer_id, decided.request_id)
        store.save(conn, decided)
        write(conn, claimed.before, after, effect, context.now)
        done = event(
            context,
            request,
            decided.decision_reason or "",
            claimed.before,
            after,
            effect,
            action=type(request).__name__,
            told=_told(decided),
            resource=_resource(decided),
        )
        receipt = ChangeRequestReceipt(
            replayed=False,
            notice=said,
            audit_event_id=append_to(conn, done, claimed.head),
            change_request=_view(decided, _name(after), context, may_decide=True),
            view=billing_view(after, context.now, context.policy),
        )
        keep(conn, request, claimed, receipt)
    return receipt


def _name(facts: CustomerFacts) -> str:
    return facts.customer.legal_name


def _resource(asked: ChangeRequest) -> str:
    return f"/change_requests/{asked.change_request_id}"


def _told(asked: ChangeRequest) -> dict[str, object]:
    return {"kind": asked.kind, "params": asked.params, "requested_by": asked.requested_by, "asked_for": asked.reason}


def _view(asked: ChangeRequest, legal_name: str, context: CallContext, *, may_decide: bool) -> ChangeRequestView:
    why_not = None if may_decide else "Your role does not decide requests."
    if refused := undecidable(asked, context.principal.actor, context.now):
        why_not = refused.message
    return ChangeRequestView(
        change_request_id=asked.change_request_id,
        customer_id=asked.customer_id,
        legal_name=legal_name,
        kind=asked.kind,
        status=asked.status,
        asks_for=asks_for(asked.params),
        params=asked.params,
        reason=asked.reason,
        requested_by=asked.requested_by,
        requested_at=asked.requested_at,
        decided_by=asked.decided_by,
        decided_at=asked.decided_at,
        decision_reason=asked.decision_reason,
        decidable=why_not is None,
        why_not=why_not,
    )
