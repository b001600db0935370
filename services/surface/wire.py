"""Methods by name and JSON: how the command line, and any other program, speaks to the table."""

from typing import Any

import msgspec

from services.contract.errors import Code, Refused, invalid
from services.contract.requests import Request
from services.feeding import json_text
from services.feeding.problems import UnreadableError
from services.surface.table import METHOD_BY_NAME


def decode_request(method_name: str, body: bytes) -> Request:
    """Return the typed request that a method name and a JSON object stand for.

    A field that stands twice in an object is refused: of two readers, one would take the first and one the last.

    Raises:
        Refused: `METHOD_NOT_FOUND`, or `INVALID_REQUEST` with what is wrong and where.
    """
    method = METHOD_BY_NAME.get(method_name)
    if method is None:
        raise Refused(
            Code.NOT_FOUND,
            "METHOD_NOT_FOUND",
            "There is no such method: billinghelp rpc --list, and a server's /openapi.json, name them.",
        )
    try:
        request = msgspec.json.decode(body, type=method.request)
        # What fits the type holds nothing deep or surprising, so that it can be read once more without danger.
        json_text.decode(body.decode())
    except msgspec.ValidationError as error:
        raise invalid("INVALID_REQUEST", f"The request does not fit {method.name}: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid("INVALID_REQUEST", "The request is not a JSON object: check its quotes and braces.") from error
    except UnreadableError as error:
        raise invalid("INVALID_REQUEST", f"The request cannot be read: {error}.") from error
    return request


def encode(answer: Any) -> bytes:
    """Return an answer, or an event of a stream, as JSON."""
    return msgspec.json.encode(answer)
