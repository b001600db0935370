"""`ListNodes`: a customer's nodes, and how far each is with what it is to work with."""

import msgspec

from services.contract.context import CallContext
from services.contract.errors import customer_not_found
from services.contract.paging import decode_token, encode_token, page_size
from services.contract.requests import ListNodes
from services.contract.views import NodePage, NodeView
from services.payments.nodes import store
from services.payments.nodes.rules import node_state
from services.payments.nodes.store import ListedNode, Wanted
from services.storage.connection import Connection

_Position = tuple[str]


def list_nodes(conn: Connection, context: CallContext, request: ListNodes) -> NodePage:
    """Return a page of a customer's nodes, by their ids; retired ones stand there too.

    When a node was last heard of is exact to half a minute.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `INVALID_PAGE_SIZE`, `INVALID_PAGE_TOKEN`.
    """
    query = msgspec.structs.replace(request, page_size=None, page_token=None)
    place = decode_token(query, request.page_token, _Position)
    size = page_size(request.page_size)
    wanted = store.wanted(conn, request.customer_id)
    if wanted is None:
        raise customer_not_found()
    found = store.listed(conn, request.customer_id, None if place is None else place[0], size + 1, context.now)
    plan = context.policy.plans.find(wanted.usage_tier)
    return NodePage(
        nodes=[_view(node, wanted, context) for node in found[:size]],
        plan=None if plan is None else plan.slug,
        generation=wanted.generation,
        changed_at=wanted.changed_at,
        next_page_token=encode_token(query, (found[size - 1].node_id,)) if len(found) > size else None,
    )


def _view(node: ListedNode, wanted: Wanted, context: CallContext) -> NodeView:
    return NodeView(
        node_id=node.node_id,
        name=node.name,
        registered_at=node.registered_at,
        last_seen_at=node.last_seen_at,
        version=node.version,
        users=node.users,
        storage_bytes=node.storage_bytes,
        wanted_generation=wanted.generation,
        applied_generation=node.applied_generation,
        state=node_state(
            registered=node.registered,
            registered_at=node.registered_at,
            last_seen_at=node.last_seen_at,
            applied=node.applied_generation,
            wanted=wanted.generation,
            changed_at=wanted.changed_at,
            now=context.now,
        ),
    )
