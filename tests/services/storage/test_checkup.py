"""A check of the database names what is broken, and how to mend it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import make_url

from services.contract.clock import Clock, system_clock
from services.contract.errors import Refused
from services.storage.checkup import postgresql
from services.storage.checkup.check import Checkup, check
from services.storage.engine import Store
from tests.conftest import OpenStore
from tests.databases import Cluster

_numbers = count()


def broken(store: Store, clock: Clock = system_clock) -> dict[str, str]:
    """Return what a check finds broken: what was found, by its subject."""
    return {finding.subject: finding.found for finding in check(store, clock).broken}


def change(store: Store, *statements: str) -> None:
    with store.transaction(writing=True) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_a_database_as_the_migrations_leave_it_is_sound(store: Store) -> None:
    checkup = check(store, system_clock)
    assert checkup.broken == ()
    assert {"schema", "tables", "constraints", "indexes", "append-only"} < {f.subject for f in checkup.findings}


def test_a_check_needs_no_right_to_write(store: Store, open_store: OpenStore) -> None:
    assert broken(open_store(store.url, read_only=True)) == {}


@pytest.mark.parametrize(
    ("statement", "subject", "name"),
    [
        ("DROP TABLE chat_messages", "tables", "chat_messages"),
        ("ALTER TABLE customers DROP COLUMN ownership", "columns", "customers.ownership"),
        ("DROP INDEX ix_credit_lots_expires_at", "indexes", "ix_credit_lots_expires_at"),
    ],
)
def test_what_is_missing_is_named(store: Store, statement: str, subject: str, name: str) -> None:
    change(store, statement)
    assert broken(store) == {subject: f"without {name}"}


@pytest.mark.parametrize(
    "name",
    [
        "credit_balances.ck_credit_balances_sums_to_zero",
        "audit_events.uq_audit_events_stream_previous_hash",
        "ledger_entries.fk_ledger_entries_customer_id",
        "usage_events.pk_usage_events",
    ],
)
def test_a_constraint_that_was_dropped_is_named_on_postgresql(postgres_store: Store, name: str) -> None:
    table, _, constraint = name.partition(".")
    change(postgres_store, f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    assert broken(postgres_store) == {"constraints": f"without {constraint}"}


def test_many_missing_names_are_counted(sqlite_store: Store) -> None:
    with sqlite_store.transaction(writing=False) as connection:
        indexes = list(
            connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE name LIKE 'ix!_%' ESCAPE '!'").scalars()
        )
    change(sqlite_store, *(f"DROP INDEX {name}" for name in indexes))
    assert broken(sqlite_store)["indexes"].endswith(f" and {len(indexes) - 5} more")


# ── the ledger and the trail are guarded by triggers ──────────────────────────────────────────────────────────────────

DISARMED_ON_SQLITE = [
    ("DROP TRIGGER audit_events_no_delete",),
    (
        "DROP TRIGGER audit_events_no_delete",
        "CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events BEGIN SELECT 1; END",
    ),
]
DISARMED_ON_POSTGRESQL = [
    "DROP TRIGGER audit_events_append_only ON audit_events",
    "ALTER TABLE audit_events DISABLE TRIGGER audit_events_append_only",
    "ALTER TABLE audit_events ENABLE TRIGGER audit_events_append_only",  # not in a replicating session
    "CREATE OR REPLACE TRIGGER audit_events_append_only BEFORE UPDATE ON audit_events EXECUTE FUNCTION refuse_change();"
    "ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_events_append_only",
]


@pytest.mark.parametrize("statements", DISARMED_ON_SQLITE, ids=["dropped", "without effect"])
def test_a_disarmed_trigger_is_named_on_sqlite(sqlite_store: Store, statements: tuple[str, ...]) -> None:
    change(sqlite_store, *statements)
    assert "audit_events_no_delete" in broken(sqlite_store)["append-only"]


@pytest.mark.parametrize("statement", DISARMED_ON_POSTGRESQL, ids=["dropped", "disabled", "at times", "at updates"])
def test_a_disarmed_trigger_is_named_on_postgresql(postgres_store: Store, statement: str) -> None:
    change(postgres_store, statement)
    assert "audit_events_append_only" in broken(postgres_store)["append-only"]


def test_triggers_whose_function_does_nothing_are_named_on_postgresql(postgres_store: Store) -> None:
    nothing = "AS $$ BEGIN RETURN NULL; END $$"
    change(postgres_store, f"CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql {nothing}")
    found = broken(postgres_store)["append-only"]
    assert ("audit_events_append_only" in found, "ledger_entries_append_only" in found) == (True, True)


# ── the schema ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("revision", "status", "remedy"),
    [
        ("billinghelp_0001", "older", "db upgrade"),
        ("billinghelp_9999", "newer", "update the program"),
        ("7f3a", "foreign", "database of its own"),
    ],
)
def test_of_another_schema_only_that_much_is_said(store: Store, revision: str, status: str, remedy: str) -> None:
    change(store, f"UPDATE alembic_version SET version_num = '{revision}'", "DROP TABLE chat_messages")
    (finding,) = check(store, system_clock).broken
    assert (finding.subject, finding.found.split()[0]) == ("schema", status)
    assert finding.remedy is not None
    assert remedy in finding.remedy


def test_a_file_that_has_not_been_made_is_empty_and_stays_unmade(tmp_path: Path, open_store: OpenStore) -> None:
    store = open_store(f"sqlite:///{tmp_path}/new.db", read_only=True)
    checkup = check(store, system_clock)
    assert [(f.subject, f.remedy) for f in checkup.findings] == [("schema", "run billinghelp db upgrade")]
    assert list(tmp_path.iterdir()) == []


# ── SQLite ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_damaged_page_is_found(sqlite_path: Path, open_store: OpenStore) -> None:
    store = open_store(f"sqlite:///{sqlite_path}")
    with store.transaction(writing=False) as connection:
        page_size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        page = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'invoices'").scalar_one()
    store.close()
    with sqlite_path.open("r+b") as file:
        file.seek((page - 1) * page_size)
        file.write(b"\xff" * page_size)
    assert broken(store).keys() & {"pages", "database"}


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path, open_store: OpenStore) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear customer,\n" * 100)
    checkup: Checkup = check(open_store(f"sqlite:///{path}", read_only=True), system_clock)
    assert checkup.schema is None
    assert [finding.subject for finding in checkup.broken] == ["database"]


def test_a_journal_that_makes_readers_wait_is_found(sqlite_path: Path, open_store: OpenStore) -> None:
    with closing(sqlite3.connect(sqlite_path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    assert broken(open_store(f"sqlite:///{sqlite_path}", read_only=True)) == {"journal": "delete"}


def test_a_file_that_takes_no_changes_is_found(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    # Tests may run as root, who may write everything: this says instead what the system would say.
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert broken(sqlite_store).keys() == {"writing"}


# ── PostgreSQL ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("seconds", "found"),
    [(0, None), (4, None), (-4, None), (3_600, "3600 s behind"), (-3_600, "3600 s ahead of")],
)
def test_a_clock_that_is_off_is_found(postgres_store: Store, seconds: int, found: str | None) -> None:
    ours = broken(postgres_store, lambda: datetime.now(UTC) + timedelta(seconds=seconds))
    assert ours == ({} if found is None else {"clock": f"the server's is {found} this machine's"})


def test_a_server_that_is_too_old_is_found(postgres_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert broken(postgres_store) == {}
    monkeypatch.setattr(postgresql, "_OLDEST", 99)
    assert broken(postgres_store).keys() == {"server"}


def test_a_pool_for_which_the_server_has_no_room_is_found(postgres_url: str) -> None:
    with closing(Store(postgres_url, connections=100_000)) as store:
        assert "100000 wanted" in broken(store)["connections"]


def test_a_server_that_takes_no_changes_is_found(postgres_store: Store, postgres_cluster: Cluster) -> None:
    name = make_url(postgres_store.url).database
    postgres_cluster.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert broken(postgres_store) == {"writing": "transactions are read-only by default"}


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_cannot_hold_every_name_is_found(
    postgres_cluster: Cluster, open_store: OpenStore, encoding: str
) -> None:
    name = f"narrow_{os.getpid()}_{next(_numbers)}"
    postgres_cluster.run(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
    assert broken(open_store(postgres_cluster.url(name)))["encoding"] == encoding
    postgres_cluster.drop(name)


def test_a_role_that_may_make_no_tables_is_named_before_an_upgrade(
    empty_postgres_url: str, role: str, open_store: OpenStore
) -> None:
    url = make_url(empty_postgres_url).set(username=role).render_as_string()
    found = broken(open_store(url))
    assert found["privileges"] == "the role may not make tables here"
    with pytest.raises(Refused, match="CREATE on the schema"):
        open_store(url).upgrade()


@pytest.fixture
def role(postgres_store: Store, postgres_cluster: Cluster) -> Iterator[str]:
    """A role that may do all that the product does."""
    name = f"desk_{os.getpid()}_{next(_numbers)}"
    postgres_cluster.run(f"CREATE ROLE {name} LOGIN")
    change(
        postgres_store,
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}",
        f"REVOKE UPDATE, DELETE ON ledger_entries, audit_events FROM {name}",
    )
    yield name
    change(postgres_store, f"DROP OWNED BY {name}")
    postgres_cluster.run(f"DROP ROLE {name}")


def as_role(store: Store, role: str) -> str:
    return make_url(store.url).set(username=role).render_as_string()


def test_a_role_with_all_it_needs_and_no_more_is_sound(postgres_store: Store, role: str, open_store: OpenStore) -> None:
    assert broken(open_store(as_role(postgres_store, role))) == {}


def test_what_a_role_may_not_do_is_named(postgres_store: Store, role: str, open_store: OpenStore) -> None:
    change(
        postgres_store,
        f"REVOKE UPDATE ON customers FROM {role}",
        f"REVOKE USAGE ON SEQUENCE audit_events_event_number_seq FROM {role}",
    )
    store = open_store(as_role(postgres_store, role))
    assert broken(store) == {"privileges": "the role lacks UPDATE on customers, USAGE on audit_events_event_number_seq"}


def test_a_role_that_may_not_even_look_is_told_who_can_help(
    postgres_store: Store, role: str, open_store: OpenStore
) -> None:
    change(postgres_store, f"REVOKE ALL ON alembic_version FROM {role}")
    with pytest.raises(Refused, match="have its owner grant"):
        check(open_store(as_role(postgres_store, role)), system_clock)
