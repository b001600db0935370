"""What the policy says of a change that a tenant wants: by kind, tier, and all that it approved lately. Pure."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from services.change_requests.kinds.model import Kind, Placement
from services.change_requests.policy.bounds import BoundsPolicy
from services.change_requests.tenant import Allowance, Growth, Tenant
from services.contract.quantities import format_bytes, format_cpu
from services.contract.types import PolicyDecision
from services.contract.views import Change
from services.contract.wording import join

_SHOWN = {"cpu": (format_cpu, "CPU"), "memory": (format_bytes, "memory"), "storage": (format_bytes, "storage")}
_COUNTED = {"egress_targets": "egress targets", "hostnames": "host names", "changes": "changes"}


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What a wanted change comes to.

    Args:
        desired: the values in their one notation.
        after: the allowance once they hold.
        digest: of all that this rests on: cited when it is asked for or approved, it tells whether that has changed.
    """

    desired: dict[str, str]
    after: Allowance
    placement: Placement
    changes: list[Change]
    impact: str
    growth: Growth
    digest: str


def judge(kind: Kind, desired: Mapping[str, str], tenant: Tenant, policy: BoundsPolicy) -> Judgement:
    """Return what a wanted change comes to now.

    Raises:
        Refused: the kind's own reasons.
    """
    wanted: Any = kind.parse(desired, tenant)
    after = kind.after(wanted, tenant)
    growth = kind.growth(tenant.allowance, after) + Growth(changes=1)
    placement = _cumulative(kind.place(wanted, tenant, policy.tier(tenant.usage_tier)), growth, tenant, policy)
    canonical = kind.canonical(wanted)
    return Judgement(
        desired=canonical,
        after=after,
        placement=placement,
        changes=kind.changes(tenant.allowance, after),
        impact=kind.impact(tenant.allowance, after),
        growth=growth,
        digest=_digest(kind, canonical, tenant, policy, placement),
    )


def _cumulative(placed: Placement, growth: Growth, tenant: Tenant, policy: BoundsPolicy) -> Placement:
    """Return a placement that counts what was approved lately: what is too much at once is too much in small steps."""
    if placed.decision is not PolicyDecision.AUTO_APPROVE:
        return placed
    most = policy.tier(tenant.usage_tier).auto_growth.most()
    total = tenant.grown + growth
    for name in Growth.__struct_fields__:
        if getattr(growth, name) > 0 and getattr(total, name) > getattr(most, name):
            return Placement(
                PolicyDecision.REVIEW,
                f"This tenant may grow by {_amount(name, getattr(most, name))} in {policy.window_hours} hours without"
                f" review, and this would make it {_amount(name, getattr(total, name))}.",
            )
    return placed


def window(kind: Kind, tenant: Tenant, policy: BoundsPolicy) -> str:
    """Return how much of a kind is still approved at once before an operator looks, as one sentence."""
    most = policy.tier(tenant.usage_tier).auto_growth.most()
    left = [
        _amount(name, max(0, getattr(most, name) - getattr(tenant.grown, name))) for name in (*kind.grows, "changes")
    ]
    of_all = " of any kind" if len(left) == 1 else ""
    return f"In {policy.window_hours} hours, {join(left)}{of_all} more are approved at once; then an operator looks."


def _amount(name: str, value: int) -> str:
    if name in _SHOWN:
        write, unit = _SHOWN[name]
        return f"{write(value)} {unit}"
    return f"{value} {_COUNTED[name]}"


def _digest(kind: Kind, desired: Mapping[str, str], tenant: Tenant, policy: BoundsPolicy, placement: Placement) -> str:
    rests_on = (
        tenant.customer_id,
        tenant.usage_tier,
        tenant.version,
        kind.kind,
        sorted(desired.items()),
        policy.version,
        policy.tier(tenant.usage_tier),  # the version alone would trust that it is never forgotten
        placement.decision,
        tenant.allowance,
    )
    return hashlib.sha256(msgspec.json.encode(rests_on)).hexdigest()
