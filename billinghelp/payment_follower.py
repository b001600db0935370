"""What happens at Stripe reaches the records: webhooks where they arrive, and else by asking Stripe for its events."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import msgspec

from services.contract.clock import Clock, system_clock
from services.contract.errors import Refused
from services.contract.ids import NewId, new_id
from services.contract.policy import Policy

if TYPE_CHECKING:
    from billinghelp.config import Settings
    from billinghelp.payments import PaymentOffice
    from services.payments.mirror.under_lock import Mirror
    from services.payments.port import PaymentProvider
    from services.payments.readers import Readers
    from services.storage.engine import Store

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How often Stripe is asked for what may have been missed, in seconds.

    Args:
        idle: when nobody is known to be on one of its pages.
        busy: when somebody is; null: as when idle, because webhooks tell.
        again: how much of what was asked for before is asked for again: events may appear late.
    """

    idle: float
    busy: float | None
    again: float = 300.0


BY_WEBHOOKS = Pace(idle=3_600.0, busy=None)
"""Webhooks tell; once an hour what was missed is made good."""

BY_ASKING = Pace(idle=60.0, busy=1.0, again=30.0)
"""No webhook arrives: somebody who pays sees it within seconds."""

_LOOK_EVERY = 0.5  # seconds between two looks into the inbox, which another process may have filled
_GATHERING = 0.02  # seconds: what happens at Stripe is told in many events, of which one reading serves for all
CONNECTIONS = 2
"""Transactions at once: of SQLite one writes, and on PostgreSQL more connections would be missing elsewhere."""

_PAGES_ARE_USED = timedelta(hours=1)


def follower_of(settings: "Settings", store: "Store", office: "PaymentOffice") -> "PaymentFollower":
    """Return what follows for a server."""
    pace = BY_WEBHOOKS if office.hears_webhooks else BY_ASKING
    return PaymentFollower(store, office.provider, settings.policy, pace, waits=office.is_sandbox)


class PaymentFollower:
    """Reads again what Stripe tells of. Any number of processes on one database share the work.

    Args:
        provider: makes the provider; called in a thread, when there is first something to do.
        pace: how often Stripe is asked.
        waits: ask nothing before there was something to do: an app that only looks at a store leaves Stripe alone.
    """

    def __init__(
        self,
        store: "Store",
        provider: "Callable[[], PaymentProvider]",
        policy: Policy,
        pace: Pace,
        *,
        waits: bool = False,
        clock: Clock = system_clock,
        new_id: NewId = new_id,
    ) -> None:
        self._store = store
        self._make_provider = provider
        self._policy = policy
        self._pace = pace
        self._waits = waits
        self._clock = clock
        self._new_id = new_id
        self._readers: Readers | None = None
        self._asking: asyncio.Task[None] | None = None
        # Its own: who waits here, such as for a customer whose record is locked, keeps nobody else waiting.
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="payment follower")
        self._told = asyncio.Event()
        self._asked_at = float("-inf")

    def wake(self) -> None:
        """Look into the inbox now: something has arrived. In the event loop of `run`."""
        self._told.set()

    async def run(self) -> NoReturn:
        """Follow until cancelled."""
        try:
            while True:
                await self._round(self._follow())
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._told.wait(), _LOOK_EVERY)
                await asyncio.sleep(_GATHERING)
                self._told.clear()
        finally:
            await self._leave()

    async def _round(self, work: Coroutine[Any, Any, None]) -> None:
        """Do what there is to do. Whatever goes wrong is logged, and tried again later."""
        try:
            await work
        except Refused as refused:
            _log.warning("What happened at Stripe was not read: %s", refused.reason)
        except Exception as fault:  # noqa: BLE001  (logged; the next round is in a moment)
            _log.exception("%s while it was read what happened at Stripe", type(fault).__name__)

    async def _follow(self) -> None:
        if self._readers is None and self._waits and not await self._in_thread(self._anything):
            return
        readers = await self._opened()
        now = asyncio.get_running_loop().time()
        if (self._asking is None or self._asking.done()) and await self._is_time_to_ask(now):
            self._asked_at = now
            # Beside the reading: Stripe's list may be long, or late.
            self._asking = asyncio.create_task(self._round(self._ask(readers.mirror)))
        await readers.take_up()

    async def _ask(self, mirror: "Mirror") -> None:
        from services.payments.inbox import reconcile

        if await reconcile(mirror, again=timedelta(seconds=self._pace.again)):
            self.wake()

    async def _opened(self) -> "Readers":
        if self._readers is None:
            from services.payments.mirror.under_lock import Mirror
            from services.payments.readers import Readers

            provider = await self._in_thread(self._make_provider)
            mirror = Mirror(self._store, provider, self._policy, self._clock, self._new_id, self._threads)
            self._readers = Readers(mirror, self.wake)
        return self._readers

    async def _leave(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait((self._asking,))
        if self._readers is not None:
            await self._readers.stop()
            await self._readers.mirror.provider.hang_up()
        await asyncio.to_thread(self._threads.shutdown)

    async def _is_time_to_ask(self, now: float) -> bool:
        since, pace = now - self._asked_at, self._pace
        if since >= pace.idle:
            return True
        return pace.busy is not None and since >= pace.busy and await self._in_thread(self._somebody_is_at_it)

    def _somebody_is_at_it(self) -> bool:
        """Return whether somebody may be on a page of Stripe's."""
        from services.payments import operations_store

        with self._store.look() as conn:
            return operations_store.any_open(conn, self._clock() - _PAGES_ARE_USED)

    def _anything(self) -> bool:
        """Return whether there is something to do."""
        from services.payments import inbox_store

        if self._somebody_is_at_it():
            return True
        with self._store.look() as conn:
            return bool(inbox_store.due(conn, self._clock(), 1))

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
