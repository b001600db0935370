"""The inbox of Stripe's events, and the locks under which objects are read again.

Each function runs inside the caller's transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, or_, select, update

from services.payments.model import Hint, hint_named
from services.payments.port import RemoteEvent
from services.storage.tables import payment_cursors, payment_events, payment_locks
from services.storage.upsert import insert_if_absent, insert_or_update

_WAITING = payment_events.c.status == "waiting"
# Those that wait longest first. What somebody reads just now is passed over.
_DUE = (
    select(payment_events.c.object_id)
    .outerjoin(payment_locks, payment_locks.c.object_id == payment_events.c.object_id)
    .where(
        _WAITING,
        payment_events.c.next_attempt_at <= bindparam("now", type_=payment_events.c.next_attempt_at.type),
        or_(
            payment_locks.c.until.is_(None),
            payment_locks.c.until <= bindparam("now", type_=payment_locks.c.until.type),
        ),
    )
    .group_by(payment_events.c.object_id)
    .order_by(func.min(payment_events.c.next_attempt_at), payment_events.c.object_id)
    .limit(bindparam("limit"))
)
_TAKE = (
    update(payment_locks)
    .where(
        payment_locks.c.object_id.in_(bindparam("names", expanding=True)),
        or_(
            payment_locks.c.until.is_(None),
            payment_locks.c.until <= bindparam("now", type_=payment_locks.c.until.type),
        ),
    )
    .values(holder=bindparam("holder"), until=bindparam("lost_at", type_=payment_locks.c.until.type))
    .returning(payment_locks.c.object_id)
)
# What nobody reads needs no row: there is one for each invoice that ever was.
_GIVE = delete(payment_locks).where(
    payment_locks.c.object_id == bindparam("name"), payment_locks.c.holder == bindparam("by")
)
_PENDING = (
    select(payment_events.c.object_id, payment_events.c.event_id, payment_events.c.type, payment_events.c.attempts)
    .where(_WAITING, payment_events.c.object_id.in_(bindparam("names", expanding=True)))
    .order_by(payment_events.c.object_id)
)
_THESE = update(payment_events).where(payment_events.c.event_id.in_(bindparam("ids", expanding=True)), _WAITING)
_SETTLED = _THESE.values(
    status=bindparam("outcome"),
    done_at=bindparam("at", type_=payment_events.c.done_at.type),
    problem=bindparam("why"),
)
_PUT_OFF = _THESE.values(
    problem=bindparam("why"),
    attempts=bindparam("tried"),
    next_attempt_at=bindparam("again", type_=payment_events.c.next_attempt_at.type),
)
# The first condition says nothing new: by it the index on `received_at` finds what is old.
_OVER = delete(payment_events).where(
    payment_events.c.event_id.in_(
        select(payment_events.c.event_id)
        .where(
            payment_events.c.received_at < bindparam("done_before", type_=payment_events.c.received_at.type),
            or_(
                payment_events.c.status == "done",
                (payment_events.c.status == "quarantined")
                & (payment_events.c.received_at < bindparam("aside_before", type_=payment_events.c.received_at.type)),
            ),
        )
        .order_by(payment_events.c.received_at)
        .limit(bindparam("limit"))
    )
)


class Waiting(msgspec.Struct, frozen=True):
    """A subject that is to be read again: the events that say so, their types, and how often it was tried."""

    hint: Hint
    event_ids: tuple[str, ...]
    event_types: frozenset[str]
    attempts: int


def receive(conn: Connection, told: Sequence[tuple[RemoteEvent, Hint]], now: datetime) -> int:
    """Put events into the inbox that are not there yet, and return how many they were."""
    rows = [
        {
            "event_id": event.event_id,
            "type": event.type,
            "object_id": hint.name,
            "account_id": event.account_id,
            "created_at": event.created_at,
            "received_at": now,
            "status": "waiting",
            "next_attempt_at": now,
        }
        for event, hint in told
    ]
    return insert_if_absent(conn, payment_events, rows)


def quarantine(conn: Connection, event: RemoteEvent, problem: str, now: datetime) -> None:
    """Keep an event that is not acted on, and why."""
    row = {
        "event_id": event.event_id,
        "type": event.type,
        "object_id": event.object_id,
        "account_id": event.account_id,
        "created_at": event.created_at,
        "received_at": now,
        "status": "quarantined",
        "next_attempt_at": now,
        "problem": problem,
    }
    insert_if_absent(conn, payment_events, [row])


def due(conn: Connection, now: datetime, limit: int) -> list[str]:
    """Return the names of up to `limit` subjects that are to be read again and that nobody reads just now."""
    return list(conn.execute(_DUE, {"now": now, "limit": limit}).scalars())


def take(conn: Connection, names: Sequence[str], holder: str, now: datetime, until: datetime) -> list[str]:
    """Take the locks of these subjects until a moment, and return the names of those that were free."""
    # In one order, whoever takes them: then nobody waits for somebody who waits for them.
    insert_if_absent(conn, payment_locks, [{"object_id": name} for name in sorted(names)])
    values = {"names": names, "holder": holder, "now": now, "lost_at": until}
    return list(conn.execute(_TAKE, values).scalars())


def give_back(conn: Connection, name: str, holder: str) -> bool:
    """Give a subject's lock back, and return whether it was still held: whoever lost it writes nothing any more."""
    return bool(conn.execute(_GIVE, {"name": name, "by": holder}).rowcount)


def waiting(conn: Connection, names: Sequence[str]) -> list[Waiting]:
    """Return the events that say that these subjects are to be read again; a subject without any is left out."""
    rows = conn.execute(_PENDING, {"names": names}).all()
    return [_waiting(name, list(told)) for name, told in groupby(rows, key=itemgetter(0))]


def _waiting(name: str, rows: Sequence[Sequence[Any]]) -> Waiting:
    ids, types, attempts = zip(*(row[1:] for row in rows), strict=True)
    return Waiting(hint_named(name), ids, frozenset(types), max(attempts))


def done(conn: Connection, event_ids: Sequence[str], now: datetime) -> None:
    """Write down that these events were acted on."""
    _settle(conn, event_ids, "done", None, now)


def quarantined(conn: Connection, event_ids: Sequence[str], problem: str, now: datetime) -> None:
    """Write down that these events are not acted on, and why."""
    _settle(conn, event_ids, "quarantined", problem, now)


def postponed(conn: Connection, event_ids: Sequence[str], problem: str, attempts: int, again: datetime) -> None:
    """Let these events be acted on later; `attempts`: how often it was tried by now."""
    if event_ids:
        conn.execute(_PUT_OFF, {"ids": event_ids, "why": problem, "tried": attempts, "again": again})


def remove_old(conn: Connection, *, done_before: datetime, aside_before: datetime, limit: int) -> None:
    """Remove up to `limit` events: those that were done and arrived before a moment, or were kept aside before another.

    The oldest go first; `aside_before` is the earlier moment. What waits stays, however old it is.
    """
    conn.execute(_OVER, {"done_before": done_before, "aside_before": aside_before, "limit": limit})


def cursor(conn: Connection, name: str) -> str | None:
    """Return how far background work has come; null: it has not begun."""
    return conn.execute(select(payment_cursors.c.value).where(payment_cursors.c.name == name)).scalar()


def set_cursor(conn: Connection, name: str, value: str, now: datetime) -> None:
    """Write down how far background work has come."""
    insert_or_update(conn, payment_cursors, [{"name": name, "value": value, "at": now}])


def _settle(conn: Connection, event_ids: Sequence[str], outcome: str, why: str | None, now: datetime) -> None:
    if event_ids:
        conn.execute(_SETTLED, {"ids": event_ids, "outcome": outcome, "at": now, "why": why})
