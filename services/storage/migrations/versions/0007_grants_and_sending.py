"""What tenants were granted beside what their tier gives, and what stands in line for the platform.

Revision ID: billinghelp_0007
Revises: billinghelp_0006
"""

import sqlalchemy as sa
from alembic import op

revision = "billinghelp_0007"
down_revision = "billinghelp_0006"
branch_labels = None
depends_on = None

IN_LINE = "status IN ('approved', 'applying')"
LISTED = {
    "requested_at": ["requested_at", "change_request_id", "kind", "status", "policy_decision"],
    "status": ["status", "requested_at", "change_request_id", "kind", "policy_decision"],
    "customer": ["customer_id", "requested_at", "change_request_id"],
}


def upgrade() -> None:
    """Keep what were whole allowances as grants, as which they read, and index what is to be applied or listed."""
    # A column that is renamed leaves a constraint behind that is named after the old one (PostgreSQL 18).
    with op.batch_alter_table("tenant_allowances") as table:
        table.add_column(sa.Column("granted", sa.LargeBinary()))
    op.execute("UPDATE tenant_allowances SET granted = allowance")
    with op.batch_alter_table("tenant_allowances") as table:
        table.alter_column("granted", existing_type=sa.LargeBinary(), nullable=False)
        table.drop_column("allowance")
    with op.batch_alter_table("change_requests") as table:
        table.add_column(sa.Column("last_problem", sa.Text()))
        table.add_column(sa.Column("platform_order", sa.LargeBinary()))
    op.drop_index("ix_change_requests_applying", "change_requests")
    op.create_index(
        "ix_change_requests_in_line",
        "change_requests",
        ["customer_id", "decided_at"],
        sqlite_where=sa.text(IN_LINE),
        postgresql_where=sa.text(IN_LINE),
    )
    op.drop_index("ix_change_requests_status", "change_requests")
    for name, columns in LISTED.items():
        op.create_index(f"ix_change_requests_{name}", "change_requests", columns)
