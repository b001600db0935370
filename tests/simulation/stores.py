"""Empty, migrated databases for simulations, each made in a moment from one that was migrated before."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import event

from services.storage.engine import Store
from tests.databases import running_cluster

OpenStore = Callable[[], Store]
"""Opens one database, as often as it is called."""

FreshStores = Callable[[], AbstractContextManager[OpenStore]]
"""Makes a database that is gone afterwards."""


def opening(url: str) -> OpenStore:
    """Return what opens the store at `url`. It need not survive a power cut, so a SQLite file is written at once."""

    def open_store() -> Store:
        store = Store(url)
        if store.kind == "sqlite":
            event.listen(store._writer, "connect", _without_waiting_for_the_disk)
        return store

    return open_store


@contextmanager
def sqlite_stores(folder: str) -> Iterator[FreshStores]:
    """Yield what makes SQLite files in a folder."""
    template, numbers = Path(folder) / "template.db", count()
    store = Store(f"sqlite:///{template}")
    store.upgrade()
    store.close()

    @contextmanager
    def fresh() -> Iterator[OpenStore]:
        path = Path(shutil.copy(template, Path(folder) / f"{next(numbers)}.db"))
        yield opening(f"sqlite:///{path}")
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()

    yield fresh


@contextmanager
def postgresql_stores(_folder: str) -> Iterator[FreshStores]:
    """Yield what makes databases on a PostgreSQL server of their own."""
    with running_cluster() as cluster:
        store, numbers = Store(cluster.create("template")), count()
        store.upgrade()
        store.close()

        @contextmanager
        def fresh() -> Iterator[OpenStore]:
            name = f"simulation_{next(numbers)}"
            yield opening(cluster.create(name, "template"))
            cluster.drop(name)

        yield fresh


def _without_waiting_for_the_disk(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous = OFF")
