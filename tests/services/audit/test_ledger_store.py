"""The ledger against balances, lots and running balances: each way to disagree is found, and only where it is."""

from typing import Any

import pytest
from sqlalchemy import Connection, insert, text

from services.audit.ledger_store import verify_ledger
from services.storage.engine import Store
from services.storage.tables import credit_balances, credit_lots, customers, ledger_entries
from tests.services.audit.trail import NOW, tampering

Legs = list[tuple[str, int, int]]
"""Account, amount, and the account's balance after it."""


def book(conn: Connection, customer_id: str, transaction_id: str, kind: str, legs: Legs, **fields: Any) -> None:
    common = {
        "customer_id": customer_id,
        "transaction_id": f"{customer_id}-{transaction_id}",
        "kind": kind,
        "unit": "workspace_hours",
        "booked_at": NOW,
        "source": "test",
        "adjustment": False,
        **fields,
    }
    for account, amount, after in legs:
        conn.execute(insert(ledger_entries), {**common, "account": account, "amount": amount, "balance_after": after})


def make_customer(conn: Connection, customer_id: str) -> None:
    """Grant 100, use 30 of it, use 80 (70 of the lot, 10 over), grant 50: 50 available."""
    conn.execute(
        insert(customers),
        {"customer_id": customer_id, "legal_name": "x", "ownership": "external", "search_text": "", "created_at": NOW},
    )
    book(conn, customer_id, "t1", "grant", [("issued", -100, -100), ("available", 100, 100)])
    book(conn, customer_id, "t2", "consume", [("available", -30, 70), ("consumed", 30, 30)])
    book(conn, customer_id, "t3", "consume", [("available", -70, 0), ("overage", -10, -10), ("consumed", 80, 110)])
    book(conn, customer_id, "t4", "grant", [("issued", -50, -150), ("available", 50, 50)])
    balance = {"issued": -150, "available": 50, "consumed": 110, "overage": -10, "expired": 0, "voided": 0}
    unit = {"customer_id": customer_id, "unit": "workspace_hours"}
    conn.execute(insert(credit_balances), {**unit, **balance})
    unused = dict.fromkeys(balance, 0)
    conn.execute(insert(credit_balances), {"customer_id": customer_id, "unit": "ai_cents", **unused})
    lot = {**unit, "category": "paid", "priority": 50, "source": "test"}
    for position, (amount, remaining, closed) in enumerate([(100, 0, True), (50, 50, False)], start=1):
        place = {"position": position, "grant_id": f"{customer_id}-{position}"}
        conn.execute(insert(credit_lots), {**lot, **place, "amount": amount, "remaining": remaining, "closed": closed})


@pytest.fixture
def ledger(store: Store) -> Store:
    """Return a store of three customers whose ledgers agree with everything beside them."""
    with store.write() as conn:
        for customer_id in ("acme", "beta", "gamma"):
            make_customer(conn, customer_id)
    return store


def test_a_ledger_that_agrees_is_counted(ledger: Store) -> None:
    with ledger.read() as conn:
        found = verify_ledger(conn)
    assert (found.customers, found.entries, found.mismatched) == (3, 27, [])


DISAGREEMENTS = {
    "an entry's amount": "UPDATE ledger_entries SET amount = 31 WHERE amount = 30 AND customer_id = 'beta'",
    "an entry added": (
        "INSERT INTO ledger_entries"
        " (customer_id, transaction_id, kind, unit, account, amount, balance_after, booked_at, source, adjustment)"
        " VALUES ('beta', 'beta-t9', 'grant', 'ai_cents', 'available', 5, 5, 0, 'test', false)"
    ),
    "a whole transaction taken out": "DELETE FROM ledger_entries WHERE transaction_id = 'beta-t4'",
    "one leg taken out": "DELETE FROM ledger_entries WHERE transaction_id = 'beta-t3' AND account = 'overage'",
    "a running balance": "UPDATE ledger_entries SET balance_after = 31 WHERE amount = 30 AND customer_id = 'beta'",
    "an entry moved to another transaction": (
        "UPDATE ledger_entries SET transaction_id = 'beta-t1' WHERE transaction_id = 'beta-t4' AND account = 'issued'"
    ),
    "a balance": (
        "UPDATE credit_balances SET consumed = 111, overage = -11"
        " WHERE unit = 'workspace_hours' AND customer_id = 'beta'"
    ),
    "a balance of a unit without entries": (
        "UPDATE credit_balances SET issued = -1, voided = 1 WHERE unit = 'ai_cents' AND customer_id = 'beta'"
    ),
    "a balance taken out": "DELETE FROM credit_balances WHERE unit = 'workspace_hours' AND customer_id = 'beta'",
    "a lot's remainder": "UPDATE credit_lots SET remaining = 49 WHERE grant_id = 'beta-2'",
    "a lot taken out": "DELETE FROM credit_lots WHERE grant_id = 'beta-2'",
    "something left in a closed lot": "UPDATE credit_lots SET remaining = 1 WHERE grant_id = 'beta-1'",
    "an open lot closed with its remainder": "UPDATE credit_lots SET closed = true WHERE grant_id = 'beta-2'",
}


@pytest.mark.parametrize("statement", DISAGREEMENTS.values(), ids=DISAGREEMENTS)
def test_every_disagreement_names_its_customer(ledger: Store, statement: str) -> None:
    with tampering(ledger) as conn:
        conn.execute(text(statement))
    with ledger.read() as conn:
        assert verify_ledger(conn).mismatched == ["beta"]
        assert verify_ledger(conn, "beta").mismatched == ["beta"]
        assert verify_ledger(conn, "acme").mismatched == []


def test_entries_in_an_account_that_does_not_exist_are_found_though_they_sum_to_zero(ledger: Store) -> None:
    with ledger.write() as conn:
        book(conn, "beta", "t9", "grant", [("elsewhere", 5, 5), ("elsewhere", -5, 0)])
    with ledger.read() as conn:
        assert verify_ledger(conn).mismatched == ["beta"]


def test_entries_of_a_unit_without_a_balance_are_found(ledger: Store) -> None:
    with ledger.write() as conn:
        book(conn, "beta", "t9", "grant", [("issued", -5, -5), ("available", 5, 5)], unit="minutes")
    with ledger.read() as conn:
        assert verify_ledger(conn).mismatched == ["beta"]


def test_units_of_one_transaction_do_not_make_up_for_each_other(ledger: Store) -> None:
    with ledger.write() as conn:
        book(conn, "beta", "t9", "grant", [("issued", -5, -155)])
        book(conn, "beta", "t9", "grant", [("available", 5, 5)], unit="ai_cents")
        changed = {"workspace_hours": "issued = -155, voided = 5", "ai_cents": "available = 5, issued = -5"}
        for unit, values in changed.items():
            conn.execute(text(f"UPDATE credit_balances SET {values} WHERE customer_id = 'beta' AND unit = '{unit}'"))
    with ledger.read() as conn:
        assert verify_ledger(conn).mismatched == ["beta"]


def test_one_customer_can_be_checked_alone(ledger: Store) -> None:
    with ledger.read() as conn:
        found = verify_ledger(conn, "acme")
        nobody = verify_ledger(conn, "nobody\0")
    assert (found.customers, found.entries, found.mismatched) == (1, 9, [])
    assert (nobody.customers, nobody.entries, nobody.mismatched) == (0, 0, [])
