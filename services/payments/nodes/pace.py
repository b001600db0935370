"""How many heartbeats one token may send in a minute: counted in this process, for what it costs is this one's work."""

from collections import Counter
from datetime import datetime

from services.contract.errors import Code, Refused


class Pace:
    """Counts heartbeats.

    Args:
        most: of one token in a minute that begins on the minute; null: as many as it likes.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._minute: datetime | None = None
        self._counts: Counter[str] = Counter()

    def count(self, token_id: str, now: datetime) -> None:
        """Count one.

        Raises:
            Refused: `RATE_LIMITED`, whose details say after how many seconds to come again (`retry_after`).
        """
        minute = now.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        self._counts[token_id] += 1
        if self._most is not None and self._counts[token_id] > self._most:
            seconds = 60 - now.second
            raise Refused(
                Code.RESOURCE_EXHAUSTED,
                "RATE_LIMITED",
                f"This token may send {self._most} heartbeats a minute: try again in {seconds} s.",
                {"retry_after": seconds},
            )
