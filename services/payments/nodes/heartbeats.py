"""A heartbeat, from a node's token to its answer: one read, and a write only where it tells something new.

That a node was heard of is kept in memory, and written for all nodes together now and then (`flush`).
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, cast

import msgspec

from services.access import rules as access_rules
from services.billing import nodes_store
from services.billing.store import lock_customer
from services.contract.clock import Clock, system_clock
from services.contract.errors import Code, Refused, invalid
from services.contract.ids import NewId, new_id
from services.contract.plans import PlanCatalogue
from services.contract.principals import Credential
from services.feeding import json_text
from services.feeding.problems import UnreadableError
from services.payments.nodes import rules, store
from services.payments.nodes.entitlements import Answers
from services.payments.nodes.lookup import Lookup
from services.payments.nodes.model import Heartbeat, Sender
from services.payments.nodes.pace import Pace
from services.payments.nodes.signing import KeyRing, open_ring
from services.payments.nodes.store import NodeKey, Sighting
from services.storage.connection import Connection
from services.storage.engine import Store

_T = TypeVar("_T")

# Of SQLite one writes at a time; on PostgreSQL two need not wait for each other's customers.
_WRITERS = 2
_AT_ONCE = 1_000  # sightings in one transaction: some tens of milliseconds, in which others wait


def read_heartbeat(body: bytes) -> Heartbeat:
    """Return the heartbeat that a JSON object holds.

    Raises:
        Refused: `INVALID_HEARTBEAT`, with what is wrong and where.
    """
    try:
        told = msgspec.json.decode(body, type=Heartbeat)
        json_text.decode(body.decode())  # a field that stands twice: of two readers, one would take the other one
    except msgspec.ValidationError as error:
        raise invalid("INVALID_HEARTBEAT", f"This is no heartbeat: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid(
            "INVALID_HEARTBEAT", "The heartbeat is not a JSON object: check its quotes and braces."
        ) from error
    except UnreadableError as error:
        raise invalid("INVALID_HEARTBEAT", f"The heartbeat cannot be read: {error}.") from error
    return told


class Heartbeats:
    """Answers heartbeats over one store. All calls but `close` come from one event loop.

    Args:
        plans: what the platform sells.
        most_a_minute: how many heartbeats one token may send; null: as many as it likes.
        read_only: refuse them all.
    """

    def __init__(
        self,
        data: Store,
        plans: PlanCatalogue,
        *,
        clock: Clock = system_clock,
        new_id: NewId = new_id,
        most_a_minute: int | None = None,
        read_only: bool = False,
    ) -> None:
        self._store = data
        self._clock = clock
        self._new_id = new_id
        self._read_only = read_only
        self._pace = Pace(most_a_minute)
        self._lookup = Lookup(data)
        self._answers = Answers(plans)
        self._seen: dict[NodeKey, Sighting] = {}
        self._ring: tuple[datetime, KeyRing] | None = None
        self._opening = asyncio.Lock()
        self._writers = ThreadPoolExecutor(_WRITERS, thread_name_prefix="heartbeats")

    async def authenticate(self, credential: Credential) -> Sender:
        """Return who comes with a token.

        Raises:
            Refused: `TOKEN_MISSING`, `TOKEN_INVALID`, `TOKEN_EXPIRED`, `TOKEN_REVOKED`; `STORE_…`.
        """
        token_id, secret = access_rules.read_token(credential.token)
        sender = await self._lookup.find(token_id)
        access_rules.admit(None if sender is None else sender.token, secret, self._clock())
        return cast("Sender", sender)  # an unknown token is not admitted

    async def answer(self, credential: Credential, node_id: str, told: Heartbeat) -> bytes:
        """Return the answer to a node's heartbeat: a `HeartbeatAnswer`, as JSON.

        Raises:
            Refused: as `authenticate`; `READ_ONLY`, `RATE_LIMITED`, `NOT_A_NODE`, `NODE_NOT_FOUND`,
                `GENERATION_UNKNOWN`.
        """
        sender = await self.authenticate(credential)
        now = self._clock()
        self._pace.count(sender.token.token_id, now)
        standing = rules.standing_of(sender, node_id)
        rules.require_known_generation(told.applied_generation, standing.generation)
        if self._read_only:
            raise Refused(
                Code.PERMISSION_DENIED, "READ_ONLY", "This server changes nothing: send heartbeats to another one."
            )
        if told != sender.told:
            await self._in_thread(lambda: self._store.transact(partial(_record, sender, told, now)))
        self._seen[standing.customer_id, node_id] = Sighting(now, sender.token.token_id)
        return self._answers.to(standing, await self._open_ring(now), now)

    async def public_keys(self) -> dict[str, Any]:
        """Return what entitlements can be checked with, as a JSON Web Key Set.

        Raises:
            Refused: `NO_SIGNING_KEY`; `STORE_…`.
        """
        return (await self._open_ring(self._clock())).public_keys()

    async def flush(self) -> None:
        """Write when each node was last heard of. What could not be written is kept for the next time.

        Raises:
            Refused: `STORE_…`.
        """
        taken, self._seen = self._seen, {}
        try:
            await self._in_thread(lambda: self._write_sightings(taken))
        except BaseException:
            self._seen = taken | self._seen
            raise

    async def retire_expired(self, limit: int) -> int:
        """Count no more the nodes whose last token has expired, of up to `limit` customers; return of how many.

        Raises:
            Refused: `STORE_…`.
        """
        return 0 if self._read_only else await self._in_thread(lambda: self._retire(limit))

    def close(self) -> None:
        """Let what is under way finish."""
        self._lookup.close()
        self._writers.shutdown(wait=True)

    async def _open_ring(self, now: datetime) -> KeyRing:
        """Return the signing keys, read anew in every hour: by then, all processes know of a new one."""
        hour = rules.hour_of(now)
        async with self._opening:
            if self._ring is None or self._ring[0] != hour:
                ring = await self._in_thread(
                    lambda: open_ring(self._store, self._new_id, now, read_only=self._read_only)
                )
                self._ring = hour, ring
            return self._ring[1]

    def _write_sightings(self, taken: Mapping[NodeKey, Sighting]) -> None:
        sightings = sorted(taken.items())
        for start in range(0, len(sightings), _AT_ONCE):
            some = dict(sightings[start : start + _AT_ONCE])
            # Two transactions: whoever revokes a token holds its row, and then asks for its customer's.
            self._store.transact(partial(store.see, sightings=some))
            self._store.transact(partial(store.use_tokens, sightings=list(some.values())))

    def _retire(self, limit: int) -> int:
        now = self._clock()
        with self._store.look() as conn:
            found = nodes_store.miscounted(conn, now, limit)
        for customer_id in found:
            self._store.transact(partial(_count_anew, customer_id, now))
        return len(found)

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._writers, work)


def _record(sender: Sender, told: Heartbeat, now: datetime, conn: Connection) -> None:
    customer_id, node_id = sender.token.customer_id or "", sender.token.node_id or ""
    lock_customer(conn, customer_id)
    before = store.last_told(conn, customer_id, node_id)
    if before == told:  # another process was told the same meanwhile
        return
    store.tell(conn, customer_id, node_id, told, now)
    has_moved_on = before is None or before.applied_generation != told.applied_generation
    nodes_store.measure_use(conn, customer_id, now, told_more=has_moved_on)


def _count_anew(customer_id: str, now: datetime, conn: Connection) -> None:
    if lock_customer(conn, customer_id, if_free=True):  # whoever holds it counts
        nodes_store.measure_use(conn, customer_id, now)
