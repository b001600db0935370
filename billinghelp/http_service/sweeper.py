"""What a server does beside answering: booking what the clock has taken, every minute."""

import asyncio
import logging
from datetime import timedelta
from typing import NoReturn

from services.change_requests.expiring import expire
from services.contract.clock import Clock, system_clock
from services.contract.errors import Refused
from services.contract.ids import NewId, new_id
from services.feeding.sweeping import sweep
from services.storage.engine import Store

_log = logging.getLogger(__name__)

_GRACE = timedelta(hours=1)  # for usage that comes late, and for a clock that runs ahead
_BATCH = 200  # some tenths of a second's work, after which a stop is noticed


class Sweeper:
    """Books expiries, of credits and of change requests. Any number of processes on one database share the work.

    Args:
        every: how many seconds lie between two rounds.
    """

    def __init__(
        self, store: Store, *, clock: Clock = system_clock, new_id: NewId = new_id, every: float = 60.0
    ) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._every = every

    async def run(self) -> NoReturn:
        """Sweep until cancelled. A batch that has begun in its thread is finished all the same."""
        while True:
            booked = await asyncio.to_thread(self.round)
            if booked < _BATCH:
                await asyncio.sleep(self._every)

    def round(self) -> int:
        """Book one batch of lots and one of requests, and return how many the larger was.

        Whatever goes wrong is logged, and tried again later.
        """
        try:
            now = self._clock()
            booked = sweep(self._store, now, self._new_id, _BATCH, _GRACE)
            return max(booked, expire(self._store, now, self._new_id, _BATCH))
        except Refused as refused:
            _log.warning("Expiries were not booked: %s", refused.reason)
        except Exception as fault:  # noqa: BLE001  (logged; the next round is in a minute)
            _log.exception("%s while expiries were booked", type(fault).__name__)
        return 0
