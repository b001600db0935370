"""The inbox of Stripe's events: each that arrives is written down once, and those that never arrived are asked for.

What they tell of is read again by `readers`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from services.payments import inbox_store
from services.payments.hints import hint_of
from services.payments.mirror import store as mirror_store
from services.payments.mirror.under_lock import Mirror
from services.payments.model import Hint, Subject
from services.payments.port import RemoteEvent
from services.storage.connection import Connection
from services.storage.engine import Store

_CURSOR = "reconciled"
_EVENTS_LAST = timedelta(days=29)
# Stripe keeps events for thirty days: one that is older never comes again, to be told from one that was done.
_DONE_IS_KEPT = timedelta(days=30)
_ASIDE_IS_KEPT = timedelta(days=90)  # for somebody to look into
_GO_AT_ONCE = 1_000  # in one transaction, with each time that Stripe is asked: hourly that is 24 thousand a day


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


async def reconcile(mirror: Mirror, *, again: timedelta) -> int:
    """Ask Stripe for the events since the last time, put those into the inbox that never arrived; return how many.

    Of those that the inbox has, some that are long over are removed each time.

    Stripe keeps events for thirty days: after a longer time all customers are read again instead.

    Args:
        again: how much of what was asked for before is asked for again, as events may appear late.

    Raises:
        Refused: what Stripe or the store refuses; the next time begins where this one did.
    """
    now = mirror.clock()
    last = await mirror.in_thread(lambda: _last_reconciled(mirror.store))
    if last is None or now - last > _EVENTS_LAST:
        added = await mirror.transact(partial(_enqueue_everybody, now=now))
        await mirror.transact(partial(_reconciled, now=now))
        return added
    added, after = 0, None
    while True:
        page = await mirror.provider.events(last - again, after)
        added += await mirror.in_thread(
            partial(receive, mirror.store, page.events, now, livemode=mirror.provider.livemode)
        )
        if not page.has_more or not page.events:
            break
        after = page.events[-1].event_id
    await mirror.transact(partial(_reconciled, now=now))
    return added


def _last_reconciled(store: Store) -> datetime | None:
    with store.look() as conn:
        value = inbox_store.cursor(conn, _CURSOR)
    return None if value is None else datetime.fromisoformat(value)


def ask_since(conn: Connection, moment: datetime) -> None:
    """Let Stripe be asked next for the events since a moment. Called inside the caller's transaction."""
    inbox_store.set_cursor(conn, _CURSOR, moment.isoformat(), moment)


def _reconciled(conn: Connection, now: datetime) -> None:
    ask_since(conn, now)
    done_before, aside_before = now - _DONE_IS_KEPT, now - _ASIDE_IS_KEPT
    inbox_store.remove_old(conn, done_before=done_before, aside_before=aside_before, limit=_GO_AT_ONCE)


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
