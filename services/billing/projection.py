"""The blockers as an index keeps them: derived from the rule, rebuildable, and due again when the clock says so."""

from datetime import datetime

import msgspec

from services.billing.model import CustomerFacts
from services.billing.rules import blocked_since, blockers, next_change
from services.contract.types import BlockerCode


class Projection(msgspec.Struct, frozen=True):
    """What lists need to know of a customer without loading its facts; valid until `next_change_at`."""

    codes: tuple[BlockerCode, ...]
    blocked_since: datetime | None
    next_change_at: datetime | None


def project(facts: CustomerFacts, now: datetime) -> Projection:
    """Return the projection of a customer's facts at `now`."""
    found = blockers(facts, now)
    return Projection(tuple(b.code for b in found), blocked_since(found), next_change(facts, now))
