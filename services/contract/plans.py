"""The plans that the platform sells: what each includes, and under which keys Stripe knows its prices.

Part of the policy (`[policy.plans]` in `config.toml`). A customer's usage tier is the slug of its plan (PRODUCT.md §3).
Prices are Stripe's alone: they are found by their lookup keys, so that a new amount needs no new configuration.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from services.contract.types import BillingInterval, Resource

GIB = 1024**3

Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
LookupKey = Annotated[str, Meta(min_length=1, max_length=200)]
Title = Annotated[str, Meta(min_length=1, max_length=200)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Percent = Annotated[int, Meta(ge=1, le=100)]
Micros = Annotated[int, Meta(ge=0, le=1_000_000_000_000)]


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One plan. A limit that is null is none; a price that is null is not sold here, but agreed on with people."""

    slug: Slug
    name: Title
    summary: Annotated[str, Meta(max_length=200)] = ""
    nodes: Count | None = None
    users: Count | None = None
    storage_gib: Count | None = None
    features: tuple[Slug, ...] = ()
    monthly: LookupKey | None = None
    yearly: LookupKey | None = None

    def limit(self, resource: Resource) -> int | None:
        """Return how much of a resource the plan includes, storage in bytes; null: as much as one likes."""
        match resource:
            case Resource.NODES:
                return self.nodes
            case Resource.USERS:
                return self.users
            case Resource.STORAGE:
                return None if self.storage_gib is None else self.storage_gib * GIB

    def lookup_key(self, interval: BillingInterval) -> str | None:
        """Return the key of the price for an interval; null where it is not sold so."""
        return self.monthly if interval is BillingInterval.MONTH else self.yearly


_FEATURES = {
    "daily_backups": "Daily backups",
    "hourly_backups": "Hourly backups",
    "object_storage": "Object storage",
    "custom_domains": "Own domain names",
    "single_sign_on": "Single sign-on",
    "audit_export": "Audit export",
    "priority_support": "Priority support",
    "dedicated_nodes": "Dedicated nodes",
}

_STARTER = ("daily_backups", "object_storage")
_GROWTH = (*_STARTER, "custom_domains")
_BUSINESS = (*_GROWTH, "hourly_backups", "single_sign_on", "audit_export")

_OFFERED = (
    Plan(
        slug="starter",
        name="Starter",
        summary="One node for a small team.",
        nodes=1,
        users=5,
        storage_gib=50,
        features=_STARTER,
        monthly="starter_monthly",
        yearly="starter_yearly",
    ),
    Plan(
        slug="growth",
        name="Growth",
        summary="A few nodes, for a team that grows.",
        nodes=5,
        users=25,
        storage_gib=500,
        features=_GROWTH,
        monthly="growth_monthly",
        yearly="growth_yearly",
    ),
    Plan(
        slug="business",
        name="Business",
        summary="Many nodes, and who may do what.",
        nodes=20,
        users=150,
        storage_gib=4_096,
        features=_BUSINESS,
        monthly="business_monthly",
        yearly="business_yearly",
    ),
    Plan(
        slug="enterprise",
        name="Enterprise",
        summary="By contract: talk to us.",
        features=(*_BUSINESS, "priority_support", "dedicated_nodes"),
    ),
)


class PlanCatalogue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All plans, from the smallest to the largest, and what their features are called."""

    offered: tuple[Plan, ...] = _OFFERED
    features: dict[Slug, Title] = msgspec.field(default_factory=lambda: dict(_FEATURES))
    warn_percent: Percent = 80
    """From which part of a limit on a warning appears."""

    grace_hours: Annotated[int, Meta(ge=1, le=8_760)] = 72
    """How long a node may go on with what it was last told, without hearing anything."""

    workspace_hour_micros: Micros = 120_000
    """What an hour of workspace time costs in cost allocation, in millionths of a dollar."""

    def __post_init__(self) -> None:
        slugs = [plan.slug for plan in self.offered]
        if len(slugs) != len(set(slugs)):
            raise ValueError("two plans have the same slug")
        if unknown := {feature for plan in self.offered for feature in plan.features} - self.features.keys():
            raise ValueError(f"no title is given for the feature {min(unknown)}")
        if len(self.lookup_keys) != len(set(self.lookup_keys)):
            raise ValueError("two plans name the same price")

    @property
    def lookup_keys(self) -> tuple[str, ...]:
        """The keys of all prices that are sold."""
        keys = (plan.lookup_key(interval) for plan in self.offered for interval in BillingInterval)
        return tuple(key for key in keys if key is not None)

    def find(self, slug: str | None) -> Plan | None:
        """Return the plan of a usage tier; null where there is none of that name."""
        return next((plan for plan in self.offered if plan.slug == slug), None)

    def sold_as(self, lookup_key: str | None) -> tuple[Plan, BillingInterval] | None:
        """Return which plan a price is for, and for how long at a time; null for a price of something else."""
        for plan in self.offered:
            for interval in BillingInterval:
                if lookup_key is not None and plan.lookup_key(interval) == lookup_key:
                    return plan, interval
        return None

    def rank(self, slug: str | None) -> int:
        """Return where a plan stands from the smallest to the largest; −1 for none."""
        return next((place for place, plan in enumerate(self.offered) if plan.slug == slug), -1)
