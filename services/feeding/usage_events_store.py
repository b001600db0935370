"""Usage events as they were recorded, each id of a customer's once, within the caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from services.feeding.usage import Reversal, Use
from services.storage.tables import ledger_entries, usage_events

_IDS_AT_ONCE = 5_000  # SQLite takes 32 766 parameters in one statement

_RECORDED = select(usage_events.c.event_id).where(
    usage_events.c.customer_id == bindparam("customer_id"),
    usage_events.c.event_id.in_(bindparam("event_ids", expanding=True)),
)
_OCCURRED_AT = (
    select(ledger_entries.c.occurred_at)
    .where(
        ledger_entries.c.customer_id == usage_events.c.customer_id,
        ledger_entries.c.transaction_id == usage_events.c.transaction_id,
    )
    .limit(1)
    .scalar_subquery()
)
_EVENT = select(
    usage_events.c.transaction_id,
    usage_events.c.reversed_by,
    usage_events.c.namespace,
    usage_events.c.resource,
    _OCCURRED_AT.label("occurred_at"),
).where(usage_events.c.customer_id == bindparam("customer_id"), usage_events.c.event_id == bindparam("event_id"))
_MARK_REVERSED = (
    update(usage_events)
    .where(usage_events.c.customer_id == bindparam("key"), usage_events.c.event_id == bindparam("key_event"))
    .values(reversed_by=bindparam("reversed_by"))
)


class RecordedUse(msgspec.Struct, frozen=True, kw_only=True):
    """A usage event as it was recorded; `occurred_at` as the ledger has it."""

    transaction_id: str
    reversed_by: str | None
    namespace: str | None
    resource: str | None
    occurred_at: datetime


def recorded_events(conn: Connection, customer_id: str, event_ids: Sequence[str]) -> set[str]:
    """Return those of the customer's event ids that were recorded before."""
    return {
        found
        for start in range(0, len(event_ids), _IDS_AT_ONCE)
        for found in conn.scalars(
            _RECORDED, {"customer_id": customer_id, "event_ids": event_ids[start : start + _IDS_AT_ONCE]}
        )
    }


def find_use(conn: Connection, customer_id: str, event_id: str) -> RecordedUse | None:
    """Return the customer's usage event of that id, or None."""
    row = conn.execute(_EVENT, {"customer_id": customer_id, "event_id": event_id}).mappings().first()
    return None if row is None else RecordedUse(**row)


def add_usage_events(
    conn: Connection, customer_id: str, booked: Iterable[tuple[Use | Reversal, str]], now: datetime
) -> None:
    """Record events with the ids of their transactions, so that an event id counts once."""
    conn.execute(
        insert(usage_events),
        [
            {
                "customer_id": customer_id,
                "event_id": event.event_id,
                "transaction_id": transaction_id,
                "recorded_at": now,
                "namespace": event.namespace if isinstance(event, Use) else None,
                "resource": event.resource if isinstance(event, Use) else None,
            }
            for event, transaction_id in booked
        ],
    )


def mark_reversed(conn: Connection, customer_id: str, event_id: str, reversed_by: str) -> None:
    """Note that a later event reversed this one."""
    conn.execute(_MARK_REVERSED, {"key": customer_id, "key_event": event_id, "reversed_by": reversed_by})
