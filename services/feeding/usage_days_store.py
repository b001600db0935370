"""What was used on each day and where: the projection of the ledger's consumption that cost allocation reads.

A use counts on the day in UTC on which it occurred; its reversal takes as much off the same day and place, so that the
projection always adds up to what the ledger has as consumed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, text

from services.contract.types import Unit
from services.storage.tables import usage_days

# Both databases know this clause, in the same words; Core has a construct for each of them but none for both.
_ADD = text(
    """
    INSERT INTO usage_days (customer_id, day, namespace, resource, unit, amount)
    VALUES (:customer_id, :day, :namespace, :resource, :unit, :amount)
    ON CONFLICT (customer_id, day, namespace, resource, unit) DO UPDATE SET
        amount = usage_days.amount + excluded.amount
    """
).bindparams(bindparam("day", type_=usage_days.c.day.type))


class PlacedUse(msgspec.Struct, frozen=True):
    """How much of a unit was used when and where; a reversal's amount is negative. Null: nobody said where."""

    occurred_at: datetime
    namespace: str | None
    resource: str | None
    unit: Unit
    amount: int


def add(conn: Connection, used: Mapping[str, Iterable[PlacedUse]]) -> None:
    """Count uses, by customer id. The caller has locked the customers, or has just made them."""
    rows = [row for customer_id, uses in used.items() for row in _rows(customer_id, uses)]
    if rows:
        conn.execute(_ADD, rows)


def _rows(customer_id: str, uses: Iterable[PlacedUse]) -> Iterator[dict[str, Any]]:
    """Yield the rows that uses of a customer add up to, each day, place and unit once."""
    amounts: Counter[tuple[datetime, str, str, Unit]] = Counter()
    for use in uses:
        amounts[_day(use.occurred_at), use.namespace or "", use.resource or "", use.unit] += use.amount
    for (day, namespace, resource, unit), amount in amounts.items():
        yield {
            "customer_id": customer_id,
            "day": day,
            "namespace": namespace,
            "resource": resource,
            "unit": unit.value,
            "amount": amount,
        }


def _day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
