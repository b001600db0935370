"""Frozen types of the billing report: its content, and the outline that documents are set from."""

from datetime import datetime
from enum import StrEnum

import msgspec

from services.contract.types import Outcome
from services.contract.views import CustomerBillingView, InvoiceView, LedgerEntryView


class AuditReference(msgspec.Struct, frozen=True, kw_only=True):
    """Where an audited action can be found again; `hash` in hexadecimal."""

    audit_event_id: str
    sequence: int
    occurred_at: str
    actor: str
    action: str
    outcome: Outcome
    reason: str | None
    hash: str


class BillingReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the report says, whatever the format. Ledger entries, invoices and audit references: newest first.

    `older_entries`: how many ledger entries were left out; null: some, not counted.
    `audit`: null where the reader may not see the audit trail.
    """

    format_version: int = 1
    generated_at: datetime
    view: CustomerBillingView
    invoices: tuple[InvoiceView, ...]
    ledger: tuple[LedgerEntryView, ...]
    older_entries: int | None
    audit: tuple[AuditReference, ...] | None
    older_events: bool


# ── the outline: one content for every document format ────────────────────────────────────────────────────────────────


class Align(StrEnum):
    """How a column is set; figures stand to the right."""

    LEFT = "left"
    RIGHT = "right"


class Column(msgspec.Struct, frozen=True):
    """A column of a table; `width` is its share of the line."""

    title: str
    width: int
    align: Align = Align.LEFT


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows under columns. Cells hold untrusted text as it is; each format makes it safe for itself."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A heading with what stands under it: pairs of label and value, a table, and sentences beneath."""

    title: str
    pairs: tuple[tuple[str, str], ...] = ()
    table: Table | None = None
    notes: tuple[str, ...] = ()


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """The report as a document."""

    title: str
    subject: str
    subtitle: str
    sections: tuple[Section, ...]
