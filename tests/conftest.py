"""Stores for every test: fresh ones, on both databases, copied from one that was migrated once a session."""

import gc
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from services.storage import connections
from services.storage.engine import Store
from tests.clocks import FakeClock
from tests.compiled import sharing_compiled
from tests.databases import Cluster, running_cluster
from tests.migrated import migrated
from tests.model_server import ModelServer
from tests.platform_server import PlatformServer, running_platform
from tests.throw_away import throw_away_folder

OpenStore = Callable[..., Store]
"""The type of the fixture `open_store`."""

_numbers = count()

os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(throw_away_folder()))

# Byte code is kept, whatever the shell says: every program that a test starts would compile the product anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# How long an example takes says how busy the machine is.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

_LONGEST_FIRST = (
    "tests/simulation/",
    "tests/services/change_requests/test_tenant_machine.py",
    "tests/faults/",
    "tests/browser/",
    "tests/services/change_requests/test_machine.py",
    "tests/services/payments/test_histories.py",
)
"""Files of few tests that take long: begun last, as xdist would by their number, one would keep the others waiting."""


def pytest_configure(config: pytest.Config) -> None:
    """Let xdist, where it is there, hand out files in the order in which they are collected."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, and then those with the most tests."""
    tests = Counter(item.location[0] for item in items)
    items.sort(key=lambda item: (not item.nodeid.startswith(_LONGEST_FIRST), -tests[item.location[0]]))


def pytest_collection_finish() -> None:
    """Let the collector of garbage leave alone what stays, and look less often: it took a third of a screen's test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 5, 5)


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    """Let all stores share what was compiled of their statements: it took a third of the time of a store's test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "create_engine", sharing_compiled())
        yield


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands at 2026-11-20 12:00 UTC until the test moves it."""
    return FakeClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    return migrated(tmp_path_factory.mktemp("template") / "store.db")


@pytest.fixture
def sqlite_path(sqlite_template: Path, tmp_path: Path) -> Path:
    """A fresh, migrated SQLite file."""
    return Path(shutil.copy(sqlite_template, tmp_path / "store.db"))


@pytest.fixture
def open_store() -> Iterator[OpenStore]:
    """Opens stores as `Store` does, and closes them after the test, however it ends."""
    with ExitStack() as opened:

        def open_one(url: str, *, read_only: bool = False, lock_wait: float = 10.0) -> Store:
            store = Store(url, read_only=read_only, lock_wait=lock_wait)
            opened.callback(store.close)
            return store

        yield open_one


@pytest.fixture
def sqlite_store(sqlite_path: Path) -> Iterator[Store]:
    """A fresh, migrated store on SQLite."""
    store = Store(f"sqlite:///{sqlite_path}")
    yield store
    store.close()


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A running PostgreSQL server."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres_template(postgres_cluster: Cluster) -> str:
    """The name of a migrated PostgreSQL database, to be copied."""
    name = f"template_{os.getpid()}"
    store = Store(postgres_cluster.create(name))
    store.upgrade()
    store.close()
    return name


@pytest.fixture
def empty_postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database without tables."""
    name = f"empty_{os.getpid()}_{next(_numbers)}"
    yield postgres_cluster.create(name)
    postgres_cluster.drop(name)


@pytest.fixture
def postgres_database(postgres_cluster: Cluster, postgres_template: str) -> Callable[[], AbstractContextManager[str]]:
    """Makes fresh, migrated PostgreSQL databases, and drops each when its block is left."""

    @contextmanager
    def database() -> Iterator[str]:
        name = f"test_{os.getpid()}_{next(_numbers)}"
        yield postgres_cluster.create(name, postgres_template)
        postgres_cluster.drop(name)

    return database


@pytest.fixture
def postgres_url(postgres_database: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """The URL of a fresh, migrated PostgreSQL database."""
    with postgres_database() as url:
        yield url


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    """A fresh, migrated store on PostgreSQL."""
    store = Store(postgres_url)
    yield store
    store.close()


@pytest.fixture(params=["sqlite_store", "postgres_store"], ids=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """A fresh, migrated store: the test runs on both databases."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Store)
    return found


@pytest.fixture(scope="session")
def one_platform() -> Iterator[PlatformServer]:
    """The one platform of the session."""
    with running_platform() as platform:
        yield platform


@pytest.fixture
def platform(one_platform: PlatformServer) -> PlatformServer:
    """A platform that has been told nothing yet, and carries out what it is told."""
    one_platform.forget()
    return one_platform


@pytest.fixture(scope="session")
def running_model_server() -> Iterator[ModelServer]:
    """The one model server of the session."""
    with ModelServer() as server:
        yield server


@pytest.fixture
def model_server(running_model_server: ModelServer) -> Iterator[ModelServer]:
    """A model server that has been asked nothing yet, its gate closed."""
    running_model_server.reset()
    yield running_model_server
    running_model_server.open_gate()
