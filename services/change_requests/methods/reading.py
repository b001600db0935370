"""What is read: a tenant's workspace, what a change would come to, and the requests there are."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from services.billing import store as billing_store
from services.billing.model import CustomerFacts
from services.change_requests import store
from services.change_requests.kinds.registry import KINDS
from services.change_requests.methods.judged import judged, why_not_yet, why_overtaken
from services.change_requests.methods.recording import find_tenants_own
from services.change_requests.methods.showing import form, preview_of_terms, preview_view, request_view
from services.change_requests.policy.bounds import BoundsPolicy
from services.change_requests.rules import undecidable
from services.change_requests.tenant_store import load_tenant
from services.contract import requests
from services.contract.context import CallContext
from services.contract.errors import Refused, customer_not_found, invalid
from services.contract.paging import decode_token, encode_token, page_size
from services.contract.types import PolicyDecision
from services.contract.views import ChangeRequestPage, ChangeRequestWorkspace, TenantChangePreview
from services.storage.connection import Connection
from services.storage.search import prepare_list

_COUNTED = 1_000
_LATEST = 50  # requests in a workspace; the list has the rest
_Position = tuple[Annotated[datetime, Meta(tz=True)], str]


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
        policy_decision=request.policy_decision,
        change_request_id=request.change_request_id,
        scope=scope,
        newest_first=request.order == "newest",
    )
    prepare_list(conn)  # of one status there are nearly all, of another hardly any
    found = store.listed(conn, wanted, place, size + 1)
    last = found[size - 1][0] if len(found) > size else None
    whole = place is None and last is None
    total = len(found) if whole else store.count(conn, wanted, _COUNTED)
    return ChangeRequestPage(
        change_requests=[request_view(each, name, context, may_decide=may_decide) for each, name in found[:size]],
        next_page_token=encode_token(query, (last.requested_at, last.change_request_id)) if last else None,
        total=min(total, _COUNTED),
        total_is_more=total > _COUNTED,
    )


def workspace(
    conn: Connection,
    context: CallContext,
    request: requests.GetTenantChangeRequestWorkspace,
    policy: BoundsPolicy,
    *,
    may_decide: bool,
) -> ChangeRequestWorkspace:
    """Return what a tenant may use, what it may ask for, and its latest requests.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`.
    """
    facts = _facts(conn, request.customer_id)
    usage_tier = facts.billing.usage_tier
    tenant = load_tenant(conn, request.customer_id, usage_tier, policy, context.now)
    name = facts.customer.legal_name
    return ChangeRequestWorkspace(
        customer_id=request.customer_id,
        legal_name=name,
        usage_tier=usage_tier,
        policy_version=policy.version,
        kinds=[form(kind, tenant, policy) for kind in KINDS],
        requests=[
            request_view(asked, name, context, may_decide=may_decide)
            for asked in store.latest_of_tenant(conn, request.customer_id, _LATEST)
        ],
    )


def preview(
    conn: Connection, context: CallContext, request: requests.PreviewTenantChangeRequest, policy: BoundsPolicy
) -> TenantChangePreview:
    """Return what a wanted change, or approving a pending request, would come to now.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `CHANGE_REQUEST_NOT_FOUND`, `INVALID_REQUEST`, the kind's own reasons.
    """
    facts = _facts(conn, request.customer_id)
    if (request.kind is None) == (request.change_request_id is None):
        raise invalid("INVALID_REQUEST", "Give either a kind with its desired values, or a change request's id.")
    if request.kind is not None:
        found = judged(conn, context, policy, facts, request.kind, request.desired)
        waits_anyway = found.judgement.placement.decision is PolicyDecision.REVIEW
        not_yet = None if waits_anyway else why_not_yet(found)
        return preview_view(found, facts, policy, request.reason, None, None if not_yet is None else not_yet.message)
    if request.desired:
        raise invalid("INVALID_REQUEST", "Give no desired values beside a change request's id: it has its own.")
    asked, terms = find_tenants_own(conn, request.customer_id, request.change_request_id or "")
    refused = undecidable(asked, context.principal.actor, context.now)
    try:
        found = judged(conn, context, policy, facts, asked.kind, asked.params)
    except Refused as no_longer:
        return preview_of_terms(asked, terms, facts, (refused or no_longer).message)
    refused = refused or why_overtaken(terms, found) or why_not_yet(found)
    return preview_view(found, facts, policy, asked.reason, asked, None if refused is None else refused.message)


def _facts(conn: Connection, customer_id: str) -> CustomerFacts:
    facts = billing_store.load_facts(conn, customer_id)
    if facts is None:
        raise customer_not_found()
    return facts
