"""Frozen types of the room: a token as it is kept."""

from datetime import datetime

import msgspec

from services.contract.principals import Role


class AccessToken(msgspec.Struct, frozen=True, kw_only=True):
    """An issued token. Of its secret only the hash is kept; `name` is the actor that the audit trail shows.

    `node_id`: the node of the customer whose token it is; null for everybody else's.
    """

    token_id: str
    secret_hash: bytes
    name: str
    role: Role
    customer_id: str | None
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    last_used_at: datetime | None = None
    node_id: str | None = None
