"""Requests for what one person alone may not grant."""

from datetime import datetime

from services.contract.types import ChangeRequestKind, ChangeRequestStatus
from services.contract.views.base import View
from services.contract.views.customer import CustomerBillingView


class ChangeRequestView(View, frozen=True, kw_only=True):
    """One request. `asks_for` is its content, ready to read; `params` the same as the action's own fields.

    `decidable`: whether the caller may approve or reject it now; if not, `why_not` is one sentence.
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


class ChangeRequestPage(View, frozen=True, kw_only=True):
    """A page of requests. `total` is exact to 1 000; beyond that it is 1 000 with `total_is_more`."""

    change_requests: list[ChangeRequestView]
    next_page_token: str | None
    total: int
    total_is_more: bool


class ChangeRequestReceipt(View, frozen=True, kw_only=True):
    """What a decision did; `view` is the customer's view after it."""

    replayed: bool
    notice: str
    audit_event_id: str
    change_request: ChangeRequestView
    view: CustomerBillingView
