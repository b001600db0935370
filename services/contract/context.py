"""What every method is given beside its request: who calls, when it is, and the policy that holds."""

from datetime import datetime

import msgspec

from services.contract.ids import NewId
from services.contract.policy import Policy
from services.contract.principals import Principal


class CallContext(msgspec.Struct, frozen=True, kw_only=True):
    """One call's surroundings; `now` is read once, so that a call sees one moment."""

    principal: Principal
    now: datetime
    policy: Policy
    new_id: NewId
