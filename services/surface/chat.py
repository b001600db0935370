"""A chat question: read in one transaction, answered piece by piece, stored in another."""

from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING

from services.contract.clock import Clock
from services.contract.requests import AskBillingChat
from services.contract.views import ChatEvent
from services.surface.handlers import guidance_input
from services.surface.model import Call, InThread

if TYPE_CHECKING:
    from services.guidance.questions import Asked
    from services.guidance.store import StoredMessage


def ask(call: Call, request: AskBillingChat, clock: Clock, in_thread: InThread) -> AsyncGenerator[ChatEvent, None]:
    """Return the events of an answer. In a read-only session the answer is given, and not kept."""
    from services.guidance import asking, methods  # as in handlers.py
    from services.guidance.questions import read_question

    new_id, actor = call.context.new_id, call.context.principal.actor

    def read() -> "Asked":
        with call.store.read() as conn:
            known = guidance_input(conn, call, request.customer_id)
            return read_question(conn, request, known, call.guide, actor)

    def keep(stored: "Sequence[StoredMessage]") -> str:
        if call.read_only:
            return request.thread_id or ""
        return call.store.transact(
            lambda conn: methods.save_exchange(conn, request, stored, clock=clock, new_id=new_id)
        )

    async def load() -> "Asked":
        asked: Asked = await in_thread(read)
        return asked

    async def save(stored: "Sequence[StoredMessage]") -> str:
        thread_id: str = await in_thread(lambda: keep(stored))
        return thread_id

    return asking.ask(guide=call.guide, load=load, save=save, actor=actor, clock=clock, new_id=new_id)
