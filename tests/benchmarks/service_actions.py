"""Audited actions by a crowd through `billinghelp serve`, beside bare connections that write the same rows."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import msgspec
from sqlalchemy import func, select

from services.contract.errors import Refused
from services.contract.requests import ApplySupportCredit, AuditedRequest, RejectTenantChangeRequest
from services.storage.engine import Store
from services.storage.tables import metadata
from tests.benchmarks.actions import written
from tests.benchmarks.bare_driver import Write, Writes, watching
from tests.benchmarks.figures import Bound, Figure, compare, milliseconds, per_second, percentile
from tests.benchmarks.processors import Usage
from tests.benchmarks.service_crowd import OPERATORS, REASON, SMALL, Crowd, crowd
from tests.benchmarks.service_floor import BareCrowd
from tests.benchmarks.service_load import ANY_ETAG, FIRST_ETAG, Told
from tests.surface import Workbench

BOUND = Bound(0.3, at_least=True)
BOUND_OF_TWO = Bound(1.6, at_least=True)
CONNECTIONS = (1, 8, 32)

_AT_ONCE = 128  # actions a round
_AT_FIRST = 64  # in the round that warms both
_CONTESTED = 24  # those of which many more come too late
_CONTESTANTS = 8
_CORES = 6  # two servers, PostgreSQL and the crowd: with fewer, the second server takes them from the others
_LOCK = "SELECT revision FROM customer_status WHERE customer_id = %s FOR UPDATE"

Recorded = Callable[[Workbench, Sequence[AuditedRequest], Told], Sequence[Writes]]
"""What a crowd's requests write, once it is known what became of them."""


@dataclass
class Found:
    """The figures, and who kept the processors busy meanwhile."""

    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Task:
    """The rounds of one measure.

    Attributes:
        customers: of each round, one a request.
        one_customer: whether all of a round are the same.
    """

    what: str
    operators: int
    customers: Sequence[Sequence[str]]
    one_customer: bool = False


def measure(rounds: int) -> Found:
    """Compare, for each number of connections, actions on distinct customers and on one, and two servers with one."""
    distinct = [_distinct(f"distinct customers, {_connections(count)}", count, rounds) for count in CONNECTIONS]
    hot = [_hot(f"one hot customer, {_connections(count)}", count, rounds, _AT_ONCE) for count in CONNECTIONS]
    contested = _hot(f"one etag, {_CONTESTANTS} contest it", _CONTESTANTS, rounds, _CONTESTED)
    one, two = (_distinct(f"{word} serving", OPERATORS, rounds) for word in ("one process", "two processes"))
    customers = {each for task in (*distinct, *hot, contested, one, two) for some in task.customers for each in some}
    asked_for = {some[0]: len(some) for task in hot for some in task.customers}
    found = Found()
    with crowd(sorted(customers), asked_for) as people:
        for task in distinct:
            _compare(task, people, _credits, _as_asked, BOUND, found)
        for task in hot:
            _compare(task, people, _rejections, _as_asked, BOUND, found)
        _compare(contested, people, _contested_credits, _with_late_ones, None, found)
        _require_as_many_rows(people.url, people.floor)
        _compare_servers(one, two, people, found)
        people.require_whole_chains()
    return found


def _connections(count: int) -> str:
    return f"{count} connection{'s' if count > 1 else ''}"


def _distinct(what: str, operators: int, rounds: int) -> Task:
    counts = (_AT_FIRST, *[_AT_ONCE] * rounds)
    named = [[_customer(what, number, n) for n in range(count)] for number, count in enumerate(counts)]
    return Task(what, operators, named)


def _hot(what: str, operators: int, rounds: int, count: int) -> Task:
    return Task(what, operators, [[_customer(what, number, 0)] * count for number in range(rounds + 1)], True)


def _customer(what: str, number: int, place: int) -> str:
    return f"{what.replace(',', '').replace(' ', '-')}-{number}-{place}"


def _credits(_people: Crowd, customers: Sequence[str]) -> Sequence[AuditedRequest]:
    return [
        ApplySupportCredit(customer_id=each, reason=REASON, request_id=f"act-{n}", etag=FIRST_ETAG, **SMALL)
        for n, each in enumerate(customers)
    ]


def _contested_credits(people: Crowd, customers: Sequence[str]) -> Sequence[AuditedRequest]:
    return [msgspec.structs.replace(each, etag=ANY_ETAG) for each in _credits(people, customers)]


def _rejections(people: Crowd, customers: Sequence[str]) -> Sequence[AuditedRequest]:
    """Return the one audited change that needs no etag: those of a customer do not make each other stale."""
    return [
        RejectTenantChangeRequest(customer_id=each, reason=REASON, request_id=f"act-{n}", change_request_id=pending)
        for n, (each, pending) in enumerate(zip(customers, people.pending[customers[0]], strict=True))
    ]


def _as_asked(watched: Workbench, requests: Sequence[AuditedRequest], _told: Told) -> Sequence[Writes]:
    return written(watched, requests)


def _with_late_ones(watched: Workbench, requests: Sequence[AuditedRequest], told: Told) -> Sequence[Writes]:
    """Return also what those wrote that came too late, for a refusal leaves a trace: as many behind each as came."""
    found, late = [], 0
    with watching(watched.store) as seen:
        for number, request in enumerate(requests, start=1):
            etag = watched.view(request.customer_id).billing.etag
            watched.call(msgspec.structs.replace(request, etag=etag))
            found.append(tuple(seen))
            seen.clear()
            while late < told.stale * number // len(requests):
                late += 1
                with suppress(Refused):
                    watched.call(msgspec.structs.replace(request, etag=FIRST_ETAG, request_id=f"late-{late}"))
                found.append(tuple(seen))
                seen.clear()
    return found


def _compare(
    task: Task,
    people: Crowd,
    requests_of: Callable[[Crowd, Sequence[str]], Sequence[AuditedRequest]],
    recorded: Recorded,
    bound: Bound | None,
    found: Found,
) -> None:
    usage, seconds, late = Usage(), list[float](), 0
    ours, floor = [], []
    bare = BareCrowd(people.floor, task.operators)
    for number, customers in enumerate(task.customers):
        requests = requests_of(people, customers)
        told = people.act(requests, task.operators, usage if number else Usage())
        writes = recorded(people.watched, requests, told)
        took_floor = bare.write(writes, Write(_LOCK, [customers[0]], False) if task.one_customer else None)
        if number:  # the first round warms both
            ours.append(len(requests) / told.took)
            floor.append(len(requests) / took_floor)
            seconds += told.seconds
            late += told.stale
    bare.close()
    figure = compare(task.what, ours, floor, bound, per_second)
    found.figures.append(replace(figure, ours=f"{figure.ours}, {_spread(seconds)}"))
    said = f"; {late / len(seconds):.1f} came too late for each that did not" if late else ""
    found.notes.append(f"{task.what}: {usage}{said}")


def _compare_servers(one: Task, two: Task, people: Crowd, found: Found) -> None:
    rates: dict[int, list[float]] = {1: [], 2: []}
    usages, seconds = {1: Usage(), 2: Usage()}, list[float]()
    for number, halves in enumerate(zip(one.customers, two.customers, strict=True)):
        for servers, customers in enumerate(halves, start=1):
            requests = _credits(people, customers)
            told = people.act(requests, OPERATORS, usages[servers] if number else Usage(), servers=servers)
            if number:
                rates[servers].append(len(requests) / told.took)
                seconds += told.seconds if servers == 2 else []
    bound = BOUND_OF_TWO if (os.cpu_count() or 1) >= _CORES else None
    figure = compare(f"two processes, {OPERATORS} connections; one", rates[2], rates[1], bound, per_second)
    found.figures.append(replace(figure, ours=f"{figure.ours}, {_spread(seconds)}"))
    found.notes += [f"one process: {usages[1]}", f"two processes: {usages[2]}"]


def _spread(seconds: Sequence[float]) -> str:
    return f"p50 {milliseconds(percentile(seconds, 50))}, p99 {milliseconds(percentile(seconds, 99))}"


def _require_as_many_rows(url: str, floor: str) -> None:
    """Raise `AssertionError` unless both databases hold as many rows in every table: else the floor did other work."""
    stores = Store(url), Store(floor)
    for table in metadata.sorted_tables:
        counts = []
        for store in stores:
            with store.read() as conn:
                counts.append(conn.execute(select(func.count()).select_from(table)).scalar_one())
        if counts[0] != counts[1]:
            raise AssertionError(f"the bare connections wrote {counts[1]} rows into {table.name}, not {counts[0]}")
    for store in stores:
        store.close()
