"""What tenants ask for: the life of a change request, and what a tenant may use, uses and exposes.

Revision ID: billinghelp_0006
Revises: billinghelp_0005
"""

import sqlalchemy as sa
from alembic import op

revision = "billinghelp_0006"
down_revision = "billinghelp_0005"
branch_labels = None
depends_on = None

KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.BigInteger()

DECIDED = "ck_change_requests_decided_by_somebody"


def upgrade() -> None:
    """Extend the requests, and make three tables."""
    _change_requests()
    _tenants()


def _change_requests() -> None:
    with op.batch_alter_table("change_requests") as table:
        for column in (
            sa.Column("policy_decision", sa.String()),
            sa.Column("policy_version", sa.String()),
            sa.Column("terms", sa.LargeBinary()),
            sa.Column("expires_at", MOMENT),
            sa.Column("ended_by", KEY),
            sa.Column("ended_at", MOMENT),
            sa.Column("end_reason", sa.Text()),
            sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("next_attempt_at", MOMENT),
        ):
            table.add_column(column)
        table.drop_constraint(DECIDED, type_="check")
        table.create_check_constraint(
            DECIDED,
            "status NOT IN ('approved', 'applying', 'applied', 'failed', 'rejected') OR decided_by IS NOT NULL",
        )
    for name, indexed, status in (("expiring", "expires_at", "pending"), ("applying", "next_attempt_at", "applying")):
        found = sa.text(f"status = '{status}'")
        op.create_index(
            f"ix_change_requests_{name}", "change_requests", [indexed], sqlite_where=found, postgresql_where=found
        )


def _tenants() -> None:
    op.create_table(
        "tenant_allowances",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("allowance", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_tenant_allowances_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", name="pk_tenant_allowances"),
    )
    op.create_table(
        "tenant_use",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("cpu", sa.BigInteger(), nullable=False),
        sa.Column("memory", sa.BigInteger(), nullable=False),
        sa.Column("storage", sa.BigInteger(), nullable=False),
        sa.Column("measured_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_tenant_use_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", name="pk_tenant_use"),
    )
    op.create_table(
        "exposed_hostnames",
        sa.Column("hostname", KEY, nullable=False),
        sa.Column("customer_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_exposed_hostnames_customer_id"),
        sa.PrimaryKeyConstraint("hostname", name="pk_exposed_hostnames"),
    )
    op.create_index("ix_exposed_hostnames_customer_id", "exposed_hostnames", ["customer_id"])
