"""The chat's methods as the surface calls them (PRODUCT.md §4, §7).

Asking is no audited action: it changes nothing but the thread. The synchronous functions run inside one transaction
each; how an answer is asked for, written and kept stands in `asking.py`.
"""

from collections.abc import Callable, Sequence

import msgspec

from services.contract.clock import Clock
from services.contract.ids import NewId
from services.contract.paging import decode_token, encode_token, page_size
from services.contract.requests import (
    AskBillingChat,
    ClearBillingChatThread,
    GetBillingChatThread,
    PreviewBillingChatPayload,
)
from services.contract.views import ChatMessage, ChatPayload, ChatThread, Cleared
from services.guidance import store
from services.guidance.facts import build_facts, facts_hash
from services.guidance.guide import Guide
from services.guidance.model import Facts, GuidanceInput
from services.guidance.questions import find_thread, message_not_found, read_question, read_stored
from services.storage.connection import Connection

ReadKnown = Callable[[], GuidanceInput]


def get_thread(conn: Connection, request: GetBillingChatThread, guide: Guide, known: ReadKnown) -> ChatThread:
    """Return a page of the customer's thread: the newest page first, or the one that ends with `last_message_id`.

    The oldest message comes first within it.

    A customer who was never asked about has an empty thread with an empty id. An answer that rests on what has changed
    since is marked stale; `known` reads what it takes to tell.

    Raises:
        Refused: `THREAD_NOT_FOUND`, `MESSAGE_NOT_FOUND`, `INVALID_PAGE_SIZE`, `INVALID_PAGE_TOKEN`.
    """
    size = page_size(request.page_size)
    thread_id = find_thread(conn, request.customer_id, request.thread_id)
    query = ("GetBillingChatThread", request.customer_id, thread_id)
    position = decode_token(query, request.page_token, tuple[int])
    before = None if position is None else position[0]
    if request.last_message_id is not None and thread_id is not None and before is None:
        before = store.number_after(conn, request.customer_id, thread_id, request.last_message_id)
        if before is None:
            raise message_not_found()
    found = [] if thread_id is None else _page(conn, request.customer_id, thread_id, before, size)
    page = found[:size]
    messages = [message for _, message in reversed(page)]
    if any(message.facts_hash for message in messages):
        facts = build_facts(known())
        messages = [_with_staleness(message, facts) for message in messages]
    return ChatThread(
        customer_id=request.customer_id,
        thread_id=thread_id,
        engine=guide.label,
        host=guide.host,
        messages=messages,
        next_page_token=encode_token(query, (page[-1][0],)) if len(found) > size else None,
    )


def _with_staleness(message: ChatMessage, facts: Facts) -> ChatMessage:
    if message.facts_hash is None:
        return message
    now = facts_hash(facts, {fact.key for fact in message.facts})
    return msgspec.structs.replace(message, stale=now != message.facts_hash)


def clear_thread(conn: Connection, request: ClearBillingChatThread) -> Cleared:
    """Delete the thread's messages; the thread itself stays.

    Raises:
        Refused: `THREAD_NOT_FOUND`.
    """
    thread_id = find_thread(conn, request.customer_id, request.thread_id)
    messages = 0 if thread_id is None else store.delete_messages(conn, request.customer_id, thread_id)
    return Cleared(messages=messages)


def save_exchange(
    conn: Connection, request: AskBillingChat, stored: Sequence[store.StoredMessage], *, clock: Clock, new_id: NewId
) -> str:
    """Store a question and its answer together and return the thread; the customer's first one is created.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `THREAD_NOT_FOUND`; `MESSAGE_NOT_FOUND`, when an earlier question was answered
            anew and has been deleted meanwhile.
    """
    store.lock_customer(conn, request.customer_id)
    if request.question_id is not None:
        read_stored(conn, request.customer_id, request.question_id)
    thread_id = find_thread(conn, request.customer_id, request.thread_id)
    if thread_id is None:
        thread_id = new_id("thread")
        store.create_thread(conn, request.customer_id, thread_id, clock())
    store.append_messages(conn, request.customer_id, thread_id, stored)
    return thread_id


def preview_payload(
    conn: Connection, request: PreviewBillingChatPayload, known: ReadKnown, guide: Guide, actor: str
) -> ChatPayload:
    """Return exactly what `actor` would send and where to, and the facts an answer may use; or what was sent before.

    Raises:
        Refused: `INVALID_QUESTION`, `MESSAGE_NOT_FOUND`.
    """
    if request.message_id is not None:
        _, stored = read_stored(conn, request.customer_id, request.message_id)
        message = stored.message
        return ChatPayload(
            engine=message.engine or "",
            host=message.host,
            payload=stored.sent.decode() if stored.sent is not None else None,
            facts=message.facts,
        )
    case = read_question(conn, request, known(), guide, actor).case
    return ChatPayload(
        engine=guide.label,
        host=guide.host,
        payload=guide.payload(case),
        facts=[fact.as_chat_fact() for fact in case.facts],
    )


def _page(
    conn: Connection, customer_id: str, thread_id: str, before: int | None, size: int
) -> list[tuple[int, ChatMessage]]:
    # One more than asked for tells whether there is another page.
    return store.read_messages(conn, customer_id, thread_id, before=before, limit=size + 1)
