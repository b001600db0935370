"""The outermost layer: every request has an id, one line in the log, its figures, and an answer whatever happens."""

import asyncio
import logging
import re
from time import perf_counter

from billinghelp.http_service.exchange import (
    App,
    ClientLeftError,
    Exchange,
    Message,
    Receive,
    Scope,
    Send,
    has_left,
    note_in,
    request_id,
)
from billinghelp.http_service.headers import Headers
from billinghelp.http_service.metrics import Metrics
from billinghelp.http_service.replies import reply_refused
from billinghelp.http_service.statuses import CLIENT_LEFT
from services.contract.errors import Code, Refused
from services.contract.ids import new_id

_log = logging.getLogger(__name__)

_USABLE_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Observed:
    """Wraps an ASGI application.

    Args:
        store_label: the database's name: who calls from outside need not know where the records are kept.
    """

    def __init__(self, app: App, *, metrics: Metrics, store_label: str) -> None:
        self._app = app
        self._metrics = metrics
        self._untold = f" {store_label}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and note what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        headers = Headers(scope["headers"])
        asked = headers.get(b"x-request-id")
        usable = _USABLE_ID.fullmatch(asked) is not None
        exchange = Exchange(headers, asked if usable else new_id("req"), body_pending=headers.has_body)
        note_in(scope, exchange)
        request_id.set(exchange.request_id)
        with self._metrics.in_flight():
            await self._answer(scope, receive, send, exchange)
        seconds = perf_counter() - started
        self._metrics.answered(exchange.method, exchange.status or CLIENT_LEFT, seconds)
        if not (exchange.quiet and exchange.reason is None):
            _log_answered(exchange, seconds)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        async def noting_receive() -> Message:
            message = await receive()
            if not message.get("more_body"):
                exchange.body_pending = False
            return message

        async def noting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"].append((b"x-request-id", exchange.request_id.encode()))
                if exchange.body_pending:
                    # The rest of the body is not waited for, so what follows on this connection is not known.
                    message["headers"].append((b"connection", b"close"))
            await send(message)
            if has_left(scope):
                raise ClientLeftError

        try:
            await self._answer_somehow(scope, noting_receive, noting_send, exchange)
        except ClientLeftError:
            exchange.status = CLIENT_LEFT

    async def _answer_somehow(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        """Answer, with a refusal if need be.

        Raises:
            ClientLeftError: to nobody.
        """
        try:
            await self._app(scope, receive, send)
        except ClientLeftError:
            raise
        except Refused as refused:
            await reply_refused(send, exchange, self._told(refused))
        except asyncio.CancelledError:
            # Only a shutdown that has waited long enough cancels a request.
            await _end(send, exchange, _shutting_down())
        except Exception as fault:  # noqa: BLE001  (the last to see it: it is logged, and answered)
            _log.exception("%s while a request was answered", type(fault).__name__)
            await _end(send, exchange, _internal(exchange.request_id))

    def _told(self, refused: Refused) -> Refused:
        if self._untold not in refused.message:
            return refused
        return Refused(refused.code, refused.reason, refused.message.replace(self._untold, ""), refused.details)


async def _end(send: Send, exchange: Exchange, refused: Refused) -> None:
    """Answer with a refusal, or break off the answer that has begun already, so that nobody takes it for whole."""
    exchange.reason = refused.reason
    if exchange.status is None:
        await reply_refused(send, exchange, refused)


def _shutting_down() -> Refused:
    return Refused(
        Code.UNAVAILABLE,
        "SHUTTING_DOWN",
        "The server stopped before this was answered: ask again with the same request id to learn what became of it.",
    )


def _internal(reference: str) -> Refused:
    return Refused(
        Code.INTERNAL,
        "INTERNAL",
        f"Something went wrong inside: try again with the same request id, or report {reference}.",
        {"reference": reference},
    )


def _log_answered(exchange: Exchange, seconds: float) -> None:
    fields = {
        "method": exchange.method,
        "status": exchange.status or CLIENT_LEFT,
        "duration_ms": round(seconds * 1000, 1),
        "token_id": exchange.token_id if exchange.status != 401 else None,  # nobody has shown to hold it
        "reason": exchange.reason,
    }
    _log.info("answered", extra={name: value for name, value in fields.items() if value is not None})
