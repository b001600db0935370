"""What Stripe's events tell of is read again: many subjects side by side, each by one reader at a time.

Any number of processes share the work: each takes the locks of some subjects, and all events about one subject are done
with one reading of it.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from services.contract.errors import Refused
from services.payments import inbox_store
from services.payments.mirror.sync import sync
from services.payments.mirror.under_lock import LEASE, Held, LostLockError, Mirror, UnknownAccountError, release
from services.storage.connection import Connection

_log = logging.getLogger(__name__)

MANY_AT_ONCE = 16
"""Subjects that are read side by side."""

_WORTH_TAKING = 4  # places for which locks are taken together: each time costs a transaction
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 600.0  # seconds
# A webhook may be faster than the transaction that makes its customer known; after so often it is somebody else's.
_TRIES_OF_STRANGERS = 6


class Readers:
    """Read subjects again, in one event loop. A slow answer of Stripe's holds up its own subject alone.

    Args:
        when_done: called after each subject: there is room for another one.
    """

    def __init__(self, mirror: Mirror, when_done: Callable[[], None] = lambda: None) -> None:
        self.mirror = mirror
        self._when_done = when_done
        self._under_way: set[asyncio.Task[None]] = set()

    async def take_up(self) -> int:
        """Begin to read what is due, as far as there is room; return how many subjects that were.

        Raises:
            Refused: `STORE_…`, where nothing can be claimed. What Stripe refuses is tried again later.
        """
        room = MANY_AT_ONCE - len(self._under_way)
        if room < _WORTH_TAKING:
            return 0
        mirror = self.mirror
        taken = await mirror.in_thread(lambda: _claim(mirror, mirror.new_id("reader"), room))
        for held in taken:
            reading = asyncio.create_task(_read(mirror, held))
            self._under_way.add(reading)
            reading.add_done_callback(self._done)
        return len(taken)

    async def finish(self) -> None:
        """Wait for what is being read."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def stop(self) -> None:
        """Give up what is being read, so that others can read it at once."""
        for reading in self._under_way:
            reading.cancel()
        await self.finish()

    def _done(self, reading: "asyncio.Task[None]") -> None:
        self._under_way.discard(reading)
        self._when_done()


def _claim(mirror: Mirror, holder: str, most: int) -> list[Held]:
    now = mirror.clock()

    def claim(conn: Connection) -> list[Held]:
        taken = inbox_store.take(conn, inbox_store.due(conn, now, most), holder, now, now + LEASE)
        return [Held(w.hint, holder, w.event_ids, w.event_types) for w in inbox_store.waiting(conn, taken)]

    with mirror.store.look() as conn:
        if not inbox_store.due(conn, now, 1):
            return []  # nothing is written for nothing
    return mirror.store.transact(claim)


async def _read(mirror: Mirror, held: Held) -> None:
    try:
        await sync(mirror, held)
    except LostLockError:
        _log.info("%s is read by somebody else by now", held.hint.name)
    except UnknownAccountError as unknown:
        await _put_off(mirror, held, str(unknown), stranger=True)
    except Refused as refused:
        _log.warning("%s was not read: %s", held.hint.name, refused.reason)
        await _put_off(mirror, held, refused.message)
    except asyncio.CancelledError:
        await _let_go(mirror, held)
        raise
    except Exception as fault:  # noqa: BLE001  (logged; one subject's must not keep the others from being read)
        _log.exception("%s while %s was read", type(fault).__name__, held.hint.name)
        await _put_off(mirror, held, f"a fault inside: {type(fault).__name__}")


async def _let_go(mirror: Mirror, held: Held) -> None:
    """Give the lock back: whoever reads next need not wait until it has run out."""
    try:
        await release(mirror, held)
    except Refused as refused:
        _log.warning("The lock of %s was not given back: %s", held.hint.name, refused.reason)


async def _put_off(mirror: Mirror, held: Held, problem: str, *, stranger: bool = False) -> None:
    try:
        await mirror.transact(partial(_postpone, mirror=mirror, held=held, problem=problem, stranger=stranger))
    except Refused as refused:  # its lock runs out, and then it is tried again
        _log.warning("%s was not put off: %s", held.hint.name, refused.reason)


def _postpone(conn: Connection, mirror: Mirror, held: Held, problem: str, *, stranger: bool) -> None:
    now = mirror.clock()
    told = inbox_store.waiting(conn, [held.hint.name])
    tried = max((each.attempts for each in told), default=0) + 1
    if stranger and tried >= _TRIES_OF_STRANGERS:
        inbox_store.quarantined(conn, held.event_ids, problem, now)
    else:
        inbox_store.postponed(conn, held.event_ids, problem, tried, now + pause_after(tried))
    inbox_store.give_back(conn, held.hint.name, held.holder)


def pause_after(tries: int) -> timedelta:
    """Return how long to wait after so many tries: twice as long each time, up to ten minutes."""
    return timedelta(seconds=min(_FIRST_PAUSE * 2 ** min(tries - 1, 20), _LONGEST_PAUSE))
