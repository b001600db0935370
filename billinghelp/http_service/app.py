"""The whole application over HTTP, without sockets."""

from collections.abc import Awaitable, Callable
from typing import NoReturn

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.routing import Route

from billinghelp import __version__
from billinghelp.config import ServerLimits
from billinghelp.http_service.document import openapi_document
from billinghelp.http_service.exchange import Receive, Scope, Send, exchange_of
from billinghelp.http_service.metrics import Metrics
from billinghelp.http_service.nodes import node_routes
from billinghelp.http_service.observing import Observed
from billinghelp.http_service.readiness import Readiness
from billinghelp.http_service.replies import reply
from billinghelp.http_service.rpc import Rpc
from billinghelp.http_service.streaming import Streams
from billinghelp.http_service.webhooks import PATH, Webhooks
from services.contract.errors import Code, Refused, invalid
from services.payments.nodes.heartbeats import Heartbeats
from services.storage.engine import Store
from services.surface.surface import Surface
from services.surface.wire import encode

_PROMETHEUS_TEXT = (b"content-type", b"text/plain; version=1.0.0; charset=utf-8")


def make_app(
    surface: Surface,
    store: Store,
    limits: ServerLimits,
    is_stopping: Callable[[], bool] = lambda: False,
    *,
    heartbeats: Heartbeats | None = None,
    webhooks: Webhooks | None = None,
    records: bool = True,
) -> FastAPI:
    """Return the application: the surface's methods, and what those who run the service look at.

    Args:
        store: the surface's own, asked whether it can be used.
        is_stopping: whether the process is about to end, and wants no more work.
        heartbeats: answers nodes; null: nodes have no business here.
        webhooks: hears Stripe; null: it has no business here.
        records: whether it is of no use while its database cannot be written.
    """
    metrics = Metrics()
    streams = Streams(metrics, most=limits.max_chat_streams, pulse=limits.pulse_seconds, patience=limits.body_seconds)
    readiness = Readiness(store, is_stopping, records=records)
    document = encode(openapi_document(__version__))

    async def alive(send: Send) -> None:
        await reply(send, 200, b'{"status":"alive"}')

    async def ready(send: Send) -> None:
        await readiness.require()
        await reply(send, 200, b'{"status":"ready"}')

    async def figures(send: Send) -> None:
        await reply(send, 200, metrics.text(), (_PROMETHEUS_TEXT,))

    # Without a token: it holds what the product's own documentation does, and programs read it before they have one.
    async def described(send: Send) -> None:
        await reply(send, 200, document)

    app = FastAPI(title="Billing Help", version=__version__, openapi_url=None, redirect_slashes=False)
    app.router.routes.extend(
        [
            Route("/rpc/{method:path}", Rpc(surface, limits, streams)),
            Route("/healthz", _Page("healthz", alive), methods=["GET"]),
            Route("/readyz", _Page("readyz", ready), methods=["GET"]),
            Route("/metrics", _Page("metrics", figures), methods=["GET"]),
            Route("/openapi.json", _Page("openapi.json", described), methods=["GET"]),
        ]
    )
    if heartbeats is not None:
        app.router.routes.extend(node_routes(heartbeats, limits))
    if webhooks is not None:
        app.router.routes.append(Route(PATH, webhooks))
    app.add_exception_handler(HTTPException, _refuse)
    app.add_middleware(Observed, metrics=metrics, store_label=store.label)
    return app


class _Page:
    """An ASGI application for a page that everybody gets the same way."""

    def __init__(self, name: str, answer: Callable[[Send], Awaitable[None]]) -> None:
        self._name = name
        self._answer = answer

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        exchange = exchange_of(scope)
        exchange.method = self._name
        exchange.quiet = True  # asked every few seconds by machines
        await self._answer(send)


def _refuse(_request: HttpRequest, error: Exception) -> NoReturn:
    """Refuse what leads nowhere in the form that every error has."""
    if isinstance(error, HTTPException) and error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "GET")
        raise invalid("METHOD_NOT_ALLOWED", f"Send the request as {allowed}.", allowed=allowed)
    raise Refused(Code.NOT_FOUND, "PATH_NOT_FOUND", "There is nothing here: the calls are POST /rpc/{Method}.")
