"""A transaction that lost a race against others runs again as a whole, and takes effect once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, insert, make_url, select, text

from services.contract.errors import Refused, precondition
from services.contract.requests import ActionRequest, ApplySupportCredit
from services.storage.engine import Store
from services.storage.pipeline import pipelined
from services.storage.tables import operators
from tests.conftest import OpenStore
from tests.databases import Cluster
from tests.surface import Workbench, customer

WAIT_SECONDS = 30
"""How long a test waits for a thread that should have come by then."""

COUNTERS = "CREATE TABLE counters (name text PRIMARY KEY, number int); INSERT INTO counters VALUES ('a', 0), ('b', 0)"
LOSE_THE_RACE = "DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = 'serialization_failure'; END $$"


def names(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.scalars(select(operators.c.actor).order_by(operators.c.actor)))


def counters(store: Store) -> dict[str, int]:
    with store.read() as connection:
        return {row.name: row.number for row in connection.execute(text("SELECT name, number FROM counters"))}


@pytest.fixture
def counting(postgres_store: Store) -> Store:
    postgres_store.transact(lambda connection: connection.exec_driver_sql(COUNTERS))
    return postgres_store


class Counted:
    """Work that counts how often it is run."""

    def __init__(self, work: Callable[[Connection, int], object]) -> None:
        self.runs = 0
        self._work = work

    def __call__(self, connection: Connection) -> object:
        self.runs += 1
        return self._work(connection, self.runs)


def test_what_the_work_returns_comes_back_once_it_is_committed(store: Store) -> None:
    def work(connection: Connection) -> str:
        connection.execute(insert(operators).values(actor="olga"))
        return "done"

    assert store.transact(work) == "done"
    assert names(store) == ["olga"]


def test_a_refusal_of_the_work_itself_is_final(store: Store) -> None:
    def refuse(connection: Connection, _run: int) -> None:
        connection.execute(insert(operators).values(actor="olga"))
        raise precondition("NOT_TODAY", "Come back tomorrow.")

    work = Counted(refuse)
    with pytest.raises(Refused, match="tomorrow"):
        store.transact(work)
    assert (work.runs, names(store)) == (1, [])


def test_a_lock_that_is_not_to_be_had_in_time_is_not_waited_for_again(store: Store, open_store: OpenStore) -> None:
    impatient = open_store(store.url, lock_wait=0.05)
    work = Counted(lambda connection, _run: connection.execute(insert(operators).values(actor="olga")))
    with store.write() as holder:
        holder.execute(insert(operators).values(actor="olga"))
        with pytest.raises(Refused) as refusal:
            impatient.transact(work)
    assert refusal.value.reason == "STORE_LOCKED"
    assert work.runs <= 1  # none where the one writer of SQLite is waited for


def both_at_once(store: Store, *works: Counted) -> None:
    with ThreadPoolExecutor(len(works)) as threads:
        list(threads.map(store.transact, works))


def test_of_two_transactions_in_a_deadlock_each_takes_effect_once(counting: Store) -> None:
    each_holds_one = threading.Barrier(2)
    count_up = text("UPDATE counters SET number = number + 1 WHERE name = :name")

    def locking(first: str, second: str) -> Counted:
        def work(connection: Connection, run: int) -> None:
            connection.exec_driver_sql("SET LOCAL deadlock_timeout = '10ms'")
            connection.execute(count_up, {"name": first})
            if run == 1:
                each_holds_one.wait(WAIT_SECONDS)
            connection.execute(count_up, {"name": second})

        return Counted(work)

    works = locking("a", "b"), locking("b", "a")
    both_at_once(counting, *works)
    assert counters(counting) == {"a": 2, "b": 2}
    assert sorted(work.runs for work in works) == [1, 2]


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "pipelined"])
def test_of_two_transactions_that_cannot_be_put_in_an_order_each_takes_effect_once(
    counting: Store, together: bool
) -> None:
    both_have_read = threading.Barrier(2)
    write = text("UPDATE counters SET number = :number WHERE name = 'a'")

    def count_up(connection: Connection, run: int) -> None:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        number = connection.scalar(text("SELECT number FROM counters WHERE name = 'a'")) or 0
        if run == 1:
            both_have_read.wait(WAIT_SECONDS)
        if together:
            with pipelined(connection):
                connection.execute(write, {"number": number + 1})
        else:
            connection.execute(write, {"number": number + 1})

    works = Counted(count_up), Counted(count_up)
    both_at_once(counting, *works)
    assert counters(counting)["a"] == 2
    assert sorted(work.runs for work in works) == [1, 2]


def test_whoever_loses_again_and_again_is_told_so_and_leaves_nothing(postgres_store: Store) -> None:
    def lose(connection: Connection, run: int) -> None:
        connection.execute(insert(operators).values(actor=f"olga-{run}"))
        connection.exec_driver_sql(LOSE_THE_RACE)

    work = Counted(lose)
    with pytest.raises(Refused) as refusal:
        postgres_store.transact(work)
    assert refusal.value.reason == "STORE_LOCKED"
    assert "try again" in refusal.value.message
    assert 2 < work.runs < 10
    assert names(postgres_store) == []


LOSES_AT_FIRST = """
    CREATE SEQUENCE attempts;
    CREATE FUNCTION lose_at_first() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('attempts') = 1 THEN RAISE EXCEPTION 'lost' USING ERRCODE = 'serialization_failure'; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER lose_at_first BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION lose_at_first()
"""


def test_an_action_that_lost_a_race_is_carried_out_once_under_its_request_id(postgres_store: Store) -> None:
    bench = Workbench(postgres_store)
    bench.feed(customer())
    postgres_store.transact(lambda connection: connection.exec_driver_sql(LOSES_AT_FIRST))
    request = bench.request(ApplySupportCredit, ai_cents="25")

    assert [bench.call(request).replayed for _ in range(2)] == [False, True]
    assert bench.view().credits.ai_cents == "25"
    assert [event.request_id for event in bench.events()] == [request.request_id]


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_operators_are_served_one_after_the_other_whatever_isolation_the_database_prefers(
    postgres_url: str, postgres_cluster: Cluster, open_store: OpenStore, isolation: str
) -> None:
    name = make_url(postgres_url).database
    postgres_cluster.run(f"ALTER DATABASE {name} SET default_transaction_isolation = '{isolation}'")
    bench = Workbench(open_store(postgres_url))
    bench.feed(customer(), *(customer(f"c{number}") for number in range(6)))
    on_one = [bench.request(ApplySupportCredit, ai_cents="1", etag="b1") for _ in range(6)]
    on_many = [bench.request(ApplySupportCredit, f"c{number}", ai_cents="1") for number in range(6)]

    def attempt(request: ActionRequest) -> str:
        try:
            return str(bench.call(request).outcome)
        except Refused as why:
            return why.reason

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(attempt, on_one)) == ["STALE_ETAG"] * 5 + ["applied"]
        assert list(threads.map(attempt, on_many)) == ["applied"] * 6
    assert len(bench.events()) == 6
