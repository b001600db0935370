"""The floor of an audited action: the rows it writes, written again by a bare driver in one transaction."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
from sqlalchemy import event, select

from services.storage.engine import Store
from services.storage.tables import metadata

_WRITING = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Write:
    """One writing statement as the driver got it: its parameters, or those of each of its rows."""

    statement: str
    parameters: Any
    of_many_rows: bool


Writes = Sequence[Write]
"""What one transaction wrote, in order."""


class BareDriver(Protocol):
    """Writes what a transaction wrote, and commits as durably."""

    def write(self, writes: Writes) -> None:
        """Write it in one transaction."""

    def close(self) -> None:
        """Close its connection."""


@contextmanager
def watching(store: Store) -> Iterator[list[Write]]:
    """Yield a list to which everything is added that is written through the store; whoever reads it empties it."""
    seen: list[Write] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, of_many_rows: bool) -> None:
        if statement.lstrip().startswith(_WRITING):
            seen.append(Write(statement, parameters, of_many_rows))

    event.listen(store._writer, "before_cursor_execute", note)
    yield seen
    event.remove(store._writer, "before_cursor_execute", note)


class BareSqlite:
    """`sqlite3`, told what the store tells its connections."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for setting in ("foreign_keys = ON", "synchronous = FULL", "cache_size = -32000", "journal_mode = WAL"):
            self._connection.execute(f"PRAGMA {setting}")

    def write(self, writes: Writes) -> None:
        """Write it in one transaction; the driver keeps the statements prepared."""
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        for write in writes:
            (cursor.executemany if write.of_many_rows else cursor.execute)(write.statement, write.parameters)
        cursor.execute("COMMIT")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class BarePostgresql:
    """`psycopg`, on a connection of its own."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, prepare_threshold=0)

    def write(self, writes: Writes) -> None:
        """Write it in one transaction; every statement is prepared at its first use."""
        with self._connection.cursor() as cursor:
            for write in writes:
                (cursor.executemany if write.of_many_rows else cursor.execute)(write.statement, write.parameters)
        self._connection.commit()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def require_same_rows(ours: Store, floor: Store) -> None:
    """Raise `AssertionError` unless both stores hold the same rows in every table: else the floor did other work."""
    for table in metadata.sorted_tables:
        with ours.read() as ours_conn, floor.read() as floor_conn:
            rows = select(table).order_by(*table.primary_key)
            if ours_conn.execute(rows).all() != floor_conn.execute(rows).all():
                raise AssertionError(f"the bare driver wrote other rows into {table.name}")
