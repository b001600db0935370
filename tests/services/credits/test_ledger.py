"""The legs of each transaction, and what none of them does (PRODUCT.md §3, «Credit lots and ledger»)."""

from datetime import timedelta

import pytest

from services.contract.errors import Code, Refused
from services.contract.types import Account, Category, EntryKind, Unit
from services.credits import ledger
from services.credits.model import Transaction
from services.credits.state import MAX_BALANCE, Credits
from tests.services.credits.histories import SOURCE, Grant, Replay, Step, Use, hour

HOURS = Unit.WORKSPACE_HOURS
INSTANT = timedelta(microseconds=1)


def granted(
    amount: int = 10, *, expires: int | None = None, priority: int = 50, category: Category = Category.SUPPORT
) -> Grant:
    return Grant(HOURS, category, amount, priority, None, None if expires is None else hour(expires))


def legs(transaction: Transaction) -> list[tuple[str, int, str | None]]:
    return [(entry.account.value, entry.amount, entry.grant_id) for entry in transaction.entries]


@pytest.fixture
def replay() -> Replay:
    return Replay()


def test_a_grant_moves_from_issued_to_available(replay: Replay) -> None:
    transaction = replay.grant(granted(10))
    assert transaction.kind is EntryKind.GRANT
    assert legs(transaction) == [("issued", -10, "g0"), ("available", 10, "g0")]
    assert {entry.category for entry in transaction.entries} == {Category.SUPPORT}


def test_a_use_burns_lot_by_lot_and_the_rest_is_overage(replay: Replay) -> None:
    replay.grant(granted(10))
    replay.grant(granted(5, priority=1))
    transaction = replay.use(Use(HOURS, 20, hour(0)))
    assert transaction.kind is EntryKind.CONSUME
    assert legs(transaction) == [
        ("available", -5, "g1"),
        ("consumed", 5, "g1"),
        ("available", -10, "g0"),
        ("consumed", 10, "g0"),
        ("overage", -5, None),
        ("consumed", 5, None),
    ]


def test_at_the_moment_of_expiry_nothing_is_consumed(replay: Replay) -> None:
    replay.grant(granted(10, expires=2))
    assert legs(replay.use(Use(HOURS, 3, hour(2)))) == [("overage", -3, None), ("consumed", 3, None)]
    assert legs(replay.use(Use(HOURS, 3, hour(2) - INSTANT))) == [("available", -3, "g0"), ("consumed", 3, "g0")]


def test_late_usage_burns_what_was_active_when_it_occurred_until_the_expiry_is_booked(replay: Replay) -> None:
    replay.grant(granted(10, expires=2))
    replay.now = hour(5)
    assert replay.use(Use(HOURS, 3, hour(1))).entries[0].account is Account.AVAILABLE
    replay.sweep()
    assert legs(replay.use(Use(HOURS, 3, hour(1)))) == [("overage", -3, None), ("consumed", 3, None)]


def test_a_booked_expiry_moves_what_is_left_and_closes_the_lot(replay: Replay) -> None:
    replay.grant(granted(10, expires=2))
    replay.use(Use(HOURS, 3, hour(1)))
    replay.now = hour(5)
    replay.sweep()
    expiry = replay.transactions[-1]
    assert (expiry.kind, expiry.occurred_at) == (EntryKind.EXPIRE, hour(2))
    assert legs(expiry) == [("available", -7, "g0"), ("expired", 7, "g0")]
    assert (replay.lots["g0"].remaining, replay.lots["g0"].closed) == (0, True)


def test_a_void_moves_what_is_left_and_closes_the_lot(replay: Replay) -> None:
    replay.grant(granted(10))
    replay.use(Use(HOURS, 3, hour(1)))
    void = replay.void("g0")
    assert void.kind is EntryKind.VOID
    assert legs(void) == [("available", -7, "g0"), ("voided", 7, "g0")]
    assert replay.lots["g0"].closed


def test_a_reversal_gives_back_overage_first_and_the_first_lot_last(replay: Replay) -> None:
    replay.grant(granted(10))
    replay.grant(granted(5))
    reversal = replay.reverse(replay.use(Use(HOURS, 16, hour(0))).entries)
    assert reversal.kind is EntryKind.REVERSE
    assert legs(reversal) == [
        ("consumed", -1, None),
        ("overage", 1, None),
        ("consumed", -5, "g1"),
        ("available", 5, "g1"),
        ("consumed", -10, "g0"),
        ("available", 10, "g0"),
    ]


def test_a_voided_lot_gets_nothing_back(replay: Replay) -> None:
    replay.grant(granted(10, expires=8))
    use = replay.use(Use(HOURS, 3, hour(0)))
    replay.void("g0")
    assert legs(replay.reverse(use.entries)) == [("consumed", -3, "g0"), ("voided", 3, "g0")]
    assert replay.credits.lots == ()


def test_a_lot_whose_expiry_is_booked_gets_nothing_back(replay: Replay) -> None:
    replay.grant(granted(10, expires=2))
    use = replay.use(Use(HOURS, 3, hour(0)))
    replay.now = hour(5)
    replay.sweep()
    assert legs(replay.reverse(use.entries)) == [("consumed", -3, "g0"), ("expired", 3, "g0")]
    assert replay.credits.lots == ()


def test_an_expired_lot_that_is_not_booked_takes_its_part_back_until_the_sweep(replay: Replay) -> None:
    replay.grant(granted(3, expires=2))
    use = replay.use(Use(HOURS, 3, hour(0)))
    replay.now = hour(5)
    replay.reverse(use.entries)
    assert replay.sweep() == ["g0"]
    assert replay.credits.balance(HOURS).expired == 3


def test_a_use_cannot_be_given_back_twice(replay: Replay) -> None:
    replay.grant(granted(10))
    use = replay.use(Use(HOURS, 3, hour(0)))
    replay.reverse(use.entries)
    with pytest.raises(ValueError, match="cannot hold 13 of 10"):
        replay.reverse(use.entries)


def test_a_reversal_refuses_lots_that_were_read_before_the_credits_changed(replay: Replay) -> None:
    replay.grant(granted(3))
    old = list(replay.lots.values())
    use = replay.use(Use(HOURS, 3, hour(0)))
    with pytest.raises(ValueError, match="later changes"):
        ledger.reverse(
            replay.credits, transaction_id="t", consumption=use.entries, spent_lots=old, at=hour(1), source=SOURCE
        )


def test_a_reversal_names_the_lots_it_misses(replay: Replay) -> None:
    replay.grant(granted(3))
    use = replay.use(Use(HOURS, 3, hour(0)))
    with pytest.raises(ValueError, match="g0"):
        ledger.reverse(
            replay.credits, transaction_id="t", consumption=use.entries, spent_lots=(), at=hour(1), source=SOURCE
        )


def test_the_balance_remembers_the_latest_time_at_which_a_lot_was_emptied(replay: Replay) -> None:
    replay.grant(granted(3))
    replay.grant(granted(3))
    replay.use(Use(HOURS, 2, hour(1)))
    assert replay.credits.balance(HOURS).emptied_at is None
    replay.use(Use(HOURS, 1, hour(4)))
    replay.use(Use(HOURS, 3, hour(2)))
    assert replay.credits.balance(HOURS).emptied_at == hour(4)
    assert replay.credits.balance(Unit.AI_CENTS).emptied_at is None


def test_a_void_empties_now_and_an_expiry_emptied_when_it_passed(replay: Replay) -> None:
    replay.grant(granted(3))
    replay.grant(granted(3, expires=2))
    replay.now = hour(5)
    replay.sweep()
    assert replay.credits.balance(HOURS).emptied_at == hour(2)
    replay.void("g0")
    assert replay.credits.balance(HOURS).emptied_at == hour(5)


def test_overage_alone_empties_nothing(replay: Replay) -> None:
    replay.use(Use(HOURS, 3, hour(1)))
    assert replay.credits.balance(HOURS).emptied_at is None


@pytest.mark.parametrize("step", [granted(0), granted(-1), Use(HOURS, 0, hour(0)), Use(HOURS, -1, hour(0))])
def test_amounts_that_are_not_above_zero_are_refused(replay: Replay, step: Step) -> None:
    with pytest.raises(Refused, match="above zero") as refused:
        replay.take(step)
    assert (refused.value.code, refused.value.reason) == (Code.INVALID_ARGUMENT, "INVALID_AMOUNT")


@pytest.mark.parametrize("priority", [-1, 101])
def test_priorities_lie_between_0_and_100(replay: Replay, priority: int) -> None:
    with pytest.raises(Refused) as refused:
        replay.grant(granted(priority=priority))
    assert refused.value.reason == "INVALID_PRIORITY"


def test_a_credit_that_would_expire_before_it_takes_effect_is_refused(replay: Replay) -> None:
    with pytest.raises(Refused) as refused:
        replay.grant(Grant(HOURS, Category.PAID, 1, 50, hour(2), hour(2)))
    assert refused.value.reason == "INVALID_EXPIRY"


def test_a_balance_never_outgrows_what_a_database_can_hold(replay: Replay) -> None:
    replay.grant(granted(MAX_BALANCE))
    with pytest.raises(Refused) as refused:
        replay.grant(granted(1))
    assert (refused.value.code, refused.value.reason) == (Code.FAILED_PRECONDITION, "BALANCE_OUT_OF_RANGE")


def test_only_a_lot_with_something_left_can_be_voided_or_expire(replay: Replay) -> None:
    replay.grant(granted(3, expires=2))
    with pytest.raises(ValueError, match="not expired"):
        ledger.expire(replay.credits, "g0", transaction_id="t", at=hour(2) - INSTANT, source=SOURCE)
    replay.void("g0")
    with pytest.raises(ValueError, match="nothing left"):
        replay.void("g0")
    with pytest.raises(ValueError, match="nothing left"):
        ledger.expire(replay.credits, "g0", transaction_id="t", at=hour(2), source=SOURCE)


def test_credits_can_be_taken_up_again_from_what_was_stored(replay: Replay) -> None:
    replay.grant(granted(3))
    replay.grant(granted(4, priority=1))
    replay.use(Use(HOURS, 4, hour(0)))
    replay.grant(granted(5, priority=2))
    stored = reversed(replay.lots.values())
    assert Credits.of(stored, replay.credits.balances, 3) == replay.credits
