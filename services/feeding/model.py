"""Frozen types of the feeding room: what one line of an import file says, parsed, and why a line says nothing."""

from datetime import datetime

import msgspec

from services.billing.model import BillingRecord, ChecklistItem, Customer, Invoice
from services.contract.types import Category, Unit
from services.credits.model import DEFAULT_PRIORITY


class ImportedGrant(msgspec.Struct, frozen=True, kw_only=True):
    """A credit grant of the past; `amount` in inner units. `source` null: the import itself is the source."""

    unit: Unit
    amount: int
    category: Category
    priority: int = DEFAULT_PRIORITY
    effective_at: datetime | None = None
    expires_at: datetime | None = None
    source: str | None = None
    reason: str | None = None


class ImportedUsage(msgspec.Struct, frozen=True, kw_only=True):
    """A use of the past; `amount` in inner units."""

    unit: Unit
    amount: int
    occurred_at: datetime


class ResourceUse(msgspec.Struct, frozen=True, kw_only=True):
    """What a tenant's workspaces use now: processors in thousandths, memory and storage in bytes."""

    cpu: int
    memory: int
    storage: int


class ImportedCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one line of an import says about one customer (PRODUCT.md §6), in the file's order.

    `use` null: the file does not say what the tenant uses.
    """

    customer: Customer
    billing: BillingRecord
    checklist: tuple[ChecklistItem, ...] = ()
    grants: tuple[ImportedGrant, ...] = ()
    usage: tuple[ImportedUsage, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    use: ResourceUse | None = None


class BadLine(msgspec.Struct, frozen=True):
    """A line that cannot be imported: its number, counted from 1, and what to mend."""

    line: int
    reason: str


ParsedLine = tuple[int, ImportedCustomer | BadLine]
"""A line's number and what stands on it."""
