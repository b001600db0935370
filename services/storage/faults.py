"""What a database can refuse, in the product's own words: each fault is one `Refused` that says what to do."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from services.contract.errors import Code, Refused, invalid


class _Fault(NamedTuple):
    reason: str
    message: str


_LOCKED = _Fault("STORE_LOCKED", "The database {label} is busy with another change: try again in a moment.")
_POOL_EXHAUSTED = _Fault(
    "STORE_LOCKED",
    "All connections to the database {label} are in use: try again in a moment; if it lasts, run billinghelp db check.",
)
_TOO_SLOW = _Fault("STORE_LOCKED", "The database {label} gave up on a call that took too long: try again in a moment.")
_READ_ONLY = _Fault(
    "STORE_READ_ONLY", "The database {label} cannot be written: allow writing to it, or use it for looking alone."
)
_DISK_FULL = _Fault("STORE_DISK_FULL", "The disk of the database {label} is full: free some space and try again.")
_DISK_FAULT = _Fault(
    "STORE_DISK_FAULT", "The disk of the database {label} cannot be used: see that it has space left and is sound."
)
_CORRUPT = _Fault("STORE_CORRUPT", "The database {label} is damaged: restore it from a backup.")
_NOT_A_DATABASE = _Fault(
    "STORE_CORRUPT", "The file {label} is no database or is damaged: check the database URL, or restore a backup."
)
_UNREACHABLE = _Fault(
    "STORE_UNREACHABLE",
    "The database {label} cannot be opened: check that it is there, and that you may use it and write beside it.",
)
_SERVER_UNREACHABLE = _Fault(
    "STORE_UNREACHABLE",
    "The database {label} does not answer: check that its server runs, lets you in and has a connection to spare.",
)
_NOT_ALLOWED = _Fault(
    "STORE_UNREACHABLE",
    "The database {label} forbids its user what is needed: have its owner grant the use of all tables, or for an"
    " upgrade CREATE on the schema.",
)
_TAKEN_AWAY = _Fault(
    "STORE_TAKEN_AWAY",
    "The file {label} was removed or replaced while it was in use: put it back, then start the program again.",
)
_FAULT = _Fault("STORE_FAULT", "The database {label} refused a statement: run billinghelp doctor to see why.")

_SQLITE_FAULTS = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_FULL: _DISK_FULL,
    sqlite3.SQLITE_IOERR: _DISK_FAULT,
    sqlite3.SQLITE_CORRUPT: _CORRUPT,
    sqlite3.SQLITE_NOTADB: _NOT_A_DATABASE,
    sqlite3.SQLITE_CANTOPEN: _UNREACHABLE,
    sqlite3.SQLITE_PERM: _UNREACHABLE,
    sqlite3.SQLITE_AUTH: _UNREACHABLE,
}
# Half a character, or an integer of more than 64 bits: drivers refuse these before the database sees them.
_UNBINDABLE = (UnicodeEncodeError, OverflowError)
_SQLITE_PRIMARY = 0xFF  # an extended error code carries the primary one in its lowest byte

# PostgreSQL, appendix A «Error Codes»: whole codes first, then classes (the first two characters).
_POSTGRESQL_FAULTS = {
    "25006": _READ_ONLY,  # read_only_sql_transaction
    "53100": _DISK_FULL,
    "53300": _POOL_EXHAUSTED,  # too_many_connections: the server has no more, whoever holds them
    "55P03": _LOCKED,  # lock_not_available
    "57014": _TOO_SLOW,  # query_canceled: the statement timeout
    "40001": _LOCKED,  # serialization_failure
    "40P01": _LOCKED,  # deadlock_detected
    "25P03": _TOO_SLOW,  # idle_in_transaction_session_timeout
    "42501": _NOT_ALLOWED,  # insufficient_privilege
    "3D000": _SERVER_UNREACHABLE,  # no such database
    "08": _SERVER_UNREACHABLE,
    "28": _SERVER_UNREACHABLE,  # who are you?
    "57": _SERVER_UNREACHABLE,  # shutting down, starting up
    "58": _FAULT,
    "XX": _CORRUPT,
}
# The transaction was undone because of what others did meanwhile, and for no fault of its own.
_LOST_RACES = frozenset({"40001", "40P01"})
_DISK_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT)


def refusal(error: Exception, label: str) -> Refused:
    """Return the refusal that stands for a database's error; `label` names the database and holds no secret."""
    if isinstance(error, (DataError, *_UNBINDABLE)):
        return invalid("INVALID_VALUE", "A value cannot be stored: leave out broken characters and oversized numbers.")
    fault = _POOL_EXHAUSTED if isinstance(error, PoolTimeout) else _fault_of(getattr(error, "orig", error))
    return Refused(Code.UNAVAILABLE, fault.reason, fault.message.format(label=label))


@contextmanager
def translated(label: str) -> Iterator[None]:
    """Let database faults out as `Refused`, the original chained.

    An `IntegrityError` passes as it is: a lost race or a mistake of the caller's, which only the caller can name.
    """
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, PoolTimeout, *_UNBINDABLE) as error:
        raise refusal(error, label) from error


def lost_a_race(error: BaseException) -> bool:
    """Return whether a refusal stands for a transaction that PostgreSQL undid only because others were quicker."""
    return getattr(getattr(error.__cause__, "orig", None), "sqlstate", None) in _LOST_RACES


def file_refusal(error: OSError, label: str) -> Refused:
    """Return the refusal for a store's file or folder that cannot be made."""
    fault = _DISK_FULL if error.errno in _DISK_FULL_ERRNOS else _UNREACHABLE
    return Refused(Code.UNAVAILABLE, fault.reason, fault.message.format(label=label))


def unreachable(label: str) -> Refused:
    """Return the refusal for a store that is not there."""
    return Refused(Code.UNAVAILABLE, _UNREACHABLE.reason, _UNREACHABLE.message.format(label=label))


def taken_away(label: str) -> Refused:
    """Return the refusal for a file that was removed or replaced while it was in use."""
    return Refused(Code.UNAVAILABLE, _TAKEN_AWAY.reason, _TAKEN_AWAY.message.format(label=label))


def _fault_of(cause: object) -> _Fault:
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return _SQLITE_FAULTS.get(code & _SQLITE_PRIMARY, _FAULT)
    state = getattr(cause, "sqlstate", None)
    if state is None:  # the connection was never made, or broke
        return _SERVER_UNREACHABLE
    return _POSTGRESQL_FAULTS.get(state) or _POSTGRESQL_FAULTS.get(state[:2], _FAULT)
