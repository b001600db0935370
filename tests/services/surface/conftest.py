"""The bench at which the surface is tested: in this process on both databases, and over HTTP."""

from collections.abc import Iterator

import pytest

from services.storage.engine import Store
from tests.surface import Workbench
from tests.surface_over_http import bench_over_http


@pytest.fixture(params=["sqlite", "postgresql", "over HTTP"])
def empty_bench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """A bench without any customer. HTTP is the same way to both databases, so one of them is enough."""
    store = request.getfixturevalue("postgres_store" if request.param == "postgresql" else "sqlite_store")
    assert isinstance(store, Store)
    if request.param == "over HTTP":
        with bench_over_http(store) as bench:
            yield bench
    else:
        yield Workbench(store)
