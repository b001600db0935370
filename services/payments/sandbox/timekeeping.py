"""The sandbox's clock, and what time brings."""

import msgspec

from services.payments.sandbox import idempotency
from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.resources.registry import TICKS
from services.payments.sandbox.worlds import Worlds


def advance(worlds: Worlds, *, seconds: int | None = None, to: int | None = None) -> int:
    """Set the clock ahead, do what falls due until then, and return what it shows.

    Args:
        seconds: how far.
        to: until when, in unix seconds; one of the two is given.

    Raises:
        ApiError: 400, where that would set it back, or says nothing.
    """
    if (seconds is None) == (to is None):
        raise invalid_request("Say how far the clock goes: seconds, or to, a moment in unix seconds.")
    with worlds.open() as world:
        step = seconds if seconds is not None else (to or 0) - world.now
        if step < 0:
            raise invalid_request("The sandbox's clock goes forwards only: start on a new state instead.")
        offset = world.settings.clock_offset + step
        msgspec.structs.replace(world.settings, clock_offset=offset).record(world.records)
    return tick(worlds)


class CatchingUp:
    """Does what has fallen due, as `tick`, but once in each second: nothing falls due in between."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        self._second = 0

    def __call__(self) -> None:
        """Do it, unless it was done in this second."""
        second = int(self._worlds.real_now)
        if second != self._second:
            tick(self._worlds)
            self._second = second


def tick(worlds: Worlds) -> int:
    """Do what has fallen due until now, and return what the clock shows."""
    with worlds.open() as world:
        for bring in TICKS:
            bring(world)
        idempotency.forget_old(world)
        return world.now
