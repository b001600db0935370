"""What came back is read: as the method's answer, as a refusal, or as something that no Billing Help server sent."""

from functools import cache
from http import HTTPStatus
from types import UnionType
from typing import Annotated, Any, get_args

import msgspec
from msgspec import Meta

from services.contract.errors import Code, Refused
from services.contract.text import clean, clean_block, is_clean
from services.contract.views import ChatAnswer, ChatDelta, ChatError, ChatEvent, NotModified
from services.surface.http_client.connection import Reply, Silence
from services.surface.model import Method

UNREACHABLE = "SERVER_UNREACHABLE"
"""The reason of every refusal that stands for a missing answer."""

_LONGEST_MESSAGE = 2_000

_WHY = {
    Silence.UNREACHED: "The server at {host} cannot be reached: check that it runs, its address and your network.",
    Silence.UNTRUSTED: (
        "What answers at {host} does not prove that it is this server (its certificate is not valid here): check the"
        " address, or have the authority that issued the certificate trusted on this machine."
    ),
    Silence.CUT_SHORT: (
        "The server at {host} took only a part of the request, so nothing was done: it is too large for the server, or"
        " the connection broke off."
    ),
    Silence.TIMED_OUT: "The server at {host} did not answer in time.",
    Silence.BROKEN_OFF: "The connection to the server at {host} broke off.",
}
_UNKNOWN_OUTCOME = " It is not known whether this was recorded: look before you do it again."


class _Error(msgspec.Struct, frozen=True):
    """A refusal as it travels."""

    code: Code
    reason: Annotated[str, Meta(pattern="^[A-Z][A-Z0-9_]{0,99}$")]
    message: str
    details: dict[str, Any] = {}


class _ErrorBody(msgspec.Struct, frozen=True):
    error: _Error


def read_answer(reply: Reply, method: Method, host: str) -> Any:
    """Return the answer of a method.

    Raises:
        Refused: as the server refused; `SERVER_UNREACHABLE`, where this is no answer of a Billing Help server.
    """
    if reply.status == HTTPStatus.NOT_MODIFIED:
        return NotModified()
    if reply.status != HTTPStatus.OK:
        raise read_refusal(reply, host, recorded=method.writes)
    for decoder in _decoders(method.response):
        try:
            return decoder.decode(reply.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    raise _not_understood(host, recorded=method.writes)


def read_refusal(reply: Reply, host: str, *, recorded: bool = False) -> Refused:
    """Return the refusal that a reply holds. One without any comes from something in between.

    Args:
        recorded: whether what was asked for would change a record.
    """
    try:
        error = msgspec.json.decode(reply.body, type=_ErrorBody).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _stranger(reply.status, host, recorded=recorded)
    return Refused(error.code, error.reason, clean(error.message)[:_LONGEST_MESSAGE], error.details)


def read_event(data: str, host: str) -> ChatEvent:
    """Return an event of an answer. Its words go to the terminal as they come, so they are cleaned here.

    Raises:
        Refused: `SERVER_UNREACHABLE`, where it is no such event.
    """
    try:
        event = msgspec.json.decode(data, type=ChatDelta | ChatAnswer | ChatError)
        if isinstance(event, ChatError):
            return msgspec.structs.replace(event, code=Code(event.code).value, message=clean(event.message))
    except (ValueError, RecursionError) as error:
        raise _not_understood(host) from error
    return msgspec.structs.replace(event, text=_clean_piece(event.text)) if isinstance(event, ChatDelta) else event


def silence(why: Silence, host: str, *, recorded: bool = False) -> Refused:
    """Return the refusal that stands for no answer.

    Args:
        recorded: whether what was asked for would change a record, so that the outcome is unknown.
    """
    sent = why in (Silence.TIMED_OUT, Silence.BROKEN_OFF)
    return _missing(_WHY[why].format(host=host), unknown=recorded and sent)


def _clean_piece(text: str) -> str:
    if all(map(is_clean, text.split("\n"))):
        return text
    return clean_block(f"|{text}|")[1:-1]  # a piece of a text: its ends are not the text's


def _stranger(status: int, host: str, *, recorded: bool) -> Refused:
    if status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT):
        said = f"What stands before the server at {host} cannot reach it ({status}): try again in a moment."
    elif HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        said = f"What answers at {host} leads elsewhere ({status}): check the server's address."
    else:
        said = f"What answers at {host} is no Billing Help server ({status}): check the server's address."
    # A proxy that lost the server in the middle, or waited in vain, does not know either what the server did.
    unknown = recorded and status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.SERVICE_UNAVAILABLE
    return _missing(said, unknown=unknown)


def _not_understood(host: str, *, recorded: bool = False) -> Refused:
    said = (
        f"What answers at {host} is no Billing Help server of this version: check the server's address, and that both"
        " are of the same version."
    )
    return _missing(said, unknown=recorded)


def _missing(said: str, *, unknown: bool) -> Refused:
    message = said + (_UNKNOWN_OUTCOME if unknown else "")
    return Refused(Code.UNAVAILABLE, UNREACHABLE, message, {"outcome_unknown": unknown})


@cache
def _decoders(response: Any) -> tuple[msgspec.json.Decoder[Any], ...]:
    """Return what reads the answer: the first that fits. A union of a view and `NotModified` has no one decoder."""
    kinds = get_args(response) if isinstance(response, UnionType) else (response,)
    return tuple(map(msgspec.json.Decoder, kinds))
