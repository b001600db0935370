"""Folds the ledger in the database and checks it against what stands beside it: balances, lots, running balances."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, literal, or_, select, true, union_all

from services.audit.rules import storable
from services.audit.store import UnreadableError, reading
from services.contract.types import Account
from services.contract.views import LedgerVerification
from services.storage.tables import credit_balances, credit_lots, ledger_entries

_entry = ledger_entries.c
_lot = credit_lots.c
_balance = credit_balances.c


def verify_ledger(conn: Connection, customer_id: str | None = None) -> LedgerVerification:
    """Check the ledger of one customer, or of all.

    A customer is mismatched when, for any unit,

    - the entries of an account do not sum to its balance, or an entry stands in an account that does not exist,
    - the entries of a transaction do not sum to zero,
    - an entry's `balance_after` is not the running sum of its account, or
    - what remains in the open lots is not the available balance, or a closed lot has something left.

    A ledger that the database cannot read is neither fine nor mismatched: `unreadable` says why.
    """
    scope = None if customer_id is None else storable(customer_id)
    try:
        with reading(conn):
            return _verified(conn, scope)
    except UnreadableError as damage:
        return LedgerVerification(customers=0, entries=0, mismatched=[], unreadable=str(damage))


def _verified(conn: Connection, scope: str | None) -> LedgerVerification:
    checks = (_unbalanced_accounts, _unbalanced_transactions, _wrong_running_balances, _unbalanced_lots)
    mismatched = {name for check in checks for name in conn.scalars(check(scope))}
    entries_each = (
        select(_entry.customer_id, func.count().label("entries"))
        .where(_within(scope, _entry.customer_id))
        .group_by(_entry.customer_id)
        .subquery()
    )
    counted = select(func.count(), func.coalesce(func.sum(entries_each.c.entries), 0)).select_from(entries_each)
    customers, entries = conn.execute(counted).one()
    return LedgerVerification(customers=customers, entries=int(entries), mismatched=sorted(mismatched))


def _within(scope: str | None, customer_id: ColumnElement[str]) -> ColumnElement[bool]:
    return true() if scope is None else customer_id == scope


def _unbalanced_accounts(scope: str | None) -> Select[str]:
    accounts = [account.value for account in Account]
    entries = select(
        _entry.customer_id,
        _entry.unit,
        *(case((_entry.account == account, _entry.amount), else_=0).label(account) for account in accounts),
        case((_entry.account.in_(accounts), 0), else_=1).label("elsewhere"),
    ).where(_within(scope, _entry.customer_id))
    balances = select(
        _balance.customer_id, _balance.unit, *(-_balance[account] for account in accounts), literal(0)
    ).where(_within(scope, _balance.customer_id))
    return _not_cancelling_out(entries, balances)


def _unbalanced_lots(scope: str | None) -> Select[str]:
    lots = select(
        _lot.customer_id,
        _lot.unit,
        case((_lot.closed, 0), else_=_lot.remaining).label("open"),
        case((_lot.closed, _lot.remaining), else_=0).label("closed"),
    ).where(_within(scope, _lot.customer_id))
    balances = select(_balance.customer_id, _balance.unit, -_balance.available, literal(0)).where(
        _within(scope, _balance.customer_id)
    )
    return _not_cancelling_out(lots, balances)


def _not_cancelling_out(rows: Select[*tuple[Any, ...]], negated: Select[*tuple[Any, ...]]) -> Select[str]:
    """Return the customers with a unit for which some column of the two together does not add up to zero."""
    customer_id, unit, *amounts = union_all(rows, negated).subquery().c
    return select(customer_id).group_by(customer_id, unit).having(or_(*(func.sum(amount) != 0 for amount in amounts)))


def _unbalanced_transactions(scope: str | None) -> Select[str]:
    # Transaction first: entries stand nearly in that order, which makes the sort cheap.
    return (
        select(_entry.customer_id)
        .where(_within(scope, _entry.customer_id))
        .group_by(_entry.transaction_id, _entry.unit, _entry.customer_id)
        .having(func.sum(_entry.amount) != 0)
    )


def _wrong_running_balances(scope: str | None) -> Select[str]:
    account = (_entry.customer_id, _entry.unit, _entry.account)
    running = func.sum(_entry.amount).over(partition_by=account, order_by=_entry.entry_number, rows=(None, 0))
    entries = (
        select(_entry.customer_id, _entry.balance_after, running.label("running"))
        .where(_within(scope, _entry.customer_id))
        .subquery()
    )
    return select(entries.c.customer_id).where(entries.c.balance_after != entries.c.running)
