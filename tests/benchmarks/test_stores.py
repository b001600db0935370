"""The customers of the benchmarks' stores: a longer past, and otherwise what the demo has."""

from services.contract.ids import new_id
from services.feeding.demo import demo_customers
from services.feeding.demo_kinds import Record
from services.feeding.history import History, fold_history
from services.feeding.record import read_customer
from tests.benchmarks.stores import with_history
from tests.clocks import START


def folded(record: Record) -> History:
    customer = read_customer(record)
    return fold_history(customer.grants, customer.usage, "benchmark", new_id)


def what_is_left(history: History) -> list[tuple[object, ...]]:
    lots = sorted(history.credits.lots, key=lambda lot: lot.position)
    return [(lot.unit, lot.category, lot.remaining, lot.expires_at) for lot in lots]


def test_every_customer_has_ten_ledger_entries_at_least_and_the_credit_it_had() -> None:
    for record in demo_customers(300, 20, START):
        before, after = folded(record), folded(with_history(record, START))
        assert sum(len(transaction.entries) for transaction in after.transactions) >= 10
        assert what_is_left(after) == what_is_left(before)
        for old, new in zip(before.credits.balances, after.credits.balances, strict=True):
            assert (old.available, old.overage) == (new.available, new.overage)
