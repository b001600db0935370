"""One customer, as the desk shows them."""

from datetime import datetime
from typing import Literal

from services.contract.types import (
    Action,
    Area,
    BillingInterval,
    BillingState,
    BlockerCode,
    Category,
    ChecklistStatus,
    EntryKind,
    HandoffTo,
    InvoiceStatus,
    Ownership,
    PaymentRail,
    Resource,
    SubscriptionStatus,
    Unit,
)
from services.contract.views.base import View


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
    """A credit lot with something left that has neither expired nor been voided. `active`: effective now."""

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
    """An invoice; `amount` in minor units of `currency`.

    `invoice_id` is Stripe's, null for one that Stripe knows nothing of. `payable`: it has a page where it can be paid.
    """

    number: str
    amount: int
    currency: str
    status: InvoiceStatus
    issued_at: datetime
    due_at: datetime | None
    invoice_id: str | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    has_pdf: bool = False
    payable: bool = False


class SubscriptionView(View, frozen=True, kw_only=True):
    """What the customer subscribes to. `outlook`: what comes of it, as "Growth until 2026-12-31, then Starter".

    `ends_at`: when it is cancelled; `next_plan` and `changes_at`: what follows it, null where nothing does.
    """

    plan: str | None
    plan_name: str
    interval: BillingInterval
    status: SubscriptionStatus
    amount: int
    currency: str
    period_start: datetime
    period_end: datetime
    ends_at: datetime | None
    next_plan: str | None
    next_plan_name: str | None
    changes_at: datetime | None
    collects_automatically: bool
    outlook: str


class UsageMeterView(View, frozen=True, kw_only=True):
    """How much of what a plan includes is used; storage in bytes. `limit` and `percent` null: as much as one likes."""

    resource: Resource
    title: str
    used: int
    limit: int | None
    percent: int | None
    level: Literal["ok", "close", "reached"]
    text: str


class PaymentMethodView(View, frozen=True, kw_only=True):
    """The stored payment method: kind, and of a card brand, last four and expiry at most."""

    kind: str
    brand: str | None
    last4: str | None
    expires: str | None
    text: str


class PaymentSetupView(View, frozen=True, kw_only=True):
    """Where the payment setup stands. `open`: a page of the provider's waits for the customer until `open_until`."""

    status: Literal["none", "open", "complete"]
    method: PaymentMethodView | None
    open_until: datetime | None


class AutomaticCollectionView(View, frozen=True, kw_only=True):
    """Whether invoices are collected by themselves, and whether that can be changed; if not, why."""

    enabled: bool
    allowed: bool
    reason: str | None
    message: str | None


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
    subscription: SubscriptionView | None = None
    usage: list[UsageMeterView] = []
    payment_setup: PaymentSetupView | None = None
    automatic_collection: AutomaticCollectionView | None = None


class NotModified(View, frozen=True, kw_only=True, tag_field="not_modified", tag=1):
    """The answer to a conditional read: the caller's view is still the current one."""
