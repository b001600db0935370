"""What holds of every history of a customer's credits (PRODUCT.md §3, «Credit lots and ledger»)."""

from collections import Counter, defaultdict
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from services.contract.types import Account, EntryKind, Unit
from services.credits.model import Balance
from services.credits.rules import available_now, burn_down_order, next_credit_change
from services.credits.state import Credits
from tests.services.credits.histories import (
    LAST_HOUR,
    Grant,
    Replay,
    Reversal,
    Step,
    Sweep,
    Use,
    Void,
    grants,
    histories,
    hour,
    moments,
    told,
    units,
    uses,
    without_memory,
)
from tests.services.credits.oracle import Grain, Oracle


@given(histories)
def test_every_step_agrees_with_the_naive_oracle(history: list[Step]) -> None:
    replay, oracle, grains = Replay(), Oracle(), list[list[Grain]]()
    for step in history:
        booked_before, expiring = len(replay.transactions), _expired(oracle, replay)
        replay.take(step)
        was_told = len(replay.transactions) > booked_before
        match step:
            case Grant():
                oracle.grant(
                    replay.transactions[-1].entries[0].grant_id or "",
                    step.unit,
                    step.amount,
                    priority=step.priority,
                    category=step.category,
                    effective_at=step.effective_at,
                    expires_at=step.expires_at,
                )
            case Use():
                grains.append(oracle.consume(step.unit, step.amount, step.occurred_at))
            case Reversal(use=number) if was_told:
                oracle.reverse(grains[number], replay.now)
            case Void(lot=number) if was_told:
                oracle.close(f"g{number}", "voided")
            case Sweep():
                for grant_id in expiring:
                    oracle.close(grant_id, "expired")
            case _:
                assert not was_told
        assert {lot.grant_id: lot.remaining for lot in replay.credits.lots} == oracle.left()
        for balance in replay.credits.balances:
            for account in Account:
                assert getattr(balance, account) == oracle.accounts[balance.unit, account]


def _expired(oracle: Oracle, replay: Replay) -> list[str]:
    lots = oracle.lots.items()
    return [i for i, lot in lots if lot["left"] and lot["expires_at"] is not None and lot["expires_at"] <= replay.now]


@given(histories)
def test_entries_sum_to_zero_per_transaction_and_unit(history: list[Step]) -> None:
    for transaction in told(history).transactions:
        sums: Counter[Unit] = Counter()
        for entry in transaction.entries:
            assert entry.amount != 0
            sums[entry.unit] += entry.amount
        assert set(sums.values()) == {0}


@given(histories)
def test_what_was_granted_is_remaining_consumed_expired_or_voided(history: list[Step]) -> None:
    replay = told(history)
    of_lot: defaultdict[str | None, Counter[Account]] = defaultdict(Counter)
    for entry in replay.entries:
        of_lot[entry.grant_id][entry.account] += entry.amount
    for grant_id, lot in replay.lots.items():
        accounts = of_lot[grant_id]
        assert lot.remaining == accounts[Account.AVAILABLE]
        gone = accounts[Account.CONSUMED] + accounts[Account.EXPIRED] + accounts[Account.VOIDED]
        assert lot.amount == -accounts[Account.ISSUED] == lot.remaining + gone


@given(histories)
def test_bounds_hold_at_every_prefix(history: list[Step]) -> None:
    replay = Replay()
    for step in history:
        replay.take(step)
        assert all(0 <= lot.remaining <= lot.amount for lot in replay.lots.values())
        assert all(lot.remaining == 0 for lot in replay.lots.values() if lot.closed)
        for balance in replay.credits.balances:
            assert balance.issued <= 0 >= balance.overage
            assert min(balance.available, balance.consumed, balance.expired, balance.voided) >= 0


@given(histories)
def test_the_open_lots_stand_in_burn_down_order_and_none_is_missing(history: list[Step]) -> None:
    replay = told(history)
    holding = [lot for lot in replay.lots.values() if lot.remaining]
    assert replay.credits.lots_by_creation == tuple(sorted(holding, key=lambda lot: lot.position))
    for number in range(LAST_HOUR + 1):
        active = set(burn_down_order(holding, hour(number)))
        assert burn_down_order(holding, hour(number)) == tuple(x for x in replay.credits.lots if x in active)


@given(histories, uses)
def test_a_later_lot_is_touched_only_when_every_earlier_one_is_empty(history: list[Step], use: Use) -> None:
    replay = told(history)
    order = [x for x in burn_down_order(replay.credits.lots, use.occurred_at) if x.unit is use.unit]
    legs = replay.use(use).entries
    burnt = [leg.grant_id for leg in legs if leg.account is Account.AVAILABLE]
    assert burnt == [lot.grant_id for lot in order[: len(burnt)]]
    emptied = burnt if any(leg.account is Account.OVERAGE for leg in legs) else burnt[:-1]
    assert all(replay.lots[grant_id].remaining == 0 for grant_id in emptied if grant_id is not None)


@given(histories, units, st.integers(1, 20), st.integers(1, 20), moments)
def test_two_uses_take_what_one_of_their_sum_takes(
    history: list[Step], unit: Unit, first: int, second: int, at: datetime
) -> None:
    apart, together = told(history), told(history)
    apart.use(Use(unit, first, at))
    apart.use(Use(unit, second, at))
    together.use(Use(unit, first + second, at))
    assert apart.credits == together.credits


@given(histories, uses)
def test_a_use_and_its_reversal_leave_nothing_behind(history: list[Step], use: Use) -> None:
    replay = told(history)
    before = replay.credits
    replay.reverse(replay.use(use).entries)
    assert without_memory(replay.credits) == without_memory(before)


@given(histories, uses)
def test_a_reversal_goes_back_through_the_legs_in_reverse_order(history: list[Step], use: Use) -> None:
    replay = told(history)
    forth = replay.use(use).entries
    back = replay.reverse(forth).entries
    assert [(e.account, e.grant_id, -e.amount) for e in back] == [
        (e.account, e.grant_id, e.amount) for e in reversed(forth)
    ]


@given(histories, grants())
def test_a_grant_never_repays_overage(history: list[Step], step: Grant) -> None:
    replay = told(history)
    before = [balance.overage for balance in replay.credits.balances]
    replay.grant(step)
    assert [balance.overage for balance in replay.credits.balances] == before
    assert replay.lots[f"g{replay.credits.lots_created - 1}"].remaining == step.amount


@given(histories, st.integers(0, LAST_HOUR + 2))
def test_the_sweeper_is_invisible_to_reads(history: list[Step], later: int) -> None:
    replay = told(history)
    before = replay.credits
    replay.sweep()
    after = replay.credits
    at = max(replay.now, hour(later))
    for unit in Unit:
        assert available_now(after.lots, unit, at) == available_now(before.lots, unit, at)
        assert after.balance(unit).overage == before.balance(unit).overage
        assert after.balance(unit).consumed == before.balance(unit).consumed
    assert burn_down_order(after.lots, at) == burn_down_order(before.lots, at)
    assert next_credit_change(after.lots, at) == next_credit_change(before.lots, at)
    assert _empty_since(after, replay.now) == _empty_since(before, replay.now)


def _empty_since(credits_: Credits, now: datetime) -> datetime | None:
    ends = [b.emptied_at for b in credits_.balances if b.emptied_at is not None]
    ends += [x.expires_at for x in credits_.lots if x.expires_at is not None and x.expires_at <= now]
    return max(ends, default=None)


@given(histories, uses)
def test_it_does_not_matter_whether_a_use_is_reversed_before_or_after_the_sweep(history: list[Step], use: Use) -> None:
    early, late = told(history), told(history)
    consumption = early.use(use).entries
    late.use(use)
    early.reverse(consumption)
    early.sweep()
    late.sweep()
    late.reverse(consumption)
    late.sweep()
    assert without_memory(early.credits) == without_memory(late.credits)


@given(histories)
def test_a_balance_remembers_a_last_emptying_when_there_was_one(history: list[Step]) -> None:
    replay = told(history)
    for balance in replay.credits.balances:
        assert (balance.emptied_at is None) == (not _was_emptied(replay, balance))


def _was_emptied(replay: Replay, balance: Balance) -> bool:
    held: Counter[str | None] = Counter()
    for transaction in replay.transactions:
        for entry in transaction.entries:
            if entry.unit is balance.unit and entry.account is Account.AVAILABLE:
                held[entry.grant_id] += entry.amount
                if held[entry.grant_id] == 0 and transaction.kind is not EntryKind.GRANT:
                    return True
    return False
