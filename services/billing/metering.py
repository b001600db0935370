"""How much of what a plan includes is used. Pure."""

from typing import Literal

import msgspec

from services.billing.model import CustomerFacts
from services.contract.plans import PlanCatalogue
from services.contract.types import Resource


class UsageMeter(msgspec.Struct, frozen=True):
    """What is used of a resource, storage in bytes, and where that stands to the plan's limit; null: there is none."""

    resource: Resource
    used: int
    limit: int | None
    percent: int | None
    level: Literal["ok", "close", "reached"]


def usage_meters(facts: CustomerFacts, plans: PlanCatalogue) -> list[UsageMeter]:
    """Return the customer's use of each resource that plans include."""
    plan = plans.find(facts.billing.usage_tier)
    used = {
        Resource.NODES: facts.payments.nodes,
        Resource.USERS: facts.payments.users,
        Resource.STORAGE: facts.payments.storage,
    }
    return [
        metered(resource, used[resource], None if plan is None else plan.limit(resource), plans.warn_percent)
        for resource in Resource
    ]


def metered(resource: Resource, used: int, limit: int | None, warn_percent: int) -> UsageMeter:
    """Return where a use stands to its limit; percents are rounded down, so that 100 is never said too early."""
    if limit is None:
        return UsageMeter(resource, used, None, None, "ok")
    percent = 100 * used // limit if limit else (100 if used else 0)
    if used >= limit and (used or limit):
        return UsageMeter(resource, used, limit, percent, "reached")
    return UsageMeter(resource, used, limit, percent, "close" if percent >= warn_percent else "ok")
