"""Requests for what one person alone may not grant."""

from datetime import datetime

from services.contract.types import ChangeRequestKind, ChangeRequestStatus, PolicyDecision
from services.contract.views.acting import Change
from services.contract.views.base import View
from services.contract.views.customer import CustomerBillingView


class ChangeRequestView(View, frozen=True, kw_only=True):
    """One request. `asks_for` is its content, ready to read; `params` the same as the action's own fields.

    Of what a tenant asks for: `policy_decision` and `because`, what the policy of `policy_version` said when it was
    asked for; `changes` and `impact`, before → after and what it costs. `ended_…`: how it ended without, or after, a
    decision. `decidable`: whether the caller may approve or reject it now; if not, `why_not` is one sentence.
    `cancellable`: whether it can still be taken back. While the platform is asked to apply it: `attempts`, when it is
    asked again, and `last_problem`, why it was not done yet.
    """

    change_request_id: str
    customer_id: str
    legal_name: str
    kind: ChangeRequestKind
    status: ChangeRequestStatus
    asks_for: str
    params: dict[str, str]
    reason: str
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    decidable: bool
    why_not: str | None
    policy_decision: PolicyDecision | None = None
    policy_version: str | None = None
    because: str | None = None
    changes: list[Change] = []
    impact: str = ""
    expires_at: datetime | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    attempts: int = 0
    next_attempt_at: datetime | None = None
    last_problem: str | None = None
    cancellable: bool = False


class ChangeRequestPage(View, frozen=True, kw_only=True):
    """A page of requests. `total` is exact to 1 000; beyond that it is 1 000 with `total_is_more`."""

    change_requests: list[ChangeRequestView]
    next_page_token: str | None
    total: int
    total_is_more: bool


class ChangeRequestReceipt(View, frozen=True, kw_only=True):
    """What asking, deciding or taking back did; `view` is the customer's view after it."""

    replayed: bool
    notice: str
    audit_event_id: str
    change_request: ChangeRequestView
    view: CustomerBillingView


class TenantChangePreview(View, frozen=True, kw_only=True):
    """What a change would come to now.

    Args:
        desired: the values in their one notation.
        decision: what the policy says; `verdict` says it in a few words, `because` in a sentence.
        missing: what the reason does not tell yet, each ready to read.
        digest: to be cited when this is asked for, or approved; empty where a request holds no longer.
        change_request_id: of a pending request's preview; `allowed` is then whether the caller may approve it.
        allowed: whether it can be asked for, or done at once; if not, `why_not` is one sentence.
    """

    customer_id: str
    legal_name: str
    kind: ChangeRequestKind
    title: str
    desired: dict[str, str]
    decision: PolicyDecision
    verdict: str
    because: str
    changes: list[Change]
    impact: str
    missing: list[str]
    digest: str
    policy_version: str
    change_request_id: str | None
    allowed: bool
    why_not: str | None


class DesiredField(View, frozen=True, kw_only=True):
    """One field of a form. `example` is a value in its notation, `hint` what it means."""

    name: str
    label: str
    example: str
    hint: str


class BoundBar(View, frozen=True, kw_only=True):
    """What is used of what is allowed, and how far the policy's bounds reach; `…_text` are ready to read.

    `used` is null where nobody measured it.
    """

    label: str
    used: int | None
    allowed: int
    self_service: int
    auto_approve: int
    review: int
    used_text: str
    allowed_text: str
    self_service_text: str
    auto_approve_text: str
    review_text: str


class KindForm(View, frozen=True, kw_only=True):
    """How one kind of change is asked for. `current`: what holds now, label and value.

    `bounds`: how far each bound of the policy reaches, label and text; `window`: how much is still approved at once
    before an operator looks, one sentence.
    """

    kind: ChangeRequestKind
    title: str
    fields: list[DesiredField]
    current: list[tuple[str, str]]
    bars: list[BoundBar]
    bounds: list[tuple[str, str]]
    window: str
    reason_example: str


class ChangeRequestWorkspace(View, frozen=True, kw_only=True):
    """A tenant's page: what it may use, what it may ask for, and its latest requests, the open ones first."""

    customer_id: str
    legal_name: str
    usage_tier: str | None
    policy_version: str
    kinds: list[KindForm]
    requests: list[ChangeRequestView]
