"""A customer's imported past, folded into lots, balances and ledger transactions. Pure (PRODUCT.md §3)."""

from collections.abc import Iterable

import msgspec

from services.contract.ids import NewId
from services.credits.ledger import consume, grant
from services.credits.model import Lot, Transaction
from services.credits.rules import order_events
from services.credits.state import Booked, Credits
from services.feeding.model import ImportedGrant, ImportedUsage


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What the past leads to: the credits after it, its transactions in booked order, and every lot as it is left."""

    credits: Credits
    transactions: tuple[Transaction, ...]
    lots: tuple[Lot, ...]


def fold_history(
    grants: Iterable[ImportedGrant], usage: Iterable[ImportedUsage], source: str, new_id: NewId
) -> History:
    """Return the fold of grants and uses by time, grants before usage.

    Args:
        source: where the events come from, for those that do not say so themselves.
    """
    credits_now = Credits()
    transactions: list[Transaction] = []
    lots: dict[str, Lot] = {}
    for event in order_events(grants, usage):
        booked = _book(credits_now, event, source, new_id)
        credits_now = booked.after
        transactions.append(booked.transaction)
        lots.update((lot.grant_id, lot) for lot in booked.lots)
    return History(credits=credits_now, transactions=tuple(transactions), lots=tuple(lots.values()))


def _book(before: Credits, event: ImportedGrant | ImportedUsage, source: str, new_id: NewId) -> Booked:
    if isinstance(event, ImportedUsage):
        return consume(
            before,
            transaction_id=new_id("txn"),
            unit=event.unit,
            amount=event.amount,
            occurred_at=event.occurred_at,
            source=source,
        )
    return grant(
        before,
        transaction_id=new_id("txn"),
        grant_id=new_id("grant"),
        unit=event.unit,
        category=event.category,
        amount=event.amount,
        source=event.source or source,
        reason=event.reason,
        priority=event.priority,
        effective_at=event.effective_at,
        expires_at=event.expires_at,
    )
