"""The method table: every call there is, and who may make it (PRODUCT.md §4). Nothing else leads to the records."""

from collections.abc import Callable
from typing import Any

from services.contract import requests, views
from services.contract.principals import Role
from services.surface import handlers, payment_handlers
from services.surface.model import Call, Method

_EVERYONE = frozenset(Role)
_TENANTS_TOO = frozenset({Role.CUSTOMER_ADMIN, Role.OPERATOR, Role.PLATFORM_ADMIN})
_DESK = frozenset({Role.OPERATOR, Role.PLATFORM_ADMIN})
_ADMINISTRATION = frozenset({Role.PLATFORM_ADMIN})
_ADMINISTRATORS = frozenset({Role.CUSTOMER_ADMIN, Role.PLATFORM_ADMIN})
_FEEDERS = frozenset({Role.PLATFORM_ADMIN, Role.SERVICE})


def _action(request: type[requests.ActionRequest]) -> Method:
    return Method(
        request=request, response=views.ActionReceipt, roles=_DESK, handle=handlers.act, writes=True, audited=True
    )


def _awaited(
    request: type[requests.Request],
    response: Any,
    roles: frozenset[Role],
    handle: Callable[[Call, Any], Any],
    *,
    writes: bool = False,
) -> Method:
    return Method(request=request, response=response, roles=roles, handle=handle, awaits=True, writes=writes)


def _started(
    request: type[requests.StartRequest], roles: frozenset[Role], handle: Callable[[Call, Any], Any]
) -> Method:
    return Method(
        request=request,
        response=views.HostedPage,
        roles=roles,
        handle=handle,
        awaits=True,
        writes=True,
        audited=True,
    )


METHODS: tuple[Method, ...] = (
    Method(request=requests.WhoAmI, response=views.Identity, roles=_EVERYONE, handle=handlers.who_am_i),
    Method(
        request=requests.ListBillingCustomers,
        response=views.CustomerList,
        roles=_TENANTS_TOO,
        handle=handlers.list_billing_customers,
    ),
    Method(
        request=requests.GetCustomerBillingView,
        response=views.CustomerBillingView | views.NotModified,
        roles=_TENANTS_TOO,
        handle=handlers.get_customer_billing_view,
    ),
    Method(
        request=requests.ListLedgerEntries,
        response=views.LedgerPage,
        roles=_TENANTS_TOO,
        handle=handlers.list_ledger_entries,
    ),
    Method(
        request=requests.ExportBillingReport,
        response=views.ReportFile,
        roles=_TENANTS_TOO,
        handle=handlers.export_billing_report,
    ),
    Method(request=requests.ListAuditEvents, response=views.AuditPage, roles=_DESK, handle=handlers.list_audit_events),
    Method(
        request=requests.VerifyAuditTrail,
        response=views.AuditVerification,
        roles=_DESK,
        handle=handlers.verify_audit_trail,
    ),
    Method(
        request=requests.PreviewBillingAction,
        response=views.ActionPreview,
        roles=_DESK,
        handle=handlers.preview_billing_action,
    ),
    _action(requests.MarkInvoiceVerified),
    _action(requests.ApproveTrial),
    _action(requests.ApplySupportCredit),
    _action(requests.ExtendTrial),
    _action(requests.CompleteBillingChecklist),
    _action(requests.ReverseSupportCredit),
    Method(
        request=requests.GetTenantChangeRequestWorkspace,
        response=views.ChangeRequestWorkspace,
        roles=_TENANTS_TOO,
        handle=handlers.get_tenant_change_request_workspace,
    ),
    Method(
        request=requests.PreviewTenantChangeRequest,
        response=views.TenantChangePreview,
        roles=_TENANTS_TOO,
        handle=handlers.preview_tenant_change_request,
    ),
    Method(
        request=requests.CreateTenantChangeRequest,
        response=views.ChangeRequestReceipt,
        roles=_ADMINISTRATORS,
        handle=handlers.create_tenant_change_request,
        writes=True,
        audited=True,
    ),
    Method(
        request=requests.CancelTenantChangeRequest,
        response=views.ChangeRequestReceipt,
        roles=_ADMINISTRATORS,
        handle=handlers.cancel_tenant_change_request,
        writes=True,
        audited=True,
    ),
    Method(
        request=requests.ListTenantChangeRequests,
        response=views.ChangeRequestPage,
        roles=_TENANTS_TOO,
        handle=handlers.list_tenant_change_requests,
    ),
    Method(
        request=requests.ApproveTenantChangeRequest,
        response=views.ChangeRequestReceipt,
        roles=_DESK,
        handle=handlers.approve_tenant_change_request,
        writes=True,
        audited=True,
    ),
    Method(
        request=requests.RejectTenantChangeRequest,
        response=views.ChangeRequestReceipt,
        roles=_DESK,
        handle=handlers.reject_tenant_change_request,
        writes=True,
        audited=True,
    ),
    _awaited(requests.ListPlans, views.PlanList, _TENANTS_TOO, payment_handlers.list_plans),
    _awaited(requests.ListInvoices, views.InvoicePage, _TENANTS_TOO, payment_handlers.list_invoices),
    _awaited(requests.GetInvoice, views.InvoiceDetail, _TENANTS_TOO, payment_handlers.get_invoice),
    Method(request=requests.ListNodes, response=views.NodePage, roles=_TENANTS_TOO, handle=payment_handlers.list_nodes),
    Method(
        request=requests.GetCostDrivers,
        response=views.CostDrivers,
        roles=_TENANTS_TOO,
        handle=payment_handlers.get_cost_drivers,
    ),
    _awaited(
        requests.RefreshBillingPaymentSetup,
        views.PaymentSetupReceipt,
        _TENANTS_TOO,
        payment_handlers.refresh_billing_payment_setup,
        writes=True,
    ),
    _started(requests.StartBillingPaymentSetup, _TENANTS_TOO, payment_handlers.start_billing_payment_setup),
    _started(requests.StartBillingInvoicePayment, _TENANTS_TOO, payment_handlers.start_billing_invoice_payment),
    _started(requests.StartPlanCheckout, _ADMINISTRATORS, payment_handlers.start_plan_checkout),
    _started(requests.StartCustomerPortal, _ADMINISTRATORS, payment_handlers.start_customer_portal),
    Method(
        request=requests.UpdateBillingAutomaticCollection,
        response=views.ActionReceipt,
        roles=_ADMINISTRATORS,
        handle=payment_handlers.update_billing_automatic_collection,
        awaits=True,
        writes=True,
        audited=True,
    ),
    Method(
        request=requests.GetBillingChatThread,
        response=views.ChatThread,
        roles=_DESK,
        handle=handlers.get_billing_chat_thread,
    ),
    Method(request=requests.AskBillingChat, response=views.ChatEvent, roles=_DESK, handle=None),
    Method(
        request=requests.ClearBillingChatThread,
        response=views.Cleared,
        roles=_DESK,
        handle=handlers.clear_billing_chat_thread,
        writes=True,
    ),
    Method(
        request=requests.PreviewBillingChatPayload,
        response=views.ChatPayload,
        roles=_DESK,
        handle=handlers.preview_billing_chat_payload,
    ),
    Method(
        request=requests.ImportCustomers,
        response=views.ImportResult,
        roles=_FEEDERS,
        handle=handlers.import_customers,
        writes=True,
        audited=True,
    ),
    Method(
        request=requests.RecordUsage,
        response=views.UsageResult,
        roles=_FEEDERS,
        handle=handlers.record_usage,
        writes=True,
        audited=True,
    ),
    Method(
        request=requests.CreateToken,
        response=views.NewToken,
        roles=_ADMINISTRATION,
        handle=handlers.create_token,
        writes=True,
        audited=True,
    ),
    Method(request=requests.ListTokens, response=views.TokenPage, roles=_ADMINISTRATION, handle=handlers.list_tokens),
    Method(
        request=requests.RevokeToken,
        response=views.TokenView,
        roles=_ADMINISTRATION,
        handle=handlers.revoke_token,
        writes=True,
        audited=True,
    ),
)
METHOD_BY_NAME = {method.name: method for method in METHODS}
METHOD_BY_REQUEST = {method.request: method for method in METHODS}
