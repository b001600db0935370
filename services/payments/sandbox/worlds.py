"""Opens worlds: the one way from the store, the clock and randomness to a transaction's view."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from services.contract.clock import Clock
from services.payments.sandbox.state import State
from services.payments.sandbox.world import World


class Worlds:
    """Attributes:
    base: where the hosted pages are, without a slash at its end.
    """

    def __init__(self, state: State, clock: Clock, randomness: random.Random, base: str) -> None:
        self._state = state
        self._clock = clock
        self._random = randomness
        self.base = base

    @property
    def real_now(self) -> float:
        """Unix seconds of the real clock: webhooks are signed and retried by it."""
        return self._clock().timestamp()

    @contextmanager
    def open(
        self,
        *,
        writes: bool = True,
        path: str = "",
        request_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Iterator[World]:
        """Yield a world, which is recorded when the block ends, and undone by an exception."""
        with self._state.transaction(writes=writes) as records:
            yield World(
                records,
                real_now=self.real_now,
                base=self.base,
                randomness=self._random,
                path=path,
                request_id=request_id,
                idempotency_key=idempotency_key,
            )
