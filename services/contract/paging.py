"""One page token for every list: opaque to callers, bound to the query it belongs to."""

import base64
import binascii
import hashlib
from typing import Any

import msgspec

from services.contract.errors import invalid

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 500


def _stamp(query: Any) -> bytes:
    return hashlib.blake2b(msgspec.json.encode(query, order="deterministic"), digest_size=6).digest()


def encode_token(query: Any, position: tuple[Any, ...]) -> str:
    """Return the token that continues the list of `query` after `position` (JSON-able values)."""
    raw = _stamp(query) + msgspec.json.encode(position)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_token(query: Any, token: str | None, kind: Any = tuple[Any, ...]) -> Any:
    """Return the position held in `token`, of type `kind`, or None for the first page.

    Raises:
        Refused: `INVALID_PAGE_TOKEN`, when the token is malformed or belongs to another query.
    """
    if token is None:
        return None
    refusal = invalid("INVALID_PAGE_TOKEN", "This page token belongs to another list: start again from the first page.")
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        if raw[:6] != _stamp(query):
            raise refusal
        return msgspec.json.decode(raw[6:], type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise refusal from error


def page_size(asked: int | None) -> int:
    """Return the page size to use for `asked` (1–500, default 50).

    Raises:
        Refused: `INVALID_PAGE_SIZE`.
    """
    if asked is None:
        return DEFAULT_PAGE_SIZE
    if not 1 <= asked <= MAX_PAGE_SIZE:
        raise invalid("INVALID_PAGE_SIZE", f"Ask for a page of 1 to {MAX_PAGE_SIZE} rows.")
    return asked
