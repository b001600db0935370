"""What the sandbox keeps: a small document store on SQLite, in memory or in a file that several processes share.

One statement a purpose. A `Transaction` is all that the rest sees of it; nothing outside this file knows SQL.
"""

import sqlite3
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import msgspec

Object: TypeAlias = dict[str, Any]
"""One of Stripe's objects, as it travels."""

_VERSION = 2  # of the tables; another one's file is not touched
_WAIT_SECONDS = 10.0  # for another process that writes: a transaction takes about a millisecond

LOOKED_UP = ("customer", "subscription", "invoice", "payment_intent", "product", "price", "lookup_key", "status")
"""Fields that objects are found by without reading every object of their kind."""

ANY_TIME = (0, 2**62)
"""Bounds of `created` that leave nothing out, in unix seconds."""

# What stands in an address for wherever the sandbox is served: no host has this name (RFC 6761).
_HERE = b"http://here.sandbox.invalid/"

_INDEXES = "\n".join(
    f"CREATE INDEX IF NOT EXISTS objects_{field} ON objects (kind, {field}, created, sequence) "
    f"WHERE {field} IS NOT NULL;"
    for field in LOOKED_UP
)
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS objects (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,
    {", ".join(f"{field} TEXT" for field in LOOKED_UP)}, body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_created ON objects (kind, created, sequence);
{_INDEXES}
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, asked BLOB NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL, request_id TEXT NOT NULL,
    created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answers_created ON answers (created);
CREATE TABLE IF NOT EXISTS deliveries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, endpoint TEXT NOT NULL, due REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, leased_until REAL NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""

_FIELDS, _VALUES = ", ".join(LOOKED_UP), ", ?" * len(LOOKED_UP)
_PUT = (
    f"INSERT INTO objects (kind, id, created, body, {_FIELDS}) VALUES (?, ?, ?, ?{_VALUES}) "  # noqa: S608 - own names
    f"ON CONFLICT (id) DO UPDATE SET body = excluded.body, {', '.join(f'{f} = excluded.{f}' for f in LOOKED_UP)}"
)


class Answer(NamedTuple):
    """What an idempotency key was answered with."""

    asked: bytes
    status: int
    body: bytes
    request_id: str


class Delivery(NamedTuple):
    """One event on its way to one endpoint."""

    sequence: int
    event: str
    endpoint: str
    attempts: int


class Transaction:
    """Reads and writes that hold together."""

    def __init__(self, connection: sqlite3.Connection, base: bytes) -> None:
        self._connection = connection
        self._base = base

    def find(self, object_id: str) -> Object | None:
        """Return the object with an id, of whatever kind."""
        row = self._connection.execute("SELECT body FROM objects WHERE id = ?", (object_id,)).fetchone()
        return None if row is None else self._read(row[0])

    def all(self, kind: str, equal: Mapping[str, Any]) -> list[Object]:
        """Return a kind's objects with these fields, newest first."""
        return list(self.each(kind, equal))

    def each(
        self,
        kind: str,
        equal: Mapping[str, Any],
        *,
        created: tuple[int, int] = ANY_TIME,
        beyond: str | None = None,
        oldest_first: bool = False,
    ) -> Generator[Object, None, None]:
        """Yield a kind's objects with these fields, newest first; only what is taken is read.

        Args:
            created: the first and the last second of their making.
            beyond: only what comes after the object with this id, in the order asked for.
            oldest_first: the other way round.
        """
        looked_up = [field for field in LOOKED_UP if equal.get(field) is not None]
        others = [item for item in equal.items() if item[0] not in looked_up]
        order, side = ("ASC", ">") if oldest_first else ("DESC", "<")
        # Many objects share a status: where they are found by something else, a plus keeps SQLite off its index.
        where = [f"+{field} = ?" if field == "status" and len(looked_up) > 1 else f"{field} = ?" for field in looked_up]
        values = [kind, *created, *(equal[field] for field in looked_up)]
        if beyond is not None:
            where.append(f"(created, sequence) {side} (SELECT created, sequence FROM objects WHERE id = ?)")  # noqa: S608
            values.append(beyond)
        rows = self._connection.execute(
            f"SELECT body FROM objects WHERE {' AND '.join(('kind = ? AND created BETWEEN ? AND ?', *where))} "  # noqa: S608
            f"ORDER BY created {order}, sequence {order}",
            values,
        )
        with closing(rows):
            for (body,) in rows:
                obj = self._read(body)
                if all(obj.get(field) == value for field, value in others):
                    yield obj

    def put(self, obj: Object) -> None:
        """Insert an object, or put it in the place of what its id stood for."""
        found_by = [value if isinstance(value := _looked_up(obj, field), str) else None for field in LOOKED_UP]
        body = self._without_base(msgspec.json.encode(obj))
        self._connection.execute(_PUT, (obj["object"], obj["id"], obj.get("created", 0), body, *found_by))

    def answer(self, key: str, since: int) -> Answer | None:
        """Return what an idempotency key was answered with since a moment (unix seconds)."""
        row = self._connection.execute(
            "SELECT asked, status, body, request_id FROM answers WHERE key = ? AND created > ?", (key, since)
        ).fetchone()
        return None if row is None else Answer(*row)._replace(body=self._with_base(row[2]))

    def keep_answer(self, key: str, answer: Answer, created: int) -> None:
        """Keep what an idempotency key was answered with."""
        self._connection.execute(
            "INSERT OR REPLACE INTO answers (key, asked, status, body, request_id, created) VALUES (?, ?, ?, ?, ?, ?)",
            (key, *answer._replace(body=self._without_base(answer.body)), created),
        )

    def forget_answers(self, before: int) -> None:
        """Drop the answers that are older than a moment (unix seconds)."""
        self._connection.execute("DELETE FROM answers WHERE created <= ?", (before,))

    def queue(self, event: str, endpoint: str, due: float) -> None:
        """Let an event be delivered to an endpoint when it is due (unix seconds of the real clock)."""
        self._connection.execute(
            "INSERT INTO deliveries (event, endpoint, due) VALUES (?, ?, ?)", (event, endpoint, due)
        )

    def lease_deliveries(self, due: float, now: float, until: float, limit: int) -> list[Delivery]:
        """Return deliveries that are due and nobody else's, oldest first, and keep others off them for a while."""
        rows = self._connection.execute(
            "SELECT sequence, event, endpoint, attempts FROM deliveries WHERE due <= ? AND leased_until <= ? "
            "ORDER BY sequence LIMIT ?",
            (due, now, limit),
        ).fetchall()
        self._connection.executemany(
            "UPDATE deliveries SET leased_until = ? WHERE sequence = ?", [(until, row[0]) for row in rows]
        )
        return [Delivery(*row) for row in rows]

    def end_delivery(self, sequence: int) -> None:
        """Drop a delivery: it arrived, or was given up."""
        self._connection.execute("DELETE FROM deliveries WHERE sequence = ?", (sequence,))

    def repeat_delivery(self, sequence: int, due: float) -> None:
        """Let a delivery that failed be tried again."""
        self._connection.execute(
            "UPDATE deliveries SET attempts = attempts + 1, due = ?, leased_until = 0 WHERE sequence = ?",
            (due, sequence),
        )

    def waiting_deliveries(self) -> int:
        """Return how many deliveries have not arrived yet."""
        count: int = self._connection.execute("SELECT count(*) FROM deliveries").fetchone()[0]
        return count

    def setting(self, name: str) -> bytes | None:
        """Return a setting, or null where it was never set."""
        row = self._connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def set(self, name: str, value: bytes) -> None:
        """Set a setting."""
        self._connection.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (name, value))

    def _read(self, body: bytes) -> Object:
        obj: Object = msgspec.json.decode(self._with_base(body))
        return obj

    def _with_base(self, body: bytes) -> bytes:
        return body.replace(_HERE, self._base)

    def _without_base(self, body: bytes) -> bytes:
        return body.replace(self._base, _HERE)


class State:
    """The store. It may be used from any thread; one transaction runs at a time in a process.

    Args:
        path: a file, made where there is none; null: in memory.
        base: where the sandbox is served, without a slash at its end. Addresses that begin so are kept without it:
            whoever reads them has them begin with its own, as a file outlives its process and serves several.

    Raises:
        sqlite3.Error: the file cannot be used; or it is another program's, or another version's.
    """

    def __init__(self, path: str | Path | None, base: str) -> None:
        self._lock = threading.RLock()
        self._base = f"{base}/".encode()
        self._connection = sqlite3.connect(
            ":memory:" if path is None else path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare()
        except sqlite3.Error:
            self._connection.close()
            raise

    @contextmanager
    def transaction(self, *, writes: bool) -> Iterator[Transaction]:
        """Yield a transaction: it ends with the block, and is undone by an exception.

        One that writes holds off every other from its beginning, so that what it read still holds when it writes.

        Raises:
            RuntimeError: within another transaction of the same thread.
        """
        with self._lock:
            if self._connection.in_transaction:
                raise RuntimeError("A transaction of the sandbox is open in this thread: end it before this call.")
            with closing(self._connection.cursor()) as cursor:
                cursor.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
                try:
                    yield Transaction(self._connection, self._base)
                except BaseException:
                    cursor.execute("ROLLBACK")
                    raise
                cursor.execute("COMMIT")

    def _prepare(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and version != _VERSION:
            raise sqlite3.DatabaseError("it is no state of this version of the sandbox")
        # A sandbox that loses its last second to a power cut has lost nothing that anybody pays for.
        self._connection.executescript(
            f"PRAGMA user_version = {_VERSION}; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; {_SCHEMA}"
        )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def _looked_up(obj: Object, field: str) -> Any:
    if field == "subscription" and obj["object"] == "invoice":  # endive's invoices name it below `parent` alone
        return ((obj.get("parent") or {}).get("subscription_details") or {}).get("subscription")
    return obj.get(field)
