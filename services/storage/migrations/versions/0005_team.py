"""What a team needs: change requests that somebody else decides, and access tokens.

Revision ID: billinghelp_0005
Revises: billinghelp_0004
"""

import sqlalchemy as sa
from alembic import op

revision = "billinghelp_0005"
down_revision = "billinghelp_0004"
branch_labels = None
depends_on = None

KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.BigInteger()


def upgrade() -> None:
    """Make both tables."""
    _change_requests()
    _access_tokens()


def _change_requests() -> None:
    op.create_table(
        "change_requests",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("change_request_id", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("params", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", KEY, nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("request_id", KEY, nullable=False),
        sa.Column("decided_by", KEY),
        sa.Column("decided_at", MOMENT),
        sa.Column("decision_reason", sa.Text()),
        sa.CheckConstraint("decided_by <> requested_by", name="ck_change_requests_four_eyes"),
        sa.CheckConstraint(
            "status NOT IN ('applied', 'rejected') OR decided_by IS NOT NULL",
            name="ck_change_requests_decided_by_somebody",
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_change_requests_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", "change_request_id", name="pk_change_requests"),
    )
    op.create_index("ix_change_requests_status", "change_requests", ["status", "requested_at", "change_request_id"])
    pending = sa.text("status = 'pending'")
    op.create_index(
        "ix_change_requests_pending",
        "change_requests",
        ["customer_id"],
        sqlite_where=pending,
        postgresql_where=pending,
    )


def _access_tokens() -> None:
    op.create_table(
        "access_tokens",
        sa.Column("token_id", KEY, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("customer_id", KEY),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.Column("revoked_by", sa.Text()),
        sa.Column("last_used_at", MOMENT),
        sa.Column("minute", MOMENT),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_access_tokens_customer_id"),
        sa.PrimaryKeyConstraint("token_id", name="pk_access_tokens"),
    )
    op.create_index("ix_access_tokens_created_at", "access_tokens", ["created_at", "token_id"])
