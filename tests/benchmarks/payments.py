"""Stripe's webhooks at one `billinghelp serve`, the sandbox in another process; and invoices that are listed again.

Webhooks come at a steady pace, each about another customer or invoice, so that each has something to be read again from
Stripe and to be recorded: nothing harder can come. The bounds are the issue's, whatever the machine.
"""

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import Connection, select

from services.contract.policy import Policy
from services.contract.requests import ListInvoices
from services.contract.views import InvoicePage
from services.payments.door import NO_PAYMENTS
from services.payments.mirror import store as mirror_store
from services.storage.engine import Store
from services.storage.tables import payment_events
from services.surface.surface import Surface
from tests.benchmarks.figures import Bound, Figure, Group, compare, milliseconds, percentile
from tests.benchmarks.payments_site import SECRET, Shop, feed, open_shop, send, sender, served
from tests.benchmarks.processors import Usage, backends
from tests.benchmarks.webhook_load import Load
from tests.databases import durable_cluster
from tests.surface import OPERATOR, Workbench, customer

A_SECOND = 200
ACKNOWLEDGED_WITHIN = 0.020  # seconds, 95 of 100
APPLIED_WITHIN = 2.0  # seconds after they arrived, 99 of 100
LISTED_WITHIN = 0.020  # seconds, 95 of 100
"""The issue's («Speed»)."""

_SECONDS = 20
_FIRST = 20  # webhooks before those that count: a service beside a sandbox follows only when something has happened
_PATIENCE = 60.0  # seconds for what is late
_CUSTOMERS = 100  # whose invoices are listed
_INVOICES = 36  # of each: three years' of a monthly plan
_BOUND = Bound(1)


def measure(rounds: int) -> Group:
    """Measure on both databases."""
    figures, notes = list[Figure](), list[str]()
    with tempfile.TemporaryDirectory(prefix="billinghelp-benchmark-") as folder:
        shop_is_open = open_shop(Path(folder), A_SECOND * _SECONDS // 2)
        with shop_is_open as shop, sender() as process:
            for name, database in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
                usage = Usage()
                figures += _webhooks(name, database, shop, process, rounds, usage)
                notes.append(f"Webhooks, {name}: {usage}")
        for name, database in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
            with database(folder, "invoices") as url:
                figures.append(_invoices(name, url, rounds))
    about = f"{A_SECOND} webhooks a second for {_SECONDS} s, each about something else; {_INVOICES} invoices from cache"
    return Group(about, figures, notes)


@contextmanager
def _sqlite(folder: str, name: str) -> Iterator[str]:
    yield f"sqlite:///{folder}/{name}.db"


@contextmanager
def _postgresql(_folder: str, name: str) -> Iterator[str]:
    with durable_cluster() as cluster:
        yield cluster.create(name)


Database = Callable[[str, str], AbstractContextManager[str]]


def _webhooks(
    name: str, database: Database, shop: Shop, process: "subprocess.Popen[bytes]", rounds: int, usage: Usage
) -> list[Figure]:
    acknowledged, applied = list[float](), list[float]()
    for number in range(rounds):
        with (
            tempfile.TemporaryDirectory(prefix="billinghelp-benchmark-") as folder,
            database(folder, f"webhooks_{number}") as url,
        ):
            feed(url, shop)
            with served(url, Path(folder), shop) as server:
                groups: dict[str, Iterable[int]] = {"serve": [server.process.pid], "the sandbox": [shop.pid]}
                if url.startswith("postgresql"):
                    groups["PostgreSQL"] = backends(url)
                port = int(server.url.rpartition(":")[2])
                first, others = shop.bodies[:_FIRST], shop.bodies[_FIRST:]
                send(process, Load(port, SECRET, A_SECOND, first))
                _lags(url, _FIRST)
                with usage.watched(groups):
                    told = send(process, Load(port, SECRET, A_SECOND, others))
                lags = _lags(url, len(shop.bodies))[_FIRST:]
            acknowledged.append(percentile(told.seconds, 95))
            applied.append(percentile(lags, 99))
    return [
        compare(
            f"webhooks acknowledged, p95, {name}", acknowledged, [ACKNOWLEDGED_WITHIN] * rounds, _BOUND, milliseconds
        ),
        compare(f"webhooks applied, p99, {name}", applied, [APPLIED_WITHIN] * rounds, _BOUND, milliseconds),
    ]


def _lags(url: str, sent: int) -> list[float]:
    """Return how long after its arrival each webhook was applied, in seconds, as they came, once all have been."""
    columns = payment_events.c
    done = select(columns.received_at, columns.done_at).where(columns.status == "done").order_by(columns.received_at)
    store, deadline = Store(url), time.monotonic() + _PATIENCE
    try:
        while True:
            with store.look() as conn:
                rows = conn.execute(done).all()
            if len(rows) == sent:
                return [(applied - received).total_seconds() for received, applied in rows]
            if time.monotonic() > deadline:
                raise AssertionError(f"of {sent} webhooks {len(rows)} have been applied")
            time.sleep(0.2)
    finally:
        store.close()


def _invoices(name: str, url: str, rounds: int) -> Figure:
    """Measure whole calls in process of a list that was read from Stripe a moment ago."""
    store = Store(url)
    store.upgrade()
    names = [f"customer-{number}" for number in range(_CUSTOMERS)]
    Workbench(store).feed(*(_with_invoices(each) for each in names))
    now = datetime.now(UTC)

    def read_now(conn: Connection) -> None:
        for each in names:
            mirror_store.set_invoices_read_at(conn, each, now)

    store.transact(read_now)
    surface = Surface(store, policy=Policy(), payments=NO_PAYMENTS)  # Stripe cannot be asked
    seconds = asyncio.run(_listed(surface, names, rounds))
    surface.close()
    p95 = [percentile(each, 95) for each in seconds]
    return compare(f"invoices listed from cache, p95, {name}", p95, [LISTED_WITHIN] * rounds, _BOUND, milliseconds)


def _with_invoices(name: str) -> dict[str, object]:
    issued = datetime.now(UTC) - timedelta(days=31 * _INVOICES)
    return customer(
        name,
        stripe_customer_id=f"cus_{name}",
        invoices=[
            {
                "number": f"{name}-{number}",
                "amount": 7_900,
                "currency": "usd",
                "status": "paid",
                "issued_at": (issued + timedelta(days=31 * number)).isoformat(),
            }
            for number in range(_INVOICES)
        ],
    )


async def _listed(surface: Surface, names: list[str], rounds: int) -> list[list[float]]:
    found = []
    for number in range(rounds + 1):
        seconds = []
        for name in names:
            began = perf_counter()
            page: InvoicePage = await surface.call(OPERATOR, ListInvoices(customer_id=name))
            seconds.append(perf_counter() - began)
            if page.problem or page.fetched_at is None or not page.invoices:
                raise AssertionError("the list is not one from cache")
        if number:  # the first one opens connections
            found.append(seconds)
    return found
