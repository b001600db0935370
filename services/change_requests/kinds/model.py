"""What every kind of change tells of itself."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from services.change_requests.policy.bounds import TierPolicy
from services.change_requests.tenant import Allowance, Growth, Tenant
from services.contract.types import ChangeRequestKind, PolicyDecision
from services.contract.views import Change


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One desired value of a form. `example` is a value in its notation; `hint` says what it means."""

    name: str
    label: str
    example: str
    hint: str


class Placement(msgspec.Struct, frozen=True):
    """Within which bound a change lies. `because` is one sentence that names the value and the bound."""

    decision: PolicyDecision
    because: str


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One bar of the workspace: amounts as whole numbers of one unit, and `shown` writes any of them.

    `used` is null where use is not measured.
    """

    label: str
    used: int | None
    allowed: int
    self_service: int
    auto_approve: int
    review: int
    shown: Callable[[int], str]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of change. All of it is pure.

    Args:
        fields: the desired values it takes, in the order of its form. One that is left out stays as it is.
        example: a reason that tells all that one must.
        parse: the desired values as a type of the kind's own; raises `Refused` (`INVALID_DESIRED_VALUE`, with the
            field's name in its details) in the kind's words, also where the tenant's state does not allow them (a quota
            below what is used, a host name that is another tenant's) or they change nothing (`NOTHING_TO_CHANGE`).
        canonical: those values written again in one way: what is stored, and what a digest covers.
        after: the allowance once they hold.
        place: within which of the tier's bounds the allowance after it lies; cumulative bounds are judged elsewhere.
        lines: label and value of what the kind is about, ready to read; compared, they are the before → after.
        growth: how much more the allowance holds after the change.
        impact: what the change costs in resources, ready to read («+96Gi storage»); empty: nothing.
        measures: the bars that the workspace shows.
        grows: which amounts of `Growth` it can add to.
        asks: what its values ask for, shorter than before → after («+kafka, -redis»); null: that is short enough.
        hostnames: those that the change would give the tenant, for it matters whose they are (`Tenant.taken`).
    """

    kind: ChangeRequestKind
    fields: tuple[Field, ...]
    example: str
    parse: Callable[[Mapping[str, str], Tenant], Any]
    canonical: Callable[[Any], dict[str, str]]
    after: Callable[[Any, Tenant], Allowance]
    place: Callable[[Any, Tenant, TierPolicy], Placement]
    lines: Callable[[Allowance], list[tuple[str, str]]]
    growth: Callable[[Allowance, Allowance], Growth]
    impact: Callable[[Allowance, Allowance], str]
    measures: Callable[[Tenant, TierPolicy], list[Measure]] = lambda _tenant, _policy: []
    hostnames: Callable[[Any], Sequence[str]] = lambda _wanted: ()
    grows: tuple[str, ...] = ()
    asks: Callable[[Mapping[str, str]], str] | None = None

    @property
    def of_amounts(self) -> bool:
        """Whether it is about more or less of something that is measured."""
        return not {"cpu", "memory", "storage"}.isdisjoint(self.grows)

    def changes(self, before: Allowance, after: Allowance) -> list[Change]:
        """Return what differs, before → after."""
        return [
            Change(label=label, before=old, after=new)
            for (label, old), (_, new) in zip(self.lines(before), self.lines(after), strict=True)
            if old != new
        ]
