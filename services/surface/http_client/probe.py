"""Is a server there, and which version? Asked without a token, for whoever looks for what is wrong."""

from http import HTTPStatus

import msgspec

from services.surface.http_client.address import parse_server_url
from services.surface.http_client.answers import read_refusal, silence
from services.surface.http_client.connection import Connection, NoAnswer, Reply

_WITHIN = 10.0  # longer than a server waits for its database before it says that this does not answer


class ServerState(msgspec.Struct, frozen=True, kw_only=True):
    """A server that is ready. `version` null: it does not say."""

    host: str
    encrypted: bool
    version: str | None


class _Info(msgspec.Struct, frozen=True):
    version: str


class _Document(msgspec.Struct, frozen=True):
    """Of the description of its calls, the version alone."""

    info: _Info


async def probe(server_url: str) -> ServerState:
    """Return what can be told of a server.

    Raises:
        Refused: `SERVER_URL_INVALID`, `SERVER_NOT_SECURE`, `SERVER_UNREACHABLE`; or as the server itself says why it is
            not ready.
    """
    address = parse_server_url(server_url)
    connection = Connection(address, token=None)

    async def get(path: str) -> Reply:
        reply = await connection.ask("GET", path, within=_WITHIN)
        if reply.status != HTTPStatus.OK:
            raise read_refusal(reply, address.host)
        return reply

    try:
        await get("/readyz")
        document = await get("/openapi.json")
    except NoAnswer as missing:
        raise silence(missing.silence, address.host) from missing
    finally:
        await connection.hang_up()
    return ServerState(host=address.host, encrypted=address.url.startswith("https://"), version=_version(document.body))


def _version(document: bytes) -> str | None:
    try:
        return msgspec.json.decode(document, type=_Document).info.version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
