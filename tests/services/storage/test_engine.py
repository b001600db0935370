"""Transactions begin, end and meet each other the same way on both databases."""

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from services.contract.errors import Refused
from services.storage.engine import Store, lock_name
from services.storage.tables import billing_records, operators
from tests.conftest import OpenStore

WAIT_SECONDS = 30
"""How long a test waits for a thread that should have come by then."""


def names(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.execute(select(operators.c.actor).order_by(operators.c.actor)).scalars())


def add(store: Store, actor: str) -> None:
    with store.write() as connection:
        connection.execute(insert(operators).values(actor=actor))


def test_what_was_written_is_there_afterwards(store: Store) -> None:
    add(store, "olga")
    assert names(store) == ["olga"]


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as connection:
        assert connection.execute(insert(operators).values(actor="olga")).rowcount / 0
    assert names(store) == []
    add(store, "pia")
    assert names(store) == ["pia"]


def test_integrity_errors_pass_as_they_are(store: Store) -> None:
    add(store, "olga")
    with pytest.raises(IntegrityError):
        add(store, "olga")


def test_foreign_keys_hold(store: Store) -> None:
    row = dict.fromkeys((c.name for c in billing_records.c if not c.nullable), 0)
    with pytest.raises(IntegrityError), store.write() as connection:
        connection.execute(
            insert(billing_records).values(row | {"customer_id": "nobody", "state": "verified", "payment_rail": "none"})
        )


def test_reading_cannot_write(store: Store) -> None:
    with pytest.raises(Refused) as refusal, store.read() as connection:
        connection.execute(insert(operators).values(actor="olga"))
    assert refusal.value.reason == "STORE_READ_ONLY"
    assert names(store) == []


def test_a_reader_sees_one_snapshot_beside_a_writer(store: Store) -> None:
    add(store, "olga")
    with store.read() as reader:
        assert reader.scalar(select(func.count()).select_from(operators)) == 1
        add(store, "pia")
        assert reader.scalar(select(func.count()).select_from(operators)) == 1
    assert names(store) == ["olga", "pia"]


def test_a_look_sees_at_each_statement_what_is_committed_by_then(store: Store) -> None:
    count = select(func.count()).select_from(operators)
    with store.look() as conn:
        assert conn.scalar(count) == 0
        add(store, "olga")
        assert conn.scalar(count) == 1


def test_what_reads_have_prepared_stays_prepared(postgres_store: Store) -> None:
    for _ in range(10):  # the driver prepares what it has sent five times
        with postgres_store.read() as conn:
            conn.execute(select(operators.c.actor))
    with postgres_store.look() as conn:
        assert "operators.actor" in str(conn.exec_driver_sql("SELECT statement FROM pg_prepared_statements").all())


def test_readers_and_writers_in_many_threads_come_through(store: Store) -> None:
    def work(number: int) -> int:
        add(store, f"operator-{number:02}")
        return len(names(store))

    with ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(work, range(32)))
    assert len(names(store)) == 32
    assert min(seen) >= 1


def test_threads_that_open_a_new_store_together_all_come_up(tmp_path: Path, open_store: OpenStore) -> None:
    store = open_store(f"sqlite:///{tmp_path}/new/desk.db")
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: add(store, f"operator-{number}"), range(8)))
    assert len(names(store)) == 8


def test_counting_up_in_many_threads_loses_nothing_under_a_named_lock(store: Store) -> None:
    def count_up(_: int) -> None:
        with store.write() as connection:
            lock_name(connection, "counter")
            number = connection.scalar(select(func.count()).select_from(operators)) or 0
            connection.execute(insert(operators).values(actor=f"operator-{number:02}"))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count_up, range(24)))
    assert names(store) == [f"operator-{number:02}" for number in range(24)]


def test_another_name_is_not_locked_out_on_postgresql(postgres_store: Store) -> None:
    with postgres_store.write() as one, postgres_store.write() as other:
        lock_name(one, "first")
        lock_name(other, "second")


def hold(store: Store, change: Callable[[Connection], object]) -> tuple[threading.Thread, threading.Event]:
    """Let a thread make a change and keep its transaction open until the event is set."""
    changed, release = threading.Event(), threading.Event()

    def work() -> None:
        with store.write() as connection:
            change(connection)
            changed.set()
            release.wait(WAIT_SECONDS)

    thread = threading.Thread(target=work)
    thread.start()
    assert changed.wait(WAIT_SECONDS)
    return thread, release


def test_whoever_waits_too_long_for_a_lock_is_told_so(store: Store, open_store: OpenStore) -> None:
    impatient = open_store(store.url, lock_wait=0.05)
    thread, release = hold(store, lambda connection: connection.execute(insert(operators).values(actor="olga")))
    with pytest.raises(Refused) as refusal:
        add(impatient, "olga")
    release.set()
    thread.join()
    assert refusal.value.reason == "STORE_LOCKED"
    assert "try again" in refusal.value.message
    assert names(store) == ["olga"]


def test_threads_that_wait_for_the_one_writer_are_told_so_on_sqlite(sqlite_path: Path, open_store: OpenStore) -> None:
    store = open_store(f"sqlite:///{sqlite_path}", lock_wait=0.05)
    thread, release = hold(store, lambda connection: connection.execute(insert(operators).values(actor="olga")))
    with pytest.raises(Refused) as refusal:
        add(store, "pia")
    release.set()
    thread.join()
    assert refusal.value.reason == "STORE_LOCKED"


def test_a_read_only_store_refuses_to_write(sqlite_path: Path, postgres_url: str, open_store: OpenStore) -> None:
    for url in (f"sqlite:///{sqlite_path}", postgres_url):
        store = open_store(url, read_only=True)
        assert names(store) == []
        with pytest.raises(Refused) as refusal:
            add(store, "olga")
        assert (refusal.value.code, refusal.value.reason) == ("permission_denied", "READ_ONLY")
        with pytest.raises(Refused):
            store.upgrade()


def test_an_acknowledged_change_is_on_the_disk(sqlite_store: Store) -> None:
    with sqlite_store.write() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_closed_store_can_be_used_again(store: Store) -> None:
    add(store, "olga")
    store.close()
    assert names(store) == ["olga"]


def test_a_customers_data_stays_out_of_error_messages(store: Store) -> None:
    add(store, "olga-the-secret")
    with pytest.raises(IntegrityError) as error:
        add(store, "olga-the-secret")
    assert "[SQL parameters hidden due to hide_parameters=True]" in str(error.value)


def test_opening_loads_no_alembic(sqlite_path: Path) -> None:
    program = f"""
import sys
from services.storage.engine import Store
store = Store("sqlite:///{sqlite_path}")
with store.read() as connection:
    connection.exec_driver_sql("SELECT count(*) FROM customers")
store.close()
print(sorted(name for name in ("alembic", "psycopg", "sqlalchemy.orm") if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
