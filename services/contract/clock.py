"""Time comes in as a parameter: a `Clock` is any function that returns an aware UTC datetime."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the time now, in UTC, with microseconds."""
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """Return a moment as RFC 3339 in UTC with microseconds, the one way times are stored as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
