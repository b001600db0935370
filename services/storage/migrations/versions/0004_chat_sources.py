"""Messages of the chat by their id, and of an answer how it came about: its template, and what a model was sent.

Revision ID: billinghelp_0004
Revises: billinghelp_0003
"""

import sqlalchemy as sa
from alembic import op

revision = "billinghelp_0004"
down_revision = "billinghelp_0003"
branch_labels = None
depends_on = None

KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the columns, and give the messages that are there their ids."""
    op.add_column("chat_messages", sa.Column("message_id", KEY))
    op.add_column("chat_messages", sa.Column("template", sa.Text()))
    op.add_column("chat_messages", sa.Column("sent", sa.LargeBinary()))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("UPDATE chat_messages SET message_id = convert_from(message, 'UTF8')::json ->> 'message_id'")
    else:
        op.execute("UPDATE chat_messages SET message_id = json_extract(CAST(message AS TEXT), '$.message_id')")
    op.create_index("ix_chat_messages_message", "chat_messages", ["customer_id", "message_id"], unique=True)
