"""A site on both databases (`site`), and on SQLite alone for what does not depend on them (`small_site`)."""

from collections.abc import Iterator

import pytest

from services.storage.engine import Store
from tests.services.payments.nodes.site import Site, open_site


@pytest.fixture
def site(store: Store) -> Iterator[Site]:
    """A site, on each database."""
    with open_site(store) as opened:
        yield opened


@pytest.fixture
def small_site(sqlite_store: Store) -> Iterator[Site]:
    """A site on SQLite."""
    with open_site(sqlite_store) as opened:
        yield opened
