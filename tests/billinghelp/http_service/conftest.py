"""A surface over HTTP: in process (`api`), and over real sockets (`served`)."""

from collections.abc import AsyncIterator, Callable, Iterator

import httpx2
import pytest

from billinghelp.config import ServerLimits
from billinghelp.http_service.app import make_app
from services.contract.principals import Role
from services.contract.requests import CreateToken
from services.storage.engine import Store
from tests.surface import OWNER, Workbench, customer

Token = Callable[..., str]


@pytest.fixture
def bench(sqlite_store: Store) -> Iterator[Workbench]:
    """A surface with two customers, the second a client of the first."""
    bench = Workbench(sqlite_store)
    bench.feed(customer(), customer("beta", legal_name="Beta Ltd", parent_customer_id="acme-eu"))
    yield bench
    bench.surface.close()


@pytest.fixture
def token(bench: Workbench) -> Token:
    """Issue a token."""

    def issue(role: Role = Role.OPERATOR, customer_id: str | None = None, name: str = "olga") -> str:
        request = CreateToken(role=role, customer_id=customer_id, name=name)
        text: str = bench.surface.dispatch(OWNER, request).token
        return text

    return issue


@pytest.fixture
async def api(bench: Workbench, token: Token) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the application, without sockets, with an operator's token."""
    async with in_process(bench, token()) as client:
        yield client


def in_process(bench: Workbench, token: str | None, limits: ServerLimits | None = None) -> httpx2.AsyncClient:
    """Return a client of an application of its own."""
    app = make_app(bench.surface, bench.store, limits or ServerLimits())
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://server", headers=headers)
