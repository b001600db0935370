"""What the platform is told of an approved change, what it can answer, and who tells it.

An order says how the tenant's whole allowance was and is to be, so that carrying it out twice is carrying it out once.
"""

from datetime import datetime
from typing import Protocol

import msgspec

from services.contract.types import ChangeRequestKind


class OrderedEgress(msgspec.Struct, frozen=True):
    """Where workspaces may connect to. `target`: a host name, or a network in CIDR notation; `ports` ascending."""

    target: str
    ports: list[int]


class OrderedBackup(msgspec.Struct, frozen=True, kw_only=True):
    """How workspaces are backed up."""

    schedule: str
    retention_days: int
    default_protection: bool


class OrderedAllowance(msgspec.Struct, frozen=True, kw_only=True):
    """All that a tenant may use. Amounts in the field's notation (`500m`, `200Gi`); lists in ascending order."""

    cpu: str
    memory: str
    storage: str
    egress: list[OrderedEgress]
    hostnames: list[str]
    ingress_classes: list[str]
    capabilities: list[str]
    assignment_mode: str
    backup: OrderedBackup


class ChangeOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An approved change as the platform is told of it.

    Args:
        change_request_id: the same however often it is told, and so the key under which it is carried out once.
        desired: what was asked for, in the kind's own fields.
        before, after: the tenant's whole allowance.
    """

    change_request_id: str
    customer_id: str
    kind: ChangeRequestKind
    desired: dict[str, str]
    before: OrderedAllowance
    after: OrderedAllowance
    reason: str
    requested_by: str
    decided_by: str
    decided_at: datetime
    policy_version: str


class Applied(msgspec.Struct, frozen=True):
    """The platform has carried the change out."""


class Declined(msgspec.Struct, frozen=True):
    """The platform will not carry the change out; `reason` is what it said, on one line."""

    reason: str


class Unanswered(msgspec.Struct, frozen=True, kw_only=True):
    """It is not known whether the change was carried out, or it is not yet: the platform is to be told again.

    Args:
        problem: one sentence for a person.
        retry_after: seconds after which to come again, where the platform said so.
    """

    problem: str
    retry_after: float | None = None


Answer = Applied | Declined | Unanswered
"""What came of telling the platform."""


class PlatformPort(Protocol):
    """Whoever tells the platform."""

    @property
    def answers_within(self) -> float:
        """Seconds after which an answer is not waited for any longer."""

    async def send(self, order: ChangeOrder) -> Answer:
        """Tell the platform of a change, once, and return what came of it; whatever goes wrong is an answer too."""

    async def hang_up(self) -> None:
        """Close the connections, in the event loop in which they were opened; a later order opens others."""
