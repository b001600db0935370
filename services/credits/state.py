"""One customer's credits as a value: lots that hold something, balances, and how a transaction lands on them.

Pure. The transactions themselves stand in `ledger.py`.
"""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec

from services.contract.errors import precondition
from services.contract.types import Account, Unit
from services.credits.model import Balance, Entry, Lot, Transaction
from services.credits.rules import burn_down_key

MAX_BALANCE = 2**63 - 1
"""What one account can hold in a signed 64-bit column."""


class Credits(msgspec.Struct, frozen=True, kw_only=True):
    """One customer's credits.

    `lots`: every lot with something remaining, in burn-down order. `balances`: workspace hours, then AI cents.
    `lots_created` counts all lots there ever were: the next one's position.
    """

    lots: tuple[Lot, ...] = ()
    balances: tuple[Balance, Balance] = (Balance(unit=Unit.WORKSPACE_HOURS), Balance(unit=Unit.AI_CENTS))
    lots_created: int = 0

    @classmethod
    def of(cls, lots: Iterable[Lot], balances: tuple[Balance, Balance], lots_created: int) -> "Credits":
        """Return the credits that stored rows describe; `lots` in any order, spent and closed ones left out."""
        open_lots = (lot for lot in lots if lot.remaining)
        return cls(lots=tuple(sorted(open_lots, key=burn_down_key)), balances=balances, lots_created=lots_created)

    @property
    def lots_by_creation(self) -> tuple[Lot, ...]:
        """The lots with something remaining, in creation order."""
        return tuple(sorted(self.lots, key=lambda lot: lot.position))

    def balance(self, unit: Unit) -> Balance:
        """Return the balance of one unit."""
        return next(balance for balance in self.balances if balance.unit is unit)


class Booked(NamedTuple):
    """What a transaction leads to: the credits after it, its ledger entries, and the lots it made or changed."""

    after: Credits
    transaction: Transaction
    lots: tuple[Lot, ...]


def post(balance: Balance, entries: Iterable[Entry], emptied_at: datetime | None = None) -> Balance:
    """Return the balance after entries of its unit, and after a lot was emptied at `emptied_at`, if one was.

    Raises:
        Refused: `BALANCE_OUT_OF_RANGE`, when an account would no longer fit its column.
    """
    held = {account: getattr(balance, account.value) for account in Account}
    for entry in entries:
        held[entry.account] += entry.amount
    if any(abs(amount) > MAX_BALANCE for amount in held.values()):
        raise precondition(
            "BALANCE_OUT_OF_RANGE", "The balance would grow beyond what can be counted: check the amount."
        )
    known = [moment for moment in (balance.emptied_at, emptied_at) if moment is not None]
    return Balance(
        unit=balance.unit,
        emptied_at=max(known, default=None),
        **{account.value: amount for account, amount in held.items()},
    )


def book(
    before: Credits,
    transaction: Transaction,
    lots: Iterable[Lot],
    emptied_at: datetime | None = None,
) -> Booked:
    """Return what a transaction of one unit leads to, given the lots as it leaves them.

    Args:
        emptied_at: when it emptied or closed a lot; null if it did not.
    """
    changed = tuple(lots)
    unit = transaction.entries[0].unit
    hours, cents = before.balances
    if unit is Unit.WORKSPACE_HOURS:
        balances = (post(hours, transaction.entries, emptied_at), cents)
    else:
        balances = (hours, post(cents, transaction.entries, emptied_at))
    after = msgspec.structs.replace(before, lots=_placed(before.lots, changed), balances=balances)
    return Booked(after, transaction, changed)


def _placed(lots: tuple[Lot, ...], changed: Iterable[Lot]) -> tuple[Lot, ...]:
    # A lot's key never changes, so its place is found by bisection: thousands of uses of a customer with a thousand
    # lots must not sort them each time.
    kept = list(lots)
    for lot in changed:
        start = bisect_left(kept, burn_down_key(lot), key=burn_down_key)
        is_there = start < len(kept) and kept[start].position == lot.position
        kept[start : start + 1 if is_there else start] = [lot] if lot.remaining else []
    return tuple(kept)
