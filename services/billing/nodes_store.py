"""A customer's nodes as their tokens make and end them, and how much they use together.

A node is registered as long as a token of its own serves: one whose last token was revoked or has expired stays in the
list, and counts for nothing any more. Each function runs inside the caller's transaction.
"""

from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, Connection, bindparam, cast, func, select, update

from services.billing.projection import project
from services.billing.store import load_facts, save_status
from services.contract.types import Resource
from services.storage.tables import access_tokens, nodes, payment_profiles, usage_levels
from services.storage.upsert import insert_if_absent, insert_or_update

_NOW = bindparam("now", type_=access_tokens.c.expires_at.type)
_SERVING = (
    access_tokens.c.node_id.is_not(None) & access_tokens.c.revoked_at.is_(None) & (access_tokens.c.expires_at > _NOW)
)
_RENAME = (
    update(nodes)
    .where(nodes.c.customer_id == bindparam("key"), nodes.c.node_id == bindparam("key_node"))
    .values(name=bindparam("name"))
)
_REGISTERED = select(access_tokens.c.node_id).where(access_tokens.c.customer_id == bindparam("customer_id"), _SERVING)
_LEVELS = select(usage_levels.c.resource, usage_levels.c.amount).where(
    usage_levels.c.customer_id == bindparam("customer_id")
)
_SUMS = select(*(payment_profiles.c[resource.value] for resource in Resource)).where(
    payment_profiles.c.customer_id == bindparam("customer_id")
)
# In the order of `Resource`. PostgreSQL's sum of such integers is of a wider type, which would not come back as one.
_OF_NODES = select(
    func.count(),
    cast(func.coalesce(func.sum(nodes.c.users), 0), BigInteger),
    cast(func.coalesce(func.sum(nodes.c.storage_bytes), 0), BigInteger),
).where(nodes.c.customer_id == bindparam("customer_id"), nodes.c.node_id.in_(_REGISTERED))
_COUNTED = (
    select(access_tokens.c.customer_id, func.count(access_tokens.c.node_id.distinct()).label("nodes"))
    .where(_SERVING)
    .group_by(access_tokens.c.customer_id)
    .subquery()
)
_MISCOUNTED = (
    select(payment_profiles.c.customer_id)
    .outerjoin(_COUNTED, _COUNTED.c.customer_id == payment_profiles.c.customer_id)
    .where(payment_profiles.c.nodes != func.coalesce(_COUNTED.c.nodes, 0))
    .order_by(payment_profiles.c.customer_id)
    .limit(bindparam("limit"))
)


def register(conn: Connection, customer_id: str, node_id: str, name: str, now: datetime) -> None:
    """Register a node, or name one anew that is known already; the caller holds the customer's lock."""
    row = {"customer_id": customer_id, "node_id": node_id, "name": name, "registered_at": now}
    if not insert_if_absent(conn, nodes, [row]):
        conn.execute(_RENAME, {"key": customer_id, "key_node": node_id, "name": name})


def measure_use(conn: Connection, customer_id: str, now: datetime, *, told_more: bool = False) -> None:
    """Bring the sums of what the customer uses up to date, and what its view is known by where it reads otherwise then.

    The caller has taken the customer's lock in a statement before: so no other change of what is summed up is lost.

    Args:
        told_more: the view reads otherwise even if no sum has changed.
    """
    if not refresh_sums(conn, customer_id, now) and not told_more:
        return
    facts = load_facts(conn, customer_id)
    if facts is not None:
        after = msgspec.structs.replace(facts, revision=facts.revision + 1, changed_at=now)
        save_status(conn, after, project(after, now))  # no blocker rests on a use


def refresh_sums(conn: Connection, customer_id: str, now: datetime) -> bool:
    """Write how much of each resource is used; return whether that has changed.

    It is what the registered nodes use, and what is told beside them (`usage_levels`).
    """
    of_customer = {"customer_id": customer_id}
    levels: dict[str, int] = {row.resource: row.amount for row in conn.execute(_LEVELS, of_customer)}
    of_nodes = conn.execute(_OF_NODES, of_customer | {"now": now}).one()
    sums = {each.value: used + levels.get(each.value, 0) for each, used in zip(Resource, of_nodes, strict=True)}
    kept = conn.execute(_SUMS, of_customer).first()
    if tuple(sums.values()) == (tuple(kept) if kept else (0,) * len(sums)):
        return False
    insert_or_update(conn, payment_profiles, [of_customer | sums])
    return True


def miscounted(conn: Connection, now: datetime, limit: int) -> list[str]:
    """Return up to `limit` customers of whose nodes one has lost its last token to the clock, which writes nothing."""
    return list(conn.execute(_MISCOUNTED, {"now": now, "limit": limit}).scalars())
