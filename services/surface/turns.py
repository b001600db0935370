"""Changes of one customer's record take turns before each takes a thread.

The database would make them wait for that customer's row, each of them in a thread; behind a row that somebody holds
for long, a handful of changes would keep all threads from everybody else.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.contract.errors import Code, Refused


class Turns:
    """Who is changing which customer's record in this process.

    Args:
        within: how many seconds to wait for a turn.
    """

    def __init__(self, within: float) -> None:
        self._within = within
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, int] = {}

    @asynccontextmanager
    async def of(self, customer_id: str) -> AsyncIterator[None]:
        """Hold the customer's turn.

        Raises:
            Refused: `STORE_LOCKED`, when it did not come in time; nothing was done then.
        """
        lock = self._locks.setdefault(customer_id, asyncio.Lock())
        self._waiting[customer_id] = self._waiting.get(customer_id, 0) + 1
        try:
            try:
                async with asyncio.timeout(self._within):
                    await lock.acquire()
            except TimeoutError as error:
                raise _busy() from error
            try:
                yield
            finally:
                lock.release()
        finally:
            self._waiting[customer_id] -= 1
            if not self._waiting[customer_id]:
                del self._waiting[customer_id], self._locks[customer_id]


def _busy() -> Refused:
    return Refused(
        Code.UNAVAILABLE, "STORE_LOCKED", "This customer's record is busy with other changes: try again in a moment."
    )
