"""What the surface calls: tokens issued, listed and revoked, and the caller that a token stands for."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from services.access import rules, store
from services.access.model import AccessToken
from services.audit.model import SYSTEM_STREAM, NewEvent
from services.audit.store import append
from services.billing import nodes_store
from services.billing.store import lock_customer, parent_of
from services.contract.context import CallContext
from services.contract.errors import Code, Refused, customer_not_found
from services.contract.paging import decode_token, encode_token, page_size
from services.contract.principals import Principal
from services.contract.requests import CreateToken, ListTokens, RevokeToken
from services.contract.types import Outcome
from services.contract.views import NewToken, TokenPage, TokenView
from services.storage.connection import Connection
from services.storage.engine import lock_name

_SECRET_BYTES = 32
_Position = tuple[Annotated[datetime, Meta(tz=True)], str]


def authenticate(conn: Connection, text: str | None, now: datetime) -> Principal:
    """Return the caller that a token's text stands for.

    Raises:
        Refused: `TOKEN_MISSING`, `TOKEN_INVALID`, `TOKEN_EXPIRED`, `TOKEN_REVOKED`.
    """
    token_id, secret = rules.read_token(text)
    token = rules.admit(store.find(conn, token_id), secret, now)
    return Principal(
        actor=token.name,
        role=token.role,
        customer_id=token.customer_id,
        token_id=token.token_id,
        expires_at=token.expires_at,
        node_id=token.node_id,
    )


def create_token(conn: Connection, context: CallContext, request: CreateToken) -> NewToken:
    """Issue a token; its secret leaves here and is kept nowhere. A node's first one registers the node.

    Raises:
        Refused: `INVALID_NAME`, `NAME_SPELLED_OTHERWISE`, `INVALID_LIFETIME`, `INVALID_TENANT`, `INVALID_NODE`,
            `CUSTOMER_NOT_FOUND`.
    """
    name, lifetime = rules.checked_name(request.name), rules.parse_lifetime(request.expires_in)
    rules.require_tenant(request.role, request.customer_id, request.node_id)
    lock_name(conn, "access tokens")  # two names that differ in their spelling alone, at the same moment
    rules.require_one_spelling(name, store.names(conn))
    if request.customer_id is not None and not parent_of(conn, request.customer_id)[0]:
        raise customer_not_found()
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    token = AccessToken(
        token_id=context.new_id("bht"),
        secret_hash=rules.hash_secret(secret),
        name=name,
        role=request.role,
        customer_id=request.customer_id,
        created_at=context.now,
        created_by=context.principal.actor,
        expires_at=context.now + lifetime,
        node_id=request.node_id,
    )
    store.add(conn, token)
    told = {"name": name, "role": token.role, "customer_id": token.customer_id, "expires_at": token.expires_at}
    if token.customer_id is not None and token.node_id is not None:
        lock_customer(conn, token.customer_id)
        nodes_store.register(conn, token.customer_id, token.node_id, name, context.now)
        nodes_store.measure_use(conn, token.customer_id, context.now)
        told["node_id"] = token.node_id
    append(conn, _event(context, "CreateToken", token.token_id, told))
    view = msgspec.structs.asdict(_view(token, context.now))
    return NewToken(**view, token=rules.token_text(token.token_id, secret))


def list_tokens(conn: Connection, context: CallContext, request: ListTokens) -> TokenPage:
    """Return a page of tokens, newest first.

    Raises:
        Refused: `INVALID_PAGE_SIZE`, `INVALID_PAGE_TOKEN`.
    """
    query = msgspec.structs.replace(request, page_size=None, page_token=None)
    place = decode_token(query, request.page_token, _Position)
    size = page_size(request.page_size)
    found = store.listed(conn, context.now, place, size + 1, include_inactive=request.include_inactive)
    last = found[size - 1] if len(found) > size else None
    return TokenPage(
        tokens=[_view(token, context.now) for token in found[:size]],
        next_page_token=encode_token(query, (last.created_at, last.token_id)) if last else None,
    )


def revoke_token(conn: Connection, context: CallContext, request: RevokeToken) -> TokenView:
    """Revoke a token, which then serves no more; one that is revoked already stays as it is.

    A node whose last token it was is retired: it stays in the list, and counts for nothing any more.

    Raises:
        Refused: `TOKEN_NOT_FOUND`.
    """
    token = store.lock(conn, request.token_id)
    if token is None:
        raise Refused(Code.NOT_FOUND, "TOKEN_NOT_FOUND", "There is no such token: list the tokens to see their ids.")
    if token.revoked_at is None:
        token = msgspec.structs.replace(token, revoked_at=context.now, revoked_by=context.principal.actor)
        store.revoke(conn, token.token_id, context.now, context.principal.actor)
        if token.customer_id is not None and token.node_id is not None:
            lock_customer(conn, token.customer_id)
            nodes_store.measure_use(conn, token.customer_id, context.now)
        append(conn, _event(context, "RevokeToken", token.token_id, {"name": token.name, "role": token.role}))
    return _view(token, context.now)


def _event(context: CallContext, action: str, token_id: str, told: Mapping[str, object]) -> NewEvent:
    return NewEvent(
        stream=SYSTEM_STREAM,
        occurred_at=context.now,
        actor=context.principal.actor,
        role=context.principal.role.value,
        action=action,
        resource=f"tokens/{token_id}",
        etag_before=None,
        etag_after=None,
        request_id=None,
        outcome=Outcome.APPLIED,
        reason=None,
        payload=msgspec.json.encode(told, order="sorted"),
    )


def _view(token: AccessToken, now: datetime) -> TokenView:
    return TokenView(
        token_id=token.token_id,
        name=token.name,
        role=token.role,
        customer_id=token.customer_id,
        node_id=token.node_id,
        status=rules.status(token, now),
        created_at=token.created_at,
        created_by=token.created_by,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
        revoked_by=token.revoked_by,
        last_used_at=token.last_used_at,
    )
