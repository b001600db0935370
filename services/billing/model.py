"""Frozen types of the billing room: a customer's facts, from which everything else is derived."""

from datetime import datetime

import msgspec

from services.contract.types import (
    BillingInterval,
    BillingState,
    Category,
    ChecklistStatus,
    EntryKind,
    InvoiceStatus,
    Ownership,
    PaymentRail,
    SubscriptionStatus,
    Unit,
)
from services.credits.state import Credits

BILLING_ITEM = "billing"
"""The checklist item that Billing Help shows (PRODUCT.md §3)."""


def etag_of(version: int) -> str:
    """Return the etag of a billing record's version."""
    return f"b{version}"


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """The billable account; one tenant each."""

    customer_id: str
    legal_name: str
    ownership: Ownership
    parent_customer_id: str | None = None
    stripe_customer_id: str | None = None


class BillingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The record that audited actions change. `version` grows with each change that the etag covers."""

    state: BillingState = BillingState.NEEDS_REVIEW
    review_reference: str | None = None
    payment_rail: PaymentRail = PaymentRail.NONE
    usage_tier: str | None = None
    invoice_rail_approved: bool = False
    commercial_reference: str | None = None
    trial_ends_at: datetime | None = None
    trial_extended: bool = False
    payment_method_on_file: bool | None = None
    automatic_collection: bool = False
    version: int = 1

    @property
    def etag(self) -> str:
        """The record's etag: opaque to callers."""
        return etag_of(self.version)


class ChecklistItem(msgspec.Struct, frozen=True, kw_only=True):
    """One onboarding item."""

    item: str
    status: ChecklistStatus


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice; `amount` in minor units of `currency` (lower-case ISO 4217).

    `invoice_id`: Stripe's, null for one that Stripe knows nothing of. `payable`: it has a page where it can be paid.
    """

    number: str
    amount: int
    currency: str
    status: InvoiceStatus
    issued_at: datetime
    due_at: datetime | None = None
    invoice_id: str | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    has_pdf: bool = False
    payable: bool = False


class PaymentMethod(msgspec.Struct, frozen=True, kw_only=True):
    """A stored payment method: of a card brand, last four and expiry ("12/2029"), and no more."""

    method_id: str
    kind: str
    brand: str | None = None
    last4: str | None = None
    expires: str | None = None


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """The subscription that counts, as Stripe last had it; `amount` a period, in minor units of `currency`.

    `plan`: null for a price that the plans do not name. `ends_at`: it is cancelled then. `next_plan`: what it changes
    to at `changes_at`.
    """

    subscription_id: str
    status: SubscriptionStatus
    plan: str | None
    plan_name: str
    interval: BillingInterval
    amount: int
    currency: str
    period_start: datetime
    period_end: datetime
    ends_at: datetime | None = None
    next_plan: str | None = None
    next_plan_name: str | None = None
    changes_at: datetime | None = None
    collects_automatically: bool = True

    @property
    def is_live(self) -> bool:
        """Whether it still gives, or may yet give, the customer its plan."""
        return self.status not in _OVER


_OVER = (SubscriptionStatus.CANCELED, SubscriptionStatus.INCOMPLETE, SubscriptionStatus.INCOMPLETE_EXPIRED)


class PaymentProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a customer's payments and plan beside its billing record.

    `nodes`, `users`, `storage` (bytes): what is used of what the plan includes. `generation` grows with every change of
    the plan, the last one at `generation_at`; `behind` counts the nodes that have not taken it up.
    `setup_open_until`: a page where a payment method can be registered waits until then. `gone`: Stripe has deleted
    the customer.
    """

    method: PaymentMethod | None = None
    setup_open_until: datetime | None = None
    nodes: int = 0
    users: int = 0
    storage: int = 0
    generation: int = 1
    generation_at: datetime | None = None
    behind: int = 0
    gone: bool = False


class Adjustment(msgspec.Struct, frozen=True, kw_only=True):
    """The latest support or promotional grant, or void; `kind` tells which way the amount went."""

    kind: EntryKind
    unit: Unit
    category: Category
    amount: int
    reason: str | None
    source: str
    booked_at: datetime


class CustomerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the rules look at.

    `credits` holds the lots with something remaining; `invoices` the open ones, by due time. `pending_requests` counts
    the change requests that wait for a decision; `rejected_at`: when the last one that the tenant made was rejected,
    null where it was not. `payments`: what is known beside the record. `revision` grows with every change of any of
    these facts; `changed_at` is the last one's.
    """

    customer: Customer
    billing: BillingRecord
    checklist: tuple[ChecklistItem, ...]
    credits: Credits
    invoices: tuple[Invoice, ...]
    latest_adjustment: Adjustment | None
    revision: int
    changed_at: datetime
    pending_requests: int = 0
    rejected_at: datetime | None = None
    subscription: Subscription | None = None
    payments: PaymentProfile = PaymentProfile()

    @property
    def billing_item(self) -> ChecklistStatus | None:
        """The status of the billing item; null where there is none, which counts as not open."""
        return next((i.status for i in self.checklist if i.item == BILLING_ITEM), None)
