"""Access tokens, without what makes them one."""

from datetime import datetime
from typing import Literal

from services.contract.principals import Role
from services.contract.views.base import View


class TokenView(View, frozen=True, kw_only=True):
    """An access token as it is listed. `node_id`: the node of the customer whose it is. `last_used_at`: to a minute."""

    token_id: str
    name: str
    role: Role
    customer_id: str | None
    node_id: str | None
    status: Literal["active", "expired", "revoked"]
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None
    last_used_at: datetime | None


class NewToken(TokenView, frozen=True, kw_only=True):
    """A token that was just issued. `token` is the secret itself: it is shown this once and kept nowhere."""

    token: str


class TokenPage(View, frozen=True, kw_only=True):
    """A page of access tokens."""

    tokens: list[TokenView]
    next_page_token: str | None
