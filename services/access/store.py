"""Access tokens in the database. Each function runs inside the caller's transaction."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, case, insert, literal, select, tuple_, update

from services.access.model import AccessToken
from services.access.rules import CLOCKS_APART, minute_to_count_in
from services.contract.principals import Role
from services.storage.tables import access_tokens

_KEPT = [access_tokens.c[name] for name in AccessToken.__struct_fields__]
_ADD = insert(access_tokens)
_FIND = select(*_KEPT).where(access_tokens.c.token_id == bindparam("token_id"))
_NAMES = select(access_tokens.c.name).distinct()
_REVOKE = (
    update(access_tokens)
    .where(access_tokens.c.token_id == bindparam("key"))
    .values(revoked_at=bindparam("revoked_at"), revoked_by=bindparam("revoked_by"))
)
_MINUTE = bindparam("this_minute", type_=access_tokens.c.minute.type)
# As `rules.minute_to_count_in` has it, in the one statement that all processes send.
_STILL = access_tokens.c.minute.between(_MINUTE, bindparam("latest_minute", type_=access_tokens.c.minute.type))
_TAKE = (
    update(access_tokens)
    .where(access_tokens.c.token_id == bindparam("key"))
    .values(
        last_used_at=bindparam("now", type_=access_tokens.c.last_used_at.type),
        minute=case((_STILL, access_tokens.c.minute), else_=_MINUTE),
        taken=bindparam("calls") + case((_STILL, access_tokens.c.taken), else_=literal(0)),
    )
    .returning(access_tokens.c.taken)
)
_PLACE = tuple_(access_tokens.c.created_at, access_tokens.c.token_id)

Place = tuple[datetime, str]
"""Where a token stands in the list: when it was issued, and its id."""


def add(conn: Connection, token: AccessToken) -> None:
    """Store a new token."""
    conn.execute(_ADD, msgspec.structs.asdict(token) | {"role": token.role.value, "taken": 0})


def find(conn: Connection, token_id: str) -> AccessToken | None:
    """Return a token, or None when there is none of that id."""
    row = conn.execute(_FIND, {"token_id": token_id}).first()
    return None if row is None else _token(row)


def names(conn: Connection) -> list[str]:
    """Return the names of all tokens there ever were: the trail still tells of their holders."""
    return list(conn.execute(_NAMES).scalars())


def lock(conn: Connection, token_id: str) -> AccessToken | None:
    """Return a token that nobody else changes until the transaction ends."""
    row = conn.execute(_FIND.with_for_update(), {"token_id": token_id}).first()
    return None if row is None else _token(row)


def revoke(conn: Connection, token_id: str, revoked_at: datetime, revoked_by: str) -> None:
    """Mark a token as revoked."""
    conn.execute(_REVOKE, {"key": token_id, "revoked_at": revoked_at, "revoked_by": revoked_by})


def take(conn: Connection, token_id: str, now: datetime, calls: int) -> int:
    """Take `calls` calls of the minute that counts; return how many are taken of it now, by all processes."""
    minute = minute_to_count_in(now, None)
    latest = minute + CLOCKS_APART
    values = {"key": token_id, "now": now, "this_minute": minute, "latest_minute": latest, "calls": calls}
    return int(conn.execute(_TAKE, values).scalar_one())


def listed(
    conn: Connection, now: datetime, after: Place | None, limit: int, *, include_inactive: bool
) -> list[AccessToken]:
    """Return up to `limit` tokens that come after a place, newest first."""
    statement = select(*_KEPT).order_by(access_tokens.c.created_at.desc(), access_tokens.c.token_id.desc()).limit(limit)
    if not include_inactive:
        statement = statement.where(access_tokens.c.revoked_at.is_(None), access_tokens.c.expires_at > now)
    if after is not None:
        statement = statement.where(_PLACE < after)  # noqa: SIM300  (a column compares itself, a tuple does not)
    return [_token(row) for row in conn.execute(statement)]


def any_serving(conn: Connection, role: Role, now: datetime) -> bool:
    """Return whether a token of that role serves."""
    statement = select(access_tokens.c.token_id).where(
        access_tokens.c.role == role.value, access_tokens.c.revoked_at.is_(None), access_tokens.c.expires_at > now
    )
    return conn.execute(statement.limit(1)).first() is not None


def _token(row: Row[Any]) -> AccessToken:
    fields = dict(zip(AccessToken.__struct_fields__, row, strict=True))
    return AccessToken(**(fields | {"role": Role(fields["role"])}))
