"""The policy bounds: what a tenant of each tier may have without asking, at once, after review, or never.

The numbers are data (`policy.toml`); these types say what may stand there. Each bound holds all that the one before it
holds, and what lies beyond `review` is never allowed.
"""

from collections.abc import Sequence
from typing import Annotated, Generic, Literal, Protocol, Self, TypeVar

import msgspec
from msgspec import Meta

from services.change_requests.tenant import Backup, BackupSchedule, Growth
from services.contract.quantities import parse_bytes, parse_cpu

Count = Annotated[int, Meta(ge=0, le=100_000)]
Days = Annotated[int, Meta(ge=0, le=3_650)]
Port = Annotated[int, Meta(ge=1, le=65_535)]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\Z")]
HostPattern = Annotated[str, Meta(pattern=r"^(\*\.)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\Z")]
"""A host name, or `*.` and a domain for every name below it."""

TierName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}\Z")]
Version = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:+ -]{0,63}\Z")]

ANY = "any"


class _Bound(Protocol):
    def holds(self, other: Self) -> bool:
        """Whether all that `other` allows is allowed here."""


class _Data(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in the file."""


class Compute(_Data, frozen=True, kw_only=True):
    """The most processors and memory, in the field's notation."""

    cpu: str
    memory: str

    def __post_init__(self) -> None:
        parse_cpu(self.cpu)
        parse_bytes(self.memory)

    def holds(self, other: Self) -> bool:
        """Whether all that `other` allows is allowed here."""
        return parse_cpu(other.cpu) <= parse_cpu(self.cpu) and parse_bytes(other.memory) <= parse_bytes(self.memory)


class Storage(_Data, frozen=True, kw_only=True):
    """The most storage, in the field's notation."""

    storage: str

    def __post_init__(self) -> None:
        parse_bytes(self.storage)

    def holds(self, other: Self) -> bool:
        """Whether all that `other` allows is allowed here."""
        return parse_bytes(other.storage) <= parse_bytes(self.storage)


class Egress(_Data, frozen=True, kw_only=True):
    """Where to, how wide and how many: `ipv4_prefix` is the shortest prefix of a network, 33 (129) for no network."""

    targets: Count
    hosts: list[HostPattern] | Literal["any"]
    ports: list[Port] | Literal["any"]
    ipv4_prefix: Annotated[int, Meta(ge=0, le=33)]
    ipv6_prefix: Annotated[int, Meta(ge=0, le=129)]

    def holds(self, other: Self) -> bool:
        """Whether all that `other` allows is allowed here."""
        return (
            other.targets <= self.targets
            and _within(other.hosts, self.hosts)
            and _within(other.ports, self.ports)
            and other.ipv4_prefix >= self.ipv4_prefix
            and other.ipv6_prefix >= self.ipv6_prefix
        )


class Hostnames(_Data, frozen=True, kw_only=True):
    """How many host names a tenant may expose, and below which domains."""

    count: Count
    domains: list[HostPattern] | Literal["any"]

    def holds(self, other: Self) -> bool:
        """Whether all that `other` allows is allowed here."""
        return other.count <= self.count and _within(other.domains, self.domains)


class Choices(_Data, frozen=True, kw_only=True):
    """Which of several things a tenant may have."""

    values: list[Name]

    def holds(self, other: Self) -> bool:
        """Whether all that `other` allows is allowed here."""
        return _within(other.values, self.values)


class Backups(_Data, frozen=True, kw_only=True):
    """How backups may be set: for how long at least and at most, and whether new workspaces may go without them."""

    schedules: list[BackupSchedule]
    least_days: Days
    most_days: Days
    unprotected: bool

    def holds(self, other: Self) -> bool:
        """Whether all that `other` allows is allowed here."""
        return (
            _within(other.schedules, self.schedules)
            and other.least_days >= self.least_days
            and other.most_days <= self.most_days
            and other.unprotected <= self.unprotected
        )


BoundT = TypeVar("BoundT", bound=_Bound)


class Bounds(_Data, Generic[BoundT], frozen=True, kw_only=True):
    """The three bounds of one kind: needs no request, approved at once, possible after review."""

    self_service: BoundT
    auto_approve: BoundT
    review: BoundT

    def __post_init__(self) -> None:
        if not self.auto_approve.holds(self.self_service):
            raise ValueError("auto_approve must allow all that self_service allows")
        if not self.review.holds(self.auto_approve):
            raise ValueError("review must allow all that auto_approve allows")


class AutoGrowth(_Data, frozen=True, kw_only=True):
    """How much a tenant may grow within one window without anybody's review, over all its requests together."""

    cpu: str
    memory: str
    storage: str
    egress_targets: Count
    hostnames: Count
    changes: Count

    def __post_init__(self) -> None:
        self.most()

    def most(self) -> Growth:
        """Return the same as amounts."""
        return Growth(
            cpu=parse_cpu(self.cpu),
            memory=parse_bytes(self.memory),
            storage=parse_bytes(self.storage),
            egress_targets=self.egress_targets,
            hostnames=self.hostnames,
            changes=self.changes,
        )


class TierPolicy(_Data, frozen=True, kw_only=True):
    """The bounds of one usage tier. `backup`: how its tenants are backed up until they ask for something else."""

    resource_quota: Bounds[Compute]
    storage_quota: Bounds[Storage]
    egress: Bounds[Egress]
    exposure_hostname: Bounds[Hostnames]
    ingress_class: Bounds[Choices]
    operator_capability: Bounds[Choices]
    assignment_mode: Bounds[Choices]
    backup_policy: Bounds[Backups]
    backup: Backup
    auto_growth: AutoGrowth

    def __post_init__(self) -> None:
        if not self.assignment_mode.self_service.values:
            raise ValueError("assignment_mode.self_service must name the mode that tenants begin with")
        for name in ("self_service", "auto_approve"):
            if getattr(self.egress, name).hosts == ANY:
                raise ValueError(
                    f'egress.{name}.hosts: list the hosts, for "any" may lead inside and is possible in review alone'
                )


DEFAULT_TIER = "default"


class BoundsPolicy(_Data, frozen=True, kw_only=True):
    """The whole file.

    Args:
        version: what is recorded beside every decision; a new one with every change of the file.
        pending_days: after how many days nobody decides a request any more.
        open_requests: how many of a tenant's requests may be open at once.
        window_hours: over which `auto_growth` is counted.
        tiers: by usage tier; `default` for tenants of any other, or of none.
    """

    version: Version
    pending_days: Annotated[int, Meta(ge=1, le=365)] = 14
    open_requests: Annotated[int, Meta(ge=1, le=1_000)] = 20
    window_hours: Annotated[int, Meta(ge=1, le=8_760)] = 24
    tiers: dict[TierName, TierPolicy]

    def __post_init__(self) -> None:
        if DEFAULT_TIER not in self.tiers:
            raise ValueError("tiers.default is missing: it holds for tenants of every tier that is not named")

    def tier(self, usage_tier: str | None) -> TierPolicy:
        """Return the bounds of a usage tier."""
        return self.tiers.get(usage_tier or DEFAULT_TIER, self.tiers[DEFAULT_TIER])


def _within(some: Sequence[object], others: Sequence[object]) -> bool:
    if others == ANY:
        return True
    return some != ANY and set(some) <= set(others)
