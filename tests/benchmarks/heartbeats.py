"""Heartbeats in which nothing is new, answered by one `billinghelp serve`, beside a page that asks nobody anything."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec

from services.contract.policy import Policy
from services.contract.principals import Role
from services.contract.requests import CreateToken
from services.storage.engine import Store
from services.surface.surface import Surface
from tests.benchmarks.figures import Bound, Figure, Group, compare, milliseconds, per_second, percentile
from tests.benchmarks.raw_load import Load, Told
from tests.databases import durable_cluster
from tests.serve_process import serve_process
from tests.surface import OWNER, Workbench, customer

A_SECOND = 1_000
"""How many are to be answered, whatever a bare page takes (the issue, «Speed»)."""

_CUSTOMERS = 100
_NODES = 5  # of each
_TIMES = 6  # of each node's heartbeat in a round: some seconds' work
_CONNECTIONS = 32
_CONFIG = "[server]\nrequests_per_minute = 1000000\n"
_TOLD = b'{"version":"4.2.1","users":12,"storage_bytes":5000000,"applied_generation":1}'


def measure(rounds: int) -> Group:
    """Measure on both databases."""
    figures = []
    for name, database in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
        with tempfile.TemporaryDirectory(prefix="billinghelp-benchmark-") as folder, database(folder) as url:
            figures += _measured(name, url, Path(folder), rounds)
    about = f"{_CUSTOMERS * _NODES} nodes over {_CONNECTIONS} connections, against {A_SECOND} /s, and against /healthz"
    return Group(about, figures)


@contextmanager
def _sqlite(folder: str) -> Iterator[str]:
    yield f"sqlite:///{folder}/nodes.db"


@contextmanager
def _postgresql(_folder: str) -> Iterator[str]:
    with durable_cluster() as cluster:
        yield cluster.create("nodes")


def _measured(name: str, url: str, folder: Path, rounds: int) -> list[Figure]:
    config = folder / "config" / "billinghelp" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(_CONFIG)
    heartbeats = _register(url)
    page = [b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"] * len(heartbeats)
    ours, floor, seconds = list[float](), list[float](), list[float]()
    with serve_process(url, folder) as server, _load_process() as process:
        port = int(server.url.rpartition(":")[2])
        for number in range(rounds + 1):
            told = _send(process, Load(port, _CONNECTIONS, _TIMES, heartbeats))
            bare = _send(process, Load(port, _CONNECTIONS, _TIMES, page))
            if number:  # in the first round they tell something new
                ours.append(len(told.seconds) / told.took)
                floor.append(len(bare.seconds) / bare.took)
                seconds += told.seconds
    bound = Bound(1, at_least=True)
    answered = compare(f"heartbeats answered, {name}", ours, [A_SECOND] * rounds, bound, per_second)
    p95 = milliseconds(percentile(seconds, 95))
    return [
        replace(answered, ours=f"{answered.ours}, p95 {p95}"),
        compare(f"beside a page that asks nobody, {name}", ours, floor, None, per_second),
    ]


def _register(url: str) -> list[bytes]:
    """Make customers and their nodes, and return each node's heartbeat."""
    store = Store(url)
    store.upgrade()
    names = [f"customer-{number}" for number in range(_CUSTOMERS)]
    Workbench(store).feed(*map(customer, names))
    surface = Surface(store, policy=Policy())  # whose clock is the server's
    heartbeats = []
    for customer_id in names:
        for node_id in (f"node-{number}" for number in range(_NODES)):
            request = CreateToken(
                role=Role.SERVICE, name="node", expires_in="1d", customer_id=customer_id, node_id=node_id
            )
            heartbeats.append(_heartbeat(node_id, surface.dispatch(OWNER, request).token))
    surface.close()
    return heartbeats


def _heartbeat(node_id: str, token: str) -> bytes:
    head = (
        f"POST /nodes/{node_id}/heartbeat HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(_TOLD)}\r\n\r\n"
    )
    return head.encode() + _TOLD


@contextmanager
def _load_process() -> "Iterator[subprocess.Popen[bytes]]":
    command: Sequence[str] = (sys.executable, "-m", "tests.benchmarks.raw_load")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process


def _send(process: "subprocess.Popen[bytes]", load: Load) -> Told:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(msgspec.json.encode(load) + b"\n")
    process.stdin.flush()
    return msgspec.json.decode(process.stdout.readline(), type=Told)
