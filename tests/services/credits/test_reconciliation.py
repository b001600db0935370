"""The ledger, the balances and the lots tell the same, and a difference is named (PRODUCT.md §3)."""

import msgspec
from hypothesis import given

from services.contract.types import Account, Category, Unit
from services.credits.model import Entry
from services.credits.reconciliation import Mismatch, check, fold_entries
from tests.services.credits.histories import Grant, Replay, Step, histories, without_memory


@given(histories)
def test_balances_are_the_fold_of_the_ledger_at_every_prefix(history: list[Step]) -> None:
    replay = Replay()
    for step in history:
        replay.take(step)
        folded = fold_entries(replay.entries)
        assert folded == without_memory(replay.credits).balances
        assert check(folded, replay.credits.balances, replay.credits.lots) == []


def test_a_difference_is_named_with_both_figures() -> None:
    replay = Replay()
    replay.grant(Grant(Unit.AI_CENTS, Category.PAID, 10, 50, None, None))
    hours, cents = replay.credits.balances
    tampered = msgspec.structs.replace(cents, available=11, issued=-11)
    assert check(fold_entries(replay.entries), (hours, tampered), replay.credits.lots) == [
        Mismatch(unit=Unit.AI_CENTS, account=Account.ISSUED, record="balance", ledger=-10, recorded=-11),
        Mismatch(unit=Unit.AI_CENTS, account=Account.AVAILABLE, record="balance", ledger=10, recorded=11),
    ]


def test_lots_that_hold_something_else_than_the_ledger_says_are_named() -> None:
    entries = [Entry(unit=Unit.WORKSPACE_HOURS, account=Account.AVAILABLE, amount=3)]
    folded = fold_entries(entries)
    assert check(folded, folded, []) == [
        Mismatch(unit=Unit.WORKSPACE_HOURS, account=Account.AVAILABLE, record="lots", ledger=3, recorded=0)
    ]
