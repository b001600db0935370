"""The desk over a server: what a read-only session refuses, and the server's name where a store's would stand."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec

from billinghelp.access_token import require_token
from billinghelp.config import Settings
from services.contract.errors import Code, Refused
from services.contract.progress import Progress, no_progress
from services.contract.requests import AskBillingChat, Request
from services.contract.views import ChatEvent, ChatThread, Identity
from services.surface.http_client.address import parse_server_url
from services.surface.http_client.client import HttpSurface
from services.surface.table import METHOD_BY_NAME, METHOD_BY_REQUEST


class ServerDesk:
    """A server's surface as the holder of a token sees it. Every call raises `Refused` for what can be mended.

    Args:
        read_only: refuse every change here: the server knows nothing of it.
    """

    def __init__(self, surface: HttpSurface, *, read_only: bool = False) -> None:
        self._surface = surface
        self._read_only = read_only

    async def call(self, request: Request, progress: Progress = no_progress) -> Any:  # noqa: ARG002  (a server tells none)
        """Return the answer to a request. How far it is with a long one a server does not say."""
        if self._read_only and METHOD_BY_REQUEST[type(request)].writes:
            raise _read_only("This is a read-only session")
        answer = await self._surface.call(request)
        if isinstance(answer, Identity):
            return self._identity(answer)
        if isinstance(answer, ChatThread):  # a question goes to the server at least, and from there perhaps further
            return msgspec.structs.replace(answer, host=answer.host or self._surface.host)
        return answer

    async def stream(self, request: AskBillingChat) -> AsyncGenerator[ChatEvent, None]:
        """Yield the events of a guidance answer as it is written."""
        if self._read_only:
            raise _read_only("A read-only session asks a server nothing that the server would keep")
        async with aclosing(self._surface.stream(request)) as events:
            async for event in events:
                yield event

    async def prepare(self) -> None:
        """Load nothing: the guide is where the server is."""

    async def hang_up(self) -> None:
        """Close the connections to the server; a later call opens others."""
        await self._surface.hang_up()

    def close(self) -> None:
        """Give nothing back: the records are where the server is."""

    def _identity(self, told: Identity) -> Identity:
        methods = [name for name in told.methods if not (self._read_only and _writes(name))]
        read_only = self._read_only or told.read_only
        return msgspec.structs.replace(told, store=self._surface.host, read_only=read_only, methods=methods)


def open_server_desk(settings: Settings, server_url: str) -> ServerDesk:
    """Return the desk on a server. Nothing is asked of it yet.

    Raises:
        Refused: `SERVER_URL_INVALID`, `SERVER_NOT_SECURE`, `TOKEN_INVALID`, `TOKEN_MISSING`.
    """
    token = require_token(settings.token, parse_server_url(server_url))
    return ServerDesk(HttpSurface(server_url, token.reveal()), read_only=settings.read_only)


def _writes(name: str) -> bool:
    method = METHOD_BY_NAME.get(name)  # a newer server may have methods that this version does not know
    return method is not None and method.writes


def _read_only(what: str) -> Refused:
    return Refused(Code.PERMISSION_DENIED, "READ_ONLY", f"{what}: start again without --read-only.")
