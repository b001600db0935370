"""SQL of the chat: one customer's threads and their messages (SQLAlchemy Core)."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, func, insert, select

from services.contract.errors import customer_not_found
from services.contract.views import ChatMessage
from services.storage.tables import chat_messages, chat_threads, customers


class StoredMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message with how it came about.

    Args:
        template: an answer's text with its references open, null for a question.
        sent: each document that a model was sent for it, a line each; null: nothing was.
    """

    message: ChatMessage
    template: str | None = None
    sent: bytes | None = None


def latest_thread(conn: Connection, customer_id: str) -> str | None:
    """Return the customer's newest thread, null if there is none."""
    statement = (
        select(chat_threads.c.thread_id)
        .where(chat_threads.c.customer_id == customer_id)
        .order_by(chat_threads.c.created_at.desc(), chat_threads.c.thread_id.desc())
        .limit(1)
    )
    return conn.execute(statement).scalar_one_or_none()


def has_thread(conn: Connection, customer_id: str, thread_id: str) -> bool:
    """Return whether the thread is this customer's."""
    statement = select(chat_threads.c.thread_id).where(
        chat_threads.c.customer_id == customer_id, chat_threads.c.thread_id == thread_id
    )
    return conn.execute(statement).first() is not None


def lock_customer(conn: Connection, customer_id: str) -> None:
    """Hold the customer's row until the transaction ends, so that two first questions make one thread.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`.
    """
    statement = select(customers.c.customer_id).where(customers.c.customer_id == customer_id)
    # FOR NO KEY UPDATE: rows that refer to the customer can still be written meanwhile. SQLite has one writer anyway.
    if conn.execute(statement.with_for_update(key_share=True)).first() is None:
        raise customer_not_found()


def create_thread(conn: Connection, customer_id: str, thread_id: str, created_at: datetime) -> None:
    """Create an empty thread."""
    conn.execute(insert(chat_threads).values(customer_id=customer_id, thread_id=thread_id, created_at=created_at))


def append_messages(conn: Connection, customer_id: str, thread_id: str, stored: Sequence[StoredMessage]) -> None:
    """Append messages to a thread, in order."""
    for each in stored:
        conn.execute(
            insert(chat_messages).values(
                customer_id=customer_id,
                thread_id=thread_id,
                message_id=each.message.message_id,
                message=msgspec.json.encode(each.message),
                template=each.template,
                sent=each.sent,
            )
        )


def read_messages(
    conn: Connection, customer_id: str, thread_id: str, *, before: int | None, limit: int
) -> list[tuple[int, ChatMessage]]:
    """Return up to `limit` messages older than message number `before` with their numbers, newest first."""
    statement = (
        select(chat_messages.c.message_number, chat_messages.c.message)
        .where(chat_messages.c.customer_id == customer_id, chat_messages.c.thread_id == thread_id)
        .order_by(chat_messages.c.message_number.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(chat_messages.c.message_number < before)
    return [(number, _message(stored)) for number, stored in conn.execute(statement)]


def read_templates(conn: Connection, customer_id: str, thread_id: str, limit: int) -> list[StoredMessage]:
    """Return the newest messages of a thread with their templates, the oldest first."""
    statement = (
        select(chat_messages.c.message, chat_messages.c.template)
        .where(chat_messages.c.customer_id == customer_id, chat_messages.c.thread_id == thread_id)
        .order_by(chat_messages.c.message_number.desc())
        .limit(limit)
    )
    rows = conn.execute(statement).all()
    return [StoredMessage(message=_message(stored), template=template) for stored, template in reversed(rows)]


def number_after(conn: Connection, customer_id: str, thread_id: str, message_id: str) -> int | None:
    """Return the number before which a message of the thread is the newest, null where it is not there."""
    statement = select(chat_messages.c.message_number + 1).where(
        chat_messages.c.customer_id == customer_id,
        chat_messages.c.thread_id == thread_id,
        chat_messages.c.message_id == message_id,
    )
    return conn.execute(statement).scalar_one_or_none()


def count_questions(conn: Connection, customer_id: str, thread_id: str) -> int:
    """Return how many questions a thread holds: what has no template was asked, not answered."""
    statement = select(func.count()).where(
        chat_messages.c.customer_id == customer_id,
        chat_messages.c.thread_id == thread_id,
        chat_messages.c.template.is_(None),
    )
    return conn.execute(statement).scalar_one()


def read_message(conn: Connection, customer_id: str, message_id: str) -> tuple[str, StoredMessage] | None:
    """Return one of the customer's messages with the thread it stands in, null where there is no such message."""
    statement = select(
        chat_messages.c.thread_id, chat_messages.c.message, chat_messages.c.template, chat_messages.c.sent
    ).where(chat_messages.c.customer_id == customer_id, chat_messages.c.message_id == message_id)
    row = conn.execute(statement).one_or_none()
    if row is None:
        return None
    return row.thread_id, StoredMessage(message=_message(row.message), template=row.template, sent=row.sent)


def delete_messages(conn: Connection, customer_id: str, thread_id: str) -> int:
    """Delete a thread's messages and return how many there were."""
    result = conn.execute(
        delete(chat_messages).where(chat_messages.c.customer_id == customer_id, chat_messages.c.thread_id == thread_id)
    )
    return result.rowcount


def _message(stored: bytes) -> ChatMessage:
    return msgspec.json.decode(stored, type=ChatMessage)
