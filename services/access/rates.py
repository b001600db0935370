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

_BATCHES = 20
"""Into how many batches a minute's calls are split. A process that ends with an open batch wastes that much."""
_UNLIMITED = 1_000_000
"""The batch of a token that may make as many calls as it likes: one write a minute."""
_MINUTE = timedelta(minutes=1)

_log = logging.getLogger(__name__)


class _Minute:
    """The calls that this process has taken of one minute and not given out yet, by token.

    Below zero: there are no more to take. A minute that is over is let go with what is left of it.
    """

    def __init__(self, began: datetime) -> None:
        self.began = began
        self.left: dict[str, int] = {}


class Rates:
    """Counts calls.

    Args:
        most: how many calls one token may make in a minute that begins on the minute; null: as many as it likes.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._batch = _UNLIMITED if most is None else max(1, most // _BATCHES)
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
        if left == 0:
            taken = self._take(data, token_id, now)  # without the lock: other tokens need not wait for the database
            with self._lock:
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

    def _take(self, data: Store, token_id: str, now: datetime) -> int:
        """Return how many calls this process may give out now."""
        try:
            with data.write() as conn:
                taken = store.take(conn, token_id, now, self._batch)
        except Refused as refused:
            # A database that cannot be written to can still be read from: nobody is shut out for the count's sake.
            _log.warning("The calls of a token were not counted: %s", refused.reason)
            return self._batch
        return self._batch if self._most is None else max(0, min(self._batch, self._most - (taken - self._batch)))
