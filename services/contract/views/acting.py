"""Previews and receipts of audited actions."""

from typing import Literal

from services.contract.types import Action, BlockerCode
from services.contract.views.base import View
from services.contract.views.customer import CustomerBillingView


class Change(View, frozen=True, kw_only=True):
    """One line of before → after, ready to read."""

    label: str
    before: str
    after: str


class BlockerRef(View, frozen=True, kw_only=True):
    """A blocker by code and title."""

    code: BlockerCode
    title: str


class SupportCreditLimits(View, frozen=True, kw_only=True):
    """What one action may grant, and what is left to this operator in the running window."""

    action_workspace_hours: str
    action_ai_cents: str
    left_workspace_hours: str
    left_ai_cents: str
    window_hours: int


class ActionPreview(View, frozen=True, kw_only=True):
    """What an action would do now. Not allowed: `reason` and `message` say why, and the lists are empty.

    `needs_approval`: it is above the caller's limits, as `reason` and `message` say; asked for all the same, it becomes
    a pending request, and the lists are what its approval would change.
    """

    customer_id: str
    legal_name: str
    action: Action
    title: str
    etag: str
    allowed: bool
    reason: str | None
    message: str | None
    changes: list[Change]
    blockers_removed: list[BlockerRef]
    blockers_remaining: list[BlockerRef]
    blockers_added: list[BlockerRef]
    limits: SupportCreditLimits | None
    needs_approval: bool = False


class ActionReceipt(View, frozen=True, kw_only=True):
    """What an action did; `view` is the customer's view after it.

    `pending_approval`: nothing was applied yet; `change_request_id` names the request that somebody else decides.
    """

    outcome: Literal["applied", "pending_approval"]
    replayed: bool
    notice: str
    audit_event_id: str
    view: CustomerBillingView
    change_request_id: str | None = None
