"""How many calls a token may make in a minute, over all processes that share a database.

A process takes calls from the database in batches and gives them out by itself: one write for a batch, not one a call.
The same write says when the token was last used.
"""

import logging
import threading
from datetime import datetime

from services.access import store
from services.contract.errors import Code, Refused
from services.storage.engine import Store

_BATCHES = 20
"""Into how many batches a minute's calls are split. A process that ends with an open batch wastes that much."""

_log = logging.getLogger(__name__)


class Rates:
    """Counts calls.

    Args:
        most: how many calls one token may make in a minute that begins on the minute.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._batch = max(1, most // _BATCHES)
        self._lock = threading.Lock()
        self._minute: datetime | None = None
        self._left: dict[str, int] = {}  # of the calls taken in this minute; below zero: there are no more to take

    def count(self, data: Store, token_id: str, now: datetime) -> None:
        """Count one call.

        Raises:
            Refused: `RATE_LIMITED`, whose details say after how many seconds to come again (`retry_after`).
        """
        minute = now.replace(second=0, microsecond=0)
        with self._lock:
            if minute != self._minute:
                self._minute, self._left = minute, {}
            left = self._left.get(token_id, 0)
            if left > 0:
                self._left[token_id] = left - 1
        if left == 0:
            left = self._take(data, token_id, now)
            with self._lock:
                self._left[token_id] = self._left.get(token_id, 0) + left - 1
        if left <= 0:
            seconds = 60 - now.second
            raise Refused(
                Code.RESOURCE_EXHAUSTED,
                "RATE_LIMITED",
                f"This token may make {self._most} calls a minute: try again in {seconds} s.",
                {"retry_after": seconds},
            )

    def _take(self, data: Store, token_id: str, now: datetime) -> int:
        """Return how many calls this process may give out now."""
        try:
            with data.write() as conn:
                taken = store.take(conn, token_id, now, self._batch)
        except Refused as refused:
            # A database that cannot be written to can still be read from: nobody is shut out for the count's sake.
            _log.warning("The calls of a token were not counted: %s", refused.reason)
            return self._batch
        return max(0, min(self._batch, self._most - (taken - self._batch)))
