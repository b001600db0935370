"""A database gets this program's schema once, whoever comes first, and any other schema is refused."""

import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, insert, inspect, text

from services.contract.errors import Refused
from services.storage import schema
from services.storage.engine import Store
from services.storage.search import find, parse_query
from services.storage.tables import customers, metadata
from tests.clocks import START
from tests.conftest import OpenStore
from tests.databases import Cluster

ACME = {
    "customer_id": "acme",
    "legal_name": "Acme",
    "ownership": "external",
    "search_text": "acme",
    "created_at": START,
}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_store(request: pytest.FixtureRequest, tmp_path: Path, open_store: OpenStore) -> Store:
    url = (
        f"sqlite:///{tmp_path}/empty.db" if request.param == "sqlite" else request.getfixturevalue("empty_postgres_url")
    )
    return open_store(url)


def migrate_to(store: Store, revision: str) -> None:
    with store.transaction(writing=True) as connection:
        config = Config()
        config.set_main_option("script_location", str(schema._MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def set_version(store: Store, revision: str) -> None:
    with store.transaction(writing=True) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def table_names(store: Store) -> list[str]:
    with store.transaction(writing=False) as connection:
        return inspect(connection).get_table_names()


def reading_is_refused(store: Store) -> str:
    with pytest.raises(Refused) as refusal, store.read():
        pass
    assert refusal.value.code == "failed_precondition"
    return refusal.value.reason


# ── the migrated schema is the one the tables describe ────────────────────────────────────────────────────────────────


def described(connection: Connection) -> dict[str, list[str]]:
    """Return what the database itself says of each of our tables, in its own words: columns, constraints, indexes."""
    if connection.dialect.name == "sqlite":
        statement = "SELECT tbl_name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
    else:
        statement = """
            SELECT c.relname, conname || ' ' || pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c
            ON c.oid = conrelid WHERE connamespace = 'public'::regnamespace
            UNION ALL SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT table_name,
            concat_ws(' ', column_name, data_type, is_nullable, collation_name, column_default)
            FROM information_schema.columns WHERE table_schema = 'public'
        """
    found: dict[str, list[str]] = {name: [] for name in metadata.tables}
    for table, words in connection.execute(text(statement)):
        if table in found and "ix_customers_search_text_trigrams" not in words:
            found[table].append(" ".join(words.replace('"', "").split()))
    # SQLite repeats a table's definition as it was written: what comes in another order is the same.
    return {table: sorted(line for words in lines for line in _parts(words)) for table, lines in found.items()}


def _parts(words: str) -> list[str]:
    return [part.strip(" ()") for part in words.split(", ")] if words.startswith("CREATE TABLE") else [words]


def test_the_migrated_schema_is_what_the_tables_say(
    store: Store, postgres_cluster: Cluster, empty_postgres_url: str
) -> None:
    url = "sqlite://" if store.kind == "sqlite" else empty_postgres_url.replace("postgresql:", "postgresql+psycopg:")
    fresh = create_engine(url, poolclass=NullPool)
    with store.read() as migrated, fresh.begin() as wanted:
        metadata.create_all(wanted)
        assert described(migrated) == described(wanted)


def test_alembic_sees_no_difference_either(store: Store) -> None:
    def ours(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        return not (name or "").startswith(("customers_search", "ix_customers_search_text_trigrams"))

    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "target_metadata": metadata})
        assert compare_metadata(context, metadata) == []


def test_the_program_knows_the_last_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema._MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [schema.HEAD]
    revisions = [script.revision for script in scripts.walk_revisions()]
    assert revisions == sorted(revisions, reverse=True)
    assert all(revision.startswith(schema._PREFIX) for revision in revisions)


# ── from empty to current ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_file_is_made_for_its_owner_alone_and_brought_up_to_date(tmp_path: Path, open_store: OpenStore) -> None:
    path = tmp_path / "data" / "desk.db"
    store = open_store(f"sqlite:///{path}")
    assert store.schema().status == "empty"
    assert not path.exists()
    with store.read() as connection:
        assert connection.execute(customers.select()).all() == []
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert store.schema().status == "current"
    assert modes == dict.fromkeys(modes, 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_an_empty_server_database_waits_to_be_upgraded(empty_postgres_url: str, open_store: OpenStore) -> None:
    store = open_store(empty_postgres_url)
    assert store.schema() == schema.SchemaState(None, schema.HEAD, "empty")
    assert reading_is_refused(store) == "STORE_NEEDS_UPGRADE"
    store.upgrade()
    with store.read() as connection:
        assert connection.execute(customers.select()).all() == []


def test_upgrading_again_changes_nothing(store: Store) -> None:
    before = store.schema()
    store.upgrade()
    assert store.schema() == before == schema.SchemaState(schema.HEAD, schema.HEAD, "current")


@pytest.mark.parametrize("revision", ["billinghelp_0001", "billinghelp_0002"])
def test_an_older_schema_is_refused_until_it_is_upgraded_and_loses_nothing(empty_store: Store, revision: str) -> None:
    migrate_to(empty_store, revision)
    with empty_store.transaction(writing=True) as connection:
        connection.execute(insert(customers).values(ACME))
    assert empty_store.schema() == schema.SchemaState(revision, schema.HEAD, "older")
    assert reading_is_refused(empty_store) == "STORE_NEEDS_UPGRADE"
    empty_store.upgrade()
    query = parse_query("acme")
    assert query is not None
    with empty_store.read() as connection:
        assert find(connection, query, 10) is not None
        assert len(find(connection, query, 10) or []) == 1


def test_a_failed_migration_leaves_nothing_behind(empty_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_half_way(config: Config, _revision: str) -> None:
        config.attributes["connection"].execute(text("CREATE TABLE half (done INTEGER)"))
        raise ZeroDivisionError

    monkeypatch.setattr(command, "upgrade", fail_half_way)
    with pytest.raises(ZeroDivisionError):
        empty_store.upgrade()
    assert table_names(empty_store) == []


# ── what is not ours to touch ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_newer_schema_is_refused(store: Store) -> None:
    set_version(store, "billinghelp_9999")
    assert store.schema().status == "newer"
    assert reading_is_refused(store) == "STORE_NEWER"
    with pytest.raises(Refused, match="update the program"):
        store.upgrade()
    assert store.schema().current == "billinghelp_9999"


def another_programs_tables(store: Store) -> None:
    with store.transaction(writing=True) as connection:
        connection.execute(text("CREATE TABLE bookmarks (url TEXT)"))


def another_programs_migrations(store: Store) -> None:
    migrate_to(store, "head")
    set_version(store, "4f2a9c01d3b7")


@pytest.mark.parametrize("make", [another_programs_tables, another_programs_migrations])
def test_another_programs_database_is_refused(empty_store: Store, make: Callable[[Store], None]) -> None:
    make(empty_store)
    before = table_names(empty_store)
    assert empty_store.schema().status == "foreign"
    assert reading_is_refused(empty_store) == "STORE_FOREIGN"
    with pytest.raises(Refused, match="a database of its own"):
        empty_store.upgrade()
    assert table_names(empty_store) == before


# ── several at once ───────────────────────────────────────────────────────────────────────────────────────────────────

_CREATE = """
import sys
from sqlalchemy import insert
from services.storage.engine import Store
from services.storage.tables import operators
store = Store(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
store.upgrade()
with store.write() as connection:
    connection.execute(insert(operators).values(actor=sys.argv[2]))
with store.read() as connection:
    assert connection.execute(operators.select()).all()
store.close()
"""


def test_processes_that_create_the_store_at_the_same_moment_all_come_up(empty_store: Store) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _CREATE, empty_store.url, f"operator-{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert errors == [""] * len(processes)
    with empty_store.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM operators")) == len(processes)
