"""Frozen types of the room: a request as it is kept."""

from datetime import datetime

import msgspec

from services.change_requests.tenant import Growth
from services.contract.types import ChangeRequestKind, ChangeRequestStatus, PolicyDecision
from services.contract.views import Change
from services.platform.port import ChangeOrder


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a tenant was shown when it asked: why the policy decided so, before → after, and what it costs and adds."""

    because: str
    changes: list[Change]
    impact: str
    growth: Growth


class ChangeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request. `params` are the fields of what is asked for; `request_id` is the call's that made it.

    Args:
        decided_by: who approved or rejected it; for what the policy approved at once, the policy.
        policy_decision, policy_version, terms: only of what tenants ask for.
        expires_at: from when on nobody can decide it any more; null: never.
        ended_by: who or what ended it without a decision or carried the decision out.
        attempts: how often the platform was asked to apply it; `next_attempt_at`: when it is asked again;
            `last_problem`: why it did not do so the last time.
        platform_order: what the platform is told, from the first attempt on and always in the same words.
    """

    customer_id: str
    change_request_id: str
    kind: ChangeRequestKind
    status: ChangeRequestStatus
    params: dict[str, str]
    reason: str
    requested_by: str
    requested_at: datetime
    request_id: str
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_reason: str | None = None
    policy_decision: PolicyDecision | None = None
    policy_version: str | None = None
    terms: Terms | None = None
    expires_at: datetime | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    attempts: int = 0
    next_attempt_at: datetime | None = None
    last_problem: str | None = None
    platform_order: ChangeOrder | None = None
