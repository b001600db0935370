"""Idempotency keys: one key is one operation, however often it is asked for (docs.stripe.com/api/idempotent_requests).

What was refused before anything was done is not kept: the key can be used again, with what mends it.
"""

import hashlib

from services.payments.sandbox.errors import ApiError, invalid_request
from services.payments.sandbox.state import Answer
from services.payments.sandbox.wire import Asked
from services.payments.sandbox.world import World

KEYS_HOLD = 24 * 3600
"""Seconds of the sandbox's clock for which a key stands for its answer."""

_LONGEST_KEY = 255


def find(world: World, key: str, asked: Asked) -> Answer | None:
    """Return what a key was answered with, if it was.

    Raises:
        ApiError: 400 `idempotency_error`, where it was used with other parameters; 400, for a key that is too long.
    """
    if len(key) > _LONGEST_KEY:
        raise invalid_request(f"Idempotency keys have at most {_LONGEST_KEY} characters.")
    known = world.records.answer(key, world.now - KEYS_HOLD)
    if known is not None and known.asked != _fingerprint(asked):
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
            f"using a key other than '{key}' if you meant to execute a different request."
        )
        raise ApiError(400, "idempotency_error", message)
    return known


def keep(world: World, key: str, asked: Asked, status: int, body: bytes, request_id: str) -> None:
    """Keep what a key was answered with."""
    world.records.keep_answer(key, Answer(_fingerprint(asked), status, body, request_id), world.now)


def forget_old(world: World) -> None:
    """Drop the keys that no longer hold."""
    world.records.forget_answers(world.now - KEYS_HOLD)


def _fingerprint(asked: Asked) -> bytes:
    return hashlib.sha256(f"{asked.method} {asked.path}?{asked.query}\n".encode() + asked.body).digest()
