"""Frozen types of the feeding room: what one line of an import file says, parsed, and why a line says nothing."""

from datetime import datetime

import msgspec

from services.billing.model import BillingRecord, ChecklistItem, Customer, Invoice
from services.contract.types import Category, Resource, Unit
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
    """A use of the past; `amount` in inner units. `namespace` and `resource`: where, null where that is not known."""

    unit: Unit
    amount: int
    occurred_at: datetime
    namespace: str | None = None
    resource: str | None = None


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a plan's resource was in use beside what nodes tell, when it was measured; storage in bytes."""

    resource: Resource
    amount: int
    measured_at: datetime


class ResourceUse(msgspec.Struct, frozen=True, kw_only=True):
    """What a tenant's workspaces use now: processors in thousandths, memory and storage in bytes."""

    cpu: int
    memory: int
    storage: int


class ImportedCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one line of an import says about one customer (PRODUCT.md §6), in the file's order.

    `use` null: the file does not say what the tenant uses. `levels`: what it uses of what its plan includes.
    """

    customer: Customer
    billing: BillingRecord
    checklist: tuple[ChecklistItem, ...] = ()
    grants: tuple[ImportedGrant, ...] = ()
    usage: tuple[ImportedUsage, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    use: ResourceUse | None = None
    levels: tuple[Level, ...] = ()


class BadLine(msgspec.Struct, frozen=True):
    """A line that cannot be imported: its number, counted from 1, and what to mend."""

    line: int
    reason: str


ParsedLine = tuple[int, ImportedCustomer | BadLine]
"""A line's number and what stands on it."""
