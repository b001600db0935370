"""A server that stops, starts again or takes no writes: each call says so, and the next one works when it can."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from services.contract.errors import Code, Refused
from services.contract.requests import ApplySupportCredit
from services.storage.engine import Store
from tests.databases import OwnCluster, own_cluster
from tests.surface import Workbench, customer


@pytest.fixture(scope="module")
def server() -> Iterator[OwnCluster]:
    with own_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def bench(server: OwnCluster) -> Iterator[Workbench]:
    store = Store(server.create("desk"), connections=2)
    store.upgrade()
    bench = Workbench(store)
    bench.feed(customer())
    yield bench
    store.close()


def reason_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    assert refused.value.code is Code.UNAVAILABLE
    assert refused.value.message.endswith(".")
    return refused.value.reason


def restart(server: OwnCluster) -> None:
    server.stop()
    server.start()


def test_a_call_under_way_is_refused_when_the_server_restarts_and_the_next_one_works(
    bench: Workbench, server: OwnCluster
) -> None:
    def read() -> None:
        with bench.store.read() as connection:
            restart(server)
            connection.execute(text("SELECT 1"))

    with pytest.raises(Refused) as refused:
        read()
    assert reason_of(refused) == "STORE_UNREACHABLE"
    assert bench.view().customer.legal_name == "Acme GmbH"


def test_a_change_under_way_is_undone_when_the_server_restarts_and_succeeds_the_second_time(
    bench: Workbench, server: OwnCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, before = bench.request(ApplySupportCredit, ai_cents="25"), bench.view().credits
    restarted: list[str] = []

    def restart_once(prefix: str) -> str:
        if not restarted:
            restart(server)
        restarted.append(prefix)
        return f"{prefix}_{len(restarted)}"

    # The ids of an action are made in the middle of its transaction.
    monkeypatch.setattr(bench.surface, "_new_id", restart_once)
    with pytest.raises(Refused) as refused:
        bench.call(request)
    assert reason_of(refused) == "STORE_UNREACHABLE"
    assert bench.view().credits == before
    assert bench.call(request).replayed is False
    assert int(bench.view().credits.ai_cents) == int(before.ai_cents) + 25
    assert [event.request_id for event in bench.events()].count(request.request_id) == 1


def test_a_server_that_is_down_is_said_to_be_and_is_found_again(bench: Workbench, server: OwnCluster) -> None:
    server.stop()
    with pytest.raises(Refused) as refused:
        bench.view()
    server.start()
    assert reason_of(refused) == "STORE_UNREACHABLE"
    assert "server" in refused.value.message
    assert bench.view().customer.legal_name == "Acme GmbH"


def test_a_server_without_a_connection_to_spare_is_said_to_have_none(bench: Workbench, server: OwnCluster) -> None:
    server.run("ALTER SYSTEM SET max_connections = 5")
    server.run("ALTER SYSTEM SET superuser_reserved_connections = 0")
    restart(server)
    other = Store(bench.store.url, connections=9)
    with pytest.raises(Refused) as refused:
        hold(other, 6)
    other.close()
    server.run("ALTER SYSTEM RESET max_connections")
    restart(server)
    assert reason_of(refused) == "STORE_UNREACHABLE"
    assert "connection to spare" in refused.value.message


def hold(store: Store, connections: int) -> None:
    """Hold so many connections at the same time."""
    with store.read():
        if connections > 1:
            hold(store, connections - 1)


def test_a_server_that_was_set_to_read_only_is_read_and_takes_changes_later(
    bench: Workbench, server: OwnCluster
) -> None:
    request = bench.request(ApplySupportCredit, ai_cents="1")
    server.run("ALTER SYSTEM SET default_transaction_read_only = on")
    restart(server)
    with pytest.raises(Refused) as refused:
        bench.call(request)
    assert reason_of(refused) == "STORE_READ_ONLY"
    before = bench.view().credits.ai_cents
    server.run("ALTER SYSTEM RESET default_transaction_read_only")
    restart(server)
    assert bench.call(request).outcome == "applied"
    assert int(bench.view().credits.ai_cents) == int(before) + 1
