"""An audited action, whole, through the surface, against the same rows written by a bare driver in one transaction."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from services.contract.requests import ActionRequest, ApplySupportCredit, AuditedRequest, MarkInvoiceVerified
from services.storage.engine import Store
from tests.benchmarks.bare_driver import BareDriver, BarePostgresql, BareSqlite, Writes, require_same_rows, watching
from tests.benchmarks.figures import Bound, Figure, Group, compare, per_second
from tests.databases import durable_cluster
from tests.surface import OPERATOR, Workbench, customer

BOUND = Bound(0.25, at_least=True)

_AT_ONCE = 50  # actions a round, of each kind: a rate that lasts, not the cost of the first ones
_KINDS: dict[str, Callable[[Workbench, str], ActionRequest]] = {
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
    for database, twins_of in (("SQLite", sqlite_twins), ("PostgreSQL", postgresql_twins)):
        with twins_of(rounds) as twins:
            figures += [_compare(f"{kind}, {database}", kind, twins, rounds) for kind in _KINDS]
            require_same_rows(twins.ours, twins.floor)
    return Group("audited actions through the surface, against a bare driver that writes the same rows", figures)


@contextmanager
def sqlite_twins(rounds: int) -> Iterator[Twins]:
    """Yield twins on SQLite."""
    with tempfile.TemporaryDirectory(prefix="billinghelp-benchmark-") as folder, ExitStack() as opened:
        paths = [Path(folder) / f"{name}.db" for name in ("ours", "floor", "watched")]
        _feed(f"sqlite:///{paths[0]}", rounds)
        for copy in paths[1:]:
            shutil.copy(paths[0], copy)
        yield _twins(opened, [f"sqlite:///{path}" for path in paths], BareSqlite(str(paths[1])))


@contextmanager
def postgresql_twins(rounds: int) -> Iterator[Twins]:
    """Yield twins on PostgreSQL."""
    with durable_cluster() as cluster, ExitStack() as opened:
        _feed(cluster.create("ours"), rounds)
        urls = [cluster.url("ours"), *(cluster.create(name, "ours") for name in ("floor", "watched"))]
        yield _twins(opened, urls, BarePostgresql(urls[1]))


def _twins(opened: ExitStack, urls: Sequence[str], driver: BareDriver) -> Twins:
    opened.callback(driver.close)
    ours, floor, watched = (Store(url) for url in urls)
    for store in (ours, floor, watched):
        opened.callback(store.close)
    return Twins(ours, floor, watched, driver)


def _feed(url: str, rounds: int) -> None:
    store = Store(url)
    store.upgrade()
    Workbench(store).feed(*(customer(_who(kind, n)) for kind in _KINDS for n in range((rounds + 1) * _AT_ONCE)))
    store.close()


def _who(kind: str, number: int) -> str:
    return f"{kind.split()[0].lower()}-{number}"


def _compare(what: str, kind: str, twins: Twins, rounds: int) -> Figure:
    # The same requests, clock and ids on both, so that both write the same rows.
    ours, watched = Workbench(twins.ours), Workbench(twins.watched)
    rates_ours, rates_floor = [], []
    for number in range(rounds + 1):
        who = [_who(kind, n) for n in range(number * _AT_ONCE, (number + 1) * _AT_ONCE)]
        writes = written(watched, [_KINDS[kind](watched, customer_id) for customer_id in who])
        requests = [_KINDS[kind](ours, customer_id) for customer_id in who]
        taken = asyncio.run(_act(ours, requests))
        taken_by_floor = _write(twins.driver, writes)
        if number:  # the first round warms both
            rates_ours.append(_AT_ONCE / taken)
            rates_floor.append(_AT_ONCE / taken_by_floor)
    return compare(what, rates_ours, rates_floor, BOUND, per_second)


async def _act(bench: Workbench, requests: Sequence[ActionRequest]) -> float:
    begun = perf_counter()
    for request in requests:
        await bench.surface.call(OPERATOR, request)
    return perf_counter() - begun


def _write(driver: BareDriver, transactions: Sequence[Writes]) -> float:
    begun = perf_counter()
    for writes in transactions:
        driver.write(writes)
    return perf_counter() - begun


def written(bench: Workbench, requests: Sequence[AuditedRequest]) -> Sequence[Writes]:
    """Return what each of the requests writes."""
    found = []
    with watching(bench.store) as seen:
        for request in requests:
            bench.call(request)
            found.append(tuple(seen))
            seen.clear()
    return found
