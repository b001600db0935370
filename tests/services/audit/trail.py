"""Trails for tests: events with believable contents, and the means to tamper with what the database protects."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from services.audit.model import NewEvent
from services.audit.store import append
from services.contract.types import Outcome
from services.storage.engine import Store
from services.storage.tables import APPEND_ONLY

NOW = datetime(2026, 10, 15, 12, tzinfo=UTC)

_EVENT = NewEvent(
    stream="acme-eu",
    occurred_at=NOW,
    actor="olga@example.com",
    role="operator",
    action="MarkInvoiceVerified",
    resource="customers/acme-eu",
    etag_before="b1",
    etag_after="b2",
    request_id="req_1",
    outcome=Outcome.APPLIED,
    reason="PO checked with finance",
    payload=b'{"changes": []}',
)


def new_event(**changes: Any) -> NewEvent:
    """Return an applied action on acme-eu, with some fields changed."""
    return msgspec.structs.replace(_EVENT, **changes)


def write_events(store: Store, stream: str, count: int, **changes: Any) -> None:
    """Append `count` events to a stream."""
    with store.write() as conn:
        for _ in range(count):
            append(conn, new_event(stream=stream, **changes))


@contextmanager
def tampering(store: Store) -> Iterator[Connection]:
    """Yield a connection for which nothing is append-only any more: someone who holds the database itself."""
    with store.write() as conn:
        for table in APPEND_ONLY:
            if store.kind == "postgresql":
                conn.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER USER"))
            else:
                query = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
                for name in conn.scalars(query, {"table": table.name}).all():
                    conn.execute(text(f"DROP TRIGGER {name}"))
        yield conn
