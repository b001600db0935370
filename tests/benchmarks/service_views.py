"""A customer's view over loopback, as the app asks for it, beside the same call in this process.

And over a bare connection, which tells what of it is the server's and what the HTTP library's in the app.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from services.contract.policy import Policy
from services.contract.principals import Role
from services.contract.requests import CreateToken, GetCustomerBillingView
from services.contract.views import CustomerBillingView, NotModified
from services.feeding.demo import demo_customers
from services.storage.engine import Store
from services.surface.http_client.client import HttpSurface
from services.surface.surface import Surface
from services.surface.wire import encode
from tests.benchmarks.figures import Bound, Figure, compare, milliseconds, percentile
from tests.benchmarks.stores import with_history
from tests.clocks import START
from tests.databases import durable_cluster
from tests.serve_process import serve_process
from tests.surface import OPERATOR, OWNER, Workbench

BOUND = Bound(3)

_CUSTOMERS = 200
_SEED = 20
_CONFIG = "[server]\nrequests_per_minute = 1000000\n"
_ROUNDS = 4  # for each that the actions take: these are short

_FLOOR = "a view in this process"
_WHOLE = "a view over loopback"
_UNCHANGED = "one that is unchanged"
_BARE = "by a bare connection"

Ask = Callable[[GetCustomerBillingView], Awaitable[Any]]


def measure(rounds: int) -> list[Figure]:
    """Compare on both databases."""
    figures = []
    for name, database in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
        with tempfile.TemporaryDirectory(prefix="billinghelp-benchmark-") as folder, database(folder) as url:
            figures += _compare(name, url, Path(folder), rounds * _ROUNDS)
    return figures


@contextmanager
def _sqlite(folder: str) -> Iterator[str]:
    yield f"sqlite:///{folder}/views.db"


@contextmanager
def _postgresql(_folder: str) -> Iterator[str]:
    with durable_cluster() as cluster:
        yield cluster.create("views")


def _compare(name: str, url: str, folder: Path, rounds: int) -> list[Figure]:
    config = folder / "config" / "billinghelp" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(_CONFIG)
    customers = _feed(url)
    surface = Surface(Store(url), policy=Policy())
    issued = surface.dispatch(OWNER, CreateToken(role=Role.OPERATOR, name="operator", expires_in="1d"))
    with serve_process(url, folder) as server:
        p95s = asyncio.run(_ask(surface, server.url, issued.token, customers, rounds))
    surface.close()
    return [
        compare(f"{way}, p95, {name}", p95s[way], p95s[_FLOOR], bound, milliseconds)
        for way, bound in ((_WHOLE, BOUND), (_UNCHANGED, None), (_BARE, None))
    ]


def _feed(url: str) -> list[str]:
    store = Store(url)
    store.upgrade()
    records = [with_history(record, START) for record in demo_customers(_CUSTOMERS, _SEED, START)]
    Workbench(store).feed(*records)
    store.close()
    return [record["customer_id"] for record in records]


async def _ask(
    surface: Surface, server: str, token: str, customers: Sequence[str], rounds: int
) -> dict[str, list[float]]:
    """Return the p95 of each round, for each way to ask."""
    client, bare = HttpSurface(server, token), await _bare(server, token)

    async def in_process(request: GetCustomerBillingView) -> Any:
        return await surface.call(OPERATOR, request)

    known = [await client.call(GetCustomerBillingView(customer_id=each)) for each in customers]
    views = [GetCustomerBillingView(customer_id=each) for each in customers]
    polls = [
        GetCustomerBillingView(customer_id=each, if_none_match=view.view_etag)
        for each, view in zip(customers, known, strict=True)
    ]
    p95s: dict[str, list[float]] = {_FLOOR: [], _WHOLE: [], _UNCHANGED: [], _BARE: []}
    for number in range(rounds + 1):
        for way, asked, ask, kind in (
            (_FLOOR, views, in_process, CustomerBillingView),
            (_WHOLE, views, client.call, CustomerBillingView),
            (_UNCHANGED, polls, client.call, NotModified),
            (_BARE, views, bare, bytes),
        ):
            p95 = percentile(await _seconds(ask, asked, kind), 95)
            if number:  # the first round warms both
                p95s[way].append(p95)
    await client.hang_up()
    return p95s


async def _bare(server: str, token: str) -> Ask:
    """Return what asks over a connection without any library, and does not look into the answer."""
    host, _, port = server.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /rpc/GetCustomerBillingView HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n"
        "content-type: application/json\r\ncontent-length: "
    ).encode()

    async def ask(request: GetCustomerBillingView) -> bytes:
        body = encode(request)
        writer.write(b"%b%d\r\n\r\n%b" % (head, len(body), body))
        answered = await reader.readuntil(b"\r\n\r\n")
        length = answered.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return await reader.readexactly(int(length))

    return ask


async def _seconds(ask: Ask, requests: Sequence[GetCustomerBillingView], kind: type) -> list[float]:
    found = []
    for request in requests:
        began = perf_counter()
        answer = await ask(request)
        found.append(perf_counter() - began)
        assert isinstance(answer, kind)
    return found
