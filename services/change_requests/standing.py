"""Whether an approval still stands when its change is to be made: what stood before it in line may have failed. Pure.

What is asked for beside other approved changes is judged as if they were applied. One that is not, because it was taken
back or declined, must not leave more than was approved: a removal that never came would have made room for free.
"""

import msgspec

from services.change_requests.actors import POLICY
from services.change_requests.judging import beyond_window
from services.change_requests.kinds.placing import MILDEST_FIRST
from services.change_requests.kinds.registry import KIND_BY_CODE
from services.change_requests.model import ChangeRequest
from services.change_requests.policy.bounds import BoundsPolicy
from services.change_requests.tenant import Allowance, Growth, Tenant
from services.contract.types import PolicyDecision


def why_not_now(approved: ChangeRequest, tenant: Tenant, after: Allowance, policy: BoundsPolicy) -> str | None:
    """Return why a change would not be approved now as it was, in a sentence; null: it stands.

    Args:
        tenant: as it is, with nothing in line before this change.
        after: its allowance with the change.
    """
    kind = KIND_BY_CODE[approved.kind]
    if after == tenant.allowance or approved.terms is None:
        return None
    by_policy = approved.decided_by == POLICY.actor
    approved_as = approved.policy_decision if by_policy and approved.policy_decision else PolicyDecision.REVIEW
    wanted = kind.parse(approved.params, msgspec.structs.replace(tenant, use=None))
    placed = kind.place(wanted, tenant, policy.tier(tenant.usage_tier))
    if MILDEST_FIRST.index(placed.decision) > MILDEST_FIRST.index(approved_as):
        return placed.because
    if approved_as is not PolicyDecision.AUTO_APPROVE:
        return None
    counted, grows = approved.terms.growth, kind.growth(tenant.allowance, after) + Growth(changes=1)
    return beyond_window(grows, _without(tenant.grown, counted), tenant, policy)


def _without(grown: Growth, counted: Growth) -> Growth:
    """Return what was grown without what a request was counted as; one of long ago is not counted any more."""
    return Growth(**{name: max(0, getattr(grown, name) - getattr(counted, name)) for name in Growth.__struct_fields__})
