"""Change requests in the database. Each function runs inside the caller's transaction."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, insert, or_, select, tuple_, update

from services.change_requests.model import ChangeRequest
from services.contract.types import ChangeRequestKind, ChangeRequestStatus
from services.storage.search import count_up_to
from services.storage.tables import change_requests, customers

_ADD = insert(change_requests)
_COLUMNS = list(change_requests.c)
_FIND = select(*_COLUMNS).where(
    change_requests.c.customer_id == bindparam("customer_id"),
    change_requests.c.change_request_id == bindparam("change_request_id"),
)
_DECIDE = (
    update(change_requests)
    .where(
        change_requests.c.customer_id == bindparam("key"),
        change_requests.c.change_request_id == bindparam("key_id"),
    )
    .values({name: bindparam(name) for name in ("status", "decided_by", "decided_at", "decision_reason")})
)
_LISTED = select(*_COLUMNS, customers.c.legal_name).join(
    customers, customers.c.customer_id == change_requests.c.customer_id
)
_PLACE = tuple_(change_requests.c.requested_at, change_requests.c.change_request_id)

Place = tuple[datetime, str]
"""Where a request stands in the list: when it was made, and its id."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests a list holds. `scope`: the tenant to whom, with its clients, the reader is confined."""

    customer_id: str | None
    kind: ChangeRequestKind | None
    status: ChangeRequestStatus | None
    scope: str | None
    newest_first: bool


def add(conn: Connection, request: ChangeRequest) -> None:
    """Store a new request."""
    conn.execute(_ADD, msgspec.structs.asdict(request) | {"params": msgspec.json.encode(request.params)})


def find(conn: Connection, customer_id: str, change_request_id: str) -> ChangeRequest | None:
    """Return a customer's request, or None when there is none of that id."""
    row = conn.execute(_FIND, {"customer_id": customer_id, "change_request_id": change_request_id}).first()
    return None if row is None else _request(row)


def save_decision(conn: Connection, decided: ChangeRequest) -> None:
    """Store what was decided; the database refuses a decision by who made the request."""
    conn.execute(
        _DECIDE,
        {
            "key": decided.customer_id,
            "key_id": decided.change_request_id,
            "status": decided.status.value,
            "decided_by": decided.decided_by,
            "decided_at": decided.decided_at,
            "decision_reason": decided.decision_reason,
        },
    )


def listed(conn: Connection, wanted: Wanted, after: Place | None, limit: int) -> list[tuple[ChangeRequest, str]]:
    """Return up to `limit` requests that come after a place, each with its customer's legal name."""
    columns = (change_requests.c.requested_at, change_requests.c.change_request_id)
    statement = _matching(wanted).order_by(*(c.desc() if wanted.newest_first else c for c in columns)).limit(limit)
    if after is not None:
        older, newer = _PLACE < after, _PLACE > after  # noqa: SIM300  (a column compares itself, a tuple does not)
        statement = statement.where(older if wanted.newest_first else newer)
    return [(_request(row), row.legal_name) for row in conn.execute(statement)]


def count(conn: Connection, wanted: Wanted, most: int) -> int:
    """Return how many requests a list holds, or `most` + 1 when there are more."""
    return count_up_to(conn, _matching(wanted), most)


def _matching(wanted: Wanted) -> Select[Any]:
    statement = _LISTED
    if wanted.customer_id is not None:
        statement = statement.where(change_requests.c.customer_id == wanted.customer_id)
    if wanted.kind is not None:
        statement = statement.where(change_requests.c.kind == wanted.kind.value)
    if wanted.status is not None:
        statement = statement.where(change_requests.c.status == wanted.status.value)
    if wanted.scope is not None:
        statement = statement.where(
            # what one operator asks of another is no tenant's matter
            change_requests.c.kind != ChangeRequestKind.SUPPORT_CREDIT.value,
            or_(customers.c.customer_id == wanted.scope, customers.c.parent_customer_id == wanted.scope),
        )
    return statement


def _request(row: Row[Any]) -> ChangeRequest:
    fields = {column.name: value for column, value in zip(_COLUMNS, row, strict=False)}
    fields["kind"] = ChangeRequestKind(fields["kind"])
    fields["status"] = ChangeRequestStatus(fields["status"])
    fields["params"] = msgspec.json.decode(fields["params"], type=dict[str, str])
    return ChangeRequest(**fields)
