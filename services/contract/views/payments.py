"""What a customer has from Stripe, and what the pages of payments show. Money is in minor units of its currency."""

from datetime import datetime
from typing import Literal

from services.contract.types import BillingInterval, HostedPageKind, Resource
from services.contract.views.acting import Change
from services.contract.views.base import View
from services.contract.views.customer import CustomerBillingView, InvoiceView


class PriceView(View, frozen=True, kw_only=True):
    """What a plan costs; `problem`: why it cannot be bought so just now."""

    interval: BillingInterval
    amount: int | None
    currency: str | None
    text: str
    problem: str | None = None


class LimitView(View, frozen=True, kw_only=True):
    """How much of a resource a plan includes, storage in bytes; null: as much as one likes."""

    resource: Resource
    title: str
    limit: int | None
    text: str


class FeatureView(View, frozen=True, kw_only=True):
    """Whether a plan has a feature."""

    feature: str
    title: str
    included: bool


class PlanChangeView(View, frozen=True, kw_only=True):
    """What choosing a plan would change for this customer.

    `how`: through Checkout, the customer portal, by talking to people, or not at all, as it is the current one.
    `over`: what the customer uses beyond the plan's limits, in words.
    """

    direction: Literal["current", "upgrade", "downgrade", "new"]
    how: Literal["checkout", "portal", "contact", "none"]
    allowed: bool
    reason: str | None = None
    message: str | None = None
    takes_effect: str
    lines: list[Change]
    over: list[str]


class PlanView(View, frozen=True, kw_only=True):
    """One plan, and what it would mean for the customer who asks."""

    plan: str
    name: str
    summary: str
    prices: list[PriceView]
    limits: list[LimitView]
    features: list[FeatureView]
    current: bool
    change: PlanChangeView


class PlanPreviewView(View, frozen=True, kw_only=True):
    """What Stripe would charge for a change now, and of which parts it is made.

    `due_now`: what Checkout charges at once; negative: what is credited. `total`: what the parts come to, which the
    portal charges at once.
    """

    plan: str
    interval: BillingInterval
    currency: str
    due_now: int
    total: int
    lines: list[Change]
    text: str


class PlanList(View, frozen=True, kw_only=True):
    """All plans, from the smallest to the largest. `priced_at`: when Stripe was asked for the prices, null: not yet."""

    plans: list[PlanView]
    current: str | None
    priced_at: datetime | None
    problem: str | None = None
    preview: PlanPreviewView | None = None


class HostedPage(View, frozen=True, kw_only=True):
    """A page of the payment provider's, to be opened in a browser; what comes of it is learned from Stripe."""

    kind: HostedPageKind
    url: str
    expires_at: datetime | None
    notice: str
    replayed: bool
    audit_event_id: str


class PaymentSetupReceipt(View, frozen=True, kw_only=True):
    """Where the payment setup stands."""

    status: Literal["none", "open", "complete"]
    notice: str
    view: CustomerBillingView


class InvoicePage(View, frozen=True, kw_only=True):
    """A page of invoices, newest first.

    `fetched_at`: when Stripe was last asked, null: it never was, and these are the recorded ones alone. `problem`: why
    Stripe could not be asked just now; then they are those that were known.
    """

    invoices: list[InvoiceView]
    next_page_token: str | None
    fetched_at: datetime | None
    problem: str | None = None


class InvoiceLineView(View, frozen=True, kw_only=True):
    """One line of an invoice."""

    description: str
    quantity: int | None
    amount: int
    currency: str
    period_start: datetime | None
    period_end: datetime | None
    proration: bool


class PaymentAttemptView(View, frozen=True, kw_only=True):
    """One attempt to collect an invoice; `method`: brand and last four at most."""

    attempted_at: datetime
    amount: int
    currency: str
    status: Literal["succeeded", "failed", "pending"]
    method: str | None
    problem: str | None


class InvoiceDetail(View, frozen=True, kw_only=True):
    """One invoice with its lines and payment attempts; `pdf` only where it was asked for."""

    invoice: InvoiceView
    lines: list[InvoiceLineView]
    attempts: list[PaymentAttemptView]
    next_attempt_at: datetime | None
    amount_remaining: int
    hosted_url: str | None
    pdf: bytes | None = None
    problem: str | None = None


class NodeView(View, frozen=True, kw_only=True):
    """One instance. `applied_generation`: of the entitlements it says it works with; null: it never said.

    `retired`: none of its tokens serves any more; it counts for nothing, and stays listed.
    """

    node_id: str
    name: str
    registered_at: datetime
    last_seen_at: datetime | None
    version: str | None
    users: int
    storage_bytes: int
    wanted_generation: int
    applied_generation: int | None
    state: Literal["current", "updating", "lagging", "silent", "never_seen", "retired"]


class NodePage(View, frozen=True, kw_only=True):
    """A customer's nodes, by their ids, and what they are to work with."""

    nodes: list[NodeView]
    plan: str | None
    generation: int
    changed_at: datetime | None
    next_page_token: str | None


class CostDriverView(View, frozen=True, kw_only=True):
    """What one namespace's resource used and cost in a period, and in the one before it. Costs are cents, decimal."""

    namespace: str
    resource: str
    unit: str
    used: str
    previous_used: str
    cost: str
    previous_cost: str
    change: str


class CostDayView(View, frozen=True, kw_only=True):
    """What a day cost, in cents."""

    day: datetime
    cost: str


class CostDrivers(View, frozen=True, kw_only=True):
    """Where a customer's cost comes from: by namespace and resource, the dearest first; `days` are the period's.

    Of a period that has not ended, as much is compared of the one before: up to `previous_end`. `others`: how many
    cheaper drivers are not listed.
    """

    period: Literal["week", "month"]
    period_start: datetime
    period_end: datetime
    previous_start: datetime
    previous_end: datetime
    cost: str
    previous_cost: str
    change: str
    drivers: list[CostDriverView]
    others: int
    others_cost: str
    days: list[CostDayView]
