"""What heartbeats are answered with: signed once for all of a customer's nodes, and kept until the hour is over."""

from datetime import datetime

import msgspec

from services.contract.plans import PlanCatalogue
from services.payments.nodes.model import HeartbeatAnswer, Standing
from services.payments.nodes.rules import entitlements_of, hour_of
from services.payments.nodes.signing import KeyRing

_MOST_KEPT = 20_000  # answers of about a kilobyte each: whose is not kept is signed anew, in a tenth of a millisecond


class Answers:
    """The answers of this hour, by where a customer stands: a change of plan makes another one at once.

    Args:
        most: how many are kept.
    """

    def __init__(self, plans: PlanCatalogue, most: int = _MOST_KEPT) -> None:
        self._plans = plans
        self._most = most
        self._kept: dict[Standing, bytes] = {}
        self._kept_for: tuple[datetime, KeyRing] | None = None

    def to(self, standing: Standing, ring: KeyRing, now: datetime) -> bytes:
        """Return the `HeartbeatAnswer` to a customer's nodes, as JSON."""
        if self._kept_for != (hour_of(now), ring):
            self._kept_for = (hour_of(now), ring)
            self._kept.clear()
        if (answer := self._kept.get(standing)) is None:
            if len(self._kept) >= self._most:
                self._kept.clear()
            signed = ring.sign(entitlements_of(standing, self._plans, now))
            answer = msgspec.json.encode(HeartbeatAnswer(generation=standing.generation, entitlements=signed))
            self._kept[standing] = answer
        return answer
