"""What Stripe is asked to do for people. Each function runs inside the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, insert, or_, select, update

from services.payments.model import Operation, OperationKind
from services.storage.tables import payment_operations

CLOSABLE = (OperationKind.CHECKOUT, OperationKind.SETUP)
"""The pages that can be closed, and of which Stripe tells what came of them."""

_COLUMNS = [payment_operations.c[name] for name in Operation.__struct_fields__]
_OF_CUSTOMER = select(*_COLUMNS).where(payment_operations.c.customer_id == bindparam("customer_id"))
_FIND = _OF_CUSTOMER.where(payment_operations.c.request_id == bindparam("request_id"))
# What was begun longer ago leads nowhere any more: Stripe's own pages last a day, and so does a key.
_OPEN = _OF_CUSTOMER.where(
    payment_operations.c.ended_at.is_(None),
    or_(
        payment_operations.c.kind == OperationKind.COLLECTION.value,
        and_(
            payment_operations.c.kind.in_([kind.value for kind in CLOSABLE]),
            payment_operations.c.session_id.is_not(None),
        ),
    ),
    payment_operations.c.started_at > bindparam("since", type_=payment_operations.c.started_at.type),
).order_by(payment_operations.c.started_at.desc())
_CHANGES = (
    payment_operations.c.customer_id == bindparam("whose"),
    payment_operations.c.kind == OperationKind.COLLECTION.value,
)
_OPEN_CHANGES = (*_CHANGES, payment_operations.c.ended_at.is_(None))
_LAST_DONE_CHANGE = (
    select(*_COLUMNS)
    .where(*_CHANGES, payment_operations.c.ended_at.is_not(None))
    .order_by(payment_operations.c.started_at.desc())
    .limit(1)
)
_FORGET_CHANGES = delete(payment_operations).where(*_OPEN_CHANGES)
_END_CHANGES = (
    update(payment_operations)
    .where(*_OPEN_CHANGES)
    .values(ended_at=bindparam("now", type_=payment_operations.c.ended_at.type))
)
_ANY_OPEN = (
    select(payment_operations.c.operation_id)
    .where(
        payment_operations.c.ended_at.is_(None),
        payment_operations.c.started_at > bindparam("since", type_=payment_operations.c.started_at.type),
    )
    .limit(1)
)


def find(conn: Connection, customer_id: str, request_id: str) -> Operation | None:
    """Return the operation of a request id; null where there is none."""
    row = conn.execute(_FIND, {"customer_id": customer_id, "request_id": request_id}).first()
    return None if row is None else _operation(row)


def add(conn: Connection, operation: Operation) -> None:
    """Write down an operation; a second one of the same request id violates the primary key."""
    conn.execute(insert(payment_operations), msgspec.structs.asdict(operation) | {"kind": operation.kind.value})


def answered(conn: Connection, operation: Operation) -> None:
    """Write down what was answered, and which page was opened when."""
    conn.execute(
        update(payment_operations)
        .where(payment_operations.c.operation_id == operation.operation_id)
        .values(session_id=operation.session_id, answer=operation.answer, started_at=operation.started_at)
    )


def end(conn: Connection, operation_ids: Sequence[str], now: datetime) -> None:
    """Write down that it is known what came of these operations' pages."""
    if operation_ids:
        conn.execute(
            update(payment_operations).where(payment_operations.c.operation_id.in_(operation_ids)).values(ended_at=now)
        )


def end_page(conn: Connection, session_id: str, now: datetime) -> None:
    """Write down that it is no longer these operations' business what comes of a page."""
    conn.execute(
        update(payment_operations)
        .where(payment_operations.c.session_id == session_id, payment_operations.c.ended_at.is_(None))
        .values(ended_at=now)
    )


def forget(conn: Connection, operation_id: str, begun_at: datetime) -> None:
    """Remove an operation that was begun then and came to nothing. One that was begun before may have come to more."""
    conn.execute(
        delete(payment_operations).where(
            payment_operations.c.operation_id == operation_id, payment_operations.c.started_at == begun_at
        )
    )


def last_done_change(conn: Connection, customer_id: str) -> Operation | None:
    """Return the change of collection that was asked for last of those that were done; null for none."""
    row = conn.execute(_LAST_DONE_CHANGE, {"whose": customer_id}).first()
    return None if row is None else _operation(row)


def end_changes(conn: Connection, customer_id: str, now: datetime) -> None:
    """Write down that a customer's open changes of collection are done."""
    conn.execute(_END_CHANGES, {"whose": customer_id, "now": now})


def forget_changes(conn: Connection, customer_id: str) -> None:
    """Remove a customer's open changes of collection: it is known now that they came to nothing."""
    conn.execute(_FORGET_CHANGES, {"whose": customer_id})


def still_open(conn: Connection, customer_id: str, since: datetime) -> tuple[list[Operation], Operation | None]:
    """Return what was begun since a moment and of which it is not known what came of it, the latest first.

    That is: the pages that can be closed, and the change of collection that was asked for last, null for none.
    """
    found = [_operation(row) for row in conn.execute(_OPEN, {"customer_id": customer_id, "since": since})]
    pages = [each for each in found if each.kind is not OperationKind.COLLECTION]
    return pages, next((each for each in found if each.kind is OperationKind.COLLECTION), None)


def any_open(conn: Connection, since: datetime) -> bool:
    """Return whether anything was started since a moment of which it is not known what came of it."""
    return conn.execute(_ANY_OPEN, {"since": since}).first() is not None


def _operation(row: Sequence[Any]) -> Operation:
    fields = dict(zip(Operation.__struct_fields__, row, strict=True))
    return Operation(**(fields | {"kind": OperationKind(fields["kind"])}))
