"""A chat question: read in one transaction, answered piece by piece, stored in another."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from services.contract.clock import Clock
from services.contract.requests import AskBillingChat
from services.contract.views import ChatEvent, ChatMessage
from services.guidance import methods as guidance
from services.guidance.model import GuidanceInput
from services.surface.handlers import GUIDE, guidance_input
from services.surface.model import Call

InThread = Callable[[Callable[[], Any]], Awaitable[Any]]


def ask(call: Call, request: AskBillingChat, clock: Clock, in_thread: InThread) -> AsyncIterator[ChatEvent]:
    """Return the events of an answer. In a read-only session the answer is given, and not kept."""
    new_id = call.context.new_id

    def read() -> GuidanceInput:
        with call.store.read() as conn:
            guidance.find_thread(conn, request.customer_id, request.thread_id)
            return guidance_input(conn, call, request.customer_id)

    def keep(messages: tuple[ChatMessage, ChatMessage]) -> str:
        if call.read_only:
            return request.thread_id or ""
        with call.store.write() as conn:
            return guidance.save_exchange(conn, request, messages, clock=clock, new_id=new_id)

    async def load() -> GuidanceInput:
        known: GuidanceInput = await in_thread(read)
        return known

    async def save(messages: tuple[ChatMessage, ChatMessage]) -> str:
        thread_id: str = await in_thread(lambda: keep(messages))
        return thread_id

    return guidance.ask(
        request,
        actor=call.context.principal.actor,
        engine=GUIDE,
        load=load,
        save=save,
        clock=clock,
        new_id=new_id,
    )
