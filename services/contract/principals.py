"""Who calls: an authenticated actor, the role, and the tenant it belongs to."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Role(StrEnum):
    """The roles of PRODUCT.md §4."""

    CUSTOMER_MEMBER = "customer_member"
    CUSTOMER_ADMIN = "customer_admin"
    OPERATOR = "operator"
    PLATFORM_ADMIN = "platform_admin"
    SERVICE = "service"


class Credential(msgspec.Struct, frozen=True):
    """What a caller from outside shows: the text of an access token, null for none. Its text is shown nowhere."""

    token: str | None

    def __repr__(self) -> str:
        return "Credential(…)"


class Principal(msgspec.Struct, frozen=True):
    """An authenticated caller. `local` marks the owner of the embedded store, who holds the file anyway.

    A local principal has an operator's rights and those of administration (PRODUCT.md §4). Who came with an access
    token has the token's id and the moment from which it no longer serves. `node_id`: it is one node of the customer,
    which sends heartbeats and may call nothing but `WhoAmI`.
    """

    actor: str
    role: Role
    customer_id: str | None = None
    local: bool = False
    token_id: str | None = None
    expires_at: datetime | None = None
    node_id: str | None = None

    @property
    def roles(self) -> frozenset[Role]:
        """The roles whose rights this caller has."""
        return frozenset((self.role, Role.PLATFORM_ADMIN)) if self.local else frozenset((self.role,))
