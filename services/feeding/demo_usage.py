"""What a demo's customers use and where: day by day for some, so that cost can be looked into, and of their plan."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from random import Random
from typing import Any, NamedTuple

from services.contract.clock import to_text
from services.contract.plans import GIB, Plan, PlanCatalogue
from services.contract.types import Resource
from services.feeding.moments import parse_moment

Record = dict[str, Any]

DAYS = 75
"""How far back the daily use reaches: this month and the one before it, whichever day it is."""

_NAMESPACES = ("production", "staging", "data-science", "ci", "support", "onboarding")
_RESOURCES = {
    "workspace_hours": ("workspace-build", "workspace-notebooks", "workspace-review", "workspace-etl"),
    "ai_cents": ("assistant", "document-search", "code-review", "translation"),
}
_SHARES = (8, 5, 3, 2, 1)  # a few places make most of the cost
_ONE_DAY_IN, _ONE_WEEKEND_DAY_IN = 4, 20  # each use is some rows of the ledger: a demo opens at once
_CONTRACT = {"workspace_hours": 120, "ai_cents": 9_000}
_PLANS = PlanCatalogue()


class _Place(NamedTuple):
    """Where something is used, how much of it all, and between which days ago."""

    namespace: str
    resource: str
    share: int
    first: int
    last: int


def placed(usage: Sequence[Record], rng: Random) -> list[Record]:
    """Return uses, each with a namespace and a resource."""
    return [
        use | {"namespace": rng.choice(_NAMESPACES), "resource": rng.choice(_RESOURCES[use["unit"]])} for use in usage
    ]


def day_by_day(record: Record, rng: Random, now: datetime) -> Record:
    """Return what a customer has used, the same in all, in small parts at several places; a part of its record.

    Verified customers that are not known to have used anything get a contract's credit, and use some of that.
    """
    grants, totals = record.get("credit_grants", []), _totals(record.get("usage", []))
    if not grants and record.get("billing", {}).get("state") == "verified":
        since = to_text(now - timedelta(days=DAYS + 5))
        contract = {"category": "paid", "effective_at": since, "expires_at": None, "source": "contract"}
        grants = [contract | {"unit": unit, "amount": str(amount)} for unit, amount in _CONTRACT.items()]
        # some percent of it, that is hundredths
        totals = {unit: amount * rng.randrange(40, 80) for unit, amount in _CONTRACT.items()}
    if not totals:
        return {}
    first, last = _span(grants, now)
    usage = [use for unit, total in totals.items() for use in _daily(rng, now, unit, total, first, last)]
    return {"credit_grants": grants, "usage": usage}


def levels(record: Record, rng: Random, now: datetime, *, part: float | None = None) -> Record:
    """Return how many users and how much storage a customer has, as a part of its record; without a plan, nothing.

    Args:
        part: of what the plan includes; null for a part like anybody's: most well below it, some close, a few above.
    """
    plan = _PLANS.find(record.get("billing", {}).get("usage_tier"))
    if plan is None:
        return {}
    part = _any_part(rng) if part is None else part
    measured_at = to_text(now - timedelta(minutes=rng.randrange(1, 60)))
    return {
        "levels": [
            {"resource": resource, "amount": _level(plan, resource, part), "measured_at": measured_at}
            for resource in (Resource.USERS, Resource.STORAGE)
        ]
    }


def _any_part(rng: Random) -> float:
    kind = rng.randrange(20)
    return rng.uniform(1.0, 1.2) if kind == 0 else rng.uniform(0.8, 0.99) if kind < 4 else rng.uniform(0.2, 0.75)


def _level(plan: Plan, resource: Resource, part: float) -> int:
    limit = plan.limit(resource)
    if limit is None:
        limit = 400 if resource is Resource.USERS else 12_000 * GIB
    size = GIB if resource is Resource.STORAGE else 1
    return max(1, round(limit * part / size)) * size


def _totals(usage: Sequence[Record]) -> dict[str, int]:
    """Return what was used of each unit, in hundredths."""
    totals: dict[str, int] = {}
    for use in usage:
        totals[use["unit"]] = totals.get(use["unit"], 0) + round(float(use["amount"]) * 100)
    return totals


def _span(grants: Sequence[Record], now: datetime) -> tuple[int, int]:
    """Return between how many days ago and how many there was credit to use."""
    begun = min(parse_moment(grant["effective_at"]) for grant in grants)
    ends = [grant["expires_at"] and parse_moment(grant["expires_at"]) for grant in grants]
    end = now if None in ends else min(now, max(ends))
    return min(DAYS, (now - begun).days), (now - end).days


def _daily(rng: Random, now: datetime, unit: str, total: int, first: int, last: int) -> list[Record]:
    places = _places(rng, now, unit, first, last)
    slots = [
        (ago, place)
        for place in places
        for ago in range(place.last, place.first)
        if rng.randrange(_ONE_WEEKEND_DAY_IN if (now - timedelta(days=ago)).weekday() > 4 else _ONE_DAY_IN) == 0
    ] or [(first - 1, places[0])]
    parts = _parts(total, [place.share * rng.uniform(0.5, 1.5) for _, place in slots])
    return [
        {
            "unit": unit,
            "amount": f"{part // 100}.{part % 100:02d}",
            "occurred_at": to_text(now - timedelta(days=ago, minutes=rng.randrange(1, 600))),
            "namespace": place.namespace,
            "resource": place.resource,
        }
        for (ago, place), part in zip(slots, parts, strict=True)
        if part
    ]


def _places(rng: Random, now: datetime, unit: str, first: int, last: int) -> list[_Place]:
    """Return the places of a unit: most used all the time, one since this month, one until the end of the last."""
    spans = [(first, last)] * len(_SHARES)
    if (first, last) == (DAYS, 0):
        spans[1:3] = (max(1, now.day - 1), 0), (DAYS, now.day)
    pairs = [(namespace, resource) for namespace in _NAMESPACES for resource in _RESOURCES[unit]]
    chosen = rng.sample(pairs, len(_SHARES))
    return [
        _Place(*pair, share=share, first=since, last=until)
        for pair, share, (since, until) in zip(chosen, _SHARES, spans, strict=True)
    ]


def _parts(total: int, weights: Sequence[float]) -> list[int]:
    """Return `total` in whole parts that are to each other as the weights are, and add up to it."""
    whole = sum(weights)
    cuts = [round(total * part / whole) for part in accumulate(weights, initial=0.0)]
    return [after - before for before, after in pairwise(cuts)]
