"""What is noted of one request while it is answered, and the shape of the functions that pass its messages on."""

from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from billinghelp.http_service.headers import Headers

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that is being answered: it stands in every line that is logged meanwhile."""

_KEY = "billinghelp.exchange"
_LEFT = "billinghelp.has_left"


class ClientLeftError(Exception):
    """The caller hung up before the request was complete, or before its answer was."""


@dataclass
class Exchange:
    """Notes on one request and its answer.

    Attributes:
        headers: the request's.
        request_id: the caller's, where it can be used, or one of ours.
        method: the method's name, a path's without its slash, or `other`: a closed set, so that it can be counted by.
        token_id: the id in the token that was shown.
        reason: why the request was refused.
        status: null until the answer has begun.
        body_pending: whether some of the request's body has not been read.
        quiet: whether an answer without a fault is not worth a line in the log.
    """

    headers: Headers
    request_id: str
    body_pending: bool
    method: str = "other"
    token_id: str | None = None
    reason: str | None = None
    status: int | None = None
    quiet: bool = False


def note_in(scope: Scope, exchange: Exchange) -> None:
    """Lay the notes where whoever answers finds them."""
    scope[_KEY] = exchange


def exchange_of(scope: Scope) -> Exchange:
    """Return the notes on a request."""
    exchange: Exchange = scope[_KEY]
    return exchange


def tell_when_left(scope: Scope, has_left: Callable[[], bool]) -> None:
    """Lay beside a request how to learn whether its caller has hung up: uvicorn drops what is sent to such a one."""
    scope[_LEFT] = has_left


def has_left(scope: Scope) -> bool:
    """Return whether the caller is known to have hung up."""
    return _LEFT in scope and scope[_LEFT]()
