"""What is written comes back, entry by entry, cheaply (PRODUCT.md §3; ARCHITECTURE.md, «Ways of working»)."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, event, insert, select
from sqlalchemy.exc import IntegrityError

from services.contract.types import Account, Category, EntryKind, Unit
from services.credits import store
from services.credits.model import Balance, Transaction
from services.credits.reconciliation import check, fold_entries
from services.credits.state import Credits
from services.credits.views import ledger_entry_view
from services.storage.engine import Store
from services.storage.tables import credit_lots, customers, ledger_entries
from tests.services.credits.histories import SOURCE, START, Grant, Replay, Step, Sweep, Use, Wait, histories, hour, told

ACME = "acme-eu"
BEACON = "beacon"
HOURS, CENTS = Unit.WORKSPACE_HOURS, Unit.AI_CENTS
PAGE = 500


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all tests of this module, each of which takes its writes back; on both databases."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        url = f"sqlite:///{shutil.copy(template, tmp_path_factory.mktemp('credits') / 'store.db')}"
    else:
        template = request.getfixturevalue("postgres_template")
        url = request.getfixturevalue("postgres_cluster").create(f"credits_{os.getpid()}", template)
    database = Store(url)
    with database.write() as conn:
        for customer_id in (ACME, BEACON):
            row = {"legal_name": customer_id, "ownership": "external", "search_text": "", "created_at": START}
            conn.execute(insert(customers).values(customer_id=customer_id, **row))
    yield database
    database.close()


@contextmanager
def taken_back(database: Store) -> Iterator[Connection]:
    """Yield a connection whose writes are undone in the end."""
    with database.write() as conn:
        yield conn
        conn.rollback()


@pytest.fixture
def conn(database: Store) -> Iterator[Connection]:
    with taken_back(database) as conn:
        yield conn


def save(conn: Connection, replay: Replay, customer_id: str = ACME) -> None:
    """Write what a replay told since it was last saved."""
    transactions, changes = replay.saved
    balances = replay.credits.balances
    store.write(conn, customer_id, replay.transactions[transactions:], replay.changes[changes:], balances, replay.now)
    replay.saved = len(replay.transactions), len(replay.changes)


def holdings(conn: Connection, customer_id: str = ACME) -> store.Holdings:
    """Read what the customer has, as a statement about it does."""
    return store.read_holdings(*conn.execute(select(*store.HOLDINGS), {"customer_id": customer_id}).one())


def granted(unit: Unit = HOURS, category: Category = Category.PAID, *, expires: int | None = None) -> Grant:
    return Grant(unit, category, 10, 50, None, None if expires is None else hour(expires))


@given(st.lists(histories, max_size=4))
def test_credits_and_ledger_come_back_as_they_were_written(database: Store, chapters: list[list[Step]]) -> None:
    replay = Replay()
    with taken_back(database) as conn:
        for chapter in chapters:
            for step in chapter:
                replay.take(step)
            save(conn, replay)
            lots, balances, _ = holdings(conn)
            assert Credits.of(lots, balances, replay.credits.lots_created) == replay.credits
        entries = store.list_entries(conn, ACME, limit=PAGE)[::-1]
        assert [(e.transaction_id, e.unit, e.account, e.amount, e.grant_id) for e in entries] == [
            (t.transaction_id, e.unit, e.account, e.amount, e.grant_id) for t in replay.transactions for e in t.entries
        ]
        held: Counter[tuple[Unit, Account]] = Counter()
        for entry in entries:
            held[entry.unit, entry.account] += entry.amount
            assert entry.balance_after == held[entry.unit, entry.account]
        lots, balances, _ = holdings(conn)
        assert check(fold_entries(replay.entries), balances, lots) == []


@given(histories, histories)
def test_many_customers_are_written_as_each_alone(database: Store, first: list[Step], second: list[Step]) -> None:
    acme, beacon = told(first), told(second)
    # Grant ids are unique over all customers.
    beacon_lots = [lot.__replace__(grant_id=f"b-{lot.grant_id}") for lot in beacon.changes]
    beacon_ledger = [_renamed(t) for t in beacon.transactions]
    changes = [
        store.Change(
            customer_id=ACME,
            transactions=acme.transactions,
            lots=acme.changes,
            balances=acme.credits.balances,
        ),
        store.Change(
            customer_id=BEACON,
            transactions=beacon_ledger,
            lots=beacon_lots,
            balances=beacon.credits.balances,
        ),
    ]
    with taken_back(database) as conn:
        store.write_many(conn, changes, START)
        for customer_id, replay in ((ACME, acme), (BEACON, beacon)):
            assert holdings(conn, customer_id).balances == replay.credits.balances
            assert len(holdings(conn, customer_id).lots) == len(replay.credits.lots)
            assert len(store.list_entries(conn, customer_id, limit=PAGE)) == len(replay.entries)


def _renamed(transaction: Transaction) -> Transaction:
    entries = [e if e.grant_id is None else e.__replace__(grant_id=f"b-{e.grant_id}") for e in transaction.entries]
    return transaction.__replace__(entries=tuple(entries))


def test_a_customer_without_credits_has_zeros_and_nothing_else(conn: Connection) -> None:
    assert holdings(conn) == store.Holdings((), (Balance(unit=HOURS), Balance(unit=CENTS)), None)
    assert holdings(conn).latest_adjustment is None
    assert store.list_entries(conn, ACME, limit=PAGE) == ()


@pytest.mark.parametrize(
    ("category", "is_adjustment"),
    [(Category.PAID, False), (Category.TRIAL, False), (Category.SUPPORT, True), (Category.PROMOTIONAL, True)],
)
def test_support_and_promotional_grants_are_adjustments(
    conn: Connection, category: Category, is_adjustment: bool
) -> None:
    replay = told([granted(CENTS, category)])
    save(conn, replay)
    assert (holdings(conn).latest_adjustment is not None) == is_adjustment
    rows = conn.execute(select(ledger_entries.c.adjustment).order_by(ledger_entries.c.entry_number)).scalars().all()
    assert rows == [False, is_adjustment]


def test_the_latest_adjustment_is_the_latest_grant_or_void_and_says_what_it_changed(conn: Connection) -> None:
    replay = told([granted(category=Category.SUPPORT), granted(), Use(HOURS, 3, START)])
    replay.void("g0")
    replay.grant(granted(CENTS))
    save(conn, replay)
    latest = holdings(conn).latest_adjustment
    assert latest == store.LedgerAdjustment(
        kind=EntryKind.VOID,
        unit=HOURS,
        category=Category.SUPPORT,
        amount=-7,
        reason=None,
        source=SOURCE,
        booked_at=START,
    )


def test_the_ledger_is_listed_newest_first_page_by_page(conn: Connection) -> None:
    replay = told([granted(), Use(HOURS, 3, START), granted(CENTS), Use(CENTS, 12, START)])
    save(conn, replay)
    pages: list[tuple[store.BookedEntry, ...]] = []
    for _ in range(4):
        pages.append(store.list_entries(conn, ACME, before=pages[-1][-1].entry_number if pages else None, limit=3))
    whole = [entry for page in pages for entry in page]
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    assert tuple(whole) == store.list_entries(conn, ACME, limit=PAGE)
    assert whole == sorted(whole, key=lambda entry: entry.entry_number, reverse=True)
    assert store.list_entries(conn, ACME, before=whole[-1].entry_number, limit=3) == ()


def test_the_ledger_is_listed_by_unit_and_account(conn: Connection) -> None:
    save(conn, told([granted(), Use(HOURS, 3, START), granted(CENTS), Use(CENTS, 12, START)]))
    cents = store.list_entries(conn, ACME, unit=CENTS, limit=PAGE)
    assert {entry.unit for entry in cents} == {CENTS}
    assert len(cents) == 6
    available = store.list_entries(conn, ACME, unit=CENTS, account=Account.AVAILABLE, limit=PAGE)
    assert [(entry.amount, entry.balance_after) for entry in available] == [(-10, 0), (10, 10)]
    assert [entry.account for entry in store.list_entries(conn, ACME, account=Account.OVERAGE, limit=PAGE)] == [
        Account.OVERAGE
    ]


def test_another_customers_ledger_stays_out_of_the_list(conn: Connection) -> None:
    save(conn, told([granted()]), customer_id=BEACON)
    assert store.list_entries(conn, ACME, limit=PAGE) == ()
    assert len(store.list_entries(conn, BEACON, limit=PAGE)) == 2


def test_an_entry_is_shown_with_decimal_amounts(conn: Connection) -> None:
    save(conn, told([Grant(HOURS, Category.PAID, 45_000, 50, None, None), Use(HOURS, 3_600, hour(2))]))
    newest, *_ = store.list_entries(conn, ACME, account=Account.AVAILABLE, limit=PAGE)
    view = ledger_entry_view(newest)
    assert (view.amount, view.balance_after, view.occurred_at) == ("-1.00", "11.50", hour(2))
    assert view.entry_id == str(newest.entry_number)


def test_a_consumption_read_back_can_be_reversed(conn: Connection) -> None:
    replay = told([granted(), granted(), Use(HOURS, 25, START)])
    save(conn, replay)
    stored = store.consumption(conn, ACME, replay.uses[0].transaction_id)
    assert stored.entries == replay.uses[0].entries
    assert stored.lots == tuple(replay.lots.values())
    replay.reverse(stored.entries)
    save(conn, replay)
    assert [lot.remaining for lot in holdings(conn).lots] == [10, 10]


def test_a_closed_lot_is_read_back_as_closed_and_gets_nothing_back(conn: Connection) -> None:
    replay = told([granted(expires=1), Use(HOURS, 3, START), Wait(2), Sweep()])
    save(conn, replay)
    stored = store.consumption(conn, ACME, replay.uses[0].transaction_id)
    assert [(lot.remaining, lot.closed) for lot in stored.lots] == [(0, True)]


def test_a_consumption_of_overage_alone_has_no_lots(conn: Connection) -> None:
    replay = told([Use(HOURS, 5, START)])
    save(conn, replay)
    assert store.consumption(conn, ACME, "t0") == store.Consumption(replay.uses[0].entries, ())


def test_what_is_no_consumption_of_this_customer_has_no_entries(conn: Connection) -> None:
    save(conn, told([granted(), Use(HOURS, 5, START)]))
    nothing = store.Consumption((), ())
    assert store.consumption(conn, ACME, "t0") == nothing  # a grant
    assert store.consumption(conn, BEACON, "t1") == nothing
    assert store.consumption(conn, ACME, "t9") == nothing


def test_customers_with_something_left_in_an_expired_lot_are_due_longest_first(conn: Connection) -> None:
    acme = told([granted(expires=3), granted(expires=4), granted(expires=6)])
    beacon = Replay(credits=Credits(lots_created=10))
    beacon.grant(granted(expires=2))
    save(conn, acme)
    save(conn, beacon, customer_id=BEACON)
    assert store.due_expiries(conn, hour(1), limit=10) == ()
    assert store.due_expiries(conn, hour(2), limit=10) == (BEACON,)
    assert store.due_expiries(conn, hour(5), limit=10) == (BEACON, ACME)
    assert store.due_expiries(conn, hour(5), limit=1) == (BEACON,)
    acme.now = hour(5)
    acme.sweep()
    save(conn, acme)
    assert store.due_expiries(conn, hour(5), limit=10) == (BEACON,)


def test_a_grant_id_is_used_once(conn: Connection) -> None:
    save(conn, told([granted()]))
    with pytest.raises(IntegrityError):
        save(conn, told([granted()]), customer_id=BEACON)


@contextmanager
def noted(conn: Connection) -> Iterator[list[tuple[str, Any]]]:
    """Yield the list to which every statement sent meanwhile is added, with its parameters."""
    statements: list[tuple[str, Any]] = []

    def note(_conn: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        statements.append((statement, parameters))

    event.listen(conn, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(conn, "before_cursor_execute", note)


def test_a_small_action_costs_at_most_four_statements(conn: Connection) -> None:
    replay = told([granted(), granted(), granted()])
    save(conn, replay)
    for step in (granted(CENTS, Category.SUPPORT), Use(HOURS, 25, START)):
        replay.take(step)
    with noted(conn) as statements:
        save(conn, replay)
    assert len(statements) == 4


def test_what_a_view_reads_can_be_served_by_the_partial_indexes(sqlite_store: Store) -> None:
    with sqlite_store.write() as conn:
        with noted(conn) as statements:
            holdings(conn)
            store.due_expiries(conn, START, limit=1)
        plans = [conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all() for sql, values in statements]
    read_with_the_view, due = map(str, plans)
    assert "ix_credit_lots_remaining" in read_with_the_view
    assert "ix_ledger_entries_adjustment" in read_with_the_view
    assert "ix_credit_lots_expires_at" in due


def test_nothing_to_write_costs_nothing(conn: Connection) -> None:
    store.write_many(conn, [], START)
    save(conn, Replay())
    assert conn.execute(select(credit_lots)).all() == []
    assert holdings(conn).balances == Replay().credits.balances
