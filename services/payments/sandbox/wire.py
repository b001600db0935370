"""HTTP as the sandbox sees it: a request read whole, and a reply."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from starlette.types import Receive, Scope, Send

_MOST_BYTES = 1024 * 1024  # of a body: the largest that the API takes here has some kilobytes


class Asked(NamedTuple):
    """A request.

    Args:
        headers: by their names in small letters.
        host: who asks, as an IP address; empty where that is not known.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    host: str


class Reply(NamedTuple):
    """What is answered."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class ConnectionDropped(ConnectionResetError):
    """The connection that was to carry a reply is closed instead, as a switch demands."""


def json_reply(status: int, document: Any, **headers: str) -> Reply:
    """Return a reply that carries JSON; an underscore in a header's name stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, msgspec.json.encode(document), {"content-type": "application/json"} | named)


async def read(scope: Scope, receive: Receive) -> Asked | None:
    """Return the request, or null where its body is larger than any that is taken."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _MOST_BYTES:
            return None
        if not message.get("more_body", False):
            break
    return Asked(
        scope["method"],
        scope["path"],
        scope["query_string"].decode("latin-1"),
        {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body,
        (scope.get("client") or ("", 0))[0],
    )


async def send_reply(send: Send, reply: Reply) -> None:
    """Send a reply."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
