"""Who sends heartbeats, read from the database at every one: a token that was revoked serves no more.

In a thread, so that no other request waits for the database; and all that have come while the thread was busy in one
statement. The more come at once, the less each of them costs.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from services.payments.nodes import store
from services.payments.nodes.model import Sender
from services.storage.engine import Store

_MOST_AT_ONCE = 200  # of one statement, so that the first of a crowd need not wait for the last

_Waiting = tuple[str, "asyncio.Future[Sender | None]"]


class Lookup:
    """Reads senders. All calls come from one event loop."""

    def __init__(self, data: Store) -> None:
        self._store = data
        self._waiting: list[_Waiting] = []
        self._reading: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="heartbeat lookup")

    async def find(self, token_id: str) -> Sender | None:
        """Return whose token it is by now; null where there is no such token.

        Raises:
            Refused: `STORE_…`.
        """
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Sender | None] = loop.create_future()
        self._waiting.append((token_id, found))
        if self._reading is None:
            self._reading = loop.create_task(self._read_on())
        return await found

    def close(self) -> None:
        """Let a statement under way finish."""
        self._thread.shutdown(wait=True)

    async def _read_on(self) -> None:
        """Read until nobody waits any more."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_MOST_AT_ONCE], self._waiting[_MOST_AT_ONCE:]
                await self._answer(batch)
        finally:
            self._reading = None

    async def _answer(self, batch: Sequence[_Waiting]) -> None:
        token_ids = sorted({token_id for token_id, _ in batch})
        try:
            senders = await asyncio.get_running_loop().run_in_executor(self._thread, self._read, token_ids)
        except Exception as fault:  # noqa: BLE001  (it is raised where each of them waits)
            for _, found in batch:
                if not found.done():
                    found.set_exception(fault)
        else:
            for token_id, found in batch:
                if not found.done():  # who asked may have left
                    found.set_result(senders.get(token_id))

    def _read(self, token_ids: Sequence[str]) -> dict[str, Sender]:
        with self._store.look() as conn:
            return store.senders(conn, token_ids)
