"""What was done, and what was said."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table, Text, UniqueConstraint

from services.storage.tables.columns import Key, Moment, RowNumber, customer_column, metadata

audit_events = Table(
    "audit_events",
    metadata,
    Column("event_number", RowNumber, primary_key=True, autoincrement=True),
    Column("stream", Key, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("occurred_at", String, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", String, nullable=False),
    Column("action", String, nullable=False),
    Column("resource", Text, nullable=False),
    Column("etag_before", String),
    Column("etag_after", String),
    Column("request_id", Text),
    Column("outcome", String, nullable=False),
    Column("reason", Text),
    Column("payload", LargeBinary, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("stream", "sequence"),
    UniqueConstraint("stream", "previous_hash"),
)

chat_threads = Table(
    "chat_threads",
    metadata,
    customer_column(),
    Column("thread_id", Key, primary_key=True),
    Column("created_at", Moment, nullable=False),
)

chat_messages = Table(
    "chat_messages",
    metadata,
    Column("message_number", RowNumber, primary_key=True, autoincrement=True),
    Column("customer_id", Key, ForeignKey("customers.customer_id"), nullable=False),
    Column("thread_id", Key, nullable=False),
    Column("message_id", Key),
    Column("message", LargeBinary, nullable=False),  # the ChatMessage, as JSON
    Column("template", Text),  # an answer with its references open: what may be sent along with a later question
    Column("sent", LargeBinary),  # each document that a model was sent for it, a line each
    Index("ix_chat_messages_thread", "customer_id", "thread_id", "message_number"),
    Index("ix_chat_messages_message", "customer_id", "message_id", unique=True),
)
