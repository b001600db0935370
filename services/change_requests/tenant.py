"""Frozen types: what a tenant may use of the platform, and what it uses now."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

BackupSchedule = Literal["none", "daily", "hourly"]


class EgressRule(msgspec.Struct, frozen=True, order=True):
    """Where workspaces may connect to. `target`: a host name, or a network in CIDR notation; `ports` ascending."""

    target: str
    ports: tuple[int, ...]


class Backup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How workspaces are backed up. `default_protection`: whether new ones are, unless told otherwise."""

    schedule: BackupSchedule
    retention_days: Annotated[int, Meta(ge=0, le=3_650)]
    default_protection: bool


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """All that a tenant may use: processors in thousandths, memory and storage in bytes, lists in ascending order."""

    cpu: int
    memory: int
    storage: int
    egress: tuple[EgressRule, ...] = ()
    hostnames: tuple[str, ...] = ()
    ingress_classes: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    assignment_mode: str
    backup: Backup


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """What a tenant was granted beside what its tier gives: all that is stored of it.

    Amounts are the tenant's whole amount, 0 where nothing was granted; null is likewise the tier's own.
    """

    cpu: int = 0
    memory: int = 0
    storage: int = 0
    egress: tuple[EgressRule, ...] = ()
    hostnames: tuple[str, ...] = ()
    ingress_classes: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    assignment_mode: str | None = None
    backup: Backup | None = None


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What the tenant's workspaces use now, in the units of `Allowance`."""

    cpu: int = 0
    memory: int = 0
    storage: int = 0


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """How much more changes allow than there was before, in the units of `Allowance`; `changes` counts them."""

    cpu: int = 0
    memory: int = 0
    storage: int = 0
    egress_targets: int = 0
    hostnames: int = 0
    changes: int = 0

    def __add__(self, other: "Growth") -> "Growth":
        return Growth(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """What a change is judged on.

    Args:
        usage_tier: as the billing record names it; null: none yet.
        given: what the tier gives without a request; it follows the policy and the tier.
        granted: what changes have added to that; it stays.
        allowance: both together.
        use: null where nobody measured it.
        version: counts the changes of what was granted; 0: nothing ever was.
        grown: what the policy has approved by itself within its window.
        taken: those of the host names asked for that belong to other tenants.
        near: those of them that lie below or above a host name of another tenant.
        in_line: whether changes are approved that are not applied yet.
    """

    customer_id: str
    usage_tier: str | None
    given: Allowance
    granted: Granted = Granted()
    allowance: Allowance
    use: Use | None = None
    version: int = 0
    grown: Growth = Growth()
    taken: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()
    in_line: bool = False
