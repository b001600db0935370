"""The chat's methods as the surface calls them (PRODUCT.md §4, §7).

Asking is no audited action: it changes nothing but the thread. The synchronous functions run inside one transaction
each; `ask` is asynchronous and gets its transactions as callables, which the surface runs in worker threads.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from services.contract.clock import Clock
from services.contract.errors import Code, Refused, invalid
from services.contract.ids import NewId
from services.contract.paging import decode_token, encode_token, page_size
from services.contract.requests import (
    AskBillingChat,
    ClearBillingChatThread,
    GetBillingChatThread,
    PreviewBillingChatPayload,
)
from services.contract.text import clean_block
from services.contract.types import STARTER_TITLES
from services.contract.views import (
    ChatAnswer,
    ChatDelta,
    ChatEvent,
    ChatMessage,
    ChatPayload,
    ChatThread,
    Cleared,
)
from services.guidance import store
from services.guidance.engine import GuidanceEngine
from services.guidance.facts import build_facts, facts_hash
from services.guidance.model import GuidanceInput, Question
from services.guidance.references import References
from services.guidance.rules import advise
from services.storage.connection import Connection

MAX_QUESTION = 4_000
"""A question is a few sentences; longer texts are pasted material that no rule reads."""

Load = Callable[[], Awaitable[GuidanceInput]]
Save = Callable[[tuple[ChatMessage, ChatMessage]], Awaitable[str]]


def get_thread(conn: Connection, request: GetBillingChatThread, engine: GuidanceEngine) -> ChatThread:
    """Return a page of the customer's thread: the newest page first, the oldest message first within it.

    A customer who was never asked about has an empty thread with an empty id.

    Raises:
        Refused: `THREAD_NOT_FOUND`, `INVALID_PAGE_SIZE`, `INVALID_PAGE_TOKEN`.
    """
    size = page_size(request.page_size)
    thread_id = find_thread(conn, request.customer_id, request.thread_id)
    query = ("GetBillingChatThread", request.customer_id, thread_id)
    position = decode_token(query, request.page_token, tuple[int])
    before = None if position is None else position[0]
    found = [] if thread_id is None else _page(conn, request.customer_id, thread_id, before, size)
    page = found[:size]
    return ChatThread(
        customer_id=request.customer_id,
        thread_id=thread_id,
        engine=engine.label,
        messages=[message for _, message in reversed(page)],
        next_page_token=encode_token(query, (page[-1][0],)) if len(found) > size else None,
    )


def clear_thread(conn: Connection, request: ClearBillingChatThread) -> Cleared:
    """Delete the thread's messages; the thread itself stays.

    Raises:
        Refused: `THREAD_NOT_FOUND`.
    """
    thread_id = find_thread(conn, request.customer_id, request.thread_id)
    messages = 0 if thread_id is None else store.delete_messages(conn, request.customer_id, thread_id)
    return Cleared(messages=messages)


def find_thread(conn: Connection, customer_id: str, thread_id: str | None) -> str | None:
    """Return the thread asked for (without an id: the customer's latest), null where there is none yet.

    Raises:
        Refused: `THREAD_NOT_FOUND`, also when the thread is another customer's.
    """
    if not thread_id:
        return store.latest_thread(conn, customer_id)
    if not store.has_thread(conn, customer_id, thread_id):
        raise Refused(
            Code.NOT_FOUND, "THREAD_NOT_FOUND", "No such thread for this customer: leave it out to get the latest one."
        )
    return thread_id


def save_exchange(
    conn: Connection, request: AskBillingChat, messages: Sequence[ChatMessage], *, clock: Clock, new_id: NewId
) -> str:
    """Store a question and its answer together and return the thread; the customer's first one is created.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `THREAD_NOT_FOUND`.
    """
    store.lock_customer(conn, request.customer_id)
    thread_id = find_thread(conn, request.customer_id, request.thread_id)
    if thread_id is None:
        thread_id = new_id("thread")
        store.create_thread(conn, request.customer_id, thread_id, clock())
    store.append_messages(conn, request.customer_id, thread_id, messages)
    return thread_id


def check_question(request: AskBillingChat | PreviewBillingChatPayload) -> Question:
    """Return the question, cleaned.

    Raises:
        Refused: `INVALID_QUESTION`.
    """
    if (request.question is None) == (request.starter is None):
        raise invalid("INVALID_QUESTION", "Ask one thing: either a question of your own or one of the starters.")
    if request.starter is not None:
        return Question(STARTER_TITLES[request.starter], request.starter)
    text = clean_block(request.question or "")
    if not text:
        raise invalid("INVALID_QUESTION", "The question is empty: write what you want to know.")
    if len(text) > MAX_QUESTION:
        raise invalid("INVALID_QUESTION", f"The question is too long: write at most {MAX_QUESTION:,} characters.")
    return Question(text)


async def ask(
    request: AskBillingChat,
    *,
    actor: str,
    engine: GuidanceEngine,
    load: Load,
    save: Save,
    clock: Clock,
    new_id: NewId,
) -> AsyncIterator[ChatEvent]:
    """Answer a question: the pieces as they are written, then the whole answer, stored with its question.

    Args:
        load: reads what the answer may rest on, and refuses a thread of another customer (`find_thread`).
        save: stores question and answer (`save_exchange`) and returns their thread. Not called for a broken-off answer.

    Raises:
        Refused: `INVALID_QUESTION`, and what `load` and `save` refuse.
    """
    question = check_question(request)
    asked_at = clock()
    known = await load()
    facts = build_facts(known)
    advice = advise(known.view, facts, question)
    references = References(facts)
    written: list[str] = []
    async for piece in engine.answer(question=question, facts=facts, advice=advice):
        if text := references.feed(piece):
            written.append(text)
            yield ChatDelta(text=text)
    if rest := references.close():
        written.append(rest)
        yield ChatDelta(text=rest)
    asked = ChatMessage(
        message_id=new_id("message"),
        author="operator",
        text=question.text,
        created_at=asked_at,
        actor=actor,
        starter=question.starter,
    )
    answer = ChatMessage(
        message_id=new_id("message"),
        author="guide",
        text="".join(written),
        created_at=clock(),
        actor=engine.label,
        engine=engine.label,
        facts=[fact.as_chat_fact() for fact in references.used],
        facts_hash=facts_hash(facts),
    )
    yield ChatAnswer(thread_id=await save((asked, answer)), question=asked, message=answer)


def preview_payload(request: PreviewBillingChatPayload, known: GuidanceInput, engine: GuidanceEngine) -> ChatPayload:
    """Return exactly what asking would send and where to, and the facts an answer may use.

    Raises:
        Refused: `INVALID_QUESTION`.
    """
    question = check_question(request)
    facts = build_facts(known)
    advice = advise(known.view, facts, question)
    return ChatPayload(
        engine=engine.label,
        host=engine.host,
        payload=engine.payload(question=question, facts=facts, advice=advice),
        facts=[fact.as_chat_fact() for fact in facts],
    )


def _page(
    conn: Connection, customer_id: str, thread_id: str, before: int | None, size: int
) -> list[tuple[int, ChatMessage]]:
    # One more than asked for tells whether there is another page.
    return store.read_messages(conn, customer_id, thread_id, before=before, limit=size + 1)
