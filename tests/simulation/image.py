"""What a database holds, read row by row and past the product's own reading."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Table, func, select, type_coerce
from sqlalchemy.types import NULLTYPE

from services.storage.engine import Store
from services.storage.tables import (
    audit_events,
    billing_records,
    change_requests,
    checklist_items,
    credit_balances,
    credit_lots,
    customer_blockers,
    customer_status,
    customers,
    idempotency_records,
    invoices,
    ledger_entries,
    operator_credits,
    usage_events,
)

FACTS = (
    customers,
    billing_records,
    checklist_items,
    invoices,
    credit_lots,
    credit_balances,
    usage_events,
    change_requests,
)
"""The tables of what is so of a customer."""

_DERIVED = (customer_status, customer_blockers, operator_credits)


def _all_rows(table: Table) -> Any:
    """Return a statement for all rows of a table, as the driver gives their values."""
    columns = [type_coerce(column, NULLTYPE).label(column.name) for column in table.c]
    return select(*columns).order_by(*table.primary_key)


_ALL = {table.name: _all_rows(table) for table in (*FACTS, *_DERIVED)}
_LEDGER = _all_rows(ledger_entries)
_TRAIL = _all_rows(audit_events)
_RECEIPTS = select(func.count()).select_from(idempotency_records)


@dataclass
class Image:
    """All rows of the tables that are small, and what has been added to those that only grow since the last image."""

    rows: dict[str, list[Row[Any]]]
    new_entries: list[Row[Any]]
    new_events: list[Row[Any]]
    receipts: int
    _facts: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for table in FACTS:
            for row in self.rows[table.name]:
                self._facts[row.customer_id].append(row)

    def facts(self, customer_id: str) -> list[Any]:
        """Return the rows of what is so of a customer."""
        return self._facts.get(customer_id, [])

    def same_records(self, other: "Image") -> bool:
        """Return whether nothing differs but what was added to the trail."""
        return self.rows == other.rows and self.receipts == other.receipts and not other.new_entries


class Camera:
    """Takes images of a database; remembers up to where it has seen the ledger and the trail."""

    def __init__(self) -> None:
        self._last_entry = 0
        self._last_event = 0

    def take(self, store: Store) -> Image:
        """Return what the database holds now."""
        with store.read() as conn:
            image = Image(
                rows={name: list(conn.execute(statement)) for name, statement in _ALL.items()},
                new_entries=list(conn.execute(_LEDGER.where(ledger_entries.c.entry_number > self._last_entry))),
                new_events=list(conn.execute(_TRAIL.where(audit_events.c.event_number > self._last_event))),
                receipts=conn.execute(_RECEIPTS).scalar_one(),
            )
        if image.new_entries:
            self._last_entry = image.new_entries[-1].entry_number
        if image.new_events:
            self._last_event = image.new_events[-1].event_number
        return image
