"""How many calls a token may make in a minute, over all processes that share a database.

A process takes calls from the database in batches and gives them out by itself: one write for a batch, not one a call.
The same write says when the token was last used.
"""

import logging
import math
import threading
from datetime import datetime, timedelta

from services.access import store
from services.access.rules import minute_to_count_in
from services.contract.errors import Code, Refused
from services.storage.engine import Store

_FIRST_BATCH = 10
_LARGEST_BATCH = 1 / 20
"""Of a minute's calls. A process that ends with an open batch wastes it, so a token that calls rarely takes few."""
_UNLIMITED = 1_000_000
"""The batch of a token that may make as many calls as it likes: one write a minute."""
_MINUTE = timedelta(minutes=1)

_log = logging.getLogger(__name__)


class _Minute:
    """The calls that this process has taken of one minute, by token, and those of them not given out yet.

    Left below zero: there are no more to take. A minute that is over is let go with what is left of it.
    """

    def __init__(self, began: datetime) -> None:
        self.began = began
        self.taken: dict[str, int] = {}
        self.left: dict[str, int] = {}


class Rates:
    """Counts calls.

    Args:
        most: how many calls one token may make in a minute that begins on the minute; null: as many as it likes.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._largest_batch = _UNLIMITED if most is None else max(1, int(most * _LARGEST_BATCH))
        self._lock = threading.Lock()
        self._minute: _Minute | None = None

    def count(self, data: Store, token_id: str, now: datetime) -> None:
        """Count one call.

        Raises:
            Refused: `RATE_LIMITED`, whose details say after how many seconds to come again (`retry_after`).
        """
        with self._lock:
            minute = self._current(now)
            left = minute.left.get(token_id, 0)
            if left > 0:
                minute.left[token_id] = left - 1
            batch = self._next_batch(minute.taken.get(token_id, 0))
        if left == 0:
            # without the lock: other tokens need not wait for the database
            taken = self._take(data, token_id, now, batch)
            with self._lock:
                minute.taken[token_id] = minute.taken.get(token_id, 0) + taken
                left = max(0, minute.left.get(token_id, 0)) + taken
                minute.left[token_id] = left - 1
        if left <= 0:
            seconds = math.ceil((minute.began + _MINUTE - now).total_seconds())
            raise Refused(
                Code.RESOURCE_EXHAUSTED,
                "RATE_LIMITED",
                f"This token may make {self._most} calls a minute: try again in {seconds} s.",
                {"retry_after": seconds},
            )

    def _current(self, now: datetime) -> _Minute:
        began = minute_to_count_in(now, None if self._minute is None else self._minute.began)
        if self._minute is None or self._minute.began != began:
            self._minute = _Minute(began)
        return self._minute

    def _next_batch(self, taken: int) -> int:
        """Return how many calls to take next, by how many were taken of this minute: each time as many again."""
        return self._largest_batch if self._most is None else min(self._largest_batch, max(_FIRST_BATCH, taken))

    def _take(self, data: Store, token_id: str, now: datetime, batch: int) -> int:
        """Return how many calls this process may give out now."""
        try:
            with data.write() as conn:
                taken = store.take(conn, token_id, now, batch)
        except Refused as refused:
            # A database that cannot be written to can still be read from: nobody is shut out for the count's sake.
            _log.warning("The calls of a token were not counted: %s", refused.reason)
            return batch
        return batch if self._most is None else max(0, min(batch, self._most - (taken - batch)))
