"""Reads lots, balances and the ledger, and writes what transactions lead to, inside the caller's transaction."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import convert
from sqlalchemy import BindParameter, Connection, Select, bindparam, insert, literal_column, select, text, update

from services.contract.types import Account, Category, EntryKind, Unit
from services.credits.ledger import is_adjustment
from services.credits.model import Balance, Entry, Lot, Transaction
from services.storage.nested import rows_of
from services.storage.tables import credit_balances, credit_lots, ledger_entries

Rows = Iterable[Sequence[Any]]
"""Rows as a database gives them, column by column."""

_Kind = TypeVar("_Kind", bound=msgspec.Struct)


class LedgerAdjustment(msgspec.Struct, frozen=True, kw_only=True):
    """A support or promotional grant, or a void; `amount` as it changed what is available: a void's is negative."""

    kind: EntryKind
    unit: Unit
    category: Category
    amount: int
    reason: str | None
    source: str
    booked_at: datetime


class Holdings(NamedTuple):
    """What a customer has: the lots with something remaining, both balances, the latest adjustment.

    The lots in creation order. Workspace hours come first; zeros for a unit in which nothing was ever booked.
    """

    lots: tuple[Lot, ...]
    balances: tuple[Balance, Balance]
    latest_adjustment: LedgerAdjustment | None


class BookedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One leg of a ledger transaction as it is stored; `entry_number` grows in booking order."""

    entry_number: int
    transaction_id: str
    kind: EntryKind
    unit: Unit
    account: Account
    amount: int
    balance_after: int
    grant_id: str | None
    category: Category | None
    occurred_at: datetime | None
    booked_at: datetime
    source: str
    reason: str | None


class Consumption(msgspec.Struct, frozen=True):
    """What a reversal needs of a CONSUME: its entries in booked order, and the lots it burnt as they are now."""

    entries: tuple[Entry, ...]
    lots: tuple[Lot, ...]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What one customer's transactions lead to.

    `lots`: those they made or changed, in order; where one occurs again, the last holds. `balances`: after them all.
    """

    customer_id: str
    transactions: Sequence[Transaction]
    lots: Sequence[Lot]
    balances: tuple[Balance, Balance]


_ID: BindParameter[str] = bindparam("customer_id")
_LOT_COLUMNS = [credit_lots.c[name] for name in Lot.__struct_fields__]
_BALANCE_COLUMNS = [credit_balances.c[name] for name in Balance.__struct_fields__]
_ENTRY_COLUMNS = [ledger_entries.c[name] for name in BookedEntry.__struct_fields__]

# Written out: the partial indexes serve only a condition that is spelled as theirs, not one with a parameter in it.
_SOMETHING_REMAINS = credit_lots.c.remaining > literal_column("0")
_IS_ADJUSTMENT = text("ledger_entries.adjustment")

_OPEN_LOTS = select(*_LOT_COLUMNS).where(credit_lots.c.customer_id == _ID, _SOMETHING_REMAINS)
_BALANCES = select(*_BALANCE_COLUMNS).where(credit_balances.c.customer_id == _ID)
_LATEST_ADJUSTMENT = (
    select(*(ledger_entries.c[name] for name in LedgerAdjustment.__struct_fields__))
    .where(ledger_entries.c.customer_id == _ID, _IS_ADJUSTMENT)
    .order_by(ledger_entries.c.entry_number.desc())
    .limit(1)
)
_ENTRIES = (
    select(*_ENTRY_COLUMNS)
    .where(ledger_entries.c.customer_id == _ID)
    .order_by(ledger_entries.c.entry_number.desc())
    .limit(bindparam("limit"))
)
HOLDINGS = (rows_of(_OPEN_LOTS), rows_of(_BALANCES), rows_of(_LATEST_ADJUSTMENT))
"""What `read_holdings` reads: columns for a statement about one customer, the parameter `customer_id`."""

_CONSUMPTION = (
    select(*(ledger_entries.c[name] for name in Entry.__struct_fields__))
    .where(
        ledger_entries.c.customer_id == _ID,
        ledger_entries.c.transaction_id == bindparam("transaction_id"),
        ledger_entries.c.kind == EntryKind.CONSUME.value,
    )
    .order_by(ledger_entries.c.entry_number)
)
_LOTS_BY_GRANT = (
    select(*_LOT_COLUMNS)
    .where(credit_lots.c.customer_id == _ID, credit_lots.c.grant_id.in_(bindparam("grant_ids", expanding=True)))
    .order_by(credit_lots.c.position)
)
_DUE_EXPIRIES = (
    select(credit_lots.c.customer_id)
    .where(_SOMETHING_REMAINS, credit_lots.c.expires_at <= bindparam("before"))
    .order_by(credit_lots.c.expires_at)
    .limit(bindparam("limit"))
)

_ADD_LOTS = insert(credit_lots)
_CHANGE_LOTS = (
    update(credit_lots)
    .where(credit_lots.c.customer_id == bindparam("key"), credit_lots.c.position == bindparam("key_position"))
    .values(remaining=bindparam("remaining"), closed=bindparam("closed"))
)
# Both databases know this clause, in the same words; Core has a construct for each of them but none for both.
_PUT_BALANCES = text(
    """
    INSERT INTO credit_balances
        (customer_id, unit, issued, available, consumed, overage, expired, voided, emptied_at)
    VALUES (:customer_id, :unit, :issued, :available, :consumed, :overage, :expired, :voided, :emptied_at)
    ON CONFLICT (customer_id, unit) DO UPDATE SET
        issued = excluded.issued, available = excluded.available, consumed = excluded.consumed,
        overage = excluded.overage, expired = excluded.expired, voided = excluded.voided,
        emptied_at = excluded.emptied_at
    """
).bindparams(bindparam("emptied_at", type_=credit_balances.c.emptied_at.type))
_ADD_ENTRIES = insert(ledger_entries)


def read_holdings(lots: Rows, balances: Rows, adjustments: Rows) -> Holdings:
    """Return what the columns `HOLDINGS` hold."""
    stored = {balance.unit: balance for balance in _structs(Balance, balances)}
    hours, cents = (stored.get(unit) or Balance(unit=unit) for unit in (Unit.WORKSPACE_HOURS, Unit.AI_CENTS))
    # Sorted here: asked to sort, SQLite walks the primary key through every spent lot instead of the partial index.
    by_creation = sorted(_structs(Lot, lots), key=lambda lot: lot.position)
    latest = next(_structs(LedgerAdjustment, adjustments), None)
    return Holdings(tuple(by_creation), (hours, cents), latest)


def _structs(kind: type[_Kind], rows: Rows) -> Iterator[_Kind]:
    for row in rows:
        yield convert(dict(zip(kind.__struct_fields__, row, strict=True)), kind)


def list_entries(
    conn: Connection,
    customer_id: str,
    *,
    unit: Unit | None = None,
    account: Account | None = None,
    before: int | None = None,
    limit: int,
) -> tuple[BookedEntry, ...]:
    """Return up to `limit` of the customer's ledger entries, newest first.

    Args:
        before: the entry number above the page: the last one's of the page before it, null for the first page.
    """
    statement: Select[Any] = _ENTRIES
    if unit is not None:
        statement = statement.where(ledger_entries.c.unit == unit.value)
    if account is not None:
        statement = statement.where(ledger_entries.c.account == account.value)
    if before is not None:
        statement = statement.where(ledger_entries.c.entry_number < before)
    rows = conn.execute(statement, {"customer_id": customer_id, "limit": limit}).mappings()
    return tuple(convert(row, BookedEntry) for row in rows)


def consumption(conn: Connection, customer_id: str, transaction_id: str) -> Consumption:
    """Return what reversing the CONSUME of that id needs; without entries when the customer has none of that id."""
    rows = conn.execute(_CONSUMPTION, {"customer_id": customer_id, "transaction_id": transaction_id})
    entries = tuple(convert(row, Entry) for row in rows.mappings())
    grant_ids = sorted({entry.grant_id for entry in entries if entry.grant_id is not None})
    if not grant_ids:
        return Consumption(entries, ())
    lots = conn.execute(_LOTS_BY_GRANT, {"customer_id": customer_id, "grant_ids": grant_ids})
    return Consumption(entries, tuple(convert(row, Lot) for row in lots.mappings()))


def due_expiries(conn: Connection, before: datetime, limit: int) -> tuple[str, ...]:
    """Return customers with a lot that expired at or before `before` and still holds something, longest due first.

    At most `limit` lots are looked at, and each customer is named once: fewer customers may come than are due, but
    none only when none is due.
    """
    due = conn.execute(_DUE_EXPIRIES, {"before": before, "limit": limit}).scalars()
    return tuple(dict.fromkeys(due))


def write(
    conn: Connection,
    customer_id: str,
    transactions: Sequence[Transaction],
    lots: Sequence[Lot],
    balances: tuple[Balance, Balance],
    booked_at: datetime,
) -> None:
    """Write what one customer's transactions lead to; see `Change` for the arguments."""
    change = Change(customer_id=customer_id, transactions=transactions, lots=lots, balances=balances)
    write_many(conn, (change,), booked_at)


def write_many(conn: Connection, changes: Iterable[Change], booked_at: datetime) -> None:
    """Write the changes of many customers, each customer once, with at most one statement a table and verb.

    A lot is new when a GRANT among its customer's transactions made it. Balances are written for the units that the
    transactions touch.
    """
    new_lots: list[dict[str, Any]] = []
    changed_lots: list[dict[str, Any]] = []
    balance_rows: list[dict[str, Any]] = []
    entry_rows: list[dict[str, Any]] = []
    for change in changes:
        granted = {t.entries[0].grant_id for t in change.transactions if t.kind is EntryKind.GRANT}
        for lot in {lot.grant_id: lot for lot in change.lots}.values():
            if lot.grant_id in granted:
                new_lots.append(_lot_row(change.customer_id, lot))
            else:
                changed_lots.append(_changed_lot_row(change.customer_id, lot))
        touched = {entry.unit for transaction in change.transactions for entry in transaction.entries}
        balance_rows += [_balance_row(change.customer_id, b) for b in change.balances if b.unit in touched]
        entry_rows += _entry_rows(change, booked_at)
    for statement, rows in (
        (_ADD_LOTS, new_lots),
        (_CHANGE_LOTS, changed_lots),
        (_PUT_BALANCES, balance_rows),
        (_ADD_ENTRIES, entry_rows),
    ):
        if rows:
            conn.execute(statement, rows)


def _entry_rows(change: Change, booked_at: datetime) -> list[dict[str, Any]]:
    # Walked backwards from the balances after it all, so that what each account held before need not be read.
    held = {(b.unit, account): getattr(b, account.value) for b in change.balances for account in Account}
    rows = []
    for transaction in reversed(change.transactions):
        for entry in reversed(transaction.entries):
            account = (entry.unit, entry.account)
            rows.append(_entry_row(change.customer_id, transaction, entry, held[account], booked_at))
            held[account] -= entry.amount
    rows.reverse()
    return rows


def _entry_row(
    customer_id: str, transaction: Transaction, entry: Entry, balance_after: int, booked_at: datetime
) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "transaction_id": transaction.transaction_id,
        "kind": transaction.kind.value,
        "unit": entry.unit.value,
        "account": entry.account.value,
        "amount": entry.amount,
        "balance_after": balance_after,
        "grant_id": entry.grant_id,
        "category": None if entry.category is None else entry.category.value,
        "occurred_at": transaction.occurred_at,
        "booked_at": booked_at,
        "source": transaction.source,
        "reason": transaction.reason,
        "event_id": transaction.event_id,
        "adjustment": is_adjustment(transaction, entry),
    }


def _lot_row(customer_id: str, lot: Lot) -> dict[str, Any]:
    row = msgspec.structs.asdict(lot)
    return row | {"customer_id": customer_id, "unit": lot.unit.value, "category": lot.category.value}


def _changed_lot_row(customer_id: str, lot: Lot) -> dict[str, Any]:
    return {"key": customer_id, "key_position": lot.position, "remaining": lot.remaining, "closed": lot.closed}


def _balance_row(customer_id: str, balance: Balance) -> dict[str, Any]:
    return msgspec.structs.asdict(balance) | {"customer_id": customer_id, "unit": balance.unit.value}
