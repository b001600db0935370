"""A column of rows holds what a statement of its own would give, on both databases."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from services.storage.engine import Store
from services.storage.nested import rows_of
from services.storage.tables import billing_records, customers

LONG_AGO = datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)
BEYOND_FLOATS = 2**63 - 1
NAMES = ("b", 'a "quoted" [name]', "株式会社青霧\t𝄞")


def add(conn: Connection) -> None:
    for name in NAMES:
        identity = {"customer_id": name, "legal_name": name, "ownership": "external", "search_text": name}
        conn.execute(insert(customers).values(identity | {"created_at": LONG_AGO}))
        conn.execute(
            insert(billing_records).values(
                customer_id=name,
                state="verified",
                payment_rail="card",
                trial_ends_at=None,
                invoice_rail_approved=True,
                trial_extended=False,
                payment_method_on_file=None,
                automatic_collection=True,
                version=BEYOND_FLOATS,
            )
        )


def assert_nested_is_plain(conn: Connection, statement: Select[Any]) -> None:
    plain = [list(row) for row in conn.execute(statement)]
    assert conn.execute(select(rows_of(statement))).scalar_one() == plain


def test_every_value_comes_back_as_what_it_is(store: Store) -> None:
    with store.write() as conn:
        add(conn)
        assert_nested_is_plain(conn, select(customers).order_by(customers.c.row))
        assert_nested_is_plain(conn, select(billing_records).order_by(billing_records.c.customer_id))


def test_rows_come_in_the_statements_order_and_number(store: Store) -> None:
    names = select(customers.c.legal_name)
    with store.write() as conn:
        add(conn)
        assert_nested_is_plain(conn, names.order_by(customers.c.customer_id))
        assert_nested_is_plain(conn, names.order_by(customers.c.row.desc()).limit(2))


def test_no_rows_are_an_empty_list(store: Store) -> None:
    with store.read() as conn:
        assert conn.execute(select(rows_of(select(customers)))).scalar_one() == []


def test_two_lists_of_unlike_columns_stand_beside_each_other(store: Store) -> None:
    moments, flags = select(customers.c.created_at), select(billing_records.c.automatic_collection)
    with store.write() as conn:
        add(conn)
        assert conn.execute(select(rows_of(moments), rows_of(flags))).one() == ([[LONG_AGO]] * 3, [[True]] * 3)
