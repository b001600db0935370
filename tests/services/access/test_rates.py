"""How many calls a token may make in a minute: over threads and processes, over its end, and without a store."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import Connection

from services.access.rates import Rates
from services.contract.errors import Code, Refused
from services.contract.policy import Policy
from services.contract.principals import Credential, Role
from services.contract.requests import CreateToken, GetCustomerBillingView, ListTokens, WhoAmI
from services.storage.engine import Store
from services.surface.surface import Surface
from tests.conftest import OpenStore
from tests.surface import ADMIN, START, Workbench, customer

TOKEN = "bht_000001"
OpenSurface = Callable[..., Surface]


@pytest.fixture
def bench(store: Store) -> Workbench:
    bench = Workbench(store)
    assert issue(bench).startswith(f"{TOKEN}.")
    return bench


@pytest.fixture
def open_surface() -> Iterator[OpenSurface]:
    with ExitStack() as opened:

        def open_one(bench: Workbench, store: Store, most: int | None) -> Surface:
            surface = Surface(store, policy=Policy(), clock=bench.clock, calls_a_minute=most)
            opened.callback(surface.close)
            return surface

        yield open_one


def issue(bench: Workbench, role: Role = Role.OPERATOR) -> str:
    token: str = bench.call(CreateToken(role=role, name="olga"), ADMIN).token
    return token


def admitted(rates: Rates, data: Store, calls: int, now: datetime = START, token_id: str = TOKEN) -> int:
    """Return how many of so many calls are let through."""
    return sum(is_admitted(rates, data, token_id, now) for _ in range(calls))


def is_admitted(rates: Rates, data: Store, token_id: str, now: datetime) -> bool:
    try:
        rates.count(data, token_id, now)
    except Refused as refused:
        if refused.reason != "RATE_LIMITED":
            raise
        return False
    return True


@pytest.mark.parametrize("most", [0, 1, 2, 19, 20, 41, 59])
def test_a_process_gives_out_exactly_what_a_minute_allows(bench: Workbench, most: int) -> None:
    assert admitted(Rates(most), bench.store, most + 5) == most


def test_a_refusal_says_when_to_come_again(bench: Workbench) -> None:
    with pytest.raises(Refused) as caught:
        Rates(0).count(bench.store, TOKEN, START + timedelta(seconds=12, microseconds=1))
    assert (caught.value.code, caught.value.reason) == (Code.RESOURCE_EXHAUSTED, "RATE_LIMITED")
    assert caught.value.details == {"retry_after": 48}


def test_a_new_minute_begins_anew(bench: Workbench) -> None:
    rates = Rates(3)
    minutes = [START, START + timedelta(seconds=59.9), START + timedelta(seconds=60), START + timedelta(seconds=120)]
    assert [admitted(rates, bench.store, 5, now) for now in minutes] == [3, 0, 3, 3]


def test_what_was_left_of_a_minute_is_not_given_out_in_the_next(bench: Workbench) -> None:
    rates = Rates(40)  # in batches of two: one call is left over
    assert admitted(rates, bench.store, 1) == 1
    assert admitted(rates, bench.store, 50, START + timedelta(minutes=1)) == 40


def test_each_token_has_its_own_count(bench: Workbench) -> None:
    issue(bench)
    rates = Rates(3)
    assert [admitted(rates, bench.store, 5, token_id=token) for token in (TOKEN, "bht_000002")] == [3, 3]


def test_processes_together_never_let_more_through_than_one_may(bench: Workbench) -> None:
    processes = [Rates(40), Rates(40)]
    turns = [admitted(process, bench.store, 1) for _ in range(40) for process in processes]
    assert sum(turns) == 40


def test_nor_do_many_threads_of_theirs(bench: Workbench) -> None:
    processes = [Rates(30), Rates(30)]
    with ThreadPoolExecutor(8) as threads:
        counts = threads.map(lambda number: admitted(processes[number % 2], bench.store, 10), range(8))
    assert sum(counts) == 30


def test_who_comes_too_late_to_take_calls_makes_one_that_another_has_taken(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = Rates(40)  # in batches of two
    admitted(rates, bench.store, 38)
    take = Rates._take

    def take_after_another_call(self: Rates, data: Store, token_id: str, now: datetime, batch: int) -> int:
        monkeypatch.undo()
        assert admitted(rates, data, 1) == 1
        return take(self, data, token_id, now, batch)

    monkeypatch.setattr(Rates, "_take", take_after_another_call)
    assert admitted(rates, bench.store, 1) == 1
    assert admitted(rates, bench.store, 5) == 0


def test_a_call_that_is_slow_to_take_gives_nothing_to_the_next_minute(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates, later = Rates(200), START + timedelta(minutes=1)
    take = Rates._take

    def take_after_the_next_minute_has_begun(self: Rates, data: Store, token_id: str, now: datetime, batch: int) -> int:
        monkeypatch.undo()
        taken = take(self, data, token_id, now, batch)
        assert admitted(rates, data, 1, later) == 1
        return taken

    monkeypatch.setattr(Rates, "_take", take_after_the_next_minute_has_begun)
    assert admitted(rates, bench.store, 1) == 1
    assert admitted(rates, bench.store, 250, later) == 199


@pytest.mark.parametrize("seconds", [1, 59])
def test_clocks_that_are_not_quite_together_give_nobody_a_second_minute(bench: Workbench, seconds: int) -> None:
    late = START + timedelta(seconds=60 - seconds)  # the other process is in the next minute already
    on_time, ahead = Rates(10), Rates(10)
    turns = [
        (admitted(on_time, bench.store, 1, late), admitted(ahead, bench.store, 1, late + timedelta(seconds=seconds)))
        for _ in range(30)
    ]
    assert sum(map(sum, turns)) == 11  # ten, and the one before the other's minute began


def test_a_clock_an_hour_ahead_shuts_nobody_out(bench: Workbench) -> None:
    assert admitted(Rates(5), bench.store, 9, START + timedelta(hours=1)) == 5
    assert admitted(Rates(5), bench.store, 9, START) == 5


def test_a_clock_that_is_put_back_shuts_nobody_out(bench: Workbench) -> None:
    rates = Rates(5)
    assert admitted(rates, bench.store, 9, START + timedelta(hours=1)) == 5
    assert admitted(rates, bench.store, 9, START) == 5


def test_a_store_that_cannot_be_written_lets_reads_through(
    bench: Workbench, open_store: OpenStore, open_surface: OpenSurface, caplog: pytest.LogCaptureFixture
) -> None:
    bench.feed(customer())
    token = issue(bench)
    surface = open_surface(bench, open_store(bench.store.url, read_only=True), 2)
    for _ in range(5):
        view = surface.dispatch(Credential(token), GetCustomerBillingView(customer_id="acme-eu"))
        assert view.customer.customer_id == "acme-eu"
    assert {record.getMessage() for record in caplog.records} == {"The calls of a token were not counted: READ_ONLY"}


def test_a_token_that_may_call_as_often_as_it_likes_is_written_once_a_minute(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates, writes = Rates(None), count()
    write = Store.write

    def counted(data: Store) -> AbstractContextManager[Connection]:
        next(writes)
        return write(data)

    monkeypatch.setattr(Store, "write", counted)
    assert admitted(rates, bench.store, 500) == 500
    assert admitted(rates, bench.store, 500, START + timedelta(minutes=1)) == 500
    assert next(writes) == 2


def test_two_surfaces_on_one_database_count_together(
    bench: Workbench, open_store: OpenStore, open_surface: OpenSurface
) -> None:
    token, reader = issue(bench), issue(bench, Role.PLATFORM_ADMIN)
    surfaces = [open_surface(bench, open_store(bench.store.url), 7) for _ in range(2)]

    def outcome(surface: Surface) -> str:
        try:
            surface.dispatch(Credential(token), WhoAmI())
        except Refused as refused:
            return refused.reason
        return "answered"

    outcomes = [outcome(surface) for _ in range(10) for surface in surfaces]
    assert outcomes == ["answered"] * 7 + ["RATE_LIMITED"] * 13
    bench.clock.advance(minutes=1)
    assert outcome(surfaces[0]) == "answered"
    page = surfaces[0].dispatch(Credential(reader), ListTokens())
    used = {listed.token_id: listed.last_used_at for listed in page.tokens}
    assert used[token.split(".")[0]] > START + timedelta(minutes=1)
    assert used[TOKEN] is None


def test_processes_that_come_and_go_leave_most_of_a_minute_to_others(bench: Workbench) -> None:
    for _ in range(40):
        assert admitted(Rates(1_200), bench.store, 1) == 1
    assert admitted(Rates(1_200), bench.store, 700) == 700
