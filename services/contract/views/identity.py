"""Who the caller is."""

from datetime import datetime

from services.contract.views.acting import SupportCreditLimits
from services.contract.views.base import View


class Identity(View, frozen=True, kw_only=True):
    """Who the caller is and what this surface offers them.

    `guide` and `guide_host`: who answers the chat, and where facts go for it (null: nowhere). `store` is empty, and
    `expires_at` set, for who came with an access token. `payments`: what takes payments here, in words.
    """

    actor: str
    role: str
    customer_id: str | None
    store: str
    read_only: bool
    methods: list[str]
    support_credit_limits: SupportCreditLimits | None
    guide: str = ""
    guide_host: str | None = None
    expires_at: datetime | None = None
    payments: str = ""
