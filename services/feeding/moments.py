"""Moments from outside: RFC 3339 with an offset, and nothing else."""

import re
from datetime import UTC, datetime

from services.feeding.problems import UnreadableError

_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
# A year of headroom at the far end: rules add days to a moment, screens shift it to local time.
FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(9999, 1, 1, tzinfo=UTC)


def parse_moment(text: str) -> datetime:
    """Return an RFC 3339 text as an aware UTC datetime; finer than a microsecond is cut off.

    Raises:
        UnreadableError: not RFC 3339, without an offset, no such day or hour, or outside the years 1970 to 9998;
            the message is the rest of a sentence that the field's name begins.
    """
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise UnreadableError("is not a time like 2026-10-31T09:00:00Z")
    if match["offset"] is None:
        raise UnreadableError("has no offset: write it like 2026-10-31T09:00:00Z")
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UnreadableError("is not a time that exists") from error
    if not FIRST_MOMENT <= moment < _END:
        raise UnreadableError("lies outside the years 1970 to 9998: leave it out where there is no end")
    return moment
