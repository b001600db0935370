"""What a test or a person sets in the sandbox: how far its clock is ahead, and how its webhooks travel."""

from typing import Annotated, Self

import msgspec

from services.payments.sandbox.state import Transaction

_NAME = "settings"


class Switches(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How webhooks travel. As it stands here: each event once, at once, in order.

    Args:
        copies: how often each event is delivered to each endpoint.
        delay: seconds until a delivery is due.
        disorder: seed by which the deliveries that are due are shuffled; null: in the order of their events.
        paused: whether nothing is delivered.
    """

    copies: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    delay: Annotated[float, msgspec.Meta(ge=0)] = 0
    disorder: int | None = None
    paused: bool = False


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All that is set.

    Args:
        clock_offset: seconds that the sandbox's clock is ahead of the real one.
    """

    clock_offset: int = 0
    switches: Switches = Switches()

    @classmethod
    def read(cls, records: Transaction) -> Self:
        """Return what is set."""
        value = records.setting(_NAME)
        return cls() if value is None else msgspec.json.decode(value, type=cls)

    def record(self, records: Transaction) -> None:
        """Set all of it."""
        records.set(_NAME, msgspec.json.encode(self))
