"""The nodes of the demo's customers: registered by the ordinary method, and heard of as nodes are, some of them on."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

import msgspec

from services.billing import nodes_store
from services.billing.store import load_facts, lock_customer
from services.contract.clock import Clock, system_clock
from services.contract.errors import Refused
from services.contract.plans import GIB
from services.contract.policy import Policy
from services.contract.principals import Principal, Role
from services.contract.requests import CreateToken
from services.payments.mirror import store as mirror_store
from services.payments.nodes import store as heartbeats_store
from services.payments.nodes.model import Heartbeat
from services.payments.nodes.store import Sighting
from services.storage.connection import Connection
from services.storage.engine import Store
from services.surface.surface import Surface

_log = logging.getLogger(__name__)

_ADMINISTRATOR = Principal(actor="admin@demo", role=Role.PLATFORM_ADMIN)
_REGISTERED = timedelta(days=120)
_PLAN_CHANGED = timedelta(days=3)
_BEFORE, _NOW = 1, 2  # the generations of the plan, before and since that change
_JUST_NOW = timedelta(seconds=20)


class _Node(msgspec.Struct, frozen=True):
    """One node: whose it is, what it tells, and how long ago it did; null: it was never heard of."""

    customer_id: str
    node_id: str
    name: str
    heard: timedelta | None = _JUST_NOW
    applied: int = _NOW
    users: int = 0
    storage_gib: int = 0
    version: str = "4.2.1"


# By customer. Those of the MSP bring its users above what its plan includes.
_NODES = (
    _Node("demo-0003", "route-1", "route planning, rack 1", users=2, storage_gib=18),
    _Node("demo-0003", "route-2", "route planning, rack 2", users=1, storage_gib=11),
    _Node("demo-0004", "press-1", "press archive, primary", users=3, storage_gib=64),
    _Node("demo-0004", "press-2", "press archive, replica", users=2, storage_gib=41),
    _Node("demo-0004", "layout", "layout desk", timedelta(hours=7), _NOW, 0, 10, "4.1.9"),
    _Node("demo-0010", "east-1", "eastern region, 1", users=14, storage_gib=96),
    _Node("demo-0010", "east-2", "eastern region, 2", users=11, storage_gib=90),
    _Node("demo-0010", "north-1", "northern region, 1", _JUST_NOW, _BEFORE, 9, 48, "4.1.9"),
    _Node("demo-0010", "north-2", "northern region, 2", timedelta(days=2, hours=4), _BEFORE, 2, 21, "4.1.7"),
    _Node("demo-0010", "west-1", "western region, being set up", None),
    _Node("demo-0011", "loom-1", "pattern server", users=1, storage_gib=12),
)


def add_nodes(store: Store, policy: Policy, customers: int, now: datetime) -> None:
    """Let those of the customers that there are have their nodes."""
    surface = Surface(store, policy=policy, clock=lambda: now - _REGISTERED)  # not closed: the store is the demo's
    for customer_id, theirs in groupby(_NODES, key=lambda node: node.customer_id):
        if int(customer_id.removeprefix("demo-")) > customers:
            continue
        nodes = list(theirs)
        for node in nodes:
            surface.dispatch(
                _ADMINISTRATOR,
                CreateToken(
                    role=Role.SERVICE,
                    name=node.name,
                    customer_id=customer_id,
                    node_id=node.node_id,
                    expires_in="365d",
                ),
            )
        store.transact(partial(_hear, customer_id=customer_id, nodes=nodes, now=now))


@contextmanager
def beating(store: Store, *, every: float = 60.0, clock: Clock = system_clock) -> Iterator[None]:
    """Let the nodes that are not silent be heard of while the block runs, every so many seconds."""
    stopped = threading.Event()
    alive = [(node.customer_id, node.node_id) for node in _NODES if node.heard == _JUST_NOW]

    def beat() -> None:
        while not stopped.wait(every):
            sightings = dict.fromkeys(alive, Sighting(clock(), ""))
            try:
                store.transact(partial(heartbeats_store.see, sightings=sightings))
            except Refused as refused:
                _log.warning("The demo's nodes were not heard of: %s", refused.reason)

    thread = threading.Thread(target=beat, name="demo nodes", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _hear(conn: Connection, *, customer_id: str, nodes: Sequence[_Node], now: datetime) -> None:
    """Write what the nodes have told, and that the plan has changed since some of them were heard of."""
    lock_customer(conn, customer_id)
    facts = load_facts(conn, customer_id)
    if facts is None:
        raise LookupError(customer_id)
    changed = msgspec.structs.replace(facts.payments, generation=_NOW, generation_at=now - _PLAN_CHANGED)
    mirror_store.save_profile(conn, customer_id, changed)
    for node in nodes:
        if node.heard is not None:
            told = Heartbeat(
                version=node.version,
                users=node.users,
                storage_bytes=node.storage_gib * GIB,
                applied_generation=node.applied,
            )
            heartbeats_store.tell(conn, customer_id, node.node_id, told, now - node.heard)
    nodes_store.measure_use(conn, customer_id, now, told_more=True)
