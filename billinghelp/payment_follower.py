"""What happens at Stripe reaches the records: webhooks where they arrive, and else by asking Stripe for its events."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

import msgspec

from services.contract.clock import Clock, system_clock
from services.contract.errors import Refused
from services.contract.ids import NewId, new_id
from services.contract.policy import Policy

if TYPE_CHECKING:
    from services.payments.mirror.under_lock import Mirror
    from services.payments.port import PaymentProvider
    from services.storage.engine import Store

_log = logging.getLogger(__name__)


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
_FIRST_LOOK = 2.0  # seconds: what somebody waits for at the start of an app comes first
_PAGES_ARE_USED = timedelta(hours=1)


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
        self._provider: PaymentProvider | None = None
        self._told = asyncio.Event()
        self._asked_at = float("-inf")

    def wake(self) -> None:
        """Look into the inbox now: something has arrived. In the event loop of `run`."""
        self._told.set()

    async def run(self) -> NoReturn:
        """Follow until cancelled."""
        if self._waits:
            await asyncio.sleep(_FIRST_LOOK)
        try:
            while True:
                await self._round()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._told.wait(), _LOOK_EVERY)
                self._told.clear()
        finally:
            if self._provider is not None:
                await self._provider.hang_up()

    async def _round(self) -> None:
        """Do what there is to do. Whatever goes wrong is logged, and tried again later."""
        try:
            await self._follow()
        except Refused as refused:
            _log.warning("What happened at Stripe was not read: %s", refused.reason)
        except Exception as fault:  # noqa: BLE001  (logged; the next round is in a moment)
            _log.exception("%s while it was read what happened at Stripe", type(fault).__name__)

    async def _follow(self) -> None:
        busy, due = await asyncio.to_thread(self._look)
        if self._provider is None and self._waits and not (busy or due):
            return
        now = asyncio.get_running_loop().time()
        every = self._pace.busy if busy and self._pace.busy is not None else self._pace.idle
        asks = now - self._asked_at >= every
        if not (asks or due):
            return
        mirror = await self._mirror()
        from services.payments import inbox

        if asks:
            self._asked_at = now
            await inbox.reconcile(mirror, again=timedelta(seconds=self._pace.again))
        while await inbox.work(mirror):
            pass

    async def _mirror(self) -> "Mirror":
        from services.payments.mirror.under_lock import Mirror

        if self._provider is None:
            self._provider = await asyncio.to_thread(self._make_provider)
        return Mirror(self._store, self._provider, self._policy, self._clock, self._new_id)

    def _look(self) -> tuple[bool, bool]:
        """Return whether somebody may be on a page of Stripe's, and whether something waits in the inbox."""
        from services.payments import inbox_store, operations_store

        now = self._clock()
        with self._store.look() as conn:
            busy = operations_store.any_open(conn, now - _PAGES_ARE_USED)
            return busy, bool(inbox_store.due(conn, now, 1))


class FollowerThread:
    """A follower in a thread and an event loop of its own, from now on until it is stopped."""

    def __init__(self, make: Callable[[], PaymentFollower]) -> None:
        self._loop = asyncio.new_event_loop()
        self._make = make
        self._task: asyncio.Task[NoReturn] | None = None
        self._begun = threading.Event()
        # No reason for a process to live on: what it leaves is read again.
        self._thread = threading.Thread(target=self._run, name="payment follower", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let a transaction under way finish; return when it has."""
        self._begun.wait()
        if self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._task = self._loop.create_task(self._make().run())
            self._begun.set()
            with suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._task)
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._begun.set()
            self._loop.close()
