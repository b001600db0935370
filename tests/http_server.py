"""A surface served over HTTP, on a loopback port, in a thread: `serving(surface, store)`."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest.mock import patch

from billinghelp.config import ServerLimits
from billinghelp.http_service.run import Service
from billinghelp.http_service.webhooks import Webhooks
from billinghelp.listening import listen
from billinghelp.payment_follower import PaymentFollower
from services.contract.principals import Role
from services.contract.requests import CreateToken
from services.contract.views import NewToken
from services.storage.engine import Store
from services.surface.surface import Surface
from tests.surface import OWNER


class Served:
    """A surface that is being served.

    Attributes:
        url: where, without a slash at its end.
        service: what serves it; it stops when the context is left, or earlier by `service.stop()`.
    """

    def __init__(self, surface: Surface, url: str, service: Service) -> None:
        self.surface = surface
        self.url = url
        self.service = service
        self._names = count(1)

    def token(self, role: Role, customer_id: str | None = None, *, name: str | None = None) -> str:
        """Return a new token. Its name is the actor's, and differs from every other's unless one is given."""
        request = CreateToken(role=role, customer_id=customer_id, name=name or f"{role} {next(self._names)}")
        issued: NewToken = self.surface.dispatch(OWNER, request)
        return issued.token

    def headers(self, role: Role = Role.OPERATOR, customer_id: str | None = None) -> dict[str, str]:
        """Return the headers of a request by somebody with a new token."""
        return {"Authorization": f"Bearer {self.token(role, customer_id)}", "Content-Type": "application/json"}


class Hurried:
    """`asyncio` as uvicorn sees it: it looks ten times as often whether it is to stop and whether all have left.

    At its own pace a server takes 0.2 s to stop though nobody is connected, and the tests stop hundreds.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        """Sleep a tenth of it."""
        await asyncio.sleep(seconds / 10)


@contextmanager
def serving(
    surface: Surface,
    store: Store,
    limits: ServerLimits | None = None,
    *,
    follower: PaymentFollower | None = None,
    webhooks: Webhooks | None = None,
) -> Iterator[Served]:
    """Yield a surface over HTTP. Calls under way finish before it stops; the surface itself stays open.

    `limits`: those of the connections and requests; what the surface itself limits is the surface's matter.
    `follower`, `webhooks`: as `Service` takes them.
    """
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    limits = limits or ServerLimits(shutdown_seconds=5)
    service = Service(surface, store, limits, None, follower=follower, webhooks=webhooks, records=False)
    thread = threading.Thread(target=service.run, args=(listener,), name="http service")
    with patch("uvicorn.server.asyncio", Hurried()):
        thread.start()
        try:
            yield Served(surface, f"http://127.0.0.1:{port}", service)
        finally:
            service.stop()
            thread.join()
