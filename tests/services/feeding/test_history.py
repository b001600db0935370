"""The imported past, folded, against a second account of it that shares no code with the product."""

from collections.abc import Sequence
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from services.contract.types import Account, Category, EntryKind, Unit
from services.credits.reconciliation import check, fold_entries
from services.feeding.history import History, fold_history
from services.feeding.model import ImportedGrant, ImportedUsage
from tests.services.credits import histories
from tests.services.credits.oracle import Oracle
from tests.services.feeding.samples import counting_ids

imported_grants = histories.grants().map(
    lambda g: ImportedGrant(
        unit=g.unit,
        amount=g.amount,
        category=g.category,
        priority=g.priority,
        effective_at=g.effective_at,
        expires_at=g.expires_at,
    )
)
imported_usage = histories.uses.map(lambda u: ImportedUsage(unit=u.unit, amount=u.amount, occurred_at=u.occurred_at))
pasts = st.tuples(st.lists(imported_grants, max_size=8), st.lists(imported_usage, max_size=8))

Past = tuple[list[ImportedGrant], list[ImportedUsage]]


def _fold(past: Past) -> History:
    grants, usage = past
    return fold_history(grants, usage, "customers.jsonl", counting_ids())


def _tell(past: Past) -> Oracle:
    """Tell the past to the oracle moment by moment, at each the grants before the uses."""
    grants, usage = past
    oracle = Oracle()
    moments: Sequence[datetime | None] = [None, *(histories.hour(n) for n in range(histories.LAST_HOUR + 1))]
    for moment in moments:
        for grant in grants:
            if grant.effective_at == moment:
                terms = {name: getattr(grant, name) for name in ("priority", "category", "effective_at", "expires_at")}
                oracle.grant(f"lot{len(oracle.lots)}", grant.unit, grant.amount, **terms)
        for use in usage:
            if use.occurred_at == moment:
                oracle.consume(use.unit, use.amount, use.occurred_at)
    return oracle


@given(pasts)
def test_what_is_left_of_every_lot_and_account_is_what_the_oracle_says(past: Past) -> None:
    history, oracle = _fold(past), _tell(past)
    assert {f"lot{lot.position}": lot.remaining for lot in history.credits.lots} == oracle.left()
    for balance in history.credits.balances:
        for account in Account:
            assert getattr(balance, account.value) == oracle.accounts[balance.unit, account.value]


@given(pasts)
def test_ledger_balances_and_lots_agree(past: Past) -> None:
    history = _fold(past)
    entries = [entry for transaction in history.transactions for entry in transaction.entries]
    assert check(fold_entries(entries), history.credits.balances, history.lots) == []


@given(pasts)
def test_every_grant_and_every_use_is_booked_once_and_every_lot_is_kept_as_it_is_left(past: Past) -> None:
    history, (grants, usage) = _fold(past), past
    kinds = [transaction.kind for transaction in history.transactions]
    assert kinds.count(EntryKind.GRANT) == len(grants) == len(history.lots) == history.credits.lots_created
    assert kinds.count(EntryKind.CONSUME) == len(usage)
    assert [lot.position for lot in history.lots] == list(range(len(grants)))
    assert tuple(lot for lot in history.lots if lot.remaining) == history.credits.lots_by_creation


def test_a_use_at_the_moment_of_a_grant_burns_it_and_one_before_it_is_overage() -> None:
    at = histories.hour(1)
    grant = ImportedGrant(unit=Unit.AI_CENTS, amount=10, category=Category.PAID, effective_at=at)
    uses = [
        ImportedUsage(unit=Unit.AI_CENTS, amount=3, occurred_at=at),
        ImportedUsage(unit=Unit.AI_CENTS, amount=2, occurred_at=histories.hour(0)),
    ]
    cents = _fold(([grant], uses)).credits.balance(Unit.AI_CENTS)
    assert (cents.available, cents.consumed, cents.overage) == (7, 5, -2)


def test_a_grant_without_a_source_of_its_own_comes_from_the_import() -> None:
    named = ImportedGrant(unit=Unit.AI_CENTS, amount=1, category=Category.PAID, source="order-1")
    unnamed = ImportedGrant(unit=Unit.AI_CENTS, amount=1, category=Category.PAID)
    assert [lot.source for lot in _fold(([named, unnamed], [])).lots] == ["order-1", "customers.jsonl"]
