"""The sandbox as an ASGI application: Stripe's API, the hosted pages, and what steers it. For this machine alone."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address

from starlette.types import Receive, Scope, Send

from services.contract.server_address import parse_address
from services.payments.sandbox import control
from services.payments.sandbox.api import Api
from services.payments.sandbox.background import Background
from services.payments.sandbox.control import Control
from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.hosted import HostedPages
from services.payments.sandbox.outgoing import posting
from services.payments.sandbox.wire import Asked, ConnectionDropped, Reply, json_reply, read, send_reply


class Application:
    """One ASGI application. A server that runs its lifespan has webhooks delivered meanwhile."""

    def __init__(
        self,
        api: Api,
        pages: HostedPages,
        control: Control,
        background: Background,
        catch_up: Callable[[], object],
        new_request_id: Callable[[], str],
    ) -> None:
        self._api = api
        self._pages = pages
        self._control = control
        self._background = background
        self._catch_up = catch_up
        self._new_request_id = new_request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or run beside the server that answers them.

        Raises:
            ConnectionDropped: in the place of an answer, where a switch demands that: whoever serves closes.
        """
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        asked = await read(scope, receive)
        if asked is None:
            await send_reply(send, json_reply(413, invalid_request("The request is too large.").body()))
            return
        try:
            reply = await self._answer(asked)
        except ConnectionDropped:
            # A server closes a connection on which an answer has begun that cannot be finished.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
            raise
        except Exception:
            await send_reply(send, json_reply(500, _DEFECT.body()))
            raise
        await send_reply(send, reply)

    async def _answer(self, asked: Asked) -> Reply:
        if not _is_from_here(asked):
            message = "The sandbox answers this machine alone, at its own address."
            return json_reply(403, invalid_request(message).body())
        if asked.path == control.PATH or asked.path.startswith(f"{control.PATH}/"):
            return await self._control.answer(asked)
        if asked.method != "GET":
            self._catch_up()  # whoever changes something changes what it has become by now
        if asked.path.startswith("/v1/"):
            return await self._api.answer(asked, self._new_request_id())
        return self._pages.answer(asked)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()  # that it starts
        async with posting() as post:
            working = asyncio.create_task(self._background.run(post))
            await send({"type": "lifespan.startup.complete"})
            await receive()  # that it ends
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
        await send({"type": "lifespan.shutdown.complete"})


_DEFECT = invalid_request("The sandbox failed: this is a defect of its own, which its log tells.", status=500)


def _is_from_here(asked: Asked) -> bool:
    """Return whether a request comes from this machine, and not by way of another site that a browser shows."""
    if asked.headers.get("sec-fetch-site") == "cross-site" and asked.method != "GET":
        return False
    try:
        is_local = not asked.host or ip_address(asked.host).is_loopback
        return is_local and parse_address(f"http://{asked.headers.get('host', '')}").is_loopback
    except ValueError:  # neither is an address
        return False
