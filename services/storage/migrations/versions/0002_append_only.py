"""The database itself refuses update and delete in the ledger and in the audit trail.

Revision ID: billinghelp_0002
Revises: billinghelp_0001
"""

from alembic import op

revision = "billinghelp_0002"
down_revision = "billinghelp_0001"
branch_labels = None
depends_on = None

# Each table with what makes a row of it the same row: a REPLACE would delete the old one without a DELETE trigger.
APPEND_ONLY = {
    "ledger_entries": ["entry_number = NEW.entry_number"],
    "audit_events": [
        "event_number = NEW.event_number",
        "stream = NEW.stream AND sequence = NEW.sequence",
        "stream = NEW.stream AND previous_hash = NEW.previous_hash",
    ],
}


def upgrade() -> None:
    """Make the triggers."""
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def _sqlite() -> None:
    for table, identities in APPEND_ONLY.items():
        refuse = f"SELECT RAISE(ABORT, '{table} is append-only');"
        for verb in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN {refuse} END")
        # One look-up an identity, as OR would scan: each is answered by its own unique index.
        taken = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {same})" for same in identities)  # noqa: S608
        op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken} BEGIN {refuse} END")


def _postgresql() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
        END
        $$
        """
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        # Replicated and restored sessions skip ordinary triggers; these hold there too.
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only")
