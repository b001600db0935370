"""Lists and trails: customers, ledger entries, audit events, and what verifying them found."""

from datetime import datetime
from typing import Literal

from services.contract.types import Account, BillingState, BlockerCode, Category, EntryKind, Outcome, PaymentRail, Unit
from services.contract.views.base import View


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
