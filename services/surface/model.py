"""What a row of the method table says, and what its handler is given."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from services.contract.context import CallContext
from services.contract.principals import Role
from services.contract.progress import Progress
from services.contract.requests import Request
from services.guidance.guide import Guide
from services.storage.engine import Store

if TYPE_CHECKING:
    from services.change_requests.policy.bounds import BoundsPolicy


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call, already authorised.

    Args:
        store: where its transactions run.
        scope: the customer to whom, with its clients, the caller is confined; null: all customers.
        methods: the names of the methods the caller may use.
        read_only: whether this surface writes nothing.
        progress: where a long call tells how far it is.
        guide: who answers the chat.
        bounds: gives the policy bounds, which are read when they are first asked for.
        platform_applies: whether what is approved is left to the platform to apply.
    """

    context: CallContext
    store: Store
    scope: str | None
    methods: tuple[str, ...]
    read_only: bool
    progress: Progress
    guide: Guide
    bounds: "Callable[[], BoundsPolicy]"
    platform_applies: bool


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table.

    Args:
        request: the request type; its class name is the method's name.
        response: the type it answers with; for a streamed method, of one event.
        roles: who may call it; everybody else is refused with `permission_denied`.
        handle: answers the call; null for a streamed method, which only the surface's `stream` answers.
        writes: whether it changes records; a read-only surface refuses it.
        audited: whether a refused call is recorded in the audit trail.
    """

    request: type[Request]
    response: Any
    roles: frozenset[Role]
    handle: Callable[[Call, Any], Any] | None
    writes: bool = False
    audited: bool = False

    @property
    def name(self) -> str:
        """The method's name."""
        return self.request.__name__
