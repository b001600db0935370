"""The same bench as `tests.surface.Workbench`, with everything in between that HTTP puts there."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.contract.principals import Principal
from services.contract.requests import Request
from services.storage.engine import Store
from services.surface.http_client.client import HttpSurface
from tests.http_server import Served, serving
from tests.surface import OPERATOR, Workbench


class HttpWorkbench(Workbench):
    """A bench whose calls go to a server with the caller's token. Only the owner of the store stays at it."""

    def __init__(self, store: Store, **how: Any) -> None:
        super().__init__(store, **how)
        self._loop = asyncio.new_event_loop()
        self._surfaces: dict[Principal, HttpSurface] = {}
        self._lock = threading.Lock()
        self.served: Served | None = None

    def call(self, request: Request, principal: Principal = OPERATOR) -> Any:
        """Return the server's answer; from any thread."""
        if principal.local:
            return super().call(request, principal)
        call = self._surface_of(principal).call(request)
        return asyncio.run_coroutine_threadsafe(call, self._loop).result(timeout=30)

    def _surface_of(self, principal: Principal) -> HttpSurface:
        assert self.served is not None
        with self._lock:
            if principal not in self._surfaces:
                token = self.served.token(principal.role, principal.customer_id, name=principal.actor)
                self._surfaces[principal] = HttpSurface(self.served.url, token)
            return self._surfaces[principal]

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Serve the surface, and let the calls run in a thread of their own."""
        thread = threading.Thread(target=self._loop.run_forever, name="clients")
        with serving(self.surface, self.store) as self.served:
            thread.start()
            yield
            for surface in self._surfaces.values():
                asyncio.run_coroutine_threadsafe(surface.hang_up(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()


@contextmanager
def bench_over_http(store: Store, **how: Any) -> Iterator[HttpWorkbench]:
    """Yield a bench on a served store; as `Workbench` in all else."""
    bench = HttpWorkbench(store, **how)
    with bench.connected():
        yield bench
