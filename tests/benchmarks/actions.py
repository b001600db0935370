"""An audited action, whole, through the surface, against the same rows written by a bare driver in one transaction."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from time import perf_counter

from services.contract.principals import Principal
from services.contract.requests import ApplySupportCredit, AuditedRequest, MarkInvoiceVerified
from services.storage.engine import Store
from tests.benchmarks.bare_driver import BareDriver, BarePostgresql, BareSqlite, Writes, require_same_rows, watching
from tests.benchmarks.figures import Bound, Figure, Group, compare, per_second
from tests.databases import durable_cluster
from tests.surface import OPERATOR, Workbench, customer

BOUND = Bound(0.25, at_least=True)

_AT_ONCE = 50  # actions a round, of each kind: a rate that lasts, not the cost of the first ones
Make = Callable[[Workbench, str], AuditedRequest]
"""Makes a customer's request."""
Feed = Callable[[Workbench], None]
"""Fills a store with customers."""

_KINDS: dict[str, Make] = {
    "Mark invoice verified": lambda bench, who: bench.request(MarkInvoiceVerified, who),
    # Small enough for one operator's limit to hold them all.
    "Apply support credit": lambda bench, who: bench.request(
        ApplySupportCredit, who, workspace_hours="0.01", ai_cents="0.25"
    ),
}


@dataclass(frozen=True)
class Twins:
    """Three stores of the same customers: one to act on, one for the floor, and one that tells what is written."""

    ours: Store
    floor: Store
    watched: Store
    driver: BareDriver


def measure(rounds: int) -> Group:
    """Compare both kinds on both databases."""
    figures: list[Figure] = []
    customers = {kind: customers_of(kind, rounds) for kind in _KINDS}
    for database, twins_of in TWINS.items():
        with twins_of(lambda bench: bench.feed(*map(customer, named(customers)))) as twins:
            figures += [
                compare_kind(f"{kind}, {database}", make, twins, customers[kind]) for kind, make in _KINDS.items()
            ]
            require_same_rows(twins.ours, twins.floor)
    return Group("audited actions through the surface, against a bare driver that writes the same rows", figures)


def customers_of(kind: str, rounds: int) -> Sequence[Sequence[str]]:
    """Return the customers of each round of a kind, the first of which warms both."""
    name = kind.split()[0].lower()
    return [[f"{name}-{number * _AT_ONCE + n}" for n in range(_AT_ONCE)] for number in range(rounds + 1)]


def named(customers: Mapping[str, Sequence[Sequence[str]]]) -> Iterator[str]:
    """Yield the customers of all kinds."""
    for rounds in customers.values():
        yield from chain.from_iterable(rounds)


@contextmanager
def sqlite_twins(feed: Feed) -> Iterator[Twins]:
    """Yield twins on SQLite."""
    with tempfile.TemporaryDirectory(prefix="billinghelp-benchmark-") as folder, ExitStack() as opened:
        paths = [Path(folder) / f"{name}.db" for name in ("ours", "floor", "watched")]
        _fill(f"sqlite:///{paths[0]}", feed)
        for copy in paths[1:]:
            shutil.copy(paths[0], copy)
        yield _twins(opened, [f"sqlite:///{path}" for path in paths], BareSqlite(str(paths[1])))


@contextmanager
def postgresql_twins(feed: Feed) -> Iterator[Twins]:
    """Yield twins on PostgreSQL."""
    with durable_cluster() as cluster, ExitStack() as opened:
        _fill(cluster.create("ours"), feed)
        urls = [cluster.url("ours"), *(cluster.create(name, "ours") for name in ("floor", "watched"))]
        yield _twins(opened, urls, BarePostgresql(urls[1]))


def _twins(opened: ExitStack, urls: Sequence[str], driver: BareDriver) -> Twins:
    opened.callback(driver.close)
    ours, floor, watched = (Store(url) for url in urls)
    for store in (ours, floor, watched):
        opened.callback(store.close)
    return Twins(ours, floor, watched, driver)


TWINS = {"SQLite": sqlite_twins, "PostgreSQL": postgresql_twins}


def _fill(url: str, feed: Feed) -> None:
    store = Store(url)
    store.upgrade()
    feed(Workbench(store))
    store.close()


def compare_kind(
    what: str, make: Make, twins: Twins, customers: Sequence[Sequence[str]], by: Principal = OPERATOR
) -> Figure:
    """Compare one kind, round by round."""
    # The same requests, clock and ids on both, so that both write the same rows.
    ours, watched = Workbench(twins.ours), Workbench(twins.watched)
    rates_ours, rates_floor = [], []
    for number, who in enumerate(customers):
        writes = written(watched, [make(watched, customer_id) for customer_id in who], by)
        requests = [make(ours, customer_id) for customer_id in who]
        taken = asyncio.run(_act(ours, requests, by))
        taken_by_floor = _write(twins.driver, writes)
        if number:  # the first round warms both
            rates_ours.append(len(who) / taken)
            rates_floor.append(len(who) / taken_by_floor)
    return compare(what, rates_ours, rates_floor, BOUND, per_second)


async def _act(bench: Workbench, requests: Sequence[AuditedRequest], by: Principal) -> float:
    begun = perf_counter()
    for request in requests:
        await bench.surface.call(by, request)
    return perf_counter() - begun


def _write(driver: BareDriver, transactions: Sequence[Writes]) -> float:
    begun = perf_counter()
    for writes in transactions:
        driver.write(writes)
    return perf_counter() - begun


def written(bench: Workbench, requests: Sequence[AuditedRequest], by: Principal = OPERATOR) -> Sequence[Writes]:
    """Return what each of the requests writes."""
    found = []
    with watching(bench.store) as seen:
        for request in requests:
            bench.call(request, by)
            found.append(tuple(seen))
            seen.clear()
    return found
