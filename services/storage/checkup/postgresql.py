"""What only a PostgreSQL server can have wrong: its version, encoding, clock, connections, and what its role may do."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from services.contract.clock import Clock
from services.storage.checkup.finding import Finding, shortened
from services.storage.tables import APPEND_ONLY, metadata

_OLDEST = 14  # PostgreSQL supports each version for five years
_CLOCK_TOLERANCE = timedelta(seconds=5)  # what a time service keeps easily, and nobody's trial or expiry rests on

_SERVER = text(
    """
    SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
        current_user AS role, current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby,
        current_setting('default_transaction_read_only')::bool AS read_only
    """
)
# Slots for superusers and the like are not for this program; -1 is no limit of the role's or of the database's own.
_CONNECTIONS = text(
    """
    SELECT least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
            - coalesce(current_setting('reserved_connections', true)::int, 0),
        nullif(rolconnlimit, -1), nullif(datconnlimit, -1)) AS allowed,
        (SELECT sum(numbackends)::int - 1 FROM pg_stat_database) AS used
    FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()
    """
)
_DENIED = text(
    """
    SELECT privilege || ' on ' || tablename
    FROM pg_tables, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) privilege
    WHERE schemaname = current_schema() AND tablename = ANY(:tables)
    AND NOT (tablename = ANY(:append_only) AND privilege IN ('UPDATE', 'DELETE'))
    AND NOT has_table_privilege(format('%I.%I', schemaname, tablename), privilege)
    UNION ALL
    SELECT 'USAGE on ' || sequencename FROM pg_sequences
    WHERE schemaname = current_schema()
    AND NOT has_sequence_privilege(format('%I.%I', schemaname, sequencename), 'USAGE')
    ORDER BY 1
    """
)
_MAY_CREATE = text("SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)")
_NOW = text("SELECT clock_timestamp()")


def server(conn: Connection, clock: Clock, connections: int) -> Iterator[Finding]:
    """Yield what is found of the server itself.

    Args:
        connections: how many this program wants.
    """
    row = conn.execute(_SERVER).one()
    yield _version(row)
    yield _encoding(row.encoding)
    yield _writable(row)
    yield _clock(conn, clock)
    yield _room(conn, connections)


def privileges(conn: Connection) -> Finding:
    """Return whether the role may do what the product does."""
    tables = [table.name for table in metadata.sorted_tables]
    append_only = [table.name for table in APPEND_ONLY]
    denied = list(conn.scalars(_DENIED, {"tables": tables, "append_only": append_only}))
    if denied:
        return Finding(
            subject="privileges", found=f"the role lacks {shortened(denied)}", remedy="have the owner grant it"
        )
    return Finding(subject="privileges", found="the role may do all that is needed")


def may_upgrade(conn: Connection) -> Finding:
    """Return whether the role may make and change tables."""
    if conn.scalar(_MAY_CREATE):
        return Finding(subject="privileges", found="the role may make tables")
    return Finding(
        subject="privileges",
        found="the role may not make tables here",
        remedy="make it the owner of the database, or grant it CREATE on the schema",
    )


def _version(row: Any) -> Finding:
    found = f"PostgreSQL {row.version} answers the role {row.role}"
    too_old = row.number < _OLDEST * 10_000
    return Finding(
        subject="server",
        found=found,
        remedy=f"move the database to PostgreSQL {_OLDEST} or newer" if too_old else None,
    )


def _encoding(encoding: str) -> Finding:
    remedy = None if encoding == "UTF8" else "make a new database with ENCODING 'UTF8' and restore the data into it"
    return Finding(subject="encoding", found=encoding, remedy=remedy)


def _writable(row: Any) -> Finding:
    if row.standby:
        return Finding(
            subject="writing", found="this server is a standby", remedy="give the address of the primary server"
        )
    if row.read_only:
        return Finding(
            subject="writing",
            found="transactions are read-only by default",
            remedy="reset default_transaction_read_only for the server, the database or the role",
        )
    return Finding(subject="writing", found="the server takes changes")


def _clock(conn: Connection, clock: Clock) -> Finding:
    before = clock()
    theirs: datetime = conn.execute(_NOW).scalar_one()
    after = clock()
    ahead = theirs - (before + (after - before) / 2)
    if abs(ahead) <= _CLOCK_TOLERANCE:
        return Finding(subject="clock", found="the server's agrees with this machine's")
    which = "ahead of" if ahead > timedelta(0) else "behind"
    return Finding(
        subject="clock",
        found=f"the server's is {abs(ahead).total_seconds():.0f} s {which} this machine's",
        remedy="let both machines take their time from the same time service",
    )


def _room(conn: Connection, connections: int) -> Finding:
    allowed, used = conn.execute(_CONNECTIONS).one()
    found = f"{allowed} for this role, {used} in use by others now, {connections} wanted by each process"
    too_few = allowed < connections
    return Finding(
        subject="connections",
        found=found,
        remedy="raise max_connections, or the limit of the role or of the database" if too_few else None,
    )
