"""Switches that make calls of the API fail, each in the way in which Stripe, or the network before it, does."""

from typing import Annotated, Literal

import msgspec

from services.payments.sandbox.errors import ApiError, card_error
from services.payments.sandbox.state import Transaction
from services.payments.sandbox.worlds import Worlds

_NAME = "faults"


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of the next calls of a kind.

    Args:
        kind: "error" (500), "rate_limit" (429), "decline" (402), "drop" (the connection closes), "slow" (late, then as
            usual).
        after: whether the work is done first, for "error" and "drop". After an error the idempotency key stands for
            that error, as at Stripe; after a drop it stands for what was done.
        method: of the calls meant; null: of any.
        path: what their paths begin with.
        times: how many calls.
        seconds: how late a slow answer is.
        decline_code: of a decline.
    """

    kind: Literal["error", "rate_limit", "decline", "drop", "slow"]
    after: bool = False
    method: Literal["GET", "POST", "DELETE"] | None = None
    path: str = "/v1/"
    times: Annotated[int, msgspec.Meta(ge=1)] = 1
    seconds: Annotated[float, msgspec.Meta(ge=0, le=600)] = 0
    decline_code: str = "generic_decline"

    def concerns(self, method: str, path: str) -> bool:
        """Return whether a call is one of those meant."""
        return self.method in (None, method) and path.startswith(self.path)

    def error(self) -> ApiError | None:
        """Return what a call is answered with; null where it is not answered so."""
        if self.kind == "error":
            return ApiError(500, "api_error", "An unknown error occurred: the sandbox was told to fail.")
        if self.kind == "rate_limit":
            message = "Request rate limit exceeded: the sandbox was told so."
            return ApiError(429, "invalid_request_error", message, code="rate_limit")
        return card_error(self.decline_code, "Your card was declined.") if self.kind == "decline" else None


class Faults:
    """The switches that are set; processes that share a state share them."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds

    def replace(self, faults: list[Fault]) -> None:
        """Set these, in the place of what was set; none: everything works."""
        with self._worlds.open() as world:
            _record(world.records, faults)

    def standing(self) -> list[Fault]:
        """Return what is set, and has not been used up."""
        with self._worlds.open(writes=False) as world:
            return _read(world.records)

    def take(self, method: str, path: str) -> Fault | None:
        """Return what a call is to suffer, and count it."""
        if not any(fault.concerns(method, path) for fault in self.standing()):
            return None
        with self._worlds.open() as world:
            faults = _read(world.records)
            for position, fault in enumerate(faults):
                if fault.concerns(method, path):
                    left = [msgspec.structs.replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                    _record(world.records, [*faults[:position], *left, *faults[position + 1 :]])
                    return fault
        return None


def _read(records: Transaction) -> list[Fault]:
    value = records.setting(_NAME)
    return [] if value is None else msgspec.json.decode(value, type=list[Fault])


def _record(records: Transaction, faults: list[Fault]) -> None:
    records.set(_NAME, msgspec.json.encode(faults))
