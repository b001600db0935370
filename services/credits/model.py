"""Frozen types of the credit room. Amounts are integers: seconds of workspace time, micro-dollars of managed AI."""

from datetime import datetime

import msgspec

from services.contract.types import Account, Category, EntryKind, Unit

DEFAULT_PRIORITY = 50


class Lot(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a credit grant.

    `effective_at` null: always effective. `expires_at` is exclusive; null: never. `position` is the customer's own
    creation order. `closed`: voided, or its expiry has been booked; a closed lot has nothing remaining.
    """

    grant_id: str
    unit: Unit
    category: Category
    amount: int
    remaining: int
    source: str
    position: int
    priority: int = DEFAULT_PRIORITY
    effective_at: datetime | None = None
    expires_at: datetime | None = None
    reason: str | None = None
    closed: bool = False


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """The fold of a customer's ledger for one unit: what each account holds.

    `issued` is zero or below, the others zero or above but for `overage`, which is zero or below.
    `emptied_at`: when a lot was last emptied or voided (the time of the use or the void), null if none ever was.
    """

    unit: Unit
    issued: int = 0
    available: int = 0
    consumed: int = 0
    overage: int = 0
    expired: int = 0
    voided: int = 0
    emptied_at: datetime | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One leg of a ledger transaction: `amount` is added to `account`. `lot` is the grant it came from or went to."""

    unit: Unit
    account: Account
    amount: int
    grant_id: str | None = None
    category: Category | None = None


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """Entries that were booked together and sum to zero per unit.

    `event_id` is the feeding side's own id of the event (null for grants and actions without one).
    """

    transaction_id: str
    kind: EntryKind
    occurred_at: datetime | None
    source: str
    reason: str | None
    event_id: str | None
    entries: tuple[Entry, ...]
