"""A request's body as it comes in: no larger than may be, and no slower."""

import asyncio

from billinghelp.http_service.exchange import ClientLeftError, Message, Receive
from services.contract.errors import Refused, invalid


async def read_body(receive: Receive, *, announced: int, most: int, within: float) -> bytes:
    """Return the whole body.

    Args:
        announced: how long the caller said it is; 0 where nothing was said.
        most: how many bytes it may have; a body that is longer is not read any further.
        within: after how many seconds it must be here.

    Raises:
        Refused: `BODY_TOO_LARGE`, `BODY_TOO_SLOW`.
        ClientLeftError: the rest of it will never come.
    """
    if announced > most:
        raise too_large(most)
    try:
        async with asyncio.timeout(within):
            return await _read(receive, most)
    except TimeoutError as error:
        raise invalid("BODY_TOO_SLOW", f"The request did not arrive within {within:g} s: send it again.") from error


async def _read(receive: Receive, most: int) -> bytes:
    message = await _next(receive)
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):  # as nearly every request comes
        if len(body) > most:
            raise too_large(most)
        return body
    gathered = bytearray(body)
    while message.get("more_body"):
        if len(gathered) > most:
            raise too_large(most)
        message = await _next(receive)
        gathered += message.get("body", b"")
    if len(gathered) > most:
        raise too_large(most)
    return bytes(gathered)


async def _next(receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientLeftError
    return message


def too_large(most: int) -> Refused:
    """Return the refusal of a body that is too long."""
    return invalid("BODY_TOO_LARGE", f"The request is too large: send at most {most} bytes.", most=most)
