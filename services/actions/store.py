"""Request ids and operators' spending. Each function runs inside the caller's transaction."""

from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select

from services.actions.model import Spending
from services.audit.model import stream_of
from services.audit.store import HEAD_COLUMNS, Head, head_of
from services.billing import store as billing_store
from services.billing.model import CustomerFacts
from services.storage.engine import lock_name
from services.storage.tables import idempotency_records, operator_credits, operators

_FIND = select(idempotency_records.c.fingerprint, idempotency_records.c.receipt).where(
    idempotency_records.c.customer_id == bindparam("customer_id"),
    idempotency_records.c.request_id == bindparam("request_id"),
)
_RECEIPT_COLUMNS = [_FIND.with_only_columns(column).scalar_subquery() for column in _FIND.selected_columns]
# Everything an action looks at before it decides, in one statement once the customer's row is locked.
_BEFORE = billing_store.FACTS.add_columns(*_RECEIPT_COLUMNS, *HEAD_COLUMNS)
_ADDED = len(_RECEIPT_COLUMNS) + len(HEAD_COLUMNS)
_REMEMBER = insert(idempotency_records)
_LOCK_OPERATOR = select(operators.c.actor).where(operators.c.actor == bindparam("actor")).with_for_update()
_SPEND = insert(operator_credits)
_GIVE_BACK = delete(operator_credits).where(
    operator_credits.c.actor == bindparam("actor"),
    operator_credits.c.customer_id == bindparam("customer_id"),
    operator_credits.c.request_id == bindparam("request_id"),
)
_SPENT = select(
    func.coalesce(func.sum(operator_credits.c.workspace_seconds), 0),
    func.coalesce(func.sum(operator_credits.c.ai_micros), 0),
).where(operator_credits.c.actor == bindparam("actor"), operator_credits.c.applied_at > bindparam("since"))


class Stored(msgspec.Struct, frozen=True):
    """What is kept under a request id: the call's fingerprint, and the receipt's bytes."""

    fingerprint: bytes
    receipt: bytes


class Before(NamedTuple):
    """What an action finds: the facts, what its request id has led to already, and the end of the customer's stream."""

    facts: CustomerFacts
    stored: Stored | None
    head: Head | None


def read_before(conn: Connection, customer_id: str, request_id: str) -> Before | None:
    """Return what an action finds, None where there is no such customer.

    The caller has locked the customer's row in a statement before.
    """
    keys = {"customer_id": customer_id, "request_id": request_id, "stream": stream_of(customer_id)}
    row = conn.execute(_BEFORE, keys).one_or_none()
    if row is None:
        return None
    fingerprint, receipt, sequence, last_hash = row[-_ADDED:]
    return Before(
        facts=billing_store.read_facts(customer_id, row[:-_ADDED]),
        stored=None if fingerprint is None else Stored(fingerprint, receipt),
        head=head_of(sequence, last_hash),
    )


def keep_receipt(conn: Connection, customer_id: str, request_id: str, stored: Stored, now: datetime) -> None:
    """Store a receipt under its request id; a second one for the same id violates the primary key."""
    conn.execute(
        _REMEMBER,
        {
            "customer_id": customer_id,
            "request_id": request_id,
            "fingerprint": stored.fingerprint,
            "receipt": stored.receipt,
            "recorded_at": now,
        },
    )


def lock_operator(conn: Connection, actor: str) -> None:
    """Lock the operator's row, made at first use, until the transaction ends."""
    if conn.execute(_LOCK_OPERATOR, {"actor": actor}).first() is None:
        lock_name(conn, f"operator:{actor}")  # two first uses at the same moment
        if conn.execute(_LOCK_OPERATOR, {"actor": actor}).first() is None:
            conn.execute(insert(operators), {"actor": actor})


def spent(conn: Connection, actor: str, since: datetime) -> Spending:
    """Return what the operator has granted after `since`, over all customers."""
    seconds, micros = conn.execute(_SPENT, {"actor": actor, "since": since}).one()
    return Spending(int(seconds), int(micros))


def give_back(conn: Connection, actor: str, customer_id: str, request_id: str) -> None:
    """Give the operator back what a request that came to nothing has drawn on their limits."""
    conn.execute(_GIVE_BACK, {"actor": actor, "customer_id": customer_id, "request_id": request_id})


def spend(conn: Connection, actor: str, customer_id: str, request_id: str, asked: Spending, now: datetime) -> None:
    """Record what one action draws on the operator's limits."""
    conn.execute(
        _SPEND,
        {
            "actor": actor,
            "customer_id": customer_id,
            "request_id": request_id,
            "applied_at": now,
            "workspace_seconds": asked.seconds,
            "ai_micros": asked.micros,
        },
    )
