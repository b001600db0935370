"""What the methods of payments are given: the call's surroundings, the provider, and the way to the database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from services.billing.model import CustomerFacts
from services.billing.store import load_facts
from services.contract.context import CallContext
from services.contract.errors import customer_not_found
from services.payments.mirror.under_lock import Mirror
from services.payments.port import PaymentProvider
from services.storage.connection import Connection
from services.storage.engine import Store

_T = TypeVar("_T")


class InThread(Protocol):
    """Runs work that waits for the database in a thread."""

    def __call__(self, work: Callable[[], _T]) -> Awaitable[_T]:
        """Return what `work` returns."""


class PaymentCall:
    """One call. Stripe is asked in the event loop; transactions run in threads, and none is open while Stripe is.

    Args:
        keep: lets a question go on that the call does not wait for.
    """

    def __init__(
        self,
        context: CallContext,
        store: Store,
        provider: PaymentProvider,
        in_thread: InThread,
        *,
        keep: Callable[[asyncio.Task[Any]], None],
        read_only: bool,
    ) -> None:
        self.context = context
        self.store = store
        self.provider = provider
        self.keep = keep
        self.read_only = read_only
        self._in_thread = in_thread

    async def transact(self, work: Callable[[Connection], _T]) -> _T:
        """Return what `work` returns, once it is committed; see `Store.transact`."""
        return await self._in_thread(lambda: self.store.transact(work))

    async def read(self, work: Callable[[Connection], _T]) -> _T:
        """Return what `work` reads from one snapshot."""

        def read() -> _T:
            with self.store.read() as conn:
                return work(conn)

        return await self._in_thread(read)

    async def facts(self, customer_id: str) -> CustomerFacts:
        """Return a customer's facts.

        Raises:
            Refused: `CUSTOMER_NOT_FOUND`.
        """
        return await self.read(lambda conn: facts_of(conn, customer_id))

    @property
    def mirror(self) -> Mirror:
        """What it takes to read from Stripe again what a customer has there."""
        context = self.context
        return Mirror(self.store, self.provider, context.policy, lambda: context.now, context.new_id)


def facts_of(conn: Connection, customer_id: str) -> CustomerFacts:
    """Return a customer's facts.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`.
    """
    facts = load_facts(conn, customer_id)
    if facts is None:
        raise customer_not_found()
    return facts
