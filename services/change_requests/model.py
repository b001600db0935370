"""Frozen types of the room: a request as it is kept."""

from datetime import datetime

import msgspec

from services.contract.types import ChangeRequestKind, ChangeRequestStatus


class ChangeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request. `params` are the fields of what is asked for; `request_id` is the call's that made it."""

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
