"""Which schema a database has, and how it gets the current one. Alembic is loaded for an upgrade only."""

import threading
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, Protocol

import msgspec
from sqlalchemy import Connection, text

from services.contract.errors import Refused, precondition

HEAD = "billinghelp_0008"
"""The last revision in `migrations/versions`. Revisions carry the product's name, so that another's are recognised."""

_PREFIX = "billinghelp_"
_MIGRATIONS = Path(__file__).with_name("migrations")
_VERSION_TABLE = "alembic_version"
_TABLE_NAMES = {
    "sqlite": text("SELECT name FROM sqlite_master WHERE type = 'table'"),
    "postgresql": text("SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"),
}
_VERSION = text(f"SELECT version_num FROM {_VERSION_TABLE}")  # noqa: S608 - a constant
# Alembic keeps the running migration in module globals: one at a time in a process.
_migrating = threading.Lock()

Status = Literal["empty", "current", "older", "newer", "foreign"]


class Database(Protocol):
    """What a migration needs of a store, whatever its schema is."""

    label: str

    @property
    def missing(self) -> bool:
        """Whether the database has not been made yet."""

    def transaction(self, *, writing: bool) -> AbstractContextManager[Connection]:
        """Open a transaction without looking at the schema."""


class SchemaState(msgspec.Struct, frozen=True):
    """The revision a database has, the one this program needs, and how the first stands to the second."""

    current: str | None
    head: str
    status: Status


def schema_state(store: Database) -> SchemaState:
    """Return which schema the store has; a file that has not been made yet is empty, and stays unmade."""
    if store.missing:
        return SchemaState(None, HEAD, "empty")
    with store.transaction(writing=False) as connection:
        return _state(connection)


def require_current(state: SchemaState, label: str) -> None:
    """Refuse every schema but this program's own.

    Raises:
        Refused: `STORE_NEEDS_UPGRADE`, `STORE_NEWER` or `STORE_FOREIGN`.
    """
    if state.status in ("empty", "older"):
        raise precondition(
            "STORE_NEEDS_UPGRADE", f"The database {label} is not up to date: run billinghelp db upgrade."
        )
    if state.status != "current":
        raise _stranger(state, label)


def upgrade(store: Database) -> None:
    """Bring the store to this program's schema in one transaction; of several callers one does it, the others wait.

    Raises:
        Refused: `STORE_NEWER` or `STORE_FOREIGN`; nothing has changed then.
    """
    with _migrating, store.transaction(writing=True) as connection:
        _lock_schema(connection)
        state = _state(connection)
        if state.status in ("newer", "foreign"):
            raise _stranger(state, store.label)
        if state.status != "current":
            _migrate(connection)


def _state(connection: Connection) -> SchemaState:
    tables = set(connection.execute(_TABLE_NAMES[connection.dialect.name]).scalars())
    current = connection.execute(_VERSION).scalar() if _VERSION_TABLE in tables else None
    return SchemaState(current, HEAD, _compare(current, empty=tables <= {_VERSION_TABLE}))


def _compare(current: str | None, *, empty: bool) -> Status:
    if current is None:
        return "empty" if empty else "foreign"
    if current == HEAD:
        return "current"
    if not current.startswith(_PREFIX):
        return "foreign"
    return "older" if current < HEAD else "newer"


def _stranger(state: SchemaState, label: str) -> Refused:
    if state.status == "newer":
        return precondition("STORE_NEWER", "This database was written by a newer Billing Help: update the program.")
    return precondition(
        "STORE_FOREIGN", f"The database {label} belongs to another program: give Billing Help a database of its own."
    )


def _lock_schema(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # A migration may take longer than a statement of the desk; two of them must not run at once.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('billinghelp schema'))"))


def _migrate(connection: Connection) -> None:
    # Here and not above: Alembic costs 215 ms, and a store is upgraded once.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
