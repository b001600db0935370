"""A subject of Stripe's is read again under its lock, and recorded in the transaction that gives the lock back.

Stripe is asked outside of any transaction; the lock keeps a slower reader from writing what is out of date by then. It
is a lease: who lost it writes nothing.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import timedelta
from typing import NamedTuple, TypeVar

from services.billing.model import CustomerFacts
from services.billing.store import load_facts, lock_customer
from services.contract.clock import Clock
from services.contract.context import CallContext
from services.contract.errors import Code, Refused
from services.contract.ids import NewId
from services.contract.policy import Policy
from services.contract.principals import Principal
from services.payments import inbox_store
from services.payments.actors import STRIPE
from services.payments.mirror import store as mirror_store
from services.payments.model import Hint
from services.payments.port import PaymentProvider, RemoteAccount
from services.storage.connection import Connection
from services.storage.engine import Store

_T = TypeVar("_T")

LEASE = timedelta(minutes=2)
"""For how long a subject is locked at most: longer than Stripe is waited for."""


class UnknownAccountError(Exception):
    """Nobody here is this customer of Stripe's, or more than one; or Stripe does not know it."""


class LostLockError(Exception):
    """The lock was lost before what was read could be written: somebody else reads it by now."""


class Mirror(NamedTuple):
    """What it takes to read subjects again and to record them.

    Attributes:
        threads: where transactions run; null: where everything of the event loop's runs that waits.
    """

    store: Store
    provider: PaymentProvider
    policy: Policy
    clock: Clock
    new_id: NewId
    threads: Executor | None = None

    def context(self, principal: Principal = STRIPE) -> CallContext:
        """Return the surroundings of one record, at this moment."""
        return CallContext(principal=principal, now=self.clock(), policy=self.policy, new_id=self.new_id)

    async def in_thread(self, work: Callable[[], _T]) -> _T:
        """Return what `work` returns, which waits for the database."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)

    async def transact(self, work: Callable[[Connection], _T]) -> _T:
        """Return what `work` returns, once it is committed; see `Store.transact`."""
        return await self.in_thread(lambda: self.store.transact(work))


class Held(NamedTuple):
    """A subject whose lock is held, by whom, and the events that led to it, with their types; none: a person did."""

    hint: Hint
    holder: str
    event_ids: tuple[str, ...] = ()
    event_types: frozenset[str] = frozenset()


async def hold(mirror: Mirror, hint: Hint, *, within: float, pause: float = 0.05) -> Held:
    """Return the subject, locked; who reads it just now is waited for.

    Raises:
        Refused: `PAYMENTS_LOCKED`, when it did not come free in time.
    """
    holder = mirror.new_id("reader")
    deadline = asyncio.get_running_loop().time() + within
    while not await mirror.transact(lambda conn: _take(conn, mirror, hint, holder)):
        if asyncio.get_running_loop().time() > deadline:
            raise Refused(
                Code.UNAVAILABLE, "PAYMENTS_LOCKED", "Stripe is being asked for this customer: try again in a moment."
            )
        await asyncio.sleep(pause)
    return Held(hint, holder)


def _take(conn: Connection, mirror: Mirror, hint: Hint, holder: str) -> bool:
    now = mirror.clock()
    return bool(inbox_store.take(conn, [hint.name], holder, now, now + LEASE))


async def release(mirror: Mirror, held: Held) -> None:
    """Give the lock back without having recorded anything."""
    await mirror.transact(lambda conn: inbox_store.give_back(conn, held.hint.name, held.holder))


async def settle(mirror: Mirror, held: Held, write: Callable[[Connection], None]) -> None:
    """Write, give the lock back and call the events done, in one transaction.

    Raises:
        LostLockError: then nothing of it was done.
    """

    def write_and_settle(conn: Connection) -> None:
        write(conn)
        if not inbox_store.give_back(conn, held.hint.name, held.holder):
            raise LostLockError
        inbox_store.done(conn, held.event_ids, mirror.clock())

    await mirror.transact(write_and_settle)


def owner_of(conn: Connection, account_id: str) -> str:
    """Return whose a Stripe customer is.

    Raises:
        UnknownAccountError: nobody's here, or more than one customer's.
    """
    owners = mirror_store.owners_of(conn, account_id)
    if len(owners) != 1:
        raise UnknownAccountError("nobody here is this Stripe customer" if not owners else "several are")
    return owners[0]


async def known_account(provider: PaymentProvider, account_id: str) -> RemoteAccount:
    """Return a customer as it is at Stripe, which knows those as well that it has deleted.

    Raises:
        UnknownAccountError: it never had this one, who is of another account of Stripe's, of its other mode, or of
            another sandbox: nothing that is recorded of it is put in question by that.
        Refused: what the provider's port names.
    """
    try:
        return await provider.account(account_id)
    except Refused as refused:
        if refused.reason != "PAYMENTS_OBJECT_GONE":
            raise
        raise UnknownAccountError("Stripe does not know this customer under the key that is set") from refused


def locked(conn: Connection, customer_id: str) -> CustomerFacts:
    """Return a customer's facts, which nobody else changes until the transaction ends."""
    lock_customer(conn, customer_id)
    facts = load_facts(conn, customer_id)
    if facts is None:
        raise UnknownAccountError("the customer is gone")
    return facts
