"""The dispatch: who calls, may they, whose record is it; then one room answers, and a refused change leaves its trace.

Everything behind is synchronous; `call` runs a whole dispatch in a worker thread, because a transaction in one thread
was measured five times as fast as the same through the database's asyncio extension.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager, nullcontext
from contextvars import copy_context
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from services.access.methods import authenticate
from services.access.rates import Rates
from services.access.rules import CONFINED, FOR_NODES, holds_secret, require_no_node
from services.contract.clock import Clock, system_clock
from services.contract.context import CallContext
from services.contract.errors import Code, Refused, customer_not_found, invalid
from services.contract.ids import NewId, is_customer_id, new_id
from services.contract.policy import Policy
from services.contract.principals import Credential, Principal, Role
from services.contract.progress import Progress, no_progress
from services.contract.requests import AskBillingChat, CustomerRequest, Request
from services.contract.views import ChatEvent
from services.guidance.guide import Guide
from services.payments.door import NO_PAYMENTS, Payments
from services.storage.engine import Store
from services.surface import chat
from services.surface.model import Call, Method
from services.surface.refusals import record_refusal
from services.surface.scope import in_scope
from services.surface.table import METHOD_BY_REQUEST, METHODS
from services.surface.turns import Turns

if TYPE_CHECKING:
    from services.change_requests.policy.bounds import BoundsPolicy

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

WORKERS = 8
"""Calls answered at the same time: reads run beside each other; writers queue in the store."""

_TURN_WITHIN = 10.0  # seconds: as long as a store waits for another's lock

Caller = Principal | Credential
"""Who calls: somebody whom this process knows already, or somebody from outside with an access token."""


@cache
def _method_names(roles: frozenset[Role], read_only: bool) -> tuple[str, ...]:
    return tuple(method.name for method in METHODS if roles & method.roles and not (method.writes and read_only))


def _in_role(principal: Principal, method: Method) -> Principal:
    """Return the caller in the role that carries this call: the owner of a store has more than one."""
    if principal.role in method.roles:
        return principal
    carrying = next((role for role in Role if role in principal.roles & method.roles), principal.role)
    return msgspec.structs.replace(principal, role=carrying)


def streamed_only(_call: Call, request: Request) -> Any:
    """Refuse to answer as one document what answers as a stream."""
    name = type(request).__name__
    raise Refused(Code.INVALID_ARGUMENT, "STREAMED_METHOD", f"{name} answers as a stream: call it as one.")


def _texts(request: Request) -> Iterator[str]:
    """Yield the texts that a request holds; those of maps too, name and value."""
    for value in msgspec.structs.astuple(request):
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from (text for pair in value.items() for text in pair if isinstance(text, str))


def _shipped_bounds() -> "BoundsPolicy":
    from services.change_requests.policy.file import shipped_policy  # 10 ms, when a change is first asked for

    return shipped_policy()


class Surface:
    """The only door between people and records (ARCHITECTURE.md): one table of typed methods over one store.

    Args:
        store: the records.
        policy: limits and amounts.
        clock: what time it is.
        new_id: where ids come from.
        read_only: refuse every change.
        guide: who answers the chat; null: the rules alone.
        bounds: gives the policy bounds of change requests; null: those that the product ships.
        platform_applies: leave approved changes to the platform to apply; somebody sends them (`send_due`).
        payments: leads to the payment provider.
        calls_a_minute: how many calls one access token may make; null: as many as it likes.
        workers: how many calls are answered at the same time.
    """

    def __init__(
        self,
        store: Store,
        *,
        policy: Policy,
        clock: Clock = system_clock,
        new_id: NewId = new_id,
        read_only: bool = False,
        guide: Guide | None = None,
        bounds: "Callable[[], BoundsPolicy] | None" = None,
        platform_applies: bool = False,
        payments: Payments = NO_PAYMENTS,
        calls_a_minute: int | None = None,
        workers: int = WORKERS,
    ) -> None:
        self._store = store
        self._rates = Rates(calls_a_minute)
        self._guide = guide or Guide()
        self._bounds = bounds or _shipped_bounds
        self._platform_applies = platform_applies
        self._payments = payments
        self._policy = policy
        self._clock = clock
        self._new_id = new_id
        self._read_only = read_only
        self._turns = Turns(_TURN_WITHIN)
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix="surface")

    @property
    def bounds(self) -> "Callable[[], BoundsPolicy]":
        """What gives the policy bounds that hold."""
        return self._bounds

    def dispatch(self, caller: Caller, request: Request, progress: Progress = no_progress) -> Any:
        """Answer one call, in this thread.

        Raises:
            Refused: whatever a person or program can mend; a fault of the product itself is `internal`.
        """
        method = METHOD_BY_REQUEST[type(request)]
        if method.awaits:
            raise TypeError(f"{method.name} waits for others: use call")
        call = self._open(_in_role(self._principal(caller, method), method), progress)
        try:
            with self._faults_told(method):
                self._authorise(method, call, request)
                handle = method.handle or streamed_only
                return handle(call, request)
        except Refused as refused:
            self._leave_trace(method, call, request, refused)
            raise

    async def call(self, caller: Caller, request: Request, progress: Progress = no_progress) -> Any:
        """Answer one call, in a worker thread; otherwise as `dispatch`."""
        method = METHOD_BY_REQUEST[type(request)]
        if method.awaits:
            return await self._awaited(method, caller, request, progress)
        writes = method.writes
        turn = self._turns.of(request.customer_id) if writes and isinstance(request, CustomerRequest) else nullcontext()
        async with turn:
            return await self._in_thread(lambda: self.dispatch(caller, request, progress))

    async def _awaited(self, method: Method, caller: Caller, request: Request, progress: Progress) -> Any:
        """Answer a call that waits for others than the database. Nobody else's turn passes meanwhile."""
        principal = await self._in_thread(lambda: self._principal(caller, method))
        call = self._open(_in_role(principal, method), progress)
        try:
            with self._faults_told(method):
                await self._in_thread(lambda: self._authorise(method, call, request))
                handle = method.handle or streamed_only
                return await handle(call, request)
        except Refused as refusal:
            refused = refusal  # the name that an except clause binds ends with it
            await self._in_thread(lambda: self._leave_trace(method, call, request, refused))
            raise

    async def stream(self, caller: Caller, request: AskBillingChat) -> AsyncGenerator[ChatEvent, None]:
        """Answer a chat question, event by event.

        Raises:
            Refused: before the first event, when the call itself is refused; at any time `internal`, as `dispatch`.
        """
        method = METHOD_BY_REQUEST[type(request)]
        with self._faults_told(method):
            principal = await self._in_thread(lambda: self._principal(caller, method))
            call = self._open(_in_role(principal, method), no_progress)
            await self._in_thread(lambda: self._authorise(method, call, request))
            async with aclosing(chat.ask(call, request, self._clock, self._in_thread)) as events:
                async for event in events:
                    yield event

    async def prepare(self) -> None:
        """Load what the first question to the guide needs."""
        await self._guide.prepare()

    async def hang_up(self) -> None:
        """Close the connections to the guide's model and to the payment provider; a later call opens them again."""
        await self._guide.close()
        await self._payments.hang_up()

    def close(self) -> None:
        """Let calls under way finish, then close the store."""
        self._workers.shutdown(wait=True)
        self._store.close()

    def _principal(self, caller: Caller, method: Method) -> Principal:
        """Return who calls. Nothing is looked up of the record before this."""
        if isinstance(caller, Principal):
            return caller
        now = self._clock()
        with self._faults_told(method):
            with self._store.look() as conn:
                principal = authenticate(conn, caller.token, now)
            if principal.token_id is not None:
                self._rates.count(self._store, principal.token_id, now)
        return principal

    def _open(self, principal: Principal, progress: Progress) -> Call:
        confined = principal.roles <= CONFINED
        return Call(
            context=CallContext(principal=principal, now=self._clock(), policy=self._policy, new_id=self._new_id),
            store=self._store,
            scope=(principal.customer_id or "") if confined else None,
            methods=tuple(FOR_NODES) if principal.node_id else _method_names(principal.roles, self._read_only),
            read_only=self._read_only,
            progress=progress,
            guide=self._guide,
            bounds=self._bounds,
            platform_applies=self._platform_applies,
            payments=self._payments,
            in_thread=self._in_thread,
        )

    def _authorise(self, method: Method, call: Call, request: Request) -> None:
        principal = call.context.principal
        require_no_node(principal, method.name)
        if not principal.roles & method.roles:
            raise Refused(
                Code.PERMISSION_DENIED,
                "PERMISSION_DENIED",
                f"The role {principal.role} may not call {method.name}: ask someone whose role may.",
            )
        if method.writes and self._read_only:
            raise Refused(
                Code.PERMISSION_DENIED, "READ_ONLY", "This is a read-only session: start again without --read-only."
            )
        customer_id = getattr(request, "customer_id", None)
        if customer_id is not None and not is_customer_id(customer_id):
            raise customer_not_found()
        if customer_id is not None and call.scope is not None and not in_scope(call, customer_id):
            raise customer_not_found()
        if any(map(holds_secret, _texts(request))):
            raise invalid(
                "TOKEN_IN_REQUEST",
                "An access token stands in this request, and would be kept for ever: leave it out, and revoke it.",
            )

    def _leave_trace(self, method: Method, call: Call, request: Request, refused: Refused) -> None:
        if not method.audited or self._read_only:
            return
        try:
            record_refusal(call, method.name, request, refused)
        except Refused as unrecorded:
            # the caller is to hear why the call was refused, not that its trace could not be left
            _log.error("A refused %s left no audit event: %s", method.name, unrecorded.reason)

    @contextmanager
    def _faults_told(self, method: Method) -> Iterator[None]:
        """Let a fault of the product itself out as a refusal with a reference, under which the log has the rest."""
        try:
            yield
        except Refused:
            raise
        except Exception as fault:
            raise self._internal(method, fault) from fault

    def _internal(self, method: Method, fault: Exception) -> Refused:
        reference = self._new_id("fault")
        # the type and place alone: a message may hold a customer's data
        _log.error("%s in %s (%s)", type(fault).__name__, method.name, reference, exc_info=fault)
        return Refused(
            Code.INTERNAL,
            "INTERNAL",
            f"Something went wrong inside, and nothing was recorded: try again, or report {reference}.",
            {"reference": reference},
        )

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        # With the context: what is logged there belongs to the same request.
        return await asyncio.get_running_loop().run_in_executor(self._workers, copy_context().run, work)
