"""Rows that are there or not: written in one statement, the same on both databases, whoever else writes them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]


def _insert(conn: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if conn.dialect.name == "sqlite" else postgresql.insert(table)


def insert_or_update(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or replace the given columns of those that are there already by the table's primary key."""
    if not rows:
        return
    statement = _insert(conn, table)
    keys = [column.name for column in table.primary_key]
    given = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=given), list(rows))


def insert_if_absent(conn: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert those rows whose primary key is not there yet, and return how many they were."""
    if not rows:
        return 0
    statement = _insert(conn, table)
    keys = list(table.primary_key)
    added = statement.on_conflict_do_nothing(index_elements=[column.name for column in keys]).returning(keys[0])
    return len(conn.execute(added, list(rows)).all())
