"""Each method's few lines: one transaction, and the room that answers."""

import logging
from typing import TYPE_CHECKING

from services.access import methods as access
from services.actions import engine
from services.audit import methods as audit
from services.audit.model import customer_of, stream_of
from services.billing import list_store
from services.billing import store as billing_store
from services.billing.views import billing_view, invoice_view
from services.contract import requests, views
from services.contract.errors import Refused, customer_not_found
from services.contract.paging import MAX_PAGE_SIZE
from services.contract.principals import Role
from services.credits.methods import list_ledger_entries as ledger_page
from services.storage.connection import Connection
from services.surface.model import Call

if TYPE_CHECKING:
    from services.guidance.model import GuidanceInput

# Rooms are imported where they are first asked for, unless the summary needs them, which is read first: the guide takes
# 60 ms, change requests and payments 15 ms each, feeding and reports 6 ms together.

_log = logging.getLogger(__name__)

_DUE_BATCH = 200  # customers brought up to date in one transaction, so that others get their turn in between
_RECENT_ENTRIES = 100  # what guidance looks back on
_RECENT_EVENTS = 20


def who_am_i(call: Call, _request: requests.WhoAmI) -> views.Identity:
    """Say who the caller is and what this surface offers them."""
    principal = call.context.principal
    limits = None
    if principal.roles & {Role.OPERATOR, Role.PLATFORM_ADMIN}:
        with call.store.read() as conn:
            limits = engine.current_limits(conn, call.context)
    return views.Identity(
        actor=principal.actor,
        role=principal.role.value,
        customer_id=principal.customer_id,
        # Who comes from outside need not know where the records are kept.
        store=call.store.label if principal.token_id is None else "",
        read_only=call.read_only,
        methods=list(call.methods),
        support_credit_limits=limits,
        guide=call.guide.label,
        guide_host=call.guide.host,
        expires_at=principal.expires_at,
        payments=call.payments.label,
    )


def list_billing_customers(call: Call, request: requests.ListBillingCustomers) -> views.CustomerList:
    """Return a page of customers, once the clock's own changes have reached the index that lists them."""
    _refresh_index(call)
    with call.store.read() as conn:
        return list_store.list_customers(conn, request, scope=call.scope)


def _refresh_index(call: Call) -> None:
    """Bring the index up to date. That is no change of a record, so a read-only session does it too.

    Where the store cannot be written just now, the list is given as it stands, and the next one tries again.
    """
    now = call.context.now
    with call.store.read() as conn:
        due = billing_store.any_due(conn, now)
    try:
        while due:
            refreshed = call.store.transact(lambda conn: billing_store.refresh_due(conn, now, _DUE_BATCH))
            due = refreshed == _DUE_BATCH
    except Refused as refused:
        _log.warning("The index of blocked customers was not brought up to date: %s", refused.reason)


def get_customer_billing_view(
    call: Call, request: requests.GetCustomerBillingView
) -> views.CustomerBillingView | views.NotModified:
    """Return one customer's view, or that the caller's is still current, which costs one row."""
    with call.store.look() as conn:
        if request.if_none_match is not None:
            current = billing_store.current_view_etag(conn, request.customer_id, call.context.now)
            if current == request.if_none_match:
                return views.NotModified()
        return read_view(conn, call, request.customer_id)


def list_ledger_entries(call: Call, request: requests.ListLedgerEntries) -> views.LedgerPage:
    """Return a page of one customer's ledger."""
    with call.store.read() as conn:
        require_customer(conn, request.customer_id)
        return ledger_page(conn, request)


def list_audit_events(call: Call, request: requests.ListAuditEvents) -> views.AuditPage:
    """Return a page of the audit trail."""
    with call.store.read() as conn:
        _require_stream(conn, request.stream)
        return audit.list_audit_events(conn, request)


def verify_audit_trail(call: Call, request: requests.VerifyAuditTrail) -> views.AuditVerification:
    """Verify a page of the audit trail."""
    with call.store.read() as conn:
        if not request.against:  # a recorded stream that is gone is a finding, no slip of the pen
            _require_stream(conn, request.stream)
        return audit.verify_audit_trail(conn, request)


def export_billing_report(call: Call, request: requests.ExportBillingReport) -> views.ReportFile:
    """Return the billing report as a file: read in one snapshot, rendered after it."""
    with call.store.read() as conn:
        view = read_view(conn, call, request.customer_id)
        invoices = [invoice_view(i) for i in billing_store.all_invoices(conn, request.customer_id)]
        entries = ledger_page(conn, _newest(request.customer_id, MAX_PAGE_SIZE))
        sees_trail = requests.ListAuditEvents.__name__ in call.methods
        events = recent_events(conn, request.customer_id) if sees_trail else None
    from services.reports.methods import render_report

    return render_report(request.format, view=view, invoices=invoices, entries=entries, events=events)


def preview_billing_action(call: Call, request: requests.PreviewBillingAction) -> views.ActionPreview:
    """Return what an action would do now."""
    from services.change_requests import methods as change_requests

    with call.store.read() as conn:
        if request.change_request_id is not None:
            return change_requests.preview_approval(conn, call.context, request)
        return engine.preview(conn, call.context, request)


def act(call: Call, request: requests.ActionRequest) -> views.ActionReceipt:
    """Carry out an audited action, or ask for its approval where it is above the caller's limits."""
    from services.change_requests import methods as change_requests

    return call.store.transact(lambda conn: engine.act(conn, call.context, request, change_requests.ask_for_approval))


def list_tenant_change_requests(call: Call, request: requests.ListTenantChangeRequests) -> views.ChangeRequestPage:
    """Return a page of change requests."""
    from services.change_requests import methods as change_requests

    _end_overdue(call)
    with call.store.read() as conn:
        if request.customer_id is not None:
            require_customer(conn, request.customer_id)
        return change_requests.list_change_requests(
            conn, call.context, request, scope=call.scope, may_decide=_may_decide(call)
        )


def _end_overdue(call: Call) -> None:
    """End the requests whose time has passed: where no server does it, who looks at them does.

    Shown as expired they are in any case, so where the store cannot be written just now, it is left to the next one.
    """
    from services.change_requests.expiring import expire

    if call.read_only:
        return
    try:
        expire(call.store, call.context.now, call.context.new_id, _DUE_BATCH)
    except Refused as refused:
        _log.warning("Overdue change requests were not ended: %s", refused.reason)


def get_tenant_change_request_workspace(
    call: Call, request: requests.GetTenantChangeRequestWorkspace
) -> views.ChangeRequestWorkspace:
    """Return what a tenant may use, may ask for, and has asked for."""
    from services.change_requests import methods as change_requests

    _end_overdue(call)
    with call.store.read() as conn:
        return change_requests.workspace(conn, call.context, request, call.bounds(), may_decide=_may_decide(call))


def preview_tenant_change_request(
    call: Call, request: requests.PreviewTenantChangeRequest
) -> views.TenantChangePreview:
    """Return what a change would come to."""
    from services.change_requests import methods as change_requests

    with call.store.read() as conn:
        return change_requests.preview(conn, call.context, request, call.bounds())


def create_tenant_change_request(call: Call, request: requests.CreateTenantChangeRequest) -> views.ChangeRequestReceipt:
    """Ask for a change."""
    from services.change_requests import methods as change_requests

    policy, may_decide = call.bounds(), _may_decide(call)
    return call.store.transact(
        lambda conn: change_requests.create(
            conn, call.context, request, policy, may_decide=may_decide, platform_applies=call.platform_applies
        )
    )


def cancel_tenant_change_request(call: Call, request: requests.CancelTenantChangeRequest) -> views.ChangeRequestReceipt:
    """Take a change request back."""
    from services.change_requests import methods as change_requests

    return call.store.transact(
        lambda conn: change_requests.cancel(conn, call.context, request, may_decide=_may_decide(call))
    )


def approve_tenant_change_request(
    call: Call, request: requests.ApproveTenantChangeRequest
) -> views.ChangeRequestReceipt:
    """Approve and apply a change request."""
    from services.change_requests import methods as change_requests

    return call.store.transact(
        lambda conn: change_requests.approve(
            conn, call.context, request, call.bounds, platform_applies=call.platform_applies
        )
    )


def reject_tenant_change_request(call: Call, request: requests.RejectTenantChangeRequest) -> views.ChangeRequestReceipt:
    """Reject a change request."""
    from services.change_requests import methods as change_requests

    return call.store.transact(lambda conn: change_requests.reject(conn, call.context, request))


def get_billing_chat_thread(call: Call, request: requests.GetBillingChatThread) -> views.ChatThread:
    """Return a page of the customer's thread."""
    from services.guidance import methods as guidance

    with call.store.read() as conn:
        require_customer(conn, request.customer_id)
        return guidance.get_thread(conn, request, call.guide, lambda: guidance_input(conn, call, request.customer_id))


def clear_billing_chat_thread(call: Call, request: requests.ClearBillingChatThread) -> views.Cleared:
    """Delete the thread's messages."""
    from services.guidance import methods as guidance

    def clear(conn: Connection) -> views.Cleared:
        require_customer(conn, request.customer_id)
        return guidance.clear_thread(conn, request)

    return call.store.transact(clear)


def preview_billing_chat_payload(call: Call, request: requests.PreviewBillingChatPayload) -> views.ChatPayload:
    """Return exactly what a question would send and where to, or what was sent for an answer."""
    from services.guidance import methods as guidance

    with call.store.read() as conn:
        require_customer(conn, request.customer_id)
        return guidance.preview_payload(
            conn,
            request,
            lambda: guidance_input(conn, call, request.customer_id),
            call.guide,
            call.context.principal.actor,
        )


def import_customers(call: Call, request: requests.ImportCustomers) -> views.ImportResult:
    """Feed customers from a file."""
    from services.feeding import methods as feeding

    return feeding.import_customers(call.store, call.context, request, call.progress)


def record_usage(call: Call, request: requests.RecordUsage) -> views.UsageResult:
    """Feed usage."""
    from services.feeding import methods as feeding

    def record(conn: Connection) -> views.UsageResult:
        if not billing_store.lock_customer(conn, request.customer_id):
            raise customer_not_found()
        return feeding.record_usage(conn, call.context, request)

    return call.store.transact(record)


def create_token(call: Call, request: requests.CreateToken) -> views.NewToken:
    """Issue an access token."""
    return call.store.transact(lambda conn: access.create_token(conn, call.context, request))


def list_tokens(call: Call, request: requests.ListTokens) -> views.TokenPage:
    """Return a page of access tokens."""
    with call.store.read() as conn:
        return access.list_tokens(conn, call.context, request)


def revoke_token(call: Call, request: requests.RevokeToken) -> views.TokenView:
    """Revoke an access token."""
    return call.store.transact(lambda conn: access.revoke_token(conn, call.context, request))


def read_view(conn: Connection, call: Call, customer_id: str) -> views.CustomerBillingView:
    """Return the customer's view at the call's moment."""
    facts = billing_store.load_facts(conn, customer_id)
    if facts is None:
        raise customer_not_found()
    return billing_view(facts, call.context.now, call.context.policy)


def guidance_input(conn: Connection, call: Call, customer_id: str) -> "GuidanceInput":
    """Return what an answer may rest on: the view, and what happened lately."""
    from services.guidance.model import GuidanceInput

    return GuidanceInput(
        view=read_view(conn, call, customer_id),
        entries=tuple(ledger_page(conn, _newest(customer_id, _RECENT_ENTRIES)).entries),
        events=tuple(recent_events(conn, customer_id).events),
        policy=call.context.policy,
    )


def recent_events(conn: Connection, customer_id: str) -> views.AuditPage:
    """Return the customer's latest audit events, newest first."""
    request = requests.ListAuditEvents(stream=stream_of(customer_id), page_size=_RECENT_EVENTS)
    return audit.list_audit_events(conn, request)


def _may_decide(call: Call) -> bool:
    return requests.ApproveTenantChangeRequest.__name__ in call.methods


def _newest(customer_id: str, count: int) -> requests.ListLedgerEntries:
    return requests.ListLedgerEntries(customer_id=customer_id, page_size=count)


def _require_stream(conn: Connection, stream: str | None) -> None:
    if stream is not None and (customer_id := customer_of(stream)) is not None:
        require_customer(conn, customer_id)


def require_customer(conn: Connection, customer_id: str) -> None:
    """Refuse a customer that does not exist.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`.
    """
    exists, _parent = billing_store.parent_of(conn, customer_id)
    if not exists:
        raise customer_not_found()
