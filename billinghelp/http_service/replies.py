"""Answers as they are sent: JSON documents, and refusals in the one form that every error has."""

from collections.abc import Sequence

import msgspec

from billinghelp.http_service.exchange import Exchange, Send
from billinghelp.http_service.statuses import status_of
from services.contract.errors import Code, Refused
from services.surface.wire import encode

Header = tuple[bytes, bytes]

JSON: Header = (b"content-type", b"application/json")
# Answers are about one customer and for one caller: nothing on the way keeps them.
NOT_KEPT: Header = (b"cache-control", b"no-store")

_RETRY_SECONDS = 5
"""When to come again after `unavailable` that did not say: about what a database takes to restart."""


async def reply(send: Send, status: int, body: bytes, headers: Sequence[Header] = (JSON,)) -> None:
    """Send a whole answer."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, NOT_KEPT, length]})
    await send({"type": "http.response.body", "body": body})


async def reply_not_modified(send: Send, etag: Header) -> None:
    """Send that what the caller has is still current."""
    await send({"type": "http.response.start", "status": 304, "headers": [etag, NOT_KEPT]})
    await send({"type": "http.response.body"})


async def reply_refused(send: Send, exchange: Exchange, refused: Refused) -> None:
    """Send a refusal."""
    exchange.reason = refused.reason
    headers = [JSON, *_advice(refused)]
    await reply(send, status_of(refused), encode({"error": refused.as_dict()}), headers)


def _advice(refused: Refused) -> list[Header]:
    """Return what HTTP has headers for."""
    if refused.code is Code.UNAUTHENTICATED:
        return [(b"www-authenticate", b"Bearer")]
    if refused.code in (Code.RESOURCE_EXHAUSTED, Code.UNAVAILABLE):
        seconds = msgspec.convert(refused.details.get("retry_after", _RETRY_SECONDS), int)
        return [(b"retry-after", str(seconds).encode())]
    if refused.reason == "METHOD_NOT_ALLOWED":
        return [(b"allow", str(refused.details["allowed"]).encode())]
    return []
