"""Where a store is: the URL of the configuration, understood once, and what of it may be shown."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from services.contract.errors import Refused, invalid

Kind = Literal["sqlite", "postgresql"]

_SQLITE_DRIVERS = ("sqlite", "sqlite+pysqlite")
_POSTGRESQL_DRIVERS = ("postgresql", "postgres", "postgresql+psycopg")
# What of a query string may be shown; `password`, `sslpassword` and the like may stand there too.
_SHOWN_OPTIONS = ("host", "port")


@dataclass(frozen=True)
class Address:
    """A store's address. `label` and `shown` carry no secret; `path` is set for SQLite, `target` for PostgreSQL."""

    kind: Kind
    label: str
    shown: str
    path: Path | None = None
    target: URL | None = field(default=None, repr=False)


def parse_address(url: str) -> Address:
    """Return the address that `url` names.

    Raises:
        Refused: `STORE_URL_INVALID`; its message never repeats the URL, which may hold a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Not chained: the parser's own message may quote the URL.
        raise _refusal() from None
    if parsed.drivername in _SQLITE_DRIVERS:
        return _sqlite(parsed)
    if parsed.drivername in _POSTGRESQL_DRIVERS:
        return _postgresql(parsed)
    raise _refusal()


def _sqlite(url: URL) -> Address:
    name = url.database
    if not name or name == ":memory:" or "\0" in name or url.host or url.query:
        raise _refusal()
    path = Path(name).absolute()
    return Address("sqlite", str(path), f"sqlite:///{path}", path=path)


def _postgresql(url: URL) -> Address:
    options = {key: url.query[key] for key in _SHOWN_OPTIONS if key in url.query}
    shown = url.set(drivername="postgresql", query=options)._replace(password=None)
    host = url.host or options.get("host") or "this machine"
    if "@" in f"{url.host or ''}{url.database or ''}":  # what stands before it would be part of a password
        raise invalid("STORE_URL_INVALID", "In the database's URL, write @ : / in a password as %40 %3A %2F.")
    port = f":{url.port}" if url.port else ""
    return Address(
        "postgresql",
        f"{url.database or url.username or 'postgres'} on {host}{port}",
        shown.render_as_string(),
        target=url.set(drivername="postgresql+psycopg"),
    )


def _refusal() -> Refused:
    return invalid(
        "STORE_URL_INVALID", "Give the database as sqlite:///path/to/file.db or postgresql://user@host/database."
    )
