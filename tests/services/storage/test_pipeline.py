"""Statements sent together: all of them take effect, and what one is refused for is told in SQLAlchemy's words."""

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from services.storage.engine import Store
from services.storage.pipeline import pipelined
from services.storage.tables import operators


def add(conn: Connection, *actors: str) -> None:
    with pipelined(conn):
        for actor in actors:
            conn.execute(insert(operators), {"actor": actor})


def add_alone(store: Store, *actors: str) -> None:
    with store.write() as conn:
        add(conn, *actors)


def test_all_statements_of_the_block_take_effect(store: Store) -> None:
    with store.write() as conn:
        add(conn, "ada", "olga")
        assert conn.scalars(select(operators.c.actor).order_by(operators.c.actor)).all() == ["ada", "olga"]


def test_a_refused_statement_fails_the_block_and_the_transaction(store: Store) -> None:
    with store.write() as conn:
        add(conn, "olga")
    with pytest.raises(IntegrityError):
        add_alone(store, "ada", "olga")
    with store.read() as conn:
        assert conn.scalars(select(operators.c.actor)).all() == ["olga"]
