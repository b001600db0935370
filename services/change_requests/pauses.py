"""How long the platform is left alone before it is told of a change again. Pure."""

import zlib
from datetime import timedelta

_FIRST = timedelta(seconds=2)
_LONGEST = timedelta(minutes=10)
_LONGEST_WISH = timedelta(hours=1)
_DOUBLINGS = 16  # by then the longest pause is reached


def pause_before_next(change_request_id: str, attempts: int, retry_after: float | None) -> timedelta:
    """Return the pause after an attempt that was not answered: longer each time, or as long as the platform wishes.

    What of it is left to chance is drawn from the request's id, so that requests which failed together do not all come
    again together.

    Args:
        attempts: how many there were, at least one.
        retry_after: the seconds that the platform wishes for.
    """
    most = min(_LONGEST, 2 * _FIRST * (1 << min(attempts - 1, _DOUBLINGS)))
    drawn = zlib.crc32(f"{change_request_id}:{attempts}".encode()) / 2**32
    wish = min(_LONGEST_WISH, timedelta(seconds=retry_after or 0))
    return max(wish, most / 2 * (1 + drawn))
