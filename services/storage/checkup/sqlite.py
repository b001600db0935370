"""What only an SQLite file can have wrong: damage, the journal's mode, and a folder that takes no changes."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from services.storage.checkup.finding import Finding


def file(conn: Connection, path: Path, damage: str | None) -> Iterator[Finding]:
    """Yield what is found of the file itself; `damage` is what the database found damaged in it."""
    yield Finding(subject="file", found=f"SQLite {sqlite3.sqlite_version} reads it")
    yield _writable(path)
    yield _journal(conn)
    yield Finding(
        subject="pages",
        found=damage or "all sound",
        remedy="restore the file from a backup" if damage else None,
    )


def _writable(path: Path) -> Finding:
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        return Finding(subject="writing", found="the file and its folder take changes")
    return Finding(
        subject="writing",
        found="the file or its folder takes no changes",
        remedy="allow writing to both, or open it with --read-only",
    )


def _journal(conn: Connection) -> Finding:
    mode = str(conn.exec_driver_sql("PRAGMA journal_mode").scalar())
    # Where the disk lets it, the next change sets it; a disk that does not cannot be shared by readers and a writer.
    remedy = None if mode == "wal" else "keep the file on a disk of this machine, then make any change in the program"
    return Finding(subject="journal", found=mode, remedy=remedy)
