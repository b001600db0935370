"""A migrated SQLite file wherever one is wanted: the migrations run once a process, their outcome is written down."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from services.storage.engine import Store


@cache
def _content() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        store = Store(f"sqlite:///{path}")
        store.upgrade()
        store.close()
        return path.read_bytes()


def migrated(path: Path) -> Path:
    """Write a fresh, migrated SQLite file, and return its path."""
    path.write_bytes(_content())
    return path
