"""`POST /nodes/{node_id}/heartbeat`, and `GET /nodes/keys`, with which nodes check what they are answered."""

import msgspec
from starlette.routing import Route

from billinghelp.config import ServerLimits
from billinghelp.http_service.admission import Acquaintances, Admission
from billinghelp.http_service.body import read_body
from billinghelp.http_service.exchange import Receive, Scope, Send, exchange_of
from billinghelp.http_service.headers import Headers, token_id_of
from billinghelp.http_service.replies import reply
from services.contract.errors import Refused, invalid
from services.payments.nodes.heartbeats import Heartbeats, read_heartbeat
from services.payments.nodes.model import Heartbeat

_MOST_BYTES = 4_096  # ten times as many as a heartbeat has
_MOST_NODES = 100_000
"""Whose tokens are remembered between two heartbeats: who is not stands in line with the strangers."""


def node_routes(heartbeats: Heartbeats, limits: ServerLimits) -> list[Route]:
    """Return the routes that nodes use."""
    return [
        Route("/nodes/{node_id}/heartbeat", _HeartbeatDoor(heartbeats, limits)),
        Route("/nodes/keys", _KeysDoor(heartbeats), methods=["GET"]),
    ]


class _HeartbeatDoor:
    """The ASGI application behind a node's address. As behind `/rpc/`, strangers are told nothing but that."""

    def __init__(self, heartbeats: Heartbeats, limits: ServerLimits) -> None:
        self._heartbeats = heartbeats
        self._limits = limits
        self._admission = Admission(limits, Acquaintances(most=_MOST_NODES))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one heartbeat; a refusal leaves as `Refused`."""
        exchange = exchange_of(scope)
        exchange.method = "heartbeat"
        exchange.quiet = True  # every node's, every minute
        headers = exchange.headers
        exchange.token_id = token_id_of(headers.credential)
        told = await self._told(scope, receive, headers)
        async with self._admission.call(headers.credential):
            answer = await self._heartbeats.answer(headers.credential, scope["path_params"]["node_id"], told)
        await reply(send, 200, answer)

    async def _told(self, scope: Scope, receive: Receive, headers: Headers) -> Heartbeat:
        """Return what the node tells, or refuse it; but whoever is not known is told nothing else than that."""
        if headers.credential.token is None:
            await self._authenticate(headers)
        try:
            if scope["method"] != "POST":
                raise invalid("METHOD_NOT_ALLOWED", "Send the heartbeat as POST.", allowed="POST")
            headers.require_json()
            seconds = self._limits.body_seconds
            body = await read_body(receive, announced=headers.announced, most=_MOST_BYTES, within=seconds)
            return read_heartbeat(body)
        except Refused:
            await self._authenticate(headers)
            raise

    async def _authenticate(self, headers: Headers) -> None:
        async with self._admission.call(headers.credential):
            await self._heartbeats.authenticate(headers.credential)


class _KeysDoor:
    """The ASGI application behind the public keys. Without a token: they are no secret."""

    def __init__(self, heartbeats: Heartbeats) -> None:
        self._heartbeats = heartbeats

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        exchange = exchange_of(scope)
        exchange.method = "nodes/keys"
        exchange.quiet = True
        await reply(send, 200, msgspec.json.encode(await self._heartbeats.public_keys()))
