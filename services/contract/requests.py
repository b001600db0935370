"""What the surface is asked. Unknown fields are refused; lengths that protect the service are set here."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from services.contract.principals import Role
from services.contract.types import (
    Account,
    Action,
    BillingInterval,
    BlockerCode,
    ChangeRequestKind,
    ChangeRequestStatus,
    PolicyDecision,
    ReportFormat,
    Resource,
    Starter,
    Unit,
)
from services.contract.views import StreamHead

# Longer texts are refused where the rule is (a reason: 3–200 characters), with a sentence; this only bounds the work.
Text = Annotated[str, Meta(max_length=100_000)]
# Printable: a request id is shown in the audit trail, and no database takes a NUL.
RequestId = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
CustomerId = Annotated[str, Meta(max_length=1_000)]
ShortText = Annotated[str, Meta(max_length=200)]
Desired = Annotated[dict[ShortText, Annotated[str, Meta(max_length=20_000)]], Meta(max_length=20)]


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The common shape of every request."""


class CustomerRequest(Request, frozen=True, kw_only=True):
    """A request about one customer; the surface checks that the customer lies within the caller's scope."""

    customer_id: CustomerId


class WhoAmI(Request, frozen=True, kw_only=True):
    """Ask who the caller is."""


class ListBillingCustomers(Request, frozen=True, kw_only=True):
    """Ask for customers. `query` matches any part of the name, the id, the review and commercial references.

    `after_customer_id` and `before_customer_id` start beside a customer in the list's own order, whether or not the
    filters let that customer through: with page size 1 they give the next and the previous one.
    """

    query: Text | None = None
    blocker: BlockerCode | None = None
    blocked_only: bool = False
    order: Literal["name", "blocked_longest"] = "name"
    page_size: int | None = None
    page_token: str | None = None
    after_customer_id: CustomerId | None = None
    before_customer_id: CustomerId | None = None


class GetCustomerBillingView(CustomerRequest, frozen=True, kw_only=True):
    """Ask for one customer's view. With `if_none_match` equal to the current `view_etag`: `NotModified`."""

    if_none_match: str | None = None


class ListLedgerEntries(CustomerRequest, frozen=True, kw_only=True):
    """Ask for ledger entries, newest first."""

    unit: Unit | None = None
    account: Account | None = None
    page_size: int | None = None
    page_token: str | None = None


class ListAuditEvents(Request, frozen=True, kw_only=True):
    """Ask for audit events: one stream's (a customer id or `system`), or all."""

    stream: CustomerId | None = None
    order: Literal["newest", "oldest"] = "newest"
    page_size: int | None = None
    page_token: str | None = None


class VerifyAuditTrail(Request, frozen=True, kw_only=True):
    """Verify the chains, page by page; `against` are the heads an earlier export recorded, for these streams."""

    stream: CustomerId | None = None
    against: list[StreamHead] = []
    page_size: int | None = None
    page_token: str | None = None


class ExportBillingReport(CustomerRequest, frozen=True, kw_only=True):
    """Ask for the billing report as a file."""

    format: ReportFormat


class PreviewBillingAction(CustomerRequest, frozen=True, kw_only=True):
    """Ask what an action would do. `params`: the action's own fields (`workspace_hours`, `ai_cents`, `grant_id`).

    With `change_request_id`: what approving that pending request would do; its own fields count, and `params` is empty.
    """

    action: Action
    params: dict[str, str] = {}
    change_request_id: ShortText | None = None


class AuditedRequest(CustomerRequest, frozen=True, kw_only=True):
    """The fields that every change of a customer's record by a person carries (PRODUCT.md §3)."""

    reason: Text
    request_id: RequestId


class ActionRequest(AuditedRequest, frozen=True, kw_only=True):
    """The fields that every audited action carries; `etag` is the billing record's, as the preview showed it."""

    etag: ShortText


class MarkInvoiceVerified(ActionRequest, frozen=True, kw_only=True):
    """Move an invoice customer whose commercial relationship is established to verified."""


class ApproveTrial(ActionRequest, frozen=True, kw_only=True):
    """Let a customer start without a verified payment rail."""


class ExtendTrial(ActionRequest, frozen=True, kw_only=True):
    """Extend a running or passed trial, once."""


class CompleteBillingChecklist(ActionRequest, frozen=True, kw_only=True):
    """Complete the open billing item."""


class ApplySupportCredit(ActionRequest, frozen=True, kw_only=True):
    """Grant a one-off support credit."""

    workspace_hours: Text = "0"
    ai_cents: Text = "0"


class ReverseSupportCredit(ActionRequest, frozen=True, kw_only=True):
    """Void what is left of a support credit."""

    grant_id: ShortText


class ListTenantChangeRequests(Request, frozen=True, kw_only=True):
    """Ask for change requests, of one customer or of all the caller may see; the longest waiting first.

    `policy_decision`: only those of which the policy said this when they were made.
    """

    customer_id: CustomerId | None = None
    kind: ChangeRequestKind | None = None
    status: ChangeRequestStatus | None = None
    policy_decision: PolicyDecision | None = None
    change_request_id: ShortText | None = None
    order: Literal["oldest", "newest"] = "oldest"
    page_size: int | None = None
    page_token: str | None = None


class GetTenantChangeRequestWorkspace(CustomerRequest, frozen=True, kw_only=True):
    """Ask what a tenant may use, what the policy lets it ask for, and what it has asked for."""


class PreviewTenantChangeRequest(CustomerRequest, frozen=True, kw_only=True):
    """Ask what a change would come to: a wanted one (`kind`, `desired`, and its `reason` so far), or a pending request.

    `desired`: the kind's own fields, in the notation of its form; one that is left out stays as it is.
    """

    kind: ChangeRequestKind | None = None
    desired: Desired = {}
    reason: Text = ""
    change_request_id: ShortText | None = None


class CreateTenantChangeRequest(AuditedRequest, frozen=True, kw_only=True):
    """Ask for a change. `digest` is the preview's: what has changed since is not asked for unseen."""

    kind: ChangeRequestKind
    desired: Desired
    digest: ShortText


class CancelTenantChangeRequest(AuditedRequest, frozen=True, kw_only=True):
    """Take back a request that the platform was not told of yet."""

    change_request_id: ShortText


class ApproveTenantChangeRequest(AuditedRequest, frozen=True, kw_only=True):
    """Approve a pending request of somebody else, as its preview showed it.

    A support credit's cites the `etag` of the billing record that it changes; every other's the preview's `digest`.
    """

    change_request_id: ShortText
    etag: ShortText | None = None
    digest: ShortText | None = None


class RejectTenantChangeRequest(AuditedRequest, frozen=True, kw_only=True):
    """Reject a pending request of somebody else; nothing of it is applied."""

    change_request_id: ShortText


class ListPlans(CustomerRequest, frozen=True, kw_only=True):
    """Ask which plans there are, and what each would change; with `plan`, also what Stripe would charge for it now."""

    plan: ShortText | None = None
    interval: BillingInterval = BillingInterval.MONTH


class StartRequest(CustomerRequest, frozen=True, kw_only=True):
    """A request for a page of the payment provider's; the same `request_id` leads to the same page."""

    request_id: RequestId


class StartPlanCheckout(StartRequest, frozen=True, kw_only=True):
    """Ask for the hosted page where a plan is bought. A live subscription is replaced when it is paid."""

    plan: ShortText
    interval: BillingInterval = BillingInterval.MONTH


class StartCustomerPortal(StartRequest, frozen=True, kw_only=True):
    """Ask for the hosted page where plan, cycle and payment methods are managed.

    `purpose`: where it begins; `plan` and `interval`: what to change to, where it begins with a change.
    """

    purpose: Literal["overview", "payment_method", "change_plan", "cancel"] = "overview"
    plan: ShortText | None = None
    interval: BillingInterval = BillingInterval.MONTH


class StartBillingPaymentSetup(StartRequest, frozen=True, kw_only=True):
    """Ask for the hosted page where a payment method is registered."""


class RefreshBillingPaymentSetup(CustomerRequest, frozen=True, kw_only=True):
    """Ask Stripe what came of the payment setup, and of everything else that is the customer's there."""


class UpdateBillingAutomaticCollection(ActionRequest, frozen=True, kw_only=True):
    """Let invoices be collected by themselves, or not."""

    enabled: bool


class StartBillingInvoicePayment(StartRequest, frozen=True, kw_only=True):
    """Ask for the hosted page of an open invoice, by its number or its id at Stripe."""

    invoice: ShortText


class ListInvoices(CustomerRequest, frozen=True, kw_only=True):
    """Ask for invoices, newest first; what Stripe said within the last minute counts, unless `refresh` is set."""

    refresh: bool = False
    page_size: int | None = None
    page_token: str | None = None


class GetInvoice(CustomerRequest, frozen=True, kw_only=True):
    """Ask for one invoice with its lines and attempts, by its number or its id at Stripe; `pdf`: with the document."""

    invoice: ShortText
    pdf: bool = False


class ListNodes(CustomerRequest, frozen=True, kw_only=True):
    """Ask for the customer's nodes."""

    page_size: int | None = None
    page_token: str | None = None


class GetCostDrivers(CustomerRequest, frozen=True, kw_only=True):
    """Ask where the cost of a period comes from; `back`: how many periods before the current one."""

    period: Literal["week", "month"] = "month"
    back: Annotated[int, Meta(ge=0, le=60)] = 0


class GetBillingChatThread(CustomerRequest, frozen=True, kw_only=True):
    """Ask for the customer's thread; without `thread_id` the latest one.

    Pages go from the newest to the oldest; with `last_message_id` they begin with the one that ends with that message.
    """

    thread_id: str | None = None
    last_message_id: str | None = None
    page_size: int | None = None
    page_token: str | None = None


class AskBillingChat(CustomerRequest, frozen=True, kw_only=True):
    """Ask the guide: a question of one's own, a starter, or an earlier question anew. Exactly one of the three."""

    question: Text | None = None
    starter: Starter | None = None
    question_id: str | None = None
    thread_id: str | None = None


class ClearBillingChatThread(CustomerRequest, frozen=True, kw_only=True):
    """Delete the thread's messages."""

    thread_id: str | None = None


class PreviewBillingChatPayload(CustomerRequest, frozen=True, kw_only=True):
    """Ask exactly what a question would send to a model, and where; or what was sent for an answer (`message_id`)."""

    question: Text | None = None
    starter: Starter | None = None
    message_id: str | None = None


class ImportCustomers(Request, frozen=True, kw_only=True):
    """Feed customers: `content` is the file's text or bytes, `source` its name. All or nothing."""

    source: Annotated[str, Meta(min_length=1, max_length=1_000)]
    format: Literal["jsonl", "csv"]
    content: bytes
    dry_run: bool = False


class UsageEvent(Request, frozen=True, kw_only=True):
    """One use of the platform, or the reversal of an earlier one (`reverses`: its event id; then no unit or amount).

    `namespace` and `resource`: where it was used and what used it, for cost allocation.
    """

    event_id: Annotated[str, Meta(min_length=1, max_length=200)]
    unit: Unit | None = None
    amount: str | None = None
    occurred_at: datetime | None = None
    reverses: str | None = None
    namespace: ShortText | None = None
    resource: ShortText | None = None


class UsageLevel(Request, frozen=True, kw_only=True):
    """How much of a plan's resource is in use beside what nodes tell, as measured: users, or storage in bytes."""

    resource: Resource
    amount: Annotated[int, Meta(ge=0, le=2**60)]
    measured_at: datetime


class RecordUsage(CustomerRequest, frozen=True, kw_only=True):
    """Feed usage: events, levels or both. An event id that was recorded before is counted as replayed and changes
    nothing; nor does a level that was measured before the one that is known.
    """

    source: Annotated[str, Meta(min_length=1, max_length=200)]
    events: Annotated[list[UsageEvent], Meta(max_length=10_000)] = []
    levels: Annotated[list[UsageLevel], Meta(max_length=100)] = []


class CreateToken(Request, frozen=True, kw_only=True):
    """Issue an access token. `name` is who uses it, as the audit trail will call them; `expires_in` is 90d, 12h or 30m.

    A customer role needs `customer_id`, the tenant it belongs to. So does the role service with `node_id`: that token
    is one node's of the customer, which it registers, and serves for the node's heartbeats alone. Others have none.
    """

    role: Role
    name: Text
    expires_in: ShortText = "90d"
    customer_id: CustomerId | None = None
    node_id: ShortText | None = None


class ListTokens(Request, frozen=True, kw_only=True):
    """Ask for access tokens, newest first; those that no longer serve only with `include_inactive`."""

    include_inactive: bool = False
    page_size: int | None = None
    page_token: str | None = None


class RevokeToken(Request, frozen=True, kw_only=True):
    """Make an access token serve no more, from the next request on."""

    token_id: ShortText
