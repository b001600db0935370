"""How connections are opened: what each database is told once, so that every transaction behaves the same on both."""

import selectors
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError, OperationalError

_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 30
# How often it is tried to get what another process holds. It stays as often: whoever waited long would else try least.
_PAUSE_SECONDS = 0.0003
# For one look, poll is one call of the system, epoll is four.
_Selector: type[selectors.BaseSelector] = getattr(selectors, "PollSelector", selectors.DefaultSelector)


def sqlite_reader(path: Path, *, lock_wait: float, read_only: bool, connections: int) -> Engine:
    """Return an engine for deferred snapshots: SQLite itself refuses what would write through it."""
    mode = "ro" if read_only else "rw"
    engine = _sqlite_engine(path, lock_wait=lock_wait, busy_timeout=lock_wait, size=connections, mode=mode)
    event.listen(engine, "connect", _refuse_writes)
    return engine


def sqlite_writer(path: Path, *, lock_wait: float) -> Engine:
    """Return an engine for writing: one connection, for which threads queue instead of spinning on the file's lock.

    For another process's lock `begin` waits.
    """
    engine = _sqlite_engine(path, lock_wait=lock_wait, busy_timeout=0.0, size=1, mode="rw")

    def keep_a_write_ahead_log(connection: Any, _record: Any) -> None:
        _keep_a_write_ahead_log(connection, lock_wait)

    event.listen(engine, "connect", keep_a_write_ahead_log)
    return engine


def postgresql_engine(target: URL, *, lock_wait: float, connections: int) -> Engine:
    """Return an engine for reading and writing.

    Writers lock a row first and read what it guards in later statements, each of which must see what has been
    committed by then. Under a database's own stricter default they would see what was there before the lock: then a
    crowd on one customer is refused instead of served one after the other.
    """
    engine = create_engine(
        target,
        hide_parameters=True,  # customers' data stays out of errors and logs
        isolation_level="READ COMMITTED",
        pool_size=connections,
        max_overflow=0,
        pool_timeout=lock_wait,
        pool_use_lifo=True,  # the connection whose statements are prepared
        use_native_hstore=False,  # saves the look-up of a type that is not used
        # UTF-8 whatever the database is in: of one without an encoding, the driver would give bytes for text.
        connect_args={"connect_timeout": _CONNECT_SECONDS, "client_encoding": "utf8"},
    )
    settings = (
        f"SET statement_timeout = '{_STATEMENT_SECONDS}s'; SET lock_timeout = '{round(lock_wait * 1000)}ms';"
        f"SET idle_in_transaction_session_timeout = '{2 * _STATEMENT_SECONDS}s';"
        # A statement outside of a transaction has the database's own isolation level, of which nothing is wanted.
        "SET default_transaction_isolation = 'read committed';"
        # Compiling a plan takes longer than any statement here runs, and is triggered by mere estimates.
        "SET jit = off; SET TIME ZONE 'UTC'"
    )

    def configure(connection: Any, _record: Any) -> None:
        connection.execute(settings)
        connection.commit()

    event.listen(engine, "connect", configure)
    event.listen(engine, "checkin", _forget_read_only)
    event.listen(engine, "checkout", _leave_if_hung_up)
    return engine


def _leave_if_hung_up(connection: Any, _record: Any, _proxy: Any) -> None:
    # A connection at rest has nothing to read; if it has, the server said good-bye, and the pool takes another one, so
    # that a restarted server costs no call. SQLAlchemy's own pre-ping is a round trip more for every transaction.
    with _Selector() as look:
        look.register(connection.fileno(), selectors.EVENT_READ)
        if look.select(timeout=0):
            raise DisconnectionError


def _forget_read_only(connection: Any, _record: Any) -> None:
    # After a read-only transaction SQLAlchemy asks for writable ones, even of a database that is set to be read only.
    if connection is not None and not connection.closed:
        connection.read_only = None


def _sqlite_engine(path: Path, *, lock_wait: float, busy_timeout: float, size: int, mode: str) -> Engine:
    # As a URI, because only there can be said that a missing file is not to be made: making it is the store's matter.
    uri = f"{path.as_uri()}?mode={mode}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri,
            uri=True,
            timeout=busy_timeout,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")  # what was acknowledged survives a power cut
        connection.execute("PRAGMA cache_size = -32000")  # KiB: what searches touch of 100 000 customers has room
        return connection

    return create_engine(
        "sqlite://",
        creator=connect,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=lock_wait,
        pool_use_lifo=True,  # the connection whose cache is warm
    )


def _refuse_writes(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA query_only = ON")


def _keep_a_write_ahead_log(connection: sqlite3.Connection, lock_wait: float) -> None:
    # The mode stays with the file: a change the first time only, a look into its header afterwards. When two processes
    # make the change at once, SQLite refuses one of them without waiting; the other's change serves for both.
    _when_free(lambda: connection.execute("PRAGMA journal_mode = WAL"), lock_wait)


def begin(connection: Connection, *, writing: bool, lock_wait: float) -> None:
    """Begin a transaction where the driver is told to leave that alone (isolation_level=None): on SQLite.

    Called, and not a listener of SQLAlchemy's `begin`: with one, each statement costs a tenth more.
    """
    if connection.dialect.name != "sqlite":
        return
    if writing:
        _when_free(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"), lock_wait)
    else:
        connection.exec_driver_sql("BEGIN")


def _when_free(work: Callable[[], object], lock_wait: float) -> None:
    """Do what SQLite refuses while another process holds the file, as soon as that has let go.

    SQLite's own waiting sleeps for up to a tenth of a second at a time: beside a process that writes again and again it
    misses the moments in between, and whoever waits goes on waiting.
    """
    deadline = time.monotonic() + lock_wait
    while True:
        try:
            work()
        except (sqlite3.OperationalError, OperationalError) as error:
            if not _is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _is_busy(error: Exception) -> bool:
    code = getattr(getattr(error, "orig", error), "sqlite_errorcode", sqlite3.SQLITE_OK)
    return bool(code & 0xFF == sqlite3.SQLITE_BUSY)


def end_reading(connection: Connection) -> None:
    """End a transaction that has written nothing.

    Not by a rollback on PostgreSQL, at which psycopg forgets the statements that it has prepared: planned anew, a
    customer's view takes the server nearly four times as long.
    """
    if connection.dialect.name == "postgresql":
        connection.commit()
