"""Whatever a database refuses leaves as one sentence that says what to do, and nothing is half done."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from select import select as select_readable

import pytest
from sqlalchemy import ColumnElement, func, insert, make_url, select, text
from sqlalchemy.exc import DBAPIError

from services.contract.errors import Code, Refused
from services.contract.requests import ActionRequest, ApplySupportCredit
from services.storage.engine import Store
from services.storage.tables import customers, operators
from tests.conftest import OpenStore
from tests.databases import Cluster
from tests.surface import Workbench, customer

WAIT_SECONDS = 30
"""How long a test waits for what should have come by then."""


def refused(call: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as refusal:
        call()
    assert refusal.value.message.endswith(".")
    return refusal.value


def count_customers(store: Store) -> int:
    with store.read() as connection:
        return connection.scalar(select(func.count(customers.c.search_text))) or 0


def add_operator(store: Store) -> None:
    with store.write() as connection:
        connection.execute(insert(operators).values(actor="olga"))


def test_a_fault_is_unavailable_and_keeps_its_cause(store: Store) -> None:
    def ask_for_what_is_not_there() -> None:
        with store.read() as connection:
            connection.execute(text("SELECT * FROM nowhere"))

    fault = refused(ask_for_what_is_not_there)
    assert (fault.code, fault.reason) == (Code.UNAVAILABLE, "STORE_FAULT")
    assert isinstance(fault.__cause__, DBAPIError)


@pytest.mark.parametrize(
    "condition",
    [customers.c.customer_id == "half a character: \udcff", customers.c.row == 2**64],
    ids=["text", "number"],
)
def test_a_value_that_no_database_takes_is_the_callers_mistake(store: Store, condition: ColumnElement[bool]) -> None:
    def look_for_it() -> None:
        with store.read() as connection:
            connection.execute(select(customers).where(condition)).all()

    fault = refused(look_for_it)
    assert (fault.code, fault.reason) == (Code.INVALID_ARGUMENT, "INVALID_VALUE")


def test_a_null_character_is_the_callers_mistake_on_postgresql(postgres_store: Store) -> None:
    def look_for_it() -> None:
        with postgres_store.read() as connection:
            connection.execute(select(customers).where(customers.c.customer_id == "a\0b"))

    assert refused(look_for_it).reason == "INVALID_VALUE"


def test_a_call_that_finds_all_connections_taken_is_told_so(sqlite_path: Path, postgres_url: str) -> None:
    for url in (f"sqlite:///{sqlite_path}", postgres_url):
        with closing(Store(url, lock_wait=0.05, connections=2)) as store:
            with store.read(), store.read():
                fault = refused(partial(count_customers, store))
            assert (fault.reason, "connections" in fault.message) == ("STORE_LOCKED", True)
            assert count_customers(store) == 0


# ── SQLite ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_that_is_no_database(tmp_path: Path, open_store: OpenStore) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear customer,\n" * 100)
    store = open_store(f"sqlite:///{path}")
    assert refused(lambda: count_customers(store)).reason == "STORE_CORRUPT"
    assert refused(lambda: add_operator(store)).reason == "STORE_CORRUPT"
    assert path.read_text() == "Dear customer,\n" * 100


def test_an_overwritten_header(sqlite_path: Path, open_store: OpenStore) -> None:
    with sqlite_path.open("r+b") as file:
        file.write(b"\xff" * 100)
    store = open_store(f"sqlite:///{sqlite_path}")
    assert refused(lambda: count_customers(store)).reason == "STORE_CORRUPT"


def test_a_damaged_page(sqlite_path: Path, open_store: OpenStore) -> None:
    connection = sqlite3.connect(sqlite_path)
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'customers'").fetchone()
    connection.close()
    with sqlite_path.open("r+b") as file:
        file.seek((page - 1) * page_size)
        file.write(b"\xff" * page_size)
    store = open_store(f"sqlite:///{sqlite_path}")
    fault = refused(lambda: count_customers(store))
    assert fault.reason == "STORE_CORRUPT"
    assert "backup" in fault.message


def test_a_full_disk_leaves_nothing_half_written(sqlite_store: Store) -> None:
    def fill_the_disk() -> None:
        with sqlite_store.write() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
            for number in range(100):
                connection.execute(insert(operators).values(actor=f"{number:04}" * 500))

    assert refused(fill_the_disk).reason == "STORE_DISK_FULL"
    with sqlite_store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(operators)) == 0


def test_an_action_that_meets_a_full_disk_leaves_nothing_half_written(sqlite_store: Store) -> None:
    bench = Workbench(sqlite_store)
    bench.feed(customer())
    with sqlite_store.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def act() -> None:
        for _ in range(100):  # the pages that are there already have some room left
            seen.append(bench.request(ApplySupportCredit, ai_cents="1"))
            bench.call(seen[-1])

    seen: list[ActionRequest] = []
    assert refused(act).reason == "STORE_DISK_FULL"
    assert bench.view().credits.ai_cents == str(len(seen) - 1)
    assert len(bench.events()) == len(seen) - 1
    with sqlite_store.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert bench.call(seen[-1]).replayed is False
    assert bench.view().credits.ai_cents == str(len(seen))


def test_a_file_that_may_not_be_written(sqlite_store: Store) -> None:
    # Tests may run as root, who may write everything: the connection is told instead what the system would say.
    with sqlite_store.write() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    assert refused(lambda: add_operator(sqlite_store)).reason == "STORE_READ_ONLY"


def test_a_database_that_another_program_has_locked(sqlite_path: Path, open_store: OpenStore) -> None:
    other = sqlite3.connect(sqlite_path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    store = open_store(f"sqlite:///{sqlite_path}", lock_wait=0.05)
    assert refused(lambda: add_operator(store)).reason == "STORE_LOCKED"
    other.execute("ROLLBACK")
    add_operator(store)
    other.close()


def test_a_new_file_that_another_program_has_locked(tmp_path: Path, open_store: OpenStore) -> None:
    other = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    store = open_store(f"sqlite:///{tmp_path}/desk.db", lock_wait=0.05)
    assert refused(store.upgrade).reason == "STORE_LOCKED"
    other.execute("ROLLBACK")
    other.close()
    store.upgrade()
    assert store.schema().status == "current"


def test_a_folder_in_place_of_the_file(tmp_path: Path, open_store: OpenStore) -> None:
    store = open_store(f"sqlite:///{tmp_path}")
    assert refused(lambda: count_customers(store)).reason == "STORE_UNREACHABLE"


def test_a_file_in_place_of_the_folder(tmp_path: Path, open_store: OpenStore) -> None:
    (tmp_path / "folder").write_text("")
    store = open_store(f"sqlite:///{tmp_path}/folder/desk.db")
    fault = refused(lambda: add_operator(store))
    assert fault.reason == "STORE_UNREACHABLE"
    assert isinstance(fault.__cause__, OSError)


def test_a_read_only_session_makes_no_file(tmp_path: Path, open_store: OpenStore) -> None:
    store = open_store(f"sqlite:///{tmp_path}/new/desk.db", read_only=True)
    assert refused(lambda: count_customers(store)).reason == "STORE_UNREACHABLE"
    assert list(tmp_path.iterdir()) == []


# ── PostgreSQL ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_server_there(open_store: OpenStore) -> None:
    store = open_store("postgresql://olga:hunter2@127.0.0.1:1/billing")
    fault = refused(lambda: count_customers(store))
    assert fault.reason == "STORE_UNREACHABLE"
    assert "hunter2" not in fault.message + str(fault.__cause__) + repr(fault)


def test_no_such_database(postgres_cluster: Cluster, open_store: OpenStore) -> None:
    store = open_store(postgres_cluster.url("not_there"))
    assert refused(lambda: count_customers(store)).reason == "STORE_UNREACHABLE"


def test_a_database_that_only_lets_read(postgres_url: str, postgres_cluster: Cluster, open_store: OpenStore) -> None:
    name = make_url(postgres_url).database
    postgres_cluster.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    store = open_store(postgres_url)
    assert count_customers(store) == 0
    assert refused(lambda: add_operator(store)).reason == "STORE_READ_ONLY"


# The receipt is the last row of an action: everything else has been written by then.
FULL_DISK = """
    CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$;
    CREATE TRIGGER disk_is_full BEFORE INSERT ON idempotency_records EXECUTE FUNCTION disk_is_full()
"""


def test_a_statement_that_takes_too_long(postgres_store: Store) -> None:
    def take_too_long() -> None:
        with postgres_store.read() as connection:
            connection.exec_driver_sql("SET LOCAL statement_timeout = '20ms'")
            connection.exec_driver_sql("SELECT pg_sleep(60)")

    fault = refused(take_too_long)
    assert (fault.reason, "took too long" in fault.message) == ("STORE_LOCKED", True)


def test_a_row_that_another_holds_is_waited_for_no_longer_than_asked(
    postgres_store: Store, open_store: OpenStore
) -> None:
    impatient = open_store(postgres_store.url, lock_wait=0.05)
    hold_olga = select(operators).where(operators.c.actor == "olga").with_for_update()
    add_operator(postgres_store)

    def hold_her_too() -> None:
        with impatient.write() as connection:
            connection.execute(hold_olga)

    with postgres_store.write() as holder:
        holder.execute(hold_olga)
        fault = refused(hold_her_too)
    assert (fault.reason, "busy with another change" in fault.message) == ("STORE_LOCKED", True)
    hold_her_too()


def test_every_connection_has_its_time_outs(postgres_url: str, open_store: OpenStore) -> None:
    store = open_store(postgres_url, lock_wait=1.5)
    with store.write() as one, store.write() as another:
        for connection in (one, another):
            found = [
                connection.exec_driver_sql(f"SHOW {name}").scalar()
                for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
            ]
            assert found == ["1500ms", "30s", "1min"]


def test_a_change_that_stands_still_is_ended_so_that_others_get_on(postgres_store: Store) -> None:
    def stand_still() -> None:
        with postgres_store.write() as connection:
            connection.execute(insert(operators).values(actor="olga"))
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '20ms'")
            driver = connection.connection.driver_connection
            assert driver is not None
            assert select_readable([driver], [], [], WAIT_SECONDS)[0] == [driver], "the server said good-bye"

    fault = refused(stand_still)
    assert (fault.reason, "took too long" in fault.message) == ("STORE_LOCKED", True)
    add_operator(postgres_store)


def test_a_full_disk_of_the_server_leaves_nothing_half_written(postgres_store: Store) -> None:
    bench = Workbench(postgres_store)
    bench.feed(customer())
    request = bench.request(ApplySupportCredit, ai_cents="25")
    before = bench.view()
    with postgres_store.write() as connection:
        connection.exec_driver_sql(FULL_DISK)
    fault = refused(lambda: bench.call(request))
    assert (fault.code, fault.reason) == (Code.UNAVAILABLE, "STORE_DISK_FULL")
    assert (bench.view().credits, bench.view().view_etag) == (before.credits, before.view_etag)
    assert bench.events() == []
    with postgres_store.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER disk_is_full ON idempotency_records")
    assert bench.call(request).outcome == "applied"


def test_a_server_that_restarted_costs_no_call(postgres_store: Store, postgres_cluster: Cluster) -> None:
    assert count_customers(postgres_store) == 0
    with postgres_store.read() as connection:
        process = connection.scalar(select(func.pg_backend_pid()))
    postgres_cluster.run(f"SELECT pg_terminate_backend({process}, 10000)")
    assert count_customers(postgres_store) == 0


def test_a_connection_that_breaks_in_the_middle(postgres_store: Store, postgres_cluster: Cluster) -> None:
    def be_cut_off() -> None:
        with postgres_store.write() as connection:
            connection.execute(insert(operators).values(actor="olga"))
            process = connection.scalar(select(func.pg_backend_pid()))
            postgres_cluster.run(f"SELECT pg_terminate_backend({process}, 10000)")
            connection.execute(insert(operators).values(actor="pia"))

    assert refused(be_cut_off).reason == "STORE_UNREACHABLE"
    with postgres_store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(operators)) == 0
