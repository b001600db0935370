"""A clock that tests own."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""The moment at which every test's clock starts."""


class FakeClock:
    """A `Clock` that stands still until it is set or advanced."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, step: timedelta) -> None:
        """Let time pass."""
        self.now += step
