"""What was measured of a plan's resources beside what nodes tell, within the caller's transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, text

from services.feeding.model import Level
from services.feeding.usage import MEASURED
from services.storage.tables import payment_profiles, usage_levels

# Both databases know this clause, in the same words; Core has a construct for each of them but none for both.
_PUT_LEVELS = text(
    """
    INSERT INTO usage_levels (customer_id, resource, amount, measured_at, source)
    VALUES (:customer_id, :resource, :amount, :measured_at, :source)
    ON CONFLICT (customer_id, resource) DO UPDATE SET
        amount = excluded.amount, measured_at = excluded.measured_at, source = excluded.source
    WHERE usage_levels.measured_at <= excluded.measured_at
    """
).bindparams(bindparam("measured_at", type_=usage_levels.c.measured_at.type))


def put_levels(conn: Connection, customer_id: str, levels: Sequence[Level], source: str) -> int:
    """Write what was measured, but for what is older than what is known, and return how many levels that were.

    What is used in all is not refreshed. The caller has locked the customer.
    """
    return conn.execute(_PUT_LEVELS, _rows(customer_id, levels, source)).rowcount


def add_levels(conn: Connection, measured: Mapping[str, Sequence[Level]], source: str) -> None:
    """Write the levels of new customers, by customer id: without nodes they are all that is used of a plan."""
    rows = [row for customer_id, levels in measured.items() for row in _rows(customer_id, levels, source)]
    if rows:
        conn.execute(insert(usage_levels), rows)
        conn.execute(insert(payment_profiles), [_profile_row(*each) for each in measured.items()])


def _rows(customer_id: str, levels: Sequence[Level], source: str) -> list[dict[str, Any]]:
    return [
        {
            "customer_id": customer_id,
            "resource": level.resource.value,
            "amount": level.amount,
            "measured_at": level.measured_at,
            "source": source,
        }
        for level in levels
    ]


def _profile_row(customer_id: str, levels: Sequence[Level]) -> dict[str, Any]:
    used = {resource.value: 0 for resource in MEASURED} | {level.resource.value: level.amount for level in levels}
    return {"customer_id": customer_id, **used}
