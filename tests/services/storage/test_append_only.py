"""The ledger and the audit trail only grow: the database itself refuses everything else (PRODUCT.md §3)."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Table, delete, insert, text, update
from sqlalchemy.exc import IntegrityError

from services.storage.engine import Store
from services.storage.tables import APPEND_ONLY, audit_events, customers, ledger_entries
from tests.clocks import START

CUSTOMER = {
    "customer_id": "acme",
    "legal_name": "Acme",
    "ownership": "external",
    "search_text": "acme",
    "created_at": START,
}
ENTRY = {
    "entry_number": 1,
    "customer_id": "acme",
    "transaction_id": "t1",
    "kind": "grant",
    "unit": "ai_cents",
    "account": "available",
    "amount": 5,
    "balance_after": 5,
    "booked_at": START,
    "source": "import",
    "adjustment": False,
}
EVENT = {
    "event_number": 1,
    "stream": "acme",
    "sequence": 1,
    "occurred_at": "2026-11-20T12:00:00.000000Z",
    "actor": "olga",
    "role": "operator",
    "action": "ApproveTrial",
    "resource": "acme",
    "outcome": "applied",
    "payload": b"{}",
    "previous_hash": b"\0",
    "hash": b"\1",
}
ROWS = {ledger_entries: ENTRY, audit_events: EVENT}


def fill(store: Store) -> None:
    with store.write() as connection:
        connection.execute(insert(customers).values(CUSTOMER))
        for table, row in ROWS.items():
            connection.execute(insert(table).values(row))


@pytest.fixture
def filled(store: Store) -> Store:
    fill(store)
    return store


def rows_of(store: Store, table: Table) -> list[dict[str, object]]:
    with store.read() as connection:
        return [dict(row._mapping) for row in connection.execute(table.select())]


@pytest.mark.parametrize("table", APPEND_ONLY, ids=str)
def test_a_row_cannot_be_changed(filled: Store, table: Table) -> None:
    before = rows_of(filled, table)
    with pytest.raises(IntegrityError, match="append-only"), filled.write() as connection:
        connection.execute(update(table).values({table.primary_key.columns[0]: 7}))
    assert rows_of(filled, table) == before


@pytest.mark.parametrize("table", APPEND_ONLY, ids=str)
def test_a_row_cannot_be_deleted(filled: Store, table: Table) -> None:
    before = rows_of(filled, table)
    with pytest.raises(IntegrityError, match="append-only"), filled.write() as connection:
        connection.execute(delete(table))
    assert rows_of(filled, table) == before


@pytest.mark.parametrize("table", APPEND_ONLY, ids=str)
def test_a_row_can_be_added(filled: Store, table: Table) -> None:
    another = ROWS[table] | {"sequence": 2, "previous_hash": b"\1"} if table is audit_events else dict(ROWS[table])
    another[table.primary_key.columns[0].name] = 2
    with filled.write() as connection:
        connection.execute(insert(table).values(another))
    assert len(rows_of(filled, table)) == 2


def test_a_fork_of_the_chain_is_refused(filled: Store) -> None:
    fork = EVENT | {"event_number": 2, "sequence": 2, "hash": b"\2"}
    with pytest.raises(IntegrityError), filled.write() as connection:
        connection.execute(insert(audit_events).values(fork))
    assert len(rows_of(filled, audit_events)) == 1


REPLACEMENTS = [
    (ledger_entries, {"amount": 1_000}),
    (audit_events, {"reason": "never happened"}),
    (audit_events, {"event_number": 2, "previous_hash": b"\7"}),
    (audit_events, {"event_number": 2, "sequence": 7}),
]


@pytest.mark.parametrize("recursive_triggers", ["ON", "OFF"])
@pytest.mark.parametrize(("table", "change"), REPLACEMENTS)
def test_replacing_a_row_is_refused_on_sqlite_whoever_connects(
    sqlite_store: Store, sqlite_path: Path, table: Table, change: dict[str, object], recursive_triggers: str
) -> None:
    fill(sqlite_store)
    before = rows_of(sqlite_store, table)
    row = {key: 0 if key.endswith("_at") and key != "occurred_at" else v for key, v in (ROWS[table] | change).items()}
    stranger = sqlite3.connect(sqlite_path)
    stranger.execute(f"PRAGMA recursive_triggers = {recursive_triggers}")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        stranger.execute(
            f"INSERT OR REPLACE INTO {table.name} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
            list(row.values()),
        )
    stranger.close()
    assert rows_of(sqlite_store, table) == before


@pytest.mark.parametrize("table", APPEND_ONLY, ids=str)
def test_truncating_is_refused_on_postgresql_even_for_a_replicating_session(postgres_url: str, table: Table) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
            connection.execute(f"TRUNCATE {table.name} CASCADE".encode())


def test_an_upsert_does_not_get_around_it(filled: Store) -> None:
    before = rows_of(filled, ledger_entries)
    again = "INSERT INTO ledger_entries SELECT * FROM ledger_entries WHERE true"
    with pytest.raises(IntegrityError, match="append-only"), filled.write() as connection:
        connection.execute(text(f"{again} ON CONFLICT (entry_number) DO UPDATE SET amount = 9"))
    assert rows_of(filled, ledger_entries) == before
