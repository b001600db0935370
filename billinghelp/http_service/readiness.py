"""Whether this process should be given work: the database answers and takes it, and nobody stops."""

import asyncio
from collections.abc import Callable

from services.contract.errors import Code, Refused
from services.storage.engine import Store
from services.storage.schema import require_current

_SECONDS = 5.0  # whoever asks does not wait longer either, and asks again


class Readiness:
    """Looks at the store, once for all who ask at the same time: nobody needs a token to ask.

    Args:
        records: whether there is no work for a process that cannot write to its database.
    """

    def __init__(self, store: Store, is_stopping: Callable[[], bool], *, records: bool) -> None:
        self._store = store
        self._records = records
        self._is_stopping = is_stopping
        self._look: asyncio.Task[None] | None = None

    async def require(self) -> None:
        """Return when there is nothing in the way.

        Raises:
            Refused: `SHUTTING_DOWN`, `STORE_…`; always `unavailable`.
        """
        if self._is_stopping():
            raise Refused(Code.UNAVAILABLE, "SHUTTING_DOWN", "This process is about to end: ask another one.")
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(asyncio.to_thread(self._require_store))
            self._look.add_done_callback(_heard)  # who asked may have gone by then
        try:
            async with asyncio.timeout(_SECONDS):
                await asyncio.shield(self._look)
        except Refused as refused:
            raise Refused(Code.UNAVAILABLE, refused.reason, refused.message) from refused
        except TimeoutError as error:
            raise Refused(
                Code.UNAVAILABLE, "STORE_UNREACHABLE", "The database does not answer: check that it runs."
            ) from error

    def _require_store(self) -> None:
        require_current(self._store.schema(), self._store.label)
        # A file that could be written when it was opened can be written still; asking would wait for who writes.
        if self._records and self._store.kind == "postgresql":
            self._require_writable()

    def _require_writable(self) -> None:
        """Refuse a standby, and a server or database that was set to be read only."""
        with self._store.transaction(writing=True) as connection:
            if connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on":
                raise Refused(
                    Code.UNAVAILABLE,
                    "STORE_READ_ONLY",
                    "The database takes no changes: allow writing to it.",
                )


def _heard(look: asyncio.Task[None]) -> None:
    if not look.cancelled():
        look.exception()
