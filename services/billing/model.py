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
from services.credits.model import Balance, Lot

BILLING_ITEM = "billing"
"""The checklist item that Billing Help shows (PRODUCT.md §3)."""


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
        return f"b{self.version}"


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
    """The latest support or promotional grant, or void."""

    kind: EntryKind
    unit: Unit
    category: Category
    amount: int
    reason: str | None
    source: str
    booked_at: datetime


class CustomerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the rules look at.

    `lots`: those with something remaining that are not closed, in creation order. `invoices`: the open ones, by due time.
    `balances`: one per unit. `revision` grows with every change of any of these facts; `changed_at` is the last one's.
    """

    customer: Customer
    billing: BillingRecord
    checklist: tuple[ChecklistItem, ...]
    lots: tuple[Lot, ...]
    balances: tuple[Balance, Balance]
    invoices: tuple[Invoice, ...]
    latest_adjustment: Adjustment | None
    lots_created: int
    revision: int
    changed_at: datetime

    @property
    def billing_item(self) -> ChecklistStatus | None:
        """The status of the billing item; null where there is none, which counts as not open."""
        return next((i.status for i in self.checklist if i.item == BILLING_ITEM), None)

    def balance(self, unit: Unit) -> Balance:
        """Return the balance of one unit."""
        return next(b for b in self.balances if b.unit is unit)
