"""Crashes and faults of the database, at a chosen point of a transaction, from outside of the product."""

import sqlite3
from collections.abc import Callable
from enum import StrEnum
from random import Random
from typing import Any, NoReturn

import psycopg
from sqlalchemy import Connection, event

from services.storage.engine import Store


class Crash(BaseException):
    """The process ends here: no error handler of the product catches this."""


class DiskFullError(sqlite3.OperationalError):
    """What SQLite raises when there is no room left."""

    sqlite_errorcode = sqlite3.SQLITE_FULL


class Trap(StrEnum):
    """What happens to a call that writes."""

    CRASH_AT_STATEMENT = "crash at a statement"
    CRASH_BEFORE_COMMIT = "crash before commit"
    CRASH_AFTER_COMMIT = "crash after commit"
    DISK_FULL = "disk full at a statement"
    LOST_RACE = "serialization failure at a statement"


_LAST_STATEMENT = 14  # an action has about as many; a trap behind the last one is never sprung
_AT_STATEMENTS = {Trap.CRASH_AT_STATEMENT, Trap.DISK_FULL, Trap.LOST_RACE}


class Traps:
    """Sets traps in a store's write transactions, and counts what was committed.

    Args:
        store: a store of the test's own.
        random: draws the statement at which a trap lies.
    """

    def __init__(self, store: Store, random: Random) -> None:
        self._kind = store.kind
        self._random = random
        self._trap: Trap | None = None
        self._statements_left = 0
        self.sprung: Trap | None = None
        self.commits = 0
        self.traps = [trap for trap in Trap if trap is not Trap.LOST_RACE or store.kind == "postgresql"]
        """The traps that this database has."""
        event.listen(store._writer, "before_cursor_execute", self._before_statement)
        event.listen(store._writer, "commit", self._before_commit)
        self._watch_commits(store)

    def set(self, trap: Trap | None) -> None:
        """Set the next call's trap, or none, and begin to count anew."""
        self._trap, self.sprung, self.commits = trap, None, 0
        self._statements_left = self._random.randint(1, _LAST_STATEMENT)

    def _watch_commits(self, store: Store) -> None:
        # SQLAlchemy tells of a commit before it is made, and of nothing after it.
        dialect: Any = store._writer.dialect
        commit: Callable[[Any], None] = dialect.do_commit

        def commit_then_crash(connection: Any) -> None:
            commit(connection)
            self.commits += 1
            if self._trap is Trap.CRASH_AFTER_COMMIT:
                self._spring()

        dialect.do_commit = commit_then_crash

    def _before_statement(self, conn: Connection, *_: Any) -> None:
        if self._trap not in _AT_STATEMENTS or conn.get_execution_options().get("postgresql_readonly"):
            return
        self._statements_left -= 1
        if not self._statements_left:
            self._spring()

    def _before_commit(self, _conn: Connection) -> None:
        if self._trap is Trap.CRASH_BEFORE_COMMIT:
            self._spring()

    def _spring(self) -> NoReturn:
        self.sprung, self._trap = self._trap, None
        if self.sprung is Trap.DISK_FULL:
            raise psycopg.errors.DiskFull if self._kind == "postgresql" else DiskFullError
        if self.sprung is Trap.LOST_RACE:
            raise psycopg.errors.SerializationFailure
        raise Crash
