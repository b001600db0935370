"""What the surface answers with. Field names are the contract of PRODUCT.md §4; amounts are decimal strings.

`workspace_hours` has exactly two places ("12.50"), `ai_cents` at most four and no trailing zeros ("1234", "0.25").
Moments are aware UTC datetimes, RFC 3339 on the wire.
"""

from datetime import datetime
from typing import Literal

import msgspec

from services.contract.types import (
    Account,
    Action,
    Area,
    BillingState,
    BlockerCode,
    Category,
    ChecklistStatus,
    EntryKind,
    HandoffTo,
    InvoiceStatus,
    Outcome,
    Ownership,
    PaymentRail,
    Starter,
    Unit,
)


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The common shape of everything the surface answers with: immutable, named fields."""


# ── one customer ──────────────────────────────────────────────────────────────────────────────────────────────────────


class CustomerView(View, frozen=True, kw_only=True):
    """Who the customer is."""

    customer_id: str
    legal_name: str
    ownership: Ownership
    parent_customer_id: str | None
    stripe_customer_id: str | None


class BillingView(View, frozen=True, kw_only=True):
    """The billing record. `etag` changes with the record, the checklist and operator credits, not with usage."""

    state: BillingState
    review_reference: str | None
    payment_rail: PaymentRail
    usage_tier: str | None
    invoice_rail_approved: bool
    commercial_reference: str | None
    trial_ends_at: datetime | None
    trial_extended: bool
    payment_method_on_file: bool | None
    automatic_collection: bool
    etag: str


class LotView(View, frozen=True, kw_only=True):
    """A credit lot with something left that has not been voided. `active`: effective and not expired now."""

    grant_id: str
    unit: Unit
    category: Category
    amount: str
    remaining: str
    priority: int
    effective_at: datetime | None
    expires_at: datetime | None
    source: str
    reason: str | None
    active: bool


class CreditsView(View, frozen=True, kw_only=True):
    """What is left now, by unit; the lots stand in burn-down order, inactive ones last. `overage` is unpaid use."""

    workspace_hours: str
    ai_cents: str
    overage_workspace_hours: str
    overage_ai_cents: str
    active_lots: int
    lots: list[LotView]


class ChecklistItemView(View, frozen=True, kw_only=True):
    """One onboarding item."""

    item: str
    status: ChecklistStatus


class ChecklistView(View, frozen=True, kw_only=True):
    """The onboarding items; `billing` is the status of the one Billing Help shows, null where there is none."""

    billing: ChecklistStatus | None
    items: list[ChecklistItemView]


class InvoiceView(View, frozen=True, kw_only=True):
    """An invoice; `amount` in minor units of `currency`."""

    number: str
    amount: int
    currency: str
    status: InvoiceStatus
    issued_at: datetime
    due_at: datetime | None


class AdjustmentView(View, frozen=True, kw_only=True):
    """The latest support or promotional grant, or void."""

    kind: EntryKind
    unit: Unit
    category: Category
    amount: str
    reason: str | None
    source: str
    booked_at: datetime


class ActionStateView(View, frozen=True, kw_only=True):
    """Whether an action is allowed now; if not, the reason constant and one sentence."""

    action: Action
    title: str
    allowed: bool
    reason: str | None = None
    message: str | None = None


class HandoffView(View, frozen=True, kw_only=True):
    """Who clears a blocker that no action here resolves, and what to tell them."""

    to: HandoffTo
    text: str


class FactView(View, frozen=True, kw_only=True):
    """One fact a blocker rests on, ready to read."""

    key: str
    value: str


class BlockerView(View, frozen=True, kw_only=True):
    """One thing that stops the customer."""

    code: BlockerCode
    title: str
    detail: str
    since: datetime | None
    blocks: list[Area]
    facts: list[FactView]
    resolving_actions: list[ActionStateView]
    handoff: HandoffView | None


class NoticeView(View, frozen=True, kw_only=True):
    """Something worth knowing that stops nothing."""

    code: str
    text: str


class ReadyView(View, frozen=True, kw_only=True):
    """Whether one part of the platform can be used, and what blocks it."""

    status: Literal["ready", "blocked"]
    blocked_by: list[BlockerCode]


class ReadinessView(View, frozen=True, kw_only=True):
    """Readiness of the two areas."""

    provisioning: ReadyView
    managed_ai: ReadyView


class CustomerBillingView(View, frozen=True, kw_only=True):
    """Everything the desk shows of one customer.

    `view_etag` also covers balances and what the clock changes; `actions` holds all six, in their listed order.
    """

    customer: CustomerView
    billing: BillingView
    credits: CreditsView
    checklist: ChecklistView
    open_invoices: list[InvoiceView]
    latest_adjustment: AdjustmentView | None
    blockers: list[BlockerView]
    notices: list[NoticeView]
    readiness: ReadinessView
    actions: list[ActionStateView]
    changed_at: datetime
    as_of: datetime
    view_etag: str


class NotModified(View, frozen=True, kw_only=True, tag_field="not_modified", tag=1):
    """The answer to a conditional read: the caller's view is still the current one."""


# ── lists ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


class CustomerRow(View, frozen=True, kw_only=True):
    """One line of the picker."""

    customer_id: str
    legal_name: str
    billing_state: BillingState
    payment_rail: PaymentRail
    blockers: list[BlockerCode]
    blocked_since: datetime | None


class CustomerList(View, frozen=True, kw_only=True):
    """A page of customers. `total` is exact to 1 000; beyond, it is 1 000 with `total_is_more`."""

    customers: list[CustomerRow]
    next_page_token: str | None
    total: int
    total_is_more: bool


class LedgerEntryView(View, frozen=True, kw_only=True):
    """One leg of a ledger transaction; `amount` is signed, `balance_after` is the account's after this entry."""

    entry_id: str
    transaction_id: str
    kind: EntryKind
    unit: Unit
    account: Account
    amount: str
    balance_after: str
    grant_id: str | None
    category: Category | None
    occurred_at: datetime | None
    booked_at: datetime
    source: str
    reason: str | None


class LedgerPage(View, frozen=True, kw_only=True):
    """A page of the ledger, newest first."""

    entries: list[LedgerEntryView]
    next_page_token: str | None


class AuditEventView(View, frozen=True, kw_only=True):
    """One audit event as it is stored; hashes in hexadecimal, `payload` the stored text."""

    audit_event_id: str
    stream: str
    sequence: int
    occurred_at: str
    actor: str
    role: str
    action: str
    resource: str
    etag_before: str | None
    etag_after: str | None
    request_id: str | None
    outcome: Outcome
    reason: str | None
    payload: str
    previous_hash: str
    hash: str


class AuditPage(View, frozen=True, kw_only=True):
    """A page of audit events."""

    events: list[AuditEventView]
    next_page_token: str | None


class StreamHead(View, frozen=True, kw_only=True):
    """The end of one stream: how many events it has and the last one's hash (hexadecimal)."""

    stream: str
    length: int
    last_hash: str


class StreamVerification(View, frozen=True, kw_only=True):
    """What verifying one stream found. `broken_at` is the first sequence that does not hold."""

    stream: str
    status: Literal["OK", "BROKEN", "UNREADABLE"]
    length: int
    last_hash: str
    broken_at: int | None = None
    detail: str | None = None


class LedgerVerification(View, frozen=True, kw_only=True):
    """Customers whose balances differ from the fold of their ledger, or whose transactions do not sum to zero.

    `unreadable`: why the database could not read the ledger; nothing else is known then.
    """

    customers: int
    entries: int
    mismatched: list[str]
    unreadable: str | None = None

    @property
    def sound(self) -> bool:
        """Whether the ledger was read and adds up."""
        return not self.mismatched and self.unreadable is None


class AuditVerification(View, frozen=True, kw_only=True):
    """A page of verified streams; the ledger's check comes with the first page."""

    streams: list[StreamVerification]
    ledger: LedgerVerification | None
    next_page_token: str | None


# ── acting ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Change(View, frozen=True, kw_only=True):
    """One line of before → after, ready to read."""

    label: str
    before: str
    after: str


class BlockerRef(View, frozen=True, kw_only=True):
    """A blocker by code and title."""

    code: BlockerCode
    title: str


class SupportCreditLimits(View, frozen=True, kw_only=True):
    """What one action may grant, and what is left to this operator in the running window."""

    action_workspace_hours: str
    action_ai_cents: str
    left_workspace_hours: str
    left_ai_cents: str
    window_hours: int


class ActionPreview(View, frozen=True, kw_only=True):
    """What an action would do now. Not allowed: `reason` and `message` say why, and the lists are empty."""

    customer_id: str
    legal_name: str
    action: Action
    title: str
    etag: str
    allowed: bool
    reason: str | None
    message: str | None
    changes: list[Change]
    blockers_removed: list[BlockerRef]
    blockers_remaining: list[BlockerRef]
    blockers_added: list[BlockerRef]
    limits: SupportCreditLimits | None


class ActionReceipt(View, frozen=True, kw_only=True):
    """What an action did; `view` is the customer's view after it."""

    outcome: Literal["applied", "pending_approval"]
    replayed: bool
    notice: str
    audit_event_id: str
    view: CustomerBillingView
    change_request_id: str | None = None


class Identity(View, frozen=True, kw_only=True):
    """Who the caller is and what this surface offers them."""

    actor: str
    role: str
    customer_id: str | None
    store: str
    read_only: bool
    methods: list[str]
    support_credit_limits: SupportCreditLimits | None


# ── chat ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


class ChatFact(View, frozen=True, kw_only=True):
    """A fact an answer used: its key, its value ready to read, and where it comes from."""

    key: str
    label: str
    value: str
    source: str


class ChatMessage(View, frozen=True, kw_only=True):
    """One message of a thread; `text` is Markdown. The operator's have no engine and no facts."""

    message_id: str
    author: Literal["operator", "guide"]
    text: str
    created_at: datetime
    actor: str
    starter: Starter | None = None
    engine: str | None = None
    facts: list[ChatFact] = []
    facts_hash: str | None = None


class ChatThread(View, frozen=True, kw_only=True):
    """A thread scoped to one customer, oldest message first; `next_page_token` leads to older ones."""

    customer_id: str
    thread_id: str | None
    engine: str
    messages: list[ChatMessage]
    next_page_token: str | None


class ChatDelta(View, frozen=True, kw_only=True, tag_field="type", tag="delta"):
    """A piece of an answer as it is written."""

    text: str


class ChatAnswer(View, frozen=True, kw_only=True, tag_field="type", tag="answer"):
    """The finished answer, as stored, with the question it answers."""

    thread_id: str
    question: ChatMessage
    message: ChatMessage


class ChatError(View, frozen=True, kw_only=True, tag_field="type", tag="error"):
    """Why there is no answer; the same four fields as every error."""

    code: str
    reason: str
    message: str
    details: dict[str, str]


ChatEvent = ChatDelta | ChatAnswer | ChatError


class ChatPayload(View, frozen=True, kw_only=True):
    """Exactly what asking would send, and where to. `host` null: nothing leaves this machine."""

    engine: str
    host: str | None
    payload: str | None
    facts: list[ChatFact]


class Cleared(View, frozen=True, kw_only=True):
    """How many messages a cleared thread had."""

    messages: int


# ── feeding and reporting ─────────────────────────────────────────────────────────────────────────────────────────────


class ImportResult(View, frozen=True, kw_only=True):
    """How many customers an import created, updated and left as they were. `dry_run`: nothing was written."""

    created: int
    updated: int
    unchanged: int
    dry_run: bool


class UsageResult(View, frozen=True, kw_only=True):
    """How many usage events were recorded now and how many had been before."""

    recorded: int
    replayed: int


class ReportFile(View, frozen=True, kw_only=True):
    """A finished report: `content` is base64 on the wire."""

    filename: str
    media_type: str
    content: bytes
