"""A store that tests feed, and what they look at in it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Table, func, select

from services.billing.model import CustomerFacts
from services.billing.store import load_facts, lock_customer
from services.contract.context import CallContext
from services.contract.policy import Policy
from services.contract.principals import Principal, Role
from services.contract.progress import Progress, no_progress
from services.contract.requests import ImportCustomers, RecordUsage, UsageEvent, UsageLevel
from services.contract.views import ImportResult, UsageResult
from services.feeding.methods import import_customers, record_usage
from services.storage.engine import Store
from services.storage.tables import metadata
from tests.clocks import START
from tests.services.feeding.samples import counting_ids

NEW_ID = counting_ids()


def context(now: datetime = START) -> CallContext:
    """Return the surroundings of a call by the platform's feed."""
    principal = Principal(actor="feeder", role=Role.SERVICE)
    return CallContext(principal=principal, now=now, policy=Policy(), new_id=NEW_ID)


def feed(
    store: Store,
    content: bytes,
    *,
    file_format: str = "jsonl",
    dry_run: bool = False,
    now: datetime = START,
    progress: Progress = no_progress,
) -> ImportResult:
    """Import a file."""
    request = ImportCustomers(
        source=f"customers.{file_format}",
        format="csv" if file_format == "csv" else "jsonl",
        content=content,
        dry_run=dry_run,
    )
    return import_customers(store, context(now), request, progress)


def use(
    store: Store,
    *events: UsageEvent,
    levels: Iterable[UsageLevel] = (),
    customer_id: str = "acme-eu",
    now: datetime = START,
) -> UsageResult:
    """Record usage events and levels as the surface does: in one transaction that has locked the customer."""
    with store.write() as conn:
        assert lock_customer(conn, customer_id)
        request = RecordUsage(customer_id=customer_id, source="meter", events=list(events), levels=list(levels))
        return record_usage(conn, context(now), request)


def facts_of(store: Store, customer_id: str = "acme-eu") -> CustomerFacts:
    """Return a customer's facts as they are stored."""
    with store.read() as conn:
        found = load_facts(conn, customer_id)
    assert found is not None
    return found


def rows(store: Store, table: Table, **where: Any) -> list[dict[str, Any]]:
    """Return rows of a table in the order of its primary key."""
    statement = select(table).order_by(*table.primary_key.columns)
    for name, value in where.items():
        statement = statement.where(table.c[name] == value)
    with store.read() as conn:
        return [dict(row) for row in conn.execute(statement).mappings()]


def counts(store: Store) -> dict[str, int]:
    """Return how many rows every table has."""
    with store.read() as conn:
        return {
            table.name: conn.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
