"""Rows that are there or not: written in one statement, the same on both databases, whoever else writes them."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

Row = Mapping[str, Any]
Insert = sqlite.Insert | postgresql.Insert


def insert_or_update(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or replace the given columns of those that are there already by the table's primary key.

    All rows give the same columns.
    """
    if rows:
        conn.execute(_insert_or_update(conn.dialect.name, table, tuple(rows[0])), list(rows))


def insert_if_absent(conn: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert those rows whose primary key is not there yet, and return how many they were."""
    return len(conn.execute(_insert_if_absent(conn.dialect.name, table), list(rows)).all()) if rows else 0


# Kept, because building one took a quarter of the time of what it is executed for.
@cache
def _insert_or_update(dialect: str, table: Table, columns: tuple[str, ...]) -> Insert:
    statement = _insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    given = {name: statement.excluded[name] for name in columns if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=given)


@cache
def _insert_if_absent(dialect: str, table: Table) -> ReturningInsert[Any]:
    keys = list(table.primary_key)
    statement = _insert(dialect, table).on_conflict_do_nothing(index_elements=[column.name for column in keys])
    return statement.returning(keys[0])


def _insert(dialect: str, table: Table) -> Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
