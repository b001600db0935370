"""The trail in the database: appending to it, listing it, reading it back to verify it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Literal, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, type_coerce
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.types import NULLTYPE

from services.audit.model import SYSTEM_STREAM, LinkedEvent, NewEvent, StoredEvent, unreadable_event
from services.audit.rules import ChainCheck, decode, event_hash, genesis, storable
from services.contract.clock import to_text
from services.contract.text import clean
from services.contract.views import StreamHead, StreamVerification
from services.storage.engine import lock_name
from services.storage.faults import refusal
from services.storage.tables import audit_events

_ROWS_AT_ONCE = 1_000  # what verification holds in memory, whatever the length of a stream
# What a damaged row makes a database answer.
_DAMAGE = frozenset(("STORE_CORRUPT", "STORE_FAULT", "INVALID_VALUE"))
_LONGEST_FAULT = 200  # characters

_HEAD = (
    select(audit_events.c.sequence, audit_events.c.hash)
    .where(audit_events.c.stream == bindparam("stream"))
    .order_by(audit_events.c.sequence.desc())
    .limit(1)
)
HEAD_COLUMNS = (
    _HEAD.with_only_columns(audit_events.c.sequence).scalar_subquery(),
    _HEAD.with_only_columns(audit_events.c.hash).scalar_subquery(),
)
"""The end of a stream, as columns of a statement that reads more: the parameter `stream`; see `head_of`."""
_LOOKED_BACK = 100  # events: a look back that costs the same, whatever the length of a stream
_LATEST = (
    select(audit_events)
    .where(audit_events.c.stream == bindparam("stream"))
    .order_by(audit_events.c.sequence.desc())
    .limit(_LOOKED_BACK)
    .subquery()
)
_SAME = ("actor", "role", "action", "request_id", "outcome", "reason", "payload")
_TOLD = (
    select(_LATEST.c.sequence)
    .where(*(_LATEST.c[name].is_not_distinct_from(bindparam(name)) for name in _SAME))
    .limit(1)
)
# Inline: nobody asks for the event's number, so the database need not return it.
_INSERT = insert(audit_events).inline()

# As the driver gives them, unconverted: `decode` judges the types.
_RAW = [type_coerce(audit_events.c[name], NULLTYPE).label(name) for name in StoredEvent.__struct_fields__]
_STREAMS = (
    select(type_coerce(audit_events.c.stream, NULLTYPE))
    .order_by(audit_events.c.stream)
    .distinct()
    .limit(bindparam("limit"))
)
_STREAMS_BEHIND = _STREAMS.where(audit_events.c.stream > bindparam("after"))
_CHAINS = (
    select(*_RAW)
    .where(audit_events.c.stream >= bindparam("first"), audit_events.c.stream <= bindparam("last"))
    .order_by(audit_events.c.stream, audit_events.c.sequence)
    .execution_options(yield_per=_ROWS_AT_ONCE)
)


class Head(NamedTuple):
    """The last event of a stream."""

    sequence: int
    hash: bytes


def head_of(sequence: int | None, last_hash: bytes | None) -> Head | None:
    """Return the head that the `HEAD_COLUMNS` hold; None for a stream without events."""
    return None if sequence is None or last_hash is None else Head(sequence, last_hash)


def append(conn: Connection, event: NewEvent) -> str:
    """Add an event to the end of its stream and return its audit event id, `stream#sequence`.

    The caller has locked the customer's row in this transaction, in a statement of its own: read together with the
    lock, the head would come from the snapshot before it. The system stream has no such row and is locked here.
    """
    if event.stream == SYSTEM_STREAM:
        lock_name(conn, "audit stream system")
    return append_to(conn, event, current_head(conn, event.stream))


def current_head(conn: Connection, stream: str) -> Head | None:
    """Return the end of a stream, which the caller has locked before; None for a stream without events."""
    row = conn.execute(_HEAD, {"stream": stream}).one_or_none()
    return None if row is None else Head(*row)


def is_told(conn: Connection, event: NewEvent) -> bool:
    """Return whether one of the last hundred events of its stream tells the same as an event: all but the moment."""
    linked = msgspec.structs.asdict(_linked(event, None))
    return conn.execute(_TOLD, {name: linked[name] for name in ("stream", *_SAME)}).first() is not None


def append_to(conn: Connection, event: NewEvent, head: Head | None) -> str:
    """Add an event behind `head`, which the caller has read since it locked the stream; otherwise as `append`."""
    return append_in_turn(conn, [event], head)[0]


def append_in_turn(conn: Connection, events: Sequence[NewEvent], head: Head | None) -> list[str]:
    """Add events of one stream, one behind the other; otherwise as `append_to`."""
    rows = []
    for event in events:
        linked = _linked(event, head)
        head = Head(linked.sequence, event_hash(linked))
        rows.append(msgspec.structs.asdict(linked) | {"hash": head.hash})
    conn.execute(_INSERT, rows)
    return [f"{row['stream']}#{row['sequence']}" for row in rows]


def _linked(event: NewEvent, head: Head | None) -> LinkedEvent:
    return LinkedEvent(
        stream=event.stream,
        sequence=1 if head is None else head.sequence + 1,
        occurred_at=to_text(event.occurred_at),
        actor=storable(event.actor),
        role=storable(event.role),
        action=storable(event.action),
        resource=storable(event.resource),
        etag_before=_storable_or_null(event.etag_before),
        etag_after=_storable_or_null(event.etag_after),
        request_id=_storable_or_null(event.request_id),
        outcome=event.outcome.value,
        reason=_storable_or_null(event.reason),
        payload=event.payload,
        previous_hash=genesis(event.stream) if head is None else head.hash,
    )


def _storable_or_null(text: str | None) -> str | None:
    return None if text is None else storable(text)


def list_events(
    conn: Connection, stream: str | None, order: Literal["newest", "oldest"], after: int | None, limit: int
) -> list[StoredEvent]:
    """Return up to `limit` events of one stream, or of all, that come after the position `after`.

    An event's position is its sequence in a list of one stream, its event number in a list of all.

    Raises:
        Refused: `AUDIT_EVENT_UNREADABLE`, when an event among them cannot be read.
    """
    position = audit_events.c.event_number if stream is None else audit_events.c.sequence
    statement = select(*_RAW).order_by(position if order == "oldest" else position.desc()).limit(limit)
    if stream is not None:
        statement = statement.where(audit_events.c.stream == storable(stream))
    if after is not None:
        statement = statement.where(position > after if order == "oldest" else position < after)
    try:
        with reading(conn):
            return [decode(row) for row in conn.execute(statement)]
    except (UnreadableError, msgspec.ValidationError) as error:
        raise unreadable_event() from error


class StreamNames(msgspec.Struct, frozen=True):
    """Names of streams, in order. `fault`: why the name behind the last one cannot be read, and with it all others."""

    names: list[str]
    fault: str | None


def streams(conn: Connection, after: str | None, limit: int) -> StreamNames:
    """Return the names of up to `limit` streams behind `after`, in the order of their code points."""
    names: list[str] = []
    statement, bounds = (_STREAMS, {}) if after is None else (_STREAMS_BEHIND, {"after": after})
    try:
        with reading(conn):
            for (name,) in conn.execute(statement, bounds | {"limit": limit}):
                if not isinstance(name, str):
                    return StreamNames(names, f"a stream's name is stored as {type(name).__name__}")
                names.append(name)
    except UnreadableError as error:
        return StreamNames(names, str(error))
    return StreamNames(names, None)


def verify_stream(conn: Connection, stream: str, recorded: StreamHead | None = None) -> StreamVerification:
    """Verify one stream, and that it extends the head `recorded` earlier."""
    check = ChainCheck(stream, recorded)
    try:
        _fold(conn, stream, stream, {stream: check})
    except UnreadableError as error:
        check.unreadable(str(error))
    return check.result()


def verify_streams(
    conn: Connection, names: Sequence[str], recorded: Mapping[str, StreamHead] = MappingProxyType({})
) -> list[StreamVerification]:
    """Verify the streams `names`, given in order, in one pass over the rows from the first to the last of them."""
    if not names:
        return []
    checks = {name: ChainCheck(name, recorded.get(name)) for name in names}
    try:
        _fold(conn, names[0], names[-1], checks)
    except UnreadableError:
        # One row stopped the pass: stream by stream it shows whose it was, and the others are verified all the same.
        return [verify_stream(conn, name, recorded.get(name)) for name in names]
    return [check.result() for check in checks.values()]


def _fold(conn: Connection, first: str, last: str, checks: Mapping[str, ChainCheck]) -> None:
    with reading(conn):
        for row in conn.execute(_CHAINS, {"first": first, "last": last}):
            if (check := checks.get(row.stream)) is not None:
                check.take(row)


class UnreadableError(Exception):
    """The database cannot give back what it holds."""


@contextmanager
def reading(conn: Connection) -> Iterator[None]:
    """Read under a savepoint: PostgreSQL refuses everything after a failed statement until one is rolled back to.

    Raises:
        UnreadableError: for damage; a lock, a lost connection or a mistake in the statement says nothing about the
            rows and stays what it is.
    """
    try:
        with conn.begin_nested():
            yield
    except DBAPIError as error:
        if refusal(error, "").reason in _DAMAGE and not isinstance(error, ProgrammingError):
            # The database may quote what it stumbled over, raw and at any length.
            raise UnreadableError(clean(str(error.orig))[:_LONGEST_FAULT]) from error
        raise
