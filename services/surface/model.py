"""What a row of the method table says, and what its handler is given."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from services.contract.context import CallContext
from services.contract.principals import Role
from services.contract.progress import Progress
from services.contract.requests import Request
from services.guidance.guide import Guide
from services.storage.engine import Store

if TYPE_CHECKING:
    from services.change_requests.policy.bounds import BoundsPolicy
    from services.payments.door import Payments

_T = TypeVar("_T")


class InThread(Protocol):
    """Runs work that waits for the database in one of the surface's threads."""

    def __call__(self, work: Callable[[], _T]) -> Awaitable[_T]:
        """Return what `work` returns."""


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
        payments: leads to the payment provider.
        in_thread: where a call that is awaited does its transactions.
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
    payments: "Payments"
    in_thread: InThread


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table.

    Args:
        request: the request type; its class name is the method's name.
        response: the type it answers with; for a streamed method, of one event.
        roles: who may call it; everybody else is refused with `permission_denied`.
        handle: answers the call; null for a streamed method, which only the surface's `stream` answers.
        awaits: whether `handle` is a coroutine function, which waits for others than the database: it holds no thread
            meanwhile, and is answered by the surface's `call` alone.
        writes: whether it changes records; a read-only surface refuses it.
        audited: whether a refused call is recorded in the audit trail.
    """

    request: type[Request]
    response: Any
    roles: frozenset[Role]
    handle: Callable[[Call, Any], Any] | None
    awaits: bool = False
    writes: bool = False
    audited: bool = False

    @property
    def name(self) -> str:
        """The method's name."""
        return self.request.__name__
