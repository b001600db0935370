"""`POST /rpc/{Method}`: from a request's bytes to one call of the surface, and back."""

import asyncio
from typing import Any

import msgspec

from billinghelp.config import ServerLimits
from billinghelp.http_service.admission import Admission
from billinghelp.http_service.body import read_body
from billinghelp.http_service.exchange import Exchange, Receive, Scope, Send, exchange_of
from billinghelp.http_service.headers import Headers, token_id_of
from billinghelp.http_service.replies import JSON, Header, reply, reply_not_modified
from billinghelp.http_service.streaming import Streams
from services.contract.errors import Code, Refused, invalid
from services.contract.principals import Credential
from services.contract.requests import AskBillingChat, GetCustomerBillingView, ImportCustomers, Request, WhoAmI
from services.contract.views import CustomerBillingView, Identity, NotModified
from services.surface.surface import Surface
from services.surface.table import METHOD_BY_NAME, METHOD_BY_REQUEST
from services.surface.wire import decode_request, encode

_MIB = 1024 * 1024
_FOR_STRANGERS = _MIB
_OF_THE_REQUEST = (Code.INVALID_ARGUMENT, Code.NOT_FOUND)  # what is found wrong before the surface is called
# Decoding more than this takes a millisecond or longer, for which nobody else is to wait.
_DECODED_HERE = 64 * 1024


class Rpc:
    """The ASGI application behind `/rpc/`.

    It knows nothing of roles and tokens: every request ends in a call of the surface, which authenticates first. What
    is wrong with a request is told to those alone whom the surface knows.
    """

    def __init__(self, surface: Surface, limits: ServerLimits, streams: Streams) -> None:
        self._surface = surface
        self._limits = limits
        self._admission = Admission(limits)
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a refusal leaves as `Refused`."""
        exchange = exchange_of(scope)
        headers = exchange.headers
        credential = headers.credential
        exchange.token_id = token_id_of(credential)
        request = await self._request(scope, receive, headers, exchange)
        if isinstance(request, AskBillingChat):
            await self._chat(credential, request, receive, send, exchange)
            return
        if METHOD_BY_REQUEST[type(request)].awaits:
            await self._require_known(credential)
            with self._admission.wait(credential):
                answer = await self._surface.call(credential, request)
        else:
            async with self._admission.call(credential):
                answer = await self._surface.call(credential, request)
        await _reply(send, answer, headers.if_none_match)

    async def _chat(
        self, credential: Credential, request: AskBillingChat, receive: Receive, send: Send, exchange: Exchange
    ) -> None:
        await self._require_known(credential)
        with self._admission.stay(credential):
            await self._streams.answer(self._surface.stream(credential, request), receive, send, exchange)

    async def _request(self, scope: Scope, receive: Receive, headers: Headers, exchange: Exchange) -> Request:
        """Return the request, or refuse it; but whoever is not known is told nothing else than that."""
        credential = headers.credential
        if credential.token is None:
            await self._authenticate(credential)
        try:
            return await self._understood(scope, receive, headers, exchange)
        except Refused as refused:
            if refused.code in _OF_THE_REQUEST and refused.reason != "BODY_TOO_SLOW":
                await self._authenticate(credential)
            raise

    async def _understood(self, scope: Scope, receive: Receive, headers: Headers, exchange: Exchange) -> Request:
        name: str = scope["path_params"]["method"]
        method = METHOD_BY_NAME.get(name)
        if method is not None:
            exchange.method = name
        if scope["method"] != "POST":
            raise invalid("METHOD_NOT_ALLOWED", "Send the request as POST.", allowed="POST")
        headers.require_json()
        body = await self._body(receive, headers, is_import=method is not None and method.request is ImportCustomers)
        if len(body) <= _DECODED_HERE:
            request = decode_request(name, body)
        else:
            request = await asyncio.to_thread(decode_request, name, body)
        if isinstance(request, GetCustomerBillingView) and (etag := headers.if_none_match) is not None:
            request = msgspec.structs.replace(request, if_none_match=etag)
        return request

    async def _body(self, receive: Receive, headers: Headers, *, is_import: bool) -> bytes:
        limits, announced = self._limits, headers.announced
        most = limits.max_body_mib * _MIB
        if announced > _FOR_STRANGERS or not announced:
            # The memory for a large body is given to those alone who are known, and for an import to who may import.
            caller = await self._authenticate(headers.credential)
            if is_import and ImportCustomers.__name__ in caller.methods:
                most = max(most, limits.max_import_mib * _MIB)
        return await read_body(receive, announced=announced, most=most, within=limits.body_seconds)

    async def _require_known(self, credential: Credential) -> None:
        """Let strangers take none of the places from which others are waited for."""
        if not self._admission.knows(credential):
            await self._authenticate(credential)

    async def _authenticate(self, credential: Credential) -> Identity:
        """Let the surface refuse whom it does not know. It is a call like any other, and counted as one."""
        async with self._admission.call(credential):
            identity: Identity = await self._surface.call(credential, WhoAmI())
        return identity


async def _reply(send: Send, answer: Any, etag: str | None) -> None:
    if isinstance(answer, CustomerBillingView):
        await reply(send, 200, encode(answer), (JSON, _etag(answer.view_etag)))
    elif isinstance(answer, NotModified) and etag is not None:
        await reply_not_modified(send, _etag(etag))
    else:
        await reply(send, 200, encode(answer))


def _etag(etag: str) -> Header:
    return (b"etag", f'"{etag}"'.encode("latin-1"))
