"""A trigram index over `customers.search_text`: FTS5 on SQLite, pg_trgm on PostgreSQL where that extension can be had.

Revision ID: billinghelp_0003
Revises: billinghelp_0002
"""

from alembic import op
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

revision = "billinghelp_0003"
down_revision = "billinghelp_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index, and on SQLite the triggers that keep it."""
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def _sqlite() -> None:
    # The text is folded already, so the index need not fold case; it keeps no copy of the text (external content).
    op.execute(
        "CREATE VIRTUAL TABLE customers_search USING fts5"
        "(search_text, content = 'customers', content_rowid = 'row', tokenize = 'trigram case_sensitive 1')"
    )
    index = "INSERT INTO customers_search"
    add = f"{index} (rowid, search_text) VALUES (NEW.row, NEW.search_text);"
    remove = f"{index} (customers_search, rowid, search_text) VALUES ('delete', OLD.row, OLD.search_text);"
    op.execute(f"CREATE TRIGGER customers_search_insert AFTER INSERT ON customers BEGIN {add} END")
    op.execute(f"CREATE TRIGGER customers_search_delete AFTER DELETE ON customers BEGIN {remove} END")
    op.execute(
        "CREATE TRIGGER customers_search_update AFTER UPDATE OF row, search_text ON customers "
        f"WHEN OLD.search_text <> NEW.search_text OR OLD.row <> NEW.row BEGIN {remove} {add} END"
    )
    op.execute("INSERT INTO customers_search (customers_search) VALUES ('rebuild')")


def _postgresql() -> None:
    connection = op.get_bind()
    if not connection.scalar(text("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")):
        return
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
            connection.execute(
                text("CREATE INDEX ix_customers_search_text_trigrams ON customers USING gin (search_text gin_trgm_ops)")
            )
    except DBAPIError as error:
        # Whoever may not add extensions searches without one: the same results, more slowly.
        if getattr(error.orig, "sqlstate", None) not in ("42501", "0A000"):  # insufficient_privilege, not supported
            raise
