"""Frozen types of the billing room: a customer's facts, from which everything else is derived."""

from datetime import datetime

import msgspec

from services.contract.types import (
    BillingState,
    Category,
    ChecklistStatus,
    EntryKind,
    InvoiceStatus,
    Ownership,
    PaymentRail,
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
    """An invoice; `amount` in minor units of `currency` (lower-case ISO 4217)."""

    number: str
    amount: int
    currency: str
    status: InvoiceStatus
    issued_at: datetime
    due_at: datetime | None = None


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
    null where it was not. `revision` grows with every change of any of these facts;
    `changed_at` is the last one's.
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

    @property
    def billing_item(self) -> ChecklistStatus | None:
        """The status of the billing item; null where there is none, which counts as not open."""
        return next((i.status for i in self.checklist if i.item == BILLING_ITEM), None)
