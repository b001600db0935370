"""How Alembic runs here: on the connection it is given, inside that connection's transaction, on both databases."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    # SQLite rolls DDL back too, as the store begins its transactions itself: a failed migration leaves nothing behind.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
