"""The store: where transactions begin and end, on SQLite and on PostgreSQL alike."""

import hashlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection, func, select

from services.contract.errors import Code, Refused
from services.contract.text import clean
from services.storage import schema
from services.storage.address import Kind, parse_address
from services.storage.connections import begin, end_reading, postgresql_engine, sqlite_reader, sqlite_writer
from services.storage.faults import file_refusal, lost_a_race, taken_away, translated, unreachable

if TYPE_CHECKING:
    from tenacity import Retrying

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_LOCK_WAIT_SECONDS = 10.0
# Calls that read, and on PostgreSQL write, at the same time; more wait for a connection.
_CONNECTIONS = 16
# Whoever lost a race nearly always gets through the next time; six in a row is a crowd that should be told.
_ATTEMPTS = 6
_FIRST_PAUSE_SECONDS = 0.02  # about the length of a transaction; each further pause may be twice as long
_LONGEST_PAUSE_SECONDS = 0.5


class Store:
    """A database of Billing Help. Creating one opens nothing; the first transaction does.

    A new SQLite file is made and brought to the current schema on first use. Everything else with another schema than
    this program's is refused until `upgrade`.

    Args:
        url: `sqlite:///path` or `postgresql://…`.
        read_only: refuse every write, and make no file.
        lock_wait: how many seconds to wait for another's lock, or for a free connection.
        connections: how many calls may use the database at the same time. SQLite has one more, the one that writes.
    """

    def __init__(
        self,
        url: str,
        *,
        read_only: bool = False,
        lock_wait: float = _LOCK_WAIT_SECONDS,
        connections: int = _CONNECTIONS,
    ) -> None:
        address = parse_address(url)
        self.kind: Kind = address.kind
        self.label = address.label
        """The database's name for people, without secrets."""
        self.url = address.shown
        """The URL without secrets."""
        self.read_only = read_only
        self.connections = connections
        self._lock_wait = lock_wait
        self.path = address.path
        """The file, on SQLite."""
        if address.path is not None:
            self._reader = sqlite_reader(
                address.path, lock_wait=lock_wait, read_only=read_only, connections=connections
            )
            self._writer = sqlite_writer(address.path, lock_wait=lock_wait)
            self._looker = self._reader  # without a transaction begun, each statement is one
        elif address.target is not None:
            self._writer = postgresql_engine(address.target, lock_wait=lock_wait, connections=connections)
            self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._looker = self._writer.execution_options(isolation_level="AUTOCOMMIT")
        self._ready = False
        self._identity: tuple[int, int] | None = None
        self._opening = threading.Lock()

    def __repr__(self) -> str:
        return f"Store({self.url!r}, read_only={self.read_only})"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection on one snapshot of the data; whatever happens, nothing is written.

        Raises:
            Refused: `STORE_…`, for a fault of the database or a schema that is not this program's.
        """
        self._open()
        with self.transaction(writing=False) as connection:
            yield connection

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """Yield a connection to read on whose every statement sees what is committed by then.

        For one statement, or for some that need not agree: without the two messages to PostgreSQL with which `read`
        begins and ends its snapshot.

        Raises:
            Refused: as `read`.
        """
        self._open()
        self._refuse_if_replaced()
        with translated(self.label), self._looker.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection that alone may write (SQLite) or locks what it writes; commit on leaving, or roll back.

        Raises:
            Refused: `READ_ONLY`, or `STORE_…` as for `read`.
        """
        self._refuse_if_read_only()
        self._open()
        with self.transaction(writing=True) as connection:
            yield connection

    def transact(self, work: Callable[[Connection], _T]) -> _T:
        """Return what `work` returns for a connection as `write` yields it, once that is committed.

        When PostgreSQL undoes the transaction because it lost a race against others (a serialization failure or a
        deadlock), all of `work` runs again on what the others left, a few times. It therefore keeps nothing outside
        of the database until it has returned. A lock that is not to be had in time is no such race: who waits has
        waited long enough.

        Raises:
            Refused: as `write`; `STORE_LOCKED` after the last lost race.
        """
        done: _T = _again_when_lost()(self._once, work)
        return done

    def _once(self, work: Callable[[Connection], _T]) -> _T:
        with self.write() as connection:
            return work(connection)

    @contextmanager
    def transaction(self, *, writing: bool) -> Iterator[Connection]:
        """Yield a connection whatever the schema is: for migrations and checks; others take `read` or `write`."""
        self._refuse_if_replaced()
        if writing:
            self._refuse_if_read_only()
            self._make_file()
            with translated(self.label), self._writer.begin() as connection:
                begin(connection, writing=True, lock_wait=self._lock_wait)
                yield connection
        else:
            with translated(self.label), self._reader.connect() as connection:
                begin(connection, writing=False, lock_wait=self._lock_wait)
                yield connection
                end_reading(connection)

    @property
    def missing(self) -> bool:
        """Whether this is a file that has not been made yet."""
        return self.path is not None and not os.path.exists(self.path)  # False too where looking is forbidden

    def schema(self) -> schema.SchemaState:
        """Return which schema the database has, and which this program needs."""
        return schema.schema_state(self)

    def damage(self) -> str | None:
        """Return what the database itself finds damaged when it looks through its file, None for nothing.

        PostgreSQL has no such look for a client; it tells of damage when it reads it.
        """
        if self.kind != "sqlite":
            return None
        with self.transaction(writing=False) as connection:
            found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
        return None if found == "ok" else clean(found)

    def upgrade(self) -> None:
        """Bring the database to this program's schema."""
        schema.upgrade(self)

    def close(self) -> None:
        """Close all connections; the store may be used again afterwards."""
        self._reader.dispose()
        self._writer.dispose()

    def _open(self) -> None:
        if self._ready:
            return
        with self._opening:
            if self._ready:
                return
            if self.read_only and self.missing:
                raise unreachable(self.label)
            state = self.schema()
            if state.status == "empty" and self.kind == "sqlite" and not self.read_only:
                self.upgrade()
            else:
                schema.require_current(state, self.label)
            self._identity = self._file_identity()
            self._ready = True

    def _refuse_if_read_only(self) -> None:
        if self.read_only:
            raise Refused(
                Code.PERMISSION_DENIED,
                "READ_ONLY",
                "This session is read-only: start it without --read-only to change.",
            )

    def _file_identity(self) -> tuple[int, int] | None:
        if self.path is None:
            return None
        try:
            found = self.path.stat()
        except OSError:
            return None
        return (found.st_dev, found.st_ino)

    def _refuse_if_replaced(self) -> None:
        """Refuse to go on in a file that has been removed or replaced: what is written there would be lost."""
        if self._identity is not None and self._file_identity() != self._identity:
            raise taken_away(self.label)

    def _make_file(self) -> None:
        if self.path is None or not self.missing:
            return
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite gives its side files the same mode; another process may have made the file meanwhile.
            with suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except OSError as error:
            raise file_refusal(error, self.label) from error


@cache
def _again_when_lost() -> "Retrying":
    # Here and not above: it takes 8 ms, and only changes need it.
    from tenacity import Retrying, before_sleep_log, retry_if_exception, stop_after_attempt, wait_random_exponential

    return Retrying(
        retry=retry_if_exception(lost_a_race),
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=_FIRST_PAUSE_SECONDS, max=_LONGEST_PAUSE_SECONDS),
        before_sleep=before_sleep_log(_log, logging.INFO),
        reraise=True,
    )


def lock_name(connection: Connection, name: str) -> None:
    """Hold `name` alone until the transaction ends: for what has no row of its own to lock.

    On SQLite a writer is alone already.
    """
    if connection.dialect.name == "postgresql":
        key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
        connection.execute(select(func.pg_advisory_xact_lock(key)))
