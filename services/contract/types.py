"""Closed sets of words (PRODUCT.md §2, §3, §4), spelled once as they travel over the wire."""

from enum import StrEnum


class Ownership(StrEnum):
    """Who owns the customer's commercial relationship."""

    EXTERNAL = "external"
    INTERNAL = "internal"
    PLATFORM_OWNED = "platform_owned"


class BillingState(StrEnum):
    """Where the customer's billing stands."""

    NEEDS_REVIEW = "needs_review"
    VERIFIED = "verified"
    TRIAL_APPROVED = "trial_approved"


class PaymentRail(StrEnum):
    """How the customer pays."""

    INVOICE = "invoice"
    PREPAID = "prepaid"
    CARD = "card"
    TRIAL = "trial"
    NONE = "none"


class Unit(StrEnum):
    """What a credit is counted in. Inside: seconds and micro-dollars; outside: hours and cents."""

    WORKSPACE_HOURS = "workspace_hours"
    AI_CENTS = "ai_cents"


class Category(StrEnum):
    """Why a credit was granted."""

    PAID = "paid"
    SUPPORT = "support"
    TRIAL = "trial"
    PROMOTIONAL = "promotional"


class ChecklistStatus(StrEnum):
    """How far an onboarding item is."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"
    WAIVED = "waived"


class InvoiceStatus(StrEnum):
    """Where an invoice stands."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


class Resource(StrEnum):
    """What a plan includes so much of."""

    NODES = "nodes"
    USERS = "users"
    STORAGE = "storage"


class BillingInterval(StrEnum):
    """How long one payment of a plan lasts."""

    MONTH = "month"
    YEAR = "year"


class SubscriptionStatus(StrEnum):
    """Where a subscription stands, in Stripe's words."""

    ACTIVE = "active"
    TRIALING = "trialing"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    PAUSED = "paused"
    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    CANCELED = "canceled"


class HostedPageKind(StrEnum):
    """What the payment provider's page is for."""

    CHECKOUT = "checkout"
    PORTAL = "portal"
    SETUP = "setup"
    INVOICE = "invoice"


class EntryKind(StrEnum):
    """What a ledger transaction did."""

    GRANT = "grant"
    CONSUME = "consume"
    EXPIRE = "expire"
    VOID = "void"
    REVERSE = "reverse"


class Account(StrEnum):
    """The accounts between which a ledger transaction moves credit."""

    ISSUED = "issued"
    AVAILABLE = "available"
    CONSUMED = "consumed"
    OVERAGE = "overage"
    EXPIRED = "expired"
    VOIDED = "voided"


class Area(StrEnum):
    """The parts of platform use that a blocker can stop."""

    PROVISIONING = "provisioning"
    MANAGED_AI = "managed_ai"


class BlockerCode(StrEnum):
    """What stops a customer. Derived from facts and the clock, never stored as truth."""

    UNVERIFIED_BILLING = "unverified_billing"
    MISSING_PAYMENT_RAIL = "missing_payment_rail"
    OPEN_CHECKLIST_ITEM = "open_checklist_item"
    TRIAL_EXPIRED = "trial_expired"
    NO_PREPAID_BALANCE = "no_prepaid_balance"
    OVERDUE_INVOICE = "overdue_invoice"
    PAYMENT_SETUP_INCOMPLETE = "payment_setup_incomplete"


class Action(StrEnum):
    """The audited actions, by their method names."""

    MARK_INVOICE_VERIFIED = "MarkInvoiceVerified"
    APPROVE_TRIAL = "ApproveTrial"
    APPLY_SUPPORT_CREDIT = "ApplySupportCredit"
    EXTEND_TRIAL = "ExtendTrial"
    COMPLETE_BILLING_CHECKLIST = "CompleteBillingChecklist"
    REVERSE_SUPPORT_CREDIT = "ReverseSupportCredit"


ACTION_TITLES = {
    Action.MARK_INVOICE_VERIFIED: "Mark invoice verified",
    Action.APPROVE_TRIAL: "Approve trial",
    Action.APPLY_SUPPORT_CREDIT: "Apply support credit",
    Action.EXTEND_TRIAL: "Extend trial",
    Action.COMPLETE_BILLING_CHECKLIST: "Complete checklist item",
    Action.REVERSE_SUPPORT_CREDIT: "Reverse support credit",
}
"""The actions' names on screen and in documents (PRODUCT.md §3), in the order in which they are listed."""

AUDITED_TITLES = {
    **{action.value: title for action, title in ACTION_TITLES.items()},
    "CreateTenantChangeRequest": "Ask for approval",
    "ApproveTenantChangeRequest": "Approve request",
    "RejectTenantChangeRequest": "Reject request",
    "CancelTenantChangeRequest": "Take request back",
    "ExpireTenantChangeRequest": "Request expired",
    "SendTenantChangeRequest": "Send request to platform",
    "ApplyTenantChangeRequest": "Apply request",
    "FailTenantChangeRequest": "Request failed",
    "StartPlanCheckout": "Start checkout",
    "StartCustomerPortal": "Open customer portal",
    "StartBillingPaymentSetup": "Start payment setup",
    "StartBillingInvoicePayment": "Start invoice payment",
    "UpdateBillingAutomaticCollection": "Set automatic collection",
    "SyncSubscription": "Subscription changed",
    "SyncPaymentMethod": "Payment method changed",
    "SyncInvoice": "Invoice changed",
    "SyncPaymentCustomer": "Stripe customer changed",
    "ImportCustomers": "Import customers",
    "RecordUsage": "Record usage",
    "CreateToken": "Issue token",
    "RevokeToken": "Revoke token",
}
"""What the audit trail names by its method, as it is shown."""


class Outcome(StrEnum):
    """How an audited attempt ended."""

    APPLIED = "applied"
    DENIED = "denied"
    FAILED = "failed"


class ChangeRequestKind(StrEnum):
    """What is asked for that one person alone may not grant."""

    SUPPORT_CREDIT = "support_credit"
    RESOURCE_QUOTA = "resource_quota"
    STORAGE_QUOTA = "storage_quota"
    EGRESS = "egress"
    EXPOSURE_HOSTNAME = "exposure_hostname"
    INGRESS_CLASS = "ingress_class"
    OPERATOR_CAPABILITY = "operator_capability"
    ASSIGNMENT_MODE = "assignment_mode"
    BACKUP_POLICY = "backup_policy"


CHANGE_REQUEST_TITLES = {
    ChangeRequestKind.SUPPORT_CREDIT: "Support credit",
    ChangeRequestKind.RESOURCE_QUOTA: "Resource quota",
    ChangeRequestKind.STORAGE_QUOTA: "Storage quota",
    ChangeRequestKind.EGRESS: "Egress",
    ChangeRequestKind.EXPOSURE_HOSTNAME: "Exposure hostname",
    ChangeRequestKind.INGRESS_CLASS: "Ingress class",
    ChangeRequestKind.OPERATOR_CAPABILITY: "Operator capability",
    ChangeRequestKind.ASSIGNMENT_MODE: "Assignment mode",
    ChangeRequestKind.BACKUP_POLICY: "Backup policy",
}

CARRIED_OUT_BY = {ChangeRequestKind.SUPPORT_CREDIT: Action.APPLY_SUPPORT_CREDIT}
"""The audited action that approving a request of a kind carries out; the others change what a tenant may use."""


class PolicyDecision(StrEnum):
    """What the policy says of a change that a tenant wants (`policy.toml`)."""

    SELF_SERVICE = "self_service"
    AUTO_APPROVE = "auto_approve"
    REVIEW = "review"
    NEVER = "never"


POLICY_VERDICTS = {
    PolicyDecision.SELF_SERVICE: "needs no request",
    PolicyDecision.AUTO_APPROVE: "approved at once",
    PolicyDecision.REVIEW: "needs review",
    PolicyDecision.NEVER: "not possible",
}
"""What the policy says, in words."""


class ChangeRequestStatus(StrEnum):
    """Where a change request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    APPLYING = "applying"
    APPLIED = "applied"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"


class HandoffTo(StrEnum):
    """Who clears a blocker that no action here resolves."""

    CUSTOMER = "customer"
    FINANCE = "finance"
    ENGINEERING = "engineering"


class Starter(StrEnum):
    """The starter prompts of the chat's empty state."""

    UNBLOCK_BILLING = "unblock_billing"
    INVOICE_EXCEPTION = "invoice_exception"
    SUMMARIZE_REPORT = "summarize_report"


STARTER_TITLES = {
    Starter.UNBLOCK_BILLING: "Unblock billing",
    Starter.INVOICE_EXCEPTION: "Invoice exception",
    Starter.SUMMARIZE_REPORT: "Summarize report",
}


class FailureKind(StrEnum):
    """Why a model gave no answer, or not the whole of one."""

    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    SLOW_FIRST_TOKEN = "slow_first_token"  # noqa: S105  (a token of a model, no secret)
    AUTHENTICATION = "authentication"
    UNKNOWN_MODEL = "unknown_model"
    REJECTED = "rejected"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    DROPPED = "dropped"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    PROTOCOL = "protocol"


class FlagKind(StrEnum):
    """What is wrong with a sentence that a model wrote."""

    FIGURE = "figure"
    DATE = "date"
    CURRENCY = "currency"
    IDENTIFIER = "identifier"
    NAME = "name"
    REFERENCE = "reference"
    ACTION = "action"
    PROMISE = "promise"
    LINK = "link"
    MARKUP = "markup"
    LANGUAGE = "language"
    INTERNAL = "internal"


FLAG_TITLES = {
    FlagKind.FIGURE: "a figure that is no fact of this customer",
    FlagKind.DATE: "a date that is no fact of this customer",
    FlagKind.CURRENCY: "a currency that is no fact of this customer",
    FlagKind.IDENTIFIER: "an identifier that is no fact of this customer",
    FlagKind.NAME: "a name that is no fact of this customer",
    FlagKind.REFERENCE: "a reference to a fact that is not there",
    FlagKind.ACTION: "an action that is not allowed now",
    FlagKind.PROMISE: "a claim or promise that something was or will be changed",
    FlagKind.LINK: "a link or an address",
    FlagKind.MARKUP: "markup that has no place in an answer",
    FlagKind.LANGUAGE: "words in another language, which cannot be checked",
    FlagKind.INTERNAL: "something internal in the words for the customer",
}
"""What each flag says, after "the model wrote"."""


class ReportFormat(StrEnum):
    """The formats of the billing report."""

    MD = "md"
    JSON = "json"
    CSV = "csv"
    PDF = "pdf"
