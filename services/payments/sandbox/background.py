"""What a served sandbox does beside answering: it delivers webhooks, and does what time brings."""

import asyncio
import logging
from collections.abc import Callable
from typing import NoReturn

from services.payments.sandbox.deliveries import Deliveries, Post

_log = logging.getLogger(__name__)

_EVERY = 0.1  # seconds: an event arrives while whoever caused it still looks
_ROUNDS_TO_TICK = 100  # ten seconds: what falls due by itself is dated by when it was due, not by when it was seen


class Background:
    """Runs until it is cancelled. Processes that share a state share the work."""

    def __init__(self, deliveries: Deliveries, tick: Callable[[], object]) -> None:
        self._deliveries = deliveries
        self._tick = tick

    async def run(self, post: Post) -> NoReturn:
        """Work until cancelled."""
        rounds = 0
        while True:
            await self._round(post, ticks=rounds % _ROUNDS_TO_TICK == 0)
            rounds += 1
            await asyncio.sleep(_EVERY)

    async def _round(self, post: Post, *, ticks: bool) -> None:
        try:
            if ticks:
                self._tick()
            await self._deliveries.deliver_due(post)
        except Exception as fault:  # noqa: BLE001  (logged; the next round is in a moment)
            _log.exception("%s while the sandbox worked in the background", type(fault).__name__)
