"""Change requests in the database. Each function runs inside the caller's transaction."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    update,
)

from services.change_requests.model import ChangeRequest, Terms
from services.contract.types import ChangeRequestKind, ChangeRequestStatus, PolicyDecision
from services.platform.port import ChangeOrder
from services.storage.search import count_up_to
from services.storage.tables import change_requests, customers

IN_LINE = "status IN ('approved', 'applying')"
"""Approved and not applied yet, as it stands in the index."""

_ADD = insert(change_requests)
_COLUMNS = list(change_requests.c)
_FIND = select(*_COLUMNS).where(
    change_requests.c.customer_id == bindparam("customer_id"),
    change_requests.c.change_request_id == bindparam("change_request_id"),
)
_MOVING = (
    "status",
    "decided_by",
    "decided_at",
    "decision_reason",
    "ended_by",
    "ended_at",
    "end_reason",
    "attempts",
    "next_attempt_at",
    "last_problem",
    "policy_decision",
    "policy_version",
)
"""What changes in the life of a request, beside what is written as JSON; what was asked for never does."""
_SAVE = (
    update(change_requests)
    .where(
        change_requests.c.customer_id == bindparam("key"),
        change_requests.c.change_request_id == bindparam("key_id"),
    )
    .values({name: bindparam(name) for name in (*_MOVING, "terms", "platform_order")})
)
# A scalar subquery, so that neither database turns the walk in list order into a join in another one.
_LEGAL_NAME = (
    select(customers.c.legal_name)
    .where(customers.c.customer_id == change_requests.c.customer_id)
    .scalar_subquery()
    .label("legal_name")
)
_LISTED = select(*_COLUMNS, _LEGAL_NAME)
_DUE = (
    select(change_requests.c.customer_id, change_requests.c.change_request_id)
    .where(
        # as a literal, so that the index of those that wait serves
        change_requests.c.status == literal_column(f"'{ChangeRequestStatus.PENDING.value}'"),
        change_requests.c.expires_at <= bindparam("now"),
    )
    .order_by(change_requests.c.expires_at)
    .limit(bindparam("limit"))
)
_IN_LINE = (
    select(*_COLUMNS)
    # as it stands in the index
    .where(change_requests.c.customer_id == bindparam("customer_id"), text(IN_LINE))
    .order_by(change_requests.c.decided_at, change_requests.c.change_request_id)
)
_COUNT_IN_LINE = select(func.count()).select_from(change_requests).where(text(IN_LINE))
_TO_SEND = (
    select(change_requests.c.customer_id)
    .where(text(IN_LINE))  # as it stands in the index
    .group_by(change_requests.c.customer_id)
    .having(func.coalesce(func.max(change_requests.c.next_attempt_at), bindparam("now")) <= bindparam("now"))
    .order_by(func.min(change_requests.c.decided_at))
    .limit(bindparam("limit"))
)
_OPEN = (
    select(*_COLUMNS)
    .where(
        change_requests.c.customer_id == bindparam("customer_id"),
        change_requests.c.kind != ChangeRequestKind.SUPPORT_CREDIT.value,
        change_requests.c.status.in_(
            [ChangeRequestStatus.PENDING.value, ChangeRequestStatus.APPROVED.value, ChangeRequestStatus.APPLYING.value]
        ),
    )
    .order_by(change_requests.c.requested_at, change_requests.c.change_request_id)
)
_TENANTS_OWN = (
    change_requests.c.customer_id == bindparam("customer_id"),
    change_requests.c.kind != ChangeRequestKind.SUPPORT_CREDIT.value,
)
_NEWEST_FIRST = (change_requests.c.requested_at.desc(), change_requests.c.change_request_id.desc())
_LATEST = (
    select(*_COLUMNS)
    .where(*_TENANTS_OWN)
    .order_by(case((change_requests.c.status == ChangeRequestStatus.PENDING.value, 0), else_=1), *_NEWEST_FIRST)
    .limit(bindparam("limit"))
)
_LATEST_ID = (
    select(change_requests.c.change_request_id)
    .where(*_TENANTS_OWN, change_requests.c.policy_decision != PolicyDecision.SELF_SERVICE.value)
    .order_by(*_NEWEST_FIRST)
    .limit(1)
)
_PLACE = tuple_(change_requests.c.requested_at, change_requests.c.change_request_id)

Place = tuple[datetime, str]
"""Where a request stands in the list: when it was made, and its id."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests a list holds. `scope`: the tenant to whom, with its clients, the reader is confined."""

    customer_id: str | None
    kind: ChangeRequestKind | None
    status: ChangeRequestStatus | None
    policy_decision: PolicyDecision | None
    change_request_id: str | None
    scope: str | None
    newest_first: bool


def add(conn: Connection, request: ChangeRequest) -> None:
    """Store a new request."""
    written = {"params": msgspec.json.encode(request.params)} | _written(request)
    conn.execute(_ADD, msgspec.structs.asdict(request) | written)


def find(conn: Connection, customer_id: str, change_request_id: str) -> ChangeRequest | None:
    """Return a customer's request, or None when there is none of that id."""
    row = conn.execute(_FIND, {"customer_id": customer_id, "change_request_id": change_request_id}).first()
    return None if row is None else _request(row)


def save(conn: Connection, request: ChangeRequest) -> None:
    """Store where a request stands now; the database refuses a decision by who made the request."""
    moved = {name: getattr(request, name) for name in _MOVING}
    keys = {"key": request.customer_id, "key_id": request.change_request_id}
    conn.execute(_SAVE, {**keys, **moved, **_written(request)})


def listed(conn: Connection, wanted: Wanted, after: Place | None, limit: int) -> list[tuple[ChangeRequest, str]]:
    """Return up to `limit` requests that come after a place, each with its customer's legal name."""
    columns = (change_requests.c.requested_at, change_requests.c.change_request_id)
    statement = _matching(wanted).order_by(*(c.desc() if wanted.newest_first else c for c in columns)).limit(limit)
    if after is not None:
        older, newer = _PLACE < after, _PLACE > after  # noqa: SIM300  (a column compares itself, a tuple does not)
        statement = statement.where(older if wanted.newest_first else newer)
    return [(_request(row), row.legal_name) for row in conn.execute(statement)]


def due_to_expire(conn: Connection, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Return customer and id of up to `limit` waiting requests whose time has passed, the longest due first."""
    found = conn.execute(_DUE, {"now": now, "limit": limit})
    return [(row.customer_id, row.change_request_id) for row in found]


def in_line(conn: Connection, customer_id: str) -> list[ChangeRequest]:
    """Return a customer's approved requests that are not applied yet, in the order of their decisions."""
    return [_request(row) for row in conn.execute(_IN_LINE, {"customer_id": customer_id})]


def count_in_line(conn: Connection) -> int:
    """Return how many approved requests, of all customers, are not applied yet."""
    return int(conn.execute(_COUNT_IN_LINE).scalar_one())


def tenants_to_send(conn: Connection, now: datetime, limit: int) -> list[str]:
    """Return up to `limit` customers of whose approved changes the platform is to be told one, the longest due first.

    While it is being told of one, or left alone after that, a customer is not among them.
    """
    return list(conn.execute(_TO_SEND, {"now": now, "limit": limit}).scalars())


def open_of_tenant(conn: Connection, customer_id: str) -> list[ChangeRequest]:
    """Return what a tenant has asked for and is not over, the oldest first."""
    return [_request(row) for row in conn.execute(_OPEN, {"customer_id": customer_id})]


def is_tenants_latest(conn: Connection, asked: ChangeRequest) -> bool:
    """Return whether a request is the last one that its tenant made itself, but for what needed nobody."""
    latest = conn.execute(_LATEST_ID, {"customer_id": asked.customer_id}).scalar()
    return latest == asked.change_request_id


def latest_of_tenant(conn: Connection, customer_id: str, limit: int) -> list[ChangeRequest]:
    """Return a tenant's own latest requests, those first that wait; what operators ask of each other is not its own."""
    return [_request(row) for row in conn.execute(_LATEST, {"customer_id": customer_id, "limit": limit})]


def count(conn: Connection, wanted: Wanted, most: int) -> int:
    """Return how many requests a list holds, or `most` + 1 when there are more."""
    return count_up_to(conn, _matching(wanted).with_only_columns(change_requests.c.change_request_id), most)


def _matching(wanted: Wanted) -> Select[Any]:
    statement = _LISTED
    status: ColumnElement[str] = change_requests.c.status
    if wanted.customer_id is not None or wanted.scope is not None:
        # As no index has it: a tenant's requests are few, and SQLite may take those of a status for fewer.
        status = status.concat("")
    if wanted.customer_id is not None:
        statement = statement.where(change_requests.c.customer_id == wanted.customer_id)
    if wanted.kind is not None:
        statement = statement.where(change_requests.c.kind == wanted.kind.value)
    if wanted.status is not None:
        statement = statement.where(status == wanted.status.value)
    if wanted.policy_decision is not None:
        statement = statement.where(change_requests.c.policy_decision == wanted.policy_decision.value)
    if wanted.change_request_id is not None:
        statement = statement.where(change_requests.c.change_request_id == wanted.change_request_id)
    if wanted.scope is not None:
        statement = statement.where(
            # what one operator asks of another is no tenant's matter
            change_requests.c.kind != ChangeRequestKind.SUPPORT_CREDIT.value,
            change_requests.c.customer_id.in_(
                select(customers.c.customer_id).where(
                    or_(customers.c.customer_id == wanted.scope, customers.c.parent_customer_id == wanted.scope)
                )
            ),
        )
    return statement


def _written(request: ChangeRequest) -> dict[str, bytes | None]:
    kept = {"terms": request.terms, "platform_order": request.platform_order}
    return {name: None if value is None else msgspec.json.encode(value) for name, value in kept.items()}


def _request(row: Row[Any]) -> ChangeRequest:
    fields = {column.name: value for column, value in zip(_COLUMNS, row, strict=False)}
    fields["kind"] = ChangeRequestKind(fields["kind"])
    fields["status"] = ChangeRequestStatus(fields["status"])
    fields["params"] = msgspec.json.decode(fields["params"], type=dict[str, str])
    if fields["policy_decision"] is not None:
        fields["policy_decision"] = PolicyDecision(fields["policy_decision"])
    if fields["terms"] is not None:
        fields["terms"] = msgspec.json.decode(fields["terms"], type=Terms)
    if fields["platform_order"] is not None:
        fields["platform_order"] = msgspec.json.decode(fields["platform_order"], type=ChangeOrder)
    return ChangeRequest(**fields)
