"""Ids come in as a parameter: a `NewId` is any function that returns a fresh, unguessable text for a prefix."""

import re
import secrets
import time
from collections.abc import Callable

NewId = Callable[[str], str]

_CUSTOMER_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def is_customer_id(text: str) -> bool:
    """Return whether a customer can have this id (PRODUCT.md §3)."""
    return _CUSTOMER_ID.fullmatch(text) is not None


def new_id(prefix: str) -> str:
    """Return `prefix_` + 26 characters that sort by creation time (a ULID: 48 bits of time, 80 random bits)."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return prefix + "_" + "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))
