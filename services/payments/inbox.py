"""Stripe's events, from the moment they arrive until what they tell of is recorded.

An event is written into the inbox, once, and acknowledged. Any number of processes then read again what it tells of:
each takes the locks of some subjects, and all events about one subject are done with one mirror.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from services.contract.errors import Refused
from services.payments import inbox_store
from services.payments.hints import hint_of
from services.payments.mirror import store as mirror_store
from services.payments.mirror.sync import sync
from services.payments.mirror.under_lock import LEASE, Held, LostLockError, Mirror, UnknownAccountError
from services.payments.model import Hint, Subject
from services.payments.port import RemoteEvent
from services.storage.connection import Connection
from services.storage.engine import Store

_log = logging.getLogger(__name__)

MANY_AT_ONCE = 16
"""Subjects that are read side by side."""

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 600.0  # seconds
# A webhook may be faster than the transaction that makes its customer known; after so often it is somebody else's.
_TRIES_OF_STRANGERS = 6


def receive(store: Store, events: Sequence[RemoteEvent], now: datetime, *, livemode: bool) -> int:
    """Put events into the inbox, each once, and return how many were new.

    Those of the other mode than ours, with money that is real here and not there, are kept aside.

    Raises:
        Refused: `STORE_…`; then nothing was taken, and Stripe sends it again.
    """
    ours = [event for event in events if event.livemode == livemode]
    others = [event for event in events if event.livemode != livemode]
    told = [(event, hint) for event in ours if (hint := hint_of(event)) is not None]
    if not told and not others:
        return 0

    def write(conn: Connection) -> int:
        for event in others:
            inbox_store.quarantine(conn, event, "it is of the other mode: live and test do not mix", now)
        return inbox_store.receive(conn, told, now)

    return store.transact(write)


async def work(mirror: Mirror, limit: int = MANY_AT_ONCE) -> int:
    """Read again what is due, of up to `limit` subjects, and return how many they were.

    Raises:
        Refused: `STORE_…`, where nothing can be claimed. What Stripe refuses is tried again later.
    """
    holder = mirror.new_id("reader")
    held = await asyncio.to_thread(_claim, mirror, holder, limit)
    async with asyncio.TaskGroup() as tasks:
        for each in held:
            tasks.create_task(_read(mirror, each))
    return len(held)


def _claim(mirror: Mirror, holder: str, limit: int) -> list[Held]:
    now = mirror.clock()

    def claim(conn: Connection) -> list[Held]:
        taken = [n for n in inbox_store.due(conn, now, limit) if inbox_store.take(conn, n, holder, now, now + LEASE)]
        found = [inbox_store.waiting(conn, name) for name in taken]
        return [Held(each.hint, holder, each.event_ids) for each in found]

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
    except Exception as fault:  # noqa: BLE001  (logged; one subject's must not keep the others from being read)
        _log.exception("%s while %s was read", type(fault).__name__, held.hint.name)
        await _put_off(mirror, held, f"a fault inside: {type(fault).__name__}")


async def _put_off(mirror: Mirror, held: Held, problem: str, *, stranger: bool = False) -> None:
    try:
        await asyncio.to_thread(
            mirror.store.transact, partial(_postpone, mirror=mirror, held=held, problem=problem, stranger=stranger)
        )
    except Refused as refused:  # its lock runs out, and then it is tried again
        _log.warning("%s was not put off: %s", held.hint.name, refused.reason)


def _postpone(conn: Connection, mirror: Mirror, held: Held, problem: str, *, stranger: bool) -> None:
    now = mirror.clock()
    tried = inbox_store.waiting(conn, held.hint.name).attempts + 1
    if stranger and tried >= _TRIES_OF_STRANGERS:
        inbox_store.quarantined(conn, held.event_ids, problem, now)
    else:
        inbox_store.postponed(conn, held.event_ids, problem, tried, now + pause_after(tried))
    inbox_store.give_back(conn, held.hint.name, held.holder)


def pause_after(tries: int) -> timedelta:
    """Return how long to wait after so many tries: twice as long each time, up to ten minutes."""
    return timedelta(seconds=min(_FIRST_PAUSE * 2 ** min(tries - 1, 20), _LONGEST_PAUSE))


async def reconcile(mirror: Mirror, *, again: timedelta) -> int:
    """Ask Stripe for the events since the last time, put those into the inbox that never arrived; return how many.

    Stripe keeps events for thirty days: after a longer time all customers are read again instead.

    Args:
        again: how much of what was asked for before is asked for again, as events may appear late.

    Raises:
        Refused: what Stripe or the store refuses; the next time begins where this one did.
    """
    now = mirror.clock()
    last = await asyncio.to_thread(_last_reconciled, mirror.store)
    if last is None or now - last > _EVENTS_LAST:
        added = await asyncio.to_thread(mirror.store.transact, partial(_enqueue_everybody, now=now))
        await asyncio.to_thread(mirror.store.transact, partial(_reconciled, now=now))
        return added
    added, after = 0, None
    while True:
        page = await mirror.provider.events(last - again, after)
        added += await asyncio.to_thread(receive, mirror.store, page.events, now, livemode=mirror.provider.livemode)
        if not page.has_more or not page.events:
            break
        after = page.events[-1].event_id
    await asyncio.to_thread(mirror.store.transact, partial(_reconciled, now=now))
    return added


_CURSOR = "reconciled"
_EVENTS_LAST = timedelta(days=29)


def _last_reconciled(store: Store) -> datetime | None:
    with store.read() as conn:
        value = inbox_store.cursor(conn, _CURSOR)
    return None if value is None else datetime.fromisoformat(value)


def _reconciled(conn: Connection, now: datetime) -> None:
    inbox_store.set_cursor(conn, _CURSOR, now.isoformat(), now)


def _enqueue_everybody(conn: Connection, now: datetime) -> int:
    """Put a hint for each customer with an account into the inbox, as if Stripe had told of it."""
    told = [
        (
            RemoteEvent(
                event_id=f"reconcile-{now:%Y%m%dT%H%M%S}-{subject}-{account_id}",
                type="reconcile",
                object_id=account_id,
                object_kind="customer",
                account_id=account_id,
                created_at=now,
                livemode=False,
            ),
            Hint(subject, account_id),
        )
        for account_id in mirror_store.accounts(conn)
        for subject in (Subject.ACCOUNT, Subject.INVOICES)
    ]
    return inbox_store.receive(conn, told, now)
