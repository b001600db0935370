"""Who the caller is."""

from services.contract.views.acting import SupportCreditLimits
from services.contract.views.base import View


class Identity(View, frozen=True, kw_only=True):
    """Who the caller is and what this surface offers them."""

    actor: str
    role: str
    customer_id: str | None
    store: str
    read_only: bool
    methods: list[str]
    support_credit_limits: SupportCreditLimits | None
