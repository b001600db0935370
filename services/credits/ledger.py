"""The five transactions that change a customer's credits (PRODUCT.md §3, «Credit lots and ledger»). Pure.

Each takes the credits before it and returns the credits after it, together with what there is to record.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from services.contract.errors import invalid
from services.contract.types import Account, Category, EntryKind, Unit
from services.credits.model import DEFAULT_PRIORITY, Entry, Lot, Transaction
from services.credits.rules import is_active, is_expired
from services.credits.state import Booked, Credits, book

_ADJUSTING = (Category.SUPPORT, Category.PROMOTIONAL)


def grant(
    before: Credits,
    *,
    transaction_id: str,
    grant_id: str,
    unit: Unit,
    category: Category,
    amount: int,
    source: str,
    reason: str | None = None,
    priority: int = DEFAULT_PRIORITY,
    effective_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> Booked:
    """Open a lot of `amount`: issued- / available+. It never repays overage.

    Raises:
        Refused: `INVALID_AMOUNT`, `INVALID_PRIORITY`, `INVALID_EXPIRY`, `BALANCE_OUT_OF_RANGE`.
    """
    _require_positive(amount)
    if not 0 <= priority <= 100:
        raise invalid("INVALID_PRIORITY", "Give a priority from 0 (burns first) to 100.")
    if effective_at is not None and expires_at is not None and expires_at <= effective_at:
        raise invalid("INVALID_EXPIRY", "Let the credit expire after it takes effect.")
    lot = Lot(
        grant_id=grant_id,
        unit=unit,
        category=category,
        amount=amount,
        remaining=amount,
        source=source,
        position=before.lots_created,
        priority=priority,
        effective_at=effective_at,
        expires_at=expires_at,
        reason=reason,
    )
    transaction = Transaction(
        transaction_id=transaction_id,
        kind=EntryKind.GRANT,
        occurred_at=effective_at,
        source=source,
        reason=reason,
        event_id=None,
        entries=_move(lot, amount, Account.ISSUED, Account.AVAILABLE),
    )
    counted = msgspec.structs.replace(before, lots_created=before.lots_created + 1)
    return book(counted, transaction, (lot,))


def consume(
    before: Credits,
    *,
    transaction_id: str,
    unit: Unit,
    amount: int,
    occurred_at: datetime,
    source: str,
    reason: str | None = None,
    event_id: str | None = None,
) -> Booked:
    """Burn the lots active at `occurred_at`, each available- / consumed+; what none covers is overage- / consumed+.

    Raises:
        Refused: `INVALID_AMOUNT`, `BALANCE_OUT_OF_RANGE`.
    """
    _require_positive(amount)
    owed = amount
    burnt: list[Lot] = []
    entries: list[Entry] = []
    for lot in before.lots:
        if lot.unit is unit and is_active(lot, occurred_at):
            part = min(owed, lot.remaining)
            burnt.append(_with_remaining(lot, lot.remaining - part))
            entries += _move(lot, part, Account.AVAILABLE, Account.CONSUMED)
            owed -= part
            if not owed:
                break
    if owed:
        entries.append(Entry(unit=unit, account=Account.OVERAGE, amount=-owed))
        entries.append(Entry(unit=unit, account=Account.CONSUMED, amount=owed))
    transaction = Transaction(
        transaction_id=transaction_id,
        kind=EntryKind.CONSUME,
        occurred_at=occurred_at,
        source=source,
        reason=reason,
        event_id=event_id,
        entries=tuple(entries),
    )
    emptied_at = occurred_at if any(not lot.remaining for lot in burnt) else None
    return book(before, transaction, burnt, emptied_at)


def reverse(
    before: Credits,
    *,
    transaction_id: str,
    consumption: Sequence[Entry],
    spent_lots: Iterable[Lot],
    at: datetime,
    source: str,
    reason: str | None = None,
    event_id: str | None = None,
) -> Booked:
    """Undo a CONSUME leg by leg in reverse order, so that overage is given back first and the first lot last.

    A closed lot gets nothing back, because its void or booked expiry is final: its part goes on to where the lot's
    rest went, to `expired` if the lot's expiry has passed at `at`, else to `voided`. When a lot was last emptied
    stays as it was.

    Args:
        consumption: the entries of the CONSUME, in their booked order; it must not have been reversed before.
        spent_lots: the lots it burnt that `before` no longer holds, as they are now; the others may be among them.

    Raises:
        ValueError: a lot is missing, is older than `before`, or would hold more than was granted.
    """
    lots = _lots_now(before, consumption, spent_lots)
    returned: list[Lot] = []
    entries: list[Entry] = []
    for leg in reversed(consumption):
        account = leg.account
        if account is Account.AVAILABLE:
            lot = lots[leg.grant_id]
            if lot.closed:
                account = Account.EXPIRED if is_expired(lot, at) else Account.VOIDED
            else:
                returned.append(_with_remaining(lot, lot.remaining - leg.amount))
        entries.append(msgspec.structs.replace(leg, account=account, amount=-leg.amount))
    transaction = Transaction(
        transaction_id=transaction_id,
        kind=EntryKind.REVERSE,
        occurred_at=at,
        source=source,
        reason=reason,
        event_id=event_id,
        entries=tuple(entries),
    )
    return book(before, transaction, returned)


def void(
    before: Credits,
    grant_id: str,
    *,
    transaction_id: str,
    at: datetime,
    source: str,
    reason: str | None = None,
) -> Booked:
    """Close a lot by voiding what is left of it: available- / voided+.

    Raises:
        ValueError: no lot of that id has anything left; the caller's own condition must have said so first.
    """
    lot = _open_lot(before, grant_id)
    transaction = Transaction(
        transaction_id=transaction_id,
        kind=EntryKind.VOID,
        occurred_at=at,
        source=source,
        reason=reason,
        event_id=None,
        entries=_move(lot, lot.remaining, Account.AVAILABLE, Account.VOIDED),
    )
    return book(before, transaction, (_closed(lot),), at)


def expire(
    before: Credits,
    grant_id: str,
    *,
    transaction_id: str,
    at: datetime,
    source: str,
) -> Booked:
    """Book the expiry of a lot, which closes it: available- / expired+. The time of it is the lot's own expiry.

    Raises:
        ValueError: no lot of that id has anything left, or it has not expired at `at`.
    """
    lot = _open_lot(before, grant_id)
    if not is_expired(lot, at):
        raise ValueError(f"lot {grant_id} has not expired")
    transaction = Transaction(
        transaction_id=transaction_id,
        kind=EntryKind.EXPIRE,
        occurred_at=lot.expires_at,
        source=source,
        reason=None,
        event_id=None,
        entries=_move(lot, lot.remaining, Account.AVAILABLE, Account.EXPIRED),
    )
    # Whoever asks since when nothing is left gets the same answer from the lot before and from the balance after.
    return book(before, transaction, (_closed(lot),), lot.expires_at)


def is_adjustment(transaction: Transaction, entry: Entry) -> bool:
    """Return whether an entry is what a summary shows as an adjustment: a support or promotional grant, or a void.

    It is the leg on the available balance, so that each adjustment is told once.
    """
    if entry.account is not Account.AVAILABLE:
        return False
    granted = transaction.kind is EntryKind.GRANT and entry.category in _ADJUSTING
    return granted or transaction.kind is EntryKind.VOID


def _move(lot: Lot, amount: int, origin: Account, target: Account) -> tuple[Entry, Entry]:
    return (
        Entry(unit=lot.unit, account=origin, amount=-amount, grant_id=lot.grant_id, category=lot.category),
        Entry(unit=lot.unit, account=target, amount=amount, grant_id=lot.grant_id, category=lot.category),
    )


def _with_remaining(lot: Lot, remaining: int) -> Lot:
    if not 0 <= remaining <= lot.amount:
        raise ValueError(f"lot {lot.grant_id} cannot hold {remaining} of {lot.amount}")
    return msgspec.structs.replace(lot, remaining=remaining)


def _closed(lot: Lot) -> Lot:
    return msgspec.structs.replace(lot, remaining=0, closed=True)


def _open_lot(before: Credits, grant_id: str) -> Lot:
    for lot in before.lots:
        if lot.grant_id == grant_id:
            return lot
    raise ValueError(f"lot {grant_id} has nothing left")


def _lots_now(before: Credits, consumption: Sequence[Entry], spent_lots: Iterable[Lot]) -> dict[str | None, Lot]:
    held: dict[str | None, Lot] = {lot.grant_id: lot for lot in before.lots}
    lots = {lot.grant_id: lot for lot in spent_lots} | held
    # Credits hold every lot that has something left: one with something left that they do not hold was read too early.
    if stale := [lot.grant_id for lot in lots.values() if lot.remaining and lot.grant_id not in held]:
        raise ValueError(f"the credits know of later changes of the lots {stale}: write them, then read the lots again")
    if missing := {leg.grant_id for leg in consumption if leg.grant_id is not None} - lots.keys():
        raise ValueError(f"the lots {sorted(missing)} are needed, as they are now")
    return lots


def _require_positive(amount: int) -> None:
    if amount <= 0:
        raise invalid("INVALID_AMOUNT", "Give an amount above zero.")
