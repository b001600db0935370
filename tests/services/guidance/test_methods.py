"""The chat's methods: threads, questions, and the stream of an answer."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, insert, select

from services.contract.errors import Refused
from services.contract.requests import (
    AskBillingChat,
    ClearBillingChatThread,
    GetBillingChatThread,
    PreviewBillingChatPayload,
)
from services.contract.types import Starter
from services.contract.views import ChatAnswer, ChatDelta, ChatEvent, ChatThread
from services.guidance import asking, methods
from services.guidance.guide import Guide
from services.guidance.model import GuidanceInput
from services.guidance.questions import Asked, find_thread, read_question
from services.guidance.store import StoredMessage
from services.storage.engine import Store
from services.storage.tables import chat_messages, customers
from tests.builders import NOW, make_blocked_view

GUIDE = Guide()


class Ids:
    """Ids that count: `message_1`, `thread_2`, …"""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}_{self.count}"


class Clock:
    """A clock that moves on by a second each time it is read."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def conn(store: Store) -> Iterator[Connection]:
    with store.write() as connection:
        for customer_id in ("acme-eu", "other"):
            connection.execute(
                insert(customers).values(
                    customer_id=customer_id,
                    legal_name="Acme GmbH",
                    ownership="external",
                    search_text=customer_id,
                    created_at=NOW,
                )
            )
        yield connection


def known(customer_id: str = "acme-eu") -> GuidanceInput:
    return GuidanceInput(view=make_blocked_view(customer_id=customer_id))


def read_thread(conn: Connection, request: GetBillingChatThread) -> ChatThread:
    return methods.get_thread(conn, request, GUIDE, lambda: known(request.customer_id))


class Chat:
    """A chat on one connection, as the surface would run it."""

    def __init__(self, conn: Connection, guide: Guide = GUIDE) -> None:
        self.conn = conn
        self.guide = guide
        self.ids = Ids()
        self.clock = Clock()

    async def ask(
        self,
        question: str | None = None,
        starter: Starter | None = None,
        thread_id: str | None = None,
        customer_id: str = "acme-eu",
    ) -> list[ChatEvent]:
        request = AskBillingChat(customer_id=customer_id, question=question, starter=starter, thread_id=thread_id)

        async def load() -> Asked:
            find_thread(self.conn, customer_id, thread_id)
            return read_question(self.conn, request, known(customer_id), self.guide, "olga")

        async def save(stored: Sequence[StoredMessage]) -> str:
            return methods.save_exchange(self.conn, request, stored, clock=self.clock, new_id=self.ids)

        stream = asking.ask(guide=self.guide, load=load, save=save, actor="dana", clock=self.clock, new_id=self.ids)
        return [event async for event in stream]

    def texts(self, thread_id: str | None = None, customer_id: str = "acme-eu") -> list[str]:
        request = GetBillingChatThread(customer_id=customer_id, thread_id=thread_id)
        return [message.text for message in read_thread(self.conn, request).messages]


def _stored(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(chat_messages)).scalar_one()


async def test_the_pieces_make_up_the_answer_which_comes_last(conn: Connection) -> None:
    *deltas, last = await Chat(conn).ask(starter=Starter.UNBLOCK_BILLING)
    assert len(deltas) > 3
    assert isinstance(last, ChatAnswer)
    assert "".join(delta.text for delta in deltas if isinstance(delta, ChatDelta)) == last.message.text
    assert last.question.text == "Unblock billing"
    assert last.question.actor == "dana"
    assert last.question.created_at < last.message.created_at


async def test_an_answer_says_which_engine_wrote_it_and_from_which_facts(conn: Connection) -> None:
    *_, last = await Chat(conn).ask("What blocks them?")
    assert isinstance(last, ChatAnswer)
    assert last.message.engine == "Rule-based guidance (no model)"
    assert last.message.facts_hash is not None
    assert len(last.message.facts_hash) == 64
    values = {fact.key: fact.value for fact in last.message.facts}
    assert values["billing.state"] == "Needs review"
    assert all(fact.value in last.message.text for fact in last.message.facts if fact.key == "billing.state")


async def test_question_and_answer_are_stored_together_and_read_in_order(conn: Connection) -> None:
    chat = Chat(conn)
    await chat.ask("What blocks them?")
    await chat.ask("And the balance?")
    texts = chat.texts()
    assert texts[0::2] == ["What blocks them?", "And the balance?"]
    assert len(texts) == 4


async def test_a_thread_is_read_in_pages_newest_page_first(conn: Connection) -> None:
    chat = Chat(conn)
    for number in range(3):
        await chat.ask(f"Balance {number}?")
    request = GetBillingChatThread(customer_id="acme-eu", page_size=4)
    newest = read_thread(conn, request)
    assert [m.text for m in newest.messages][0::2] == ["Balance 1?", "Balance 2?"]
    older = read_thread(
        conn, GetBillingChatThread(customer_id="acme-eu", page_size=4, page_token=newest.next_page_token)
    )
    assert [m.text for m in older.messages][0::2] == ["Balance 0?"]
    assert older.next_page_token is None


def test_a_customer_never_asked_about_has_an_empty_thread(conn: Connection) -> None:
    thread = read_thread(conn, GetBillingChatThread(customer_id="acme-eu"))
    assert (thread.thread_id, thread.messages, thread.next_page_token) == (None, [], None)
    assert thread.engine == GUIDE.label


async def test_a_thread_of_another_customer_is_refused_and_nothing_is_stored(conn: Connection) -> None:
    chat = Chat(conn)
    *_, last = await chat.ask("Why?")
    assert isinstance(last, ChatAnswer)
    before = _stored(conn)
    with pytest.raises(Refused) as refused:
        await chat.ask("Why?", thread_id=last.thread_id, customer_id="other")
    assert refused.value.reason == "THREAD_NOT_FOUND"
    for call in (
        lambda: chat.texts(last.thread_id, "other"),
        lambda: methods.clear_thread(conn, ClearBillingChatThread(customer_id="other", thread_id=last.thread_id)),
    ):
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.reason == "THREAD_NOT_FOUND"
    assert _stored(conn) == before


async def test_clearing_a_thread_deletes_its_messages_and_no_others(conn: Connection) -> None:
    chat = Chat(conn)
    await chat.ask("Why?")
    await chat.ask("Why?", customer_id="other")
    assert methods.clear_thread(conn, ClearBillingChatThread(customer_id="acme-eu")).messages == 2
    assert chat.texts() == []
    assert len(chat.texts(customer_id="other")) == 2
    assert methods.clear_thread(conn, ClearBillingChatThread(customer_id="acme-eu")).messages == 0


async def test_a_cleared_thread_goes_on(conn: Connection) -> None:
    chat = Chat(conn)
    *_, first = await chat.ask("Why?")
    methods.clear_thread(conn, ClearBillingChatThread(customer_id="acme-eu"))
    *_, second = await chat.ask("Why?")
    assert isinstance(first, ChatAnswer)
    assert isinstance(second, ChatAnswer)
    assert first.thread_id == second.thread_id


async def test_an_unknown_customer_gets_no_thread(conn: Connection) -> None:
    with pytest.raises(Refused) as refused:
        await Chat(conn).ask("Why?", customer_id="nobody")
    assert refused.value.reason == "CUSTOMER_NOT_FOUND"


@pytest.mark.parametrize(
    ("question", "starter"),
    [
        (None, None),
        ("Why?", Starter.UNBLOCK_BILLING),
        ("", None),
        (" \n\t\x00\u202e ", None),
        ("x" * 4_001, None),
    ],
)
async def test_a_malformed_question_is_refused_before_anything_is_read(
    conn: Connection, question: str | None, starter: Starter | None
) -> None:
    with pytest.raises(Refused) as refused:
        await Chat(conn).ask(question, starter)
    assert refused.value.reason == "INVALID_QUESTION"
    assert _stored(conn) == 0


async def test_a_question_is_stored_cleaned_with_its_line_breaks(conn: Connection) -> None:
    chat = Chat(conn)
    await chat.ask("What \x1b[31mblocks\r\nthem\u202e?" + " " * 5_000)
    assert chat.texts()[0] == "What [31mblocks\nthem?"


def test_without_a_model_nothing_would_be_sent(conn: Connection) -> None:
    request = PreviewBillingChatPayload(customer_id="acme-eu", starter=Starter.UNBLOCK_BILLING)
    preview = methods.preview_payload(conn, request, known, GUIDE, "olga")
    assert (preview.engine, preview.host, preview.payload) == (GUIDE.label, None, None)
    assert any(fact.key == "billing.state" for fact in preview.facts)
