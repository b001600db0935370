"""Whose records a tenant may see: its own, and those of its clients (PRODUCT.md §4)."""

from services.billing.store import parent_of
from services.surface.model import Call


def in_scope(call: Call, customer_id: str) -> bool:
    """Return whether the customer exists and is the caller's own or one of its clients."""
    with call.store.read() as conn:
        exists, parent = parent_of(conn, customer_id)
    return exists and call.scope in (customer_id, parent)
