"""Who calls: an authenticated actor, the role, and the tenant it belongs to."""

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """The roles of PRODUCT.md §4."""

    CUSTOMER_MEMBER = "customer_member"
    CUSTOMER_ADMIN = "customer_admin"
    OPERATOR = "operator"
    PLATFORM_ADMIN = "platform_admin"
    SERVICE = "service"


class Principal(msgspec.Struct, frozen=True):
    """An authenticated caller. `local` marks the owner of the embedded store, who holds the file anyway.

    A local principal has an operator's rights and those of administration (PRODUCT.md §4).
    """

    actor: str
    role: Role
    customer_id: str | None = None
    local: bool = False

    @property
    def roles(self) -> frozenset[Role]:
        """The roles whose rights this caller has."""
        return frozenset((self.role, Role.PLATFORM_ADMIN)) if self.local else frozenset((self.role,))
