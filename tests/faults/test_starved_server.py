"""A server whose database has no room, no lock or no connection to give: each call is told so, and nothing is lost."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import make_url

from services.contract.principals import Role
from services.contract.requests import ActionRequest, ApplySupportCredit, VerifyAuditTrail
from services.storage.engine import Store
from tests.databases import Cluster, OwnCluster, own_cluster
from tests.faults.client import PATIENCE, Answer, post
from tests.http_server import Served, serving
from tests.surface import Workbench, customer

FULL_DISK = """
    CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$;
    CREATE TRIGGER disk_is_full BEFORE INSERT ON audit_events EXECUTE FUNCTION disk_is_full()
"""

Trouble = Callable[[Store, Cluster | None], AbstractContextManager[None]]


class Desk(NamedTuple):
    """A served desk, and how its database can be reached behind it."""

    bench: Workbench
    served: Served
    token: str
    cluster: Cluster | None

    def send(self, request: ActionRequest) -> Answer:
        """Return the answer to a request."""
        answer = post(urlsplit(self.served.url).port or 0, self.token, request)
        assert answer is not None, "the connection broke"
        return answer


@contextmanager
def open_desk(url: str, cluster: Cluster | None, *, lock_wait: float = 0.05, connections: int = 2) -> Iterator[Desk]:
    store = Store(url, lock_wait=lock_wait, connections=connections)
    bench = Workbench(store)
    bench.feed(customer())
    with serving(bench.surface, store) as served:
        yield Desk(bench, served, served.token(Role.OPERATOR, name="olga"), cluster)
    bench.surface.close()


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A served desk on the kind of database that the test's trouble is made for."""
    if request.param == "sqlite":
        path: Path = request.getfixturevalue("sqlite_path")
        with open_desk(f"sqlite:///{path}", None) as desk:
            yield desk
    else:
        with open_desk(request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres_cluster")) as desk:
            yield desk


@contextmanager
def no_room_in_the_file(store: Store, _cluster: Cluster | None) -> Iterator[None]:
    with store.write() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    yield
    with store.write() as conn:
        conn.exec_driver_sql("PRAGMA max_page_count = 1000000")


@contextmanager
def no_room_on_the_server(store: Store, _cluster: Cluster | None) -> Iterator[None]:
    with store.write() as conn:
        conn.exec_driver_sql(FULL_DISK)
    yield
    with store.write() as conn:
        conn.exec_driver_sql("DROP TRIGGER disk_is_full ON audit_events")


@contextmanager
def another_writes_to_the_file(store: Store, _cluster: Cluster | None) -> Iterator[None]:
    other = sqlite3.connect(make_url(store.url).database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.close()


@contextmanager
def another_holds_the_customer(store: Store, _cluster: Cluster | None) -> Iterator[None]:
    with psycopg.connect(make_url(store.url).render_as_string(hide_password=False)) as other:
        other.execute("SELECT 1 FROM customer_status FOR UPDATE")
        yield


@contextmanager
def no_connection_is_left(store: Store, _cluster: Cluster | None) -> Iterator[None]:
    with store.read(), store.read():
        yield


@contextmanager
def nothing_may_be_written(store: Store, cluster: Cluster | None) -> Iterator[None]:
    assert cluster is not None
    database = f"ALTER DATABASE {make_url(store.url).database}"
    cluster.run(f"{database} SET default_transaction_read_only = on")
    store.close()  # what is connected already may write on
    yield
    cluster.run(f"{database} RESET default_transaction_read_only")
    store.close()


TROUBLES: list[tuple[str, Trouble, str]] = [
    ("sqlite", no_room_in_the_file, "STORE_DISK_FULL"),
    ("postgresql", no_room_on_the_server, "STORE_DISK_FULL"),
    ("sqlite", another_writes_to_the_file, "STORE_LOCKED"),
    ("postgresql", another_holds_the_customer, "STORE_LOCKED"),
    ("sqlite", no_connection_is_left, "STORE_LOCKED"),
    ("postgresql", no_connection_is_left, "STORE_LOCKED"),
    ("postgresql", nothing_may_be_written, "STORE_READ_ONLY"),
]


def two_hours(desk: Desk) -> ActionRequest:
    return desk.bench.request(ApplySupportCredit, workspace_hours="2")


@pytest.mark.parametrize(("desk", "trouble", "reason"), TROUBLES, indirect=["desk"])
def test_a_call_that_cannot_be_recorded_is_told_so_leaves_nothing_and_succeeds_when_it_can(
    desk: Desk, trouble: Trouble, reason: str
) -> None:
    requests = [two_hours(desk)]
    with trouble(desk.bench.store, desk.cluster):
        while (refused := desk.send(requests[-1])).status == 200:  # a file's pages may have room for one or two more
            requests.append(two_hours(desk))
    error = refused.body["error"]
    assert (refused.status, error["code"], error["reason"]) == (503, "unavailable", reason)
    assert error["message"].endswith(".")
    assert int(refused.headers["retry-after"]) > 0
    done = len(requests) - 1
    assert desk.bench.view().billing.etag == f"b{1 + done}"
    assert len(desk.bench.view().credits.lots) == len(desk.bench.events()) == done

    again = [desk.send(requests[-1]) for _ in range(2)]
    assert [(answer.status, answer.body["replayed"]) for answer in again] == [(200, False), (200, True)]
    assert [event.request_id for event in desk.bench.events()] == [request.request_id for request in requests]
    assert len(desk.bench.view().credits.lots) == done + 1


@pytest.fixture(scope="module")
def own_server() -> Iterator[OwnCluster]:
    with own_cluster() as cluster:
        yield cluster


def test_a_crowd_whose_database_restarts_in_the_middle_has_each_effect_once(own_server: OwnCluster) -> None:
    url = own_server.create("restarted")
    store = Store(url)
    store.upgrade()
    store.close()
    with open_desk(url, own_server, lock_wait=PATIENCE, connections=8) as desk:
        names = [f"c{number}" for number in range(4)]
        desk.bench.feed(*map(customer, names))
        told: list[str] = []
        begun, is_up = threading.Event(), threading.Event()

        def grant_ten_times(customer_id: str) -> None:
            etag = "b1"
            for number in range(10):
                fields = {"customer_id": customer_id, "request_id": f"req-{number}", "reason": "agreed with finance"}
                request = ApplySupportCredit(**fields, etag=etag, ai_cents="1")
                while (answer := desk.send(request)).status == 503:
                    told.append(answer.body["error"]["reason"])
                    assert is_up.wait(PATIENCE)
                assert answer.status == 200, answer.body
                etag = answer.body["view"]["billing"]["etag"]
                begun.set()

        with ThreadPoolExecutor(len(names)) as crowd:
            working = [crowd.submit(grant_ten_times, name) for name in names]
            assert begun.wait(PATIENCE)
            own_server.stop()
            own_server.start()
            is_up.set()
            for each in working:
                each.result()
        assert set(told) == {"STORE_UNREACHABLE"}
        for name in names:
            assert desk.bench.view(name).credits.ai_cents == "10"
            assert [event.request_id for event in desk.bench.events(name)] == [f"req-{n}" for n in range(10)]
        found = desk.bench.call(VerifyAuditTrail())
        assert {stream.status for stream in found.streams} == {"OK"}
        assert found.ledger is not None
        assert found.ledger.sound
