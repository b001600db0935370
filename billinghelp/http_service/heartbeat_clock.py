"""What a server does for nodes beside answering: writing who was heard of, and counting no more whose token expired."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

from services.contract.errors import Refused
from services.payments.nodes.heartbeats import Heartbeats

_log = logging.getLogger(__name__)

_BATCH = 100  # customers counted anew in one round


class HeartbeatClock:
    """Writes in rounds what heartbeats leave in memory, and what is left at the end.

    Args:
        every: how many seconds lie between two rounds.
    """

    def __init__(self, heartbeats: Heartbeats, *, every: float = 30.0) -> None:
        self._heartbeats = heartbeats
        self._every = every

    async def run(self) -> NoReturn:
        """Write until cancelled, and then once more."""
        try:
            while True:
                await asyncio.sleep(self._every)
                await self.round()
        finally:
            await _logged(self._heartbeats.flush)

    async def round(self) -> None:
        """Do what there is to do. Whatever goes wrong is logged, and tried again later."""
        await _logged(self._heartbeats.flush)
        await _logged(lambda: self._heartbeats.retire_expired(_BATCH))


async def _logged(work: Callable[[], Awaitable[Any]]) -> None:
    try:
        await work()
    except Refused as refused:
        _log.warning("Heartbeats were not written down: %s", refused.reason)
    except Exception as fault:  # noqa: BLE001  (logged; the next round is in half a minute)
        _log.exception("%s while heartbeats were written down", type(fault).__name__)
