"""Nodes and signing keys in the database. Each function runs inside the caller's transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import BindParameter, Connection, bindparam, func, insert, or_, select, update

from services.access.model import AccessToken
from services.contract.principals import Role
from services.contract.types import SubscriptionStatus
from services.payments.nodes.model import Heartbeat, Sender, Standing
from services.storage.tables import (
    access_tokens,
    billing_records,
    nodes,
    payment_profiles,
    signing_keys,
    subscriptions,
)

_TOKEN = [access_tokens.c[name] for name in AccessToken.__struct_fields__]
_TOLD = [nodes.c[name] for name in Heartbeat.__struct_fields__]
_GENERATION = func.coalesce(payment_profiles.c.generation, 1)
_SENDERS = (
    select(
        *_TOKEN,
        nodes.c.node_id.label("node"),
        *_TOLD,
        _GENERATION,
        billing_records.c.usage_tier,
        subscriptions.c.status,
    )
    .outerjoin(
        nodes, (nodes.c.customer_id == access_tokens.c.customer_id) & (nodes.c.node_id == access_tokens.c.node_id)
    )
    .outerjoin(billing_records, billing_records.c.customer_id == nodes.c.customer_id)
    .outerjoin(payment_profiles, payment_profiles.c.customer_id == nodes.c.customer_id)
    .outerjoin(subscriptions, subscriptions.c.customer_id == nodes.c.customer_id)
    .where(access_tokens.c.token_id.in_(bindparam("token_ids", expanding=True)))
)
_KEY: BindParameter[str] = bindparam("key")
_NODE: BindParameter[str] = bindparam("key_node")
_SEEN_AT = bindparam("seen_at", type_=nodes.c.last_seen_at.type)
_LAST_TOLD = select(*_TOLD).where(nodes.c.customer_id == _KEY, nodes.c.node_id == _NODE)
_TELL = (
    update(nodes)
    .where(nodes.c.customer_id == _KEY, nodes.c.node_id == _NODE)
    .values({name: bindparam(name) for name in Heartbeat.__struct_fields__} | {"last_seen_at": _SEEN_AT})
)
_SEE = (
    update(nodes)
    .where(
        nodes.c.customer_id == _KEY,
        nodes.c.node_id == _NODE,
        or_(nodes.c.last_seen_at.is_(None), nodes.c.last_seen_at < _SEEN_AT),  # another process saw it later
    )
    .values(last_seen_at=_SEEN_AT)
)
_USE = (
    update(access_tokens)
    .where(
        access_tokens.c.token_id == _KEY,
        or_(access_tokens.c.last_used_at.is_(None), access_tokens.c.last_used_at < _SEEN_AT),
    )
    .values(last_used_at=_SEEN_AT)
)
_WANTED = (
    select(billing_records.c.usage_tier, _GENERATION, payment_profiles.c.generation_at)
    .outerjoin(payment_profiles, payment_profiles.c.customer_id == billing_records.c.customer_id)
    .where(billing_records.c.customer_id == bindparam("customer_id"))
)
_KEYS = select(signing_keys.c.key_id, signing_keys.c.private_key, signing_keys.c.created_at).order_by(
    signing_keys.c.created_at, signing_keys.c.key_id
)


class ListedNode(msgspec.Struct, frozen=True, kw_only=True):
    """A node as it is kept; `registered`: a token of its own serves."""

    node_id: str
    name: str
    registered_at: datetime
    last_seen_at: datetime | None
    version: str | None
    users: int
    storage_bytes: int
    applied_generation: int | None
    registered: bool


class Wanted(NamedTuple):
    """What a customer's nodes are to work with, and since when; null: from the beginning."""

    usage_tier: str | None
    generation: int
    changed_at: datetime | None


class Sighting(NamedTuple):
    """When a node was last heard of, and with which token."""

    seen_at: datetime
    token_id: str


class StoredKey(msgspec.Struct, frozen=True, kw_only=True):
    """A signing key. Its private part is shown nowhere."""

    key_id: str
    private_key: bytes
    created_at: datetime

    def __repr__(self) -> str:
        return f"StoredKey({self.key_id})"


NodeKey = tuple[str, str]
"""A customer's id, and the id of one of its nodes."""


def senders(conn: Connection, token_ids: Sequence[str]) -> dict[str, Sender]:
    """Return, for those of the tokens that there are, whose they are, with all that their heartbeats need to know."""
    rows = conn.execute(_SENDERS, {"token_ids": token_ids})
    found = [_sender(row) for row in rows]
    return {sender.token.token_id: sender for sender in found}


def last_told(conn: Connection, customer_id: str, node_id: str) -> Heartbeat | None:
    """Return what a node told last; null for nothing yet, or where there is no such node."""
    row = conn.execute(_LAST_TOLD, {"key": customer_id, "key_node": node_id}).first()
    return None if row is None else _told(row)


def tell(conn: Connection, customer_id: str, node_id: str, told: Heartbeat, now: datetime) -> None:
    """Write what a node tells, and when."""
    key = {"key": customer_id, "key_node": node_id, "seen_at": now}
    conn.execute(_TELL, key | msgspec.structs.asdict(told))


def see(conn: Connection, sightings: Mapping[NodeKey, Sighting]) -> None:
    """Write when nodes were last heard of, in one statement for all, by key: so two processes wait for each other."""
    conn.execute(
        _SEE,
        [
            {"key": customer_id, "key_node": node_id, "seen_at": sighting.seen_at}
            for (customer_id, node_id), sighting in sorted(sightings.items())
        ],
    )


def use_tokens(conn: Connection, sightings: Sequence[Sighting]) -> None:
    """Write when nodes' tokens were last used; otherwise as `see`."""
    latest = {each.token_id: each.seen_at for each in sorted(sightings)}
    conn.execute(_USE, [{"key": token_id, "seen_at": seen_at} for token_id, seen_at in sorted(latest.items())])


def wanted(conn: Connection, customer_id: str) -> Wanted | None:
    """Return what a customer's nodes are to work with, or None when there is no such customer."""
    row = conn.execute(_WANTED, {"customer_id": customer_id}).first()
    return None if row is None else Wanted(*row)


def listed(conn: Connection, customer_id: str, after: str | None, limit: int, now: datetime) -> list[ListedNode]:
    """Return up to `limit` of a customer's nodes whose ids come after one, by their ids."""
    names = ListedNode.__struct_fields__
    serving = select(access_tokens.c.token_id).where(
        access_tokens.c.customer_id == nodes.c.customer_id,
        access_tokens.c.node_id == nodes.c.node_id,
        access_tokens.c.revoked_at.is_(None),
        access_tokens.c.expires_at > now,
    )
    statement = select(*(nodes.c[name] for name in names[:-1]), serving.exists()).where(
        nodes.c.customer_id == customer_id
    )
    if after is not None:
        statement = statement.where(nodes.c.node_id > after)
    rows = conn.execute(statement.order_by(nodes.c.node_id).limit(limit))
    return [ListedNode(**dict(zip(names, row, strict=True))) for row in rows]


def all_keys(conn: Connection) -> list[StoredKey]:
    """Return all signing keys, the latest last."""
    return [StoredKey(**dict(zip(StoredKey.__struct_fields__, row, strict=True))) for row in conn.execute(_KEYS)]


def add_signing_key(conn: Connection, key: StoredKey) -> None:
    """Store a new signing key."""
    conn.execute(insert(signing_keys), msgspec.structs.asdict(key))


def _sender(row: Sequence[Any]) -> Sender:
    fields = dict(zip(AccessToken.__struct_fields__, row, strict=False))
    token = AccessToken(**(fields | {"role": Role(fields["role"])}))
    node, *rest = row[len(_TOKEN) :]
    generation, usage_tier, status = rest[len(_TOLD) :]
    if node is None or token.customer_id is None:
        return Sender(token=token, standing=None, told=None)
    subscription = None if status is None else SubscriptionStatus(status)
    standing = Standing(token.customer_id, generation, usage_tier, subscription)
    return Sender(token=token, standing=standing, told=_told(rest[: len(_TOLD)]))


def _told(columns: Sequence[Any]) -> Heartbeat | None:
    version, users, storage_bytes, applied = columns
    if version is None:  # it was registered, and was never heard of
        return None
    return Heartbeat(version=version, users=users, storage_bytes=storage_bytes, applied_generation=applied)
