"""The queue of 100 000 change requests: what it takes to open and to filter, and how fast requests are decided."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import msgspec

from services.contract.principals import Principal, Role
from services.contract.requests import GetTenantChangeRequestWorkspace, ListTenantChangeRequests, Request
from services.contract.types import ChangeRequestKind, ChangeRequestStatus, PolicyDecision
from services.contract.views import ChangeRequestPage
from services.storage.engine import Store
from tests.benchmarks import deciding
from tests.benchmarks.figures import Bound, Figure, Group, milliseconds, percentile
from tests.benchmarks.queue_store import BUSY, FAMILY, LARGE, SMALL, Size, fill
from tests.databases import durable_cluster
from tests.surface import OWNER, Workbench

BOUND = Bound(50)
"""Milliseconds, at the 95th percentile."""

_WARMING = 3  # rounds that fill the caches, and make PostgreSQL's drivers prepare their statements
_MANY_ROUNDS = 4  # so many more than of deciding: a percentile needs calls
_Kind, _Status, _Decision = ChangeRequestKind, ChangeRequestStatus, PolicyDecision
_TENANT = Principal(actor="fay", role=Role.CUSTOMER_ADMIN, customer_id=FAMILY)
_LIST = ListTenantChangeRequests(page_size=100)


@dataclass(frozen=True)
class Read:
    """What somebody looks at: each of the requests in turn."""

    requests: Sequence[Request]
    by: Principal = OWNER


def _lists(*wanted: ListTenantChangeRequests) -> Sequence[Request]:
    """Return them in both orders."""
    orders = ("oldest", "newest")
    return [msgspec.structs.replace(each, page_size=100, order=order) for each in wanted for order in orders]


def _every_pair() -> Iterator[ListTenantChangeRequests]:
    """Yield each two filters together: many are rare, some find nothing."""
    for status in _Status:
        yield from (ListTenantChangeRequests(status=status, kind=kind) for kind in _Kind)
        yield from (ListTenantChangeRequests(status=status, policy_decision=decision) for decision in _Decision)
    for kind in _Kind:
        yield from (ListTenantChangeRequests(kind=kind, policy_decision=decision) for decision in _Decision)


READS = {
    "open the queue": Read([msgspec.structs.replace(_LIST, status=_Status.PENDING)]),
    "all requests": Read(_lists(_LIST)),
    "of one status": Read(_lists(*(ListTenantChangeRequests(status=status) for status in _Status))),
    "of one kind": Read(_lists(*(ListTenantChangeRequests(kind=kind) for kind in _Kind))),
    "of one verdict of the policy": Read(
        _lists(*(ListTenantChangeRequests(policy_decision=decision) for decision in _Decision))
    ),
    "by any two of these": Read(_lists(*_every_pair())),
    "of one tenant, with and without a status": Read(
        _lists(
            ListTenantChangeRequests(customer_id=BUSY),
            *(ListTenantChangeRequests(customer_id=BUSY, status=status) for status in _Status),
        )
    ),
    "a tenant with clients: theirs": Read(
        _lists(_LIST, *(ListTenantChangeRequests(status=status) for status in _Status)), _TENANT
    ),
    "workspace of a tenant that asked 1,000 times": Read([GetTenantChangeRequestWorkspace(customer_id=BUSY)]),
}
"""The reads, by what they are called."""

_NEXT_PAGES = "the pages after the first"
_PAGES = 8
_LOOKS = 5  # fewer than end all that wait
_LONG_ENOUGH = 15  # days, after which all that waits has expired


def measure(rounds: int) -> Group:
    """Measure both databases, each with the large queue and, to see what its length adds, a small one."""
    figures: list[Figure] = []
    for database, desks_on in (("SQLite", _on_sqlite), ("PostgreSQL", _on_postgresql)):
        with desks_on() as (small, large):
            figures += [
                _figure(f"{what}, {database}", read, small, large, rounds * _MANY_ROUNDS)
                for what, read in _with_next_pages(large).items()
            ]
            figures.append(_overdue(f"the first looks after weeks in which nobody looked, {database}", large))
    figures += deciding.measure(rounds)
    about = (
        f"a queue of {LARGE.requests:,} beside one of {SMALL.requests:,}, p95 of whole calls in this process;"
        " and requests decided, beside a bare driver that writes the same rows"
    )
    return Group(about, figures)


@contextmanager
def _on_sqlite() -> Iterator[tuple[Workbench, Workbench]]:
    with tempfile.TemporaryDirectory(prefix="billinghelp-benchmark-") as folder, ExitStack() as opened:
        urls = [f"sqlite:///{Path(folder) / str(size.requests)}.db" for size in (SMALL, LARGE)]
        yield _desk(opened, urls[0], SMALL), _desk(opened, urls[1], LARGE)


@contextmanager
def _on_postgresql() -> Iterator[tuple[Workbench, Workbench]]:
    with durable_cluster() as cluster, ExitStack() as opened:
        urls = [cluster.create(f"requests_{size.requests}") for size in (SMALL, LARGE)]
        yield _desk(opened, urls[0], SMALL), _desk(opened, urls[1], LARGE)


def _desk(opened: ExitStack, url: str, size: Size) -> Workbench:
    store = Store(url)
    fill(store, size)
    bench = Workbench(store)
    opened.callback(bench.surface.close)
    return bench


def _with_next_pages(large: Workbench) -> dict[str, Read]:
    """Return the reads, and those that a walk through all requests adds; a page token holds for every store."""
    pages: list[Request] = []
    request = _LIST
    for _ in range(_PAGES):
        page: ChangeRequestPage = large.call(request, OWNER)
        request = msgspec.structs.replace(_LIST, page_token=page.next_page_token)
        pages.append(request)
    return READS | {_NEXT_PAGES: Read(pages)}


def _figure(what: str, read: Read, small: Workbench, large: Workbench, calls: int) -> Figure:
    rounds = max(calls // len(read.requests), 1)
    seconds: dict[int, list[float]] = {0: [], 1: []}
    for number in range(_WARMING + rounds):
        for place, bench in enumerate((small, large)):
            found = [_seconds(bench, request, read.by) for request in read.requests]
            if number >= _WARMING:
                seconds[place] += found
    return _of_p95(what, seconds[1], seconds[0])


def _overdue(what: str, bench: Workbench) -> Figure:
    """Measure looks each of which ends all the overdue requests that it may, beside looks that find none.

    They come once, after a time in which nobody looked and no server ran, so no bound is meant for them.
    """
    (opening,) = READS["open the queue"].requests
    floor = [_seconds(bench, opening, OWNER) for _ in range(_LOOKS)]
    bench.clock.advance(days=_LONG_ENOUGH)
    ours = [_seconds(bench, opening, OWNER) for _ in range(_LOOKS)]
    return _of_p95(what, ours, floor, None)


def _of_p95(what: str, ours: Sequence[float], floor: Sequence[float], bound: Bound | None = BOUND) -> Figure:
    taken, taken_by_floor = percentile(ours, 95), percentile(floor, 95)
    return Figure(what, milliseconds(taken), milliseconds(taken_by_floor), taken * 1e3, None, bound)


def _seconds(bench: Workbench, request: Request, by: Principal) -> float:
    begun = perf_counter()
    bench.call(request, by)
    return perf_counter() - begun
