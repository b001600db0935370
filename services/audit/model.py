"""Frozen types of the audit room, and the names of its streams.

Every customer has a stream of its own, and what has no customer goes to the stream `system` (PRODUCT.md §3, «Audit»).
A stream has one name, inside and out: the customer id. A customer may itself be called `system`; that one customer's
stream is `customer/system`, which no customer id can spell, because `/` is not among its characters.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from services.contract.errors import Code, Refused
from services.contract.types import Outcome

SYSTEM_STREAM = "system"
_CUSTOMER_CALLED_SYSTEM = f"customer/{SYSTEM_STREAM}"


def stream_of(customer_id: str) -> str:
    """Return the name of a customer's stream."""
    return _CUSTOMER_CALLED_SYSTEM if customer_id == SYSTEM_STREAM else customer_id


def customer_of(stream: str) -> str | None:
    """Return the customer id whose stream this is, or None for the system stream: the inverse of `stream_of`."""
    if stream == SYSTEM_STREAM:
        return None
    return SYSTEM_STREAM if stream == _CUSTOMER_CALLED_SYSTEM else stream


class NewEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, before it has its place in the chain.

    `stream` is `stream_of(customer_id)` or `SYSTEM_STREAM`; `occurred_at` is aware; `actor` comes from the
    authenticated session; `payload` is kept and hashed as the bytes it is.
    """

    stream: str
    occurred_at: datetime
    actor: str
    role: str
    action: str
    resource: str
    etag_before: str | None
    etag_after: str | None
    request_id: str | None
    outcome: Outcome
    reason: str | None
    payload: bytes


class LinkedEvent(msgspec.Struct, frozen=True, array_like=True):
    """An event in its place in the chain: exactly the stored fields its hash covers, in the order it covers them."""

    stream: str
    sequence: int
    occurred_at: str
    actor: str
    role: str
    action: str
    resource: str
    etag_before: str | None
    etag_after: str | None
    request_id: str | None
    outcome: str
    reason: str | None
    payload: bytes
    previous_hash: bytes


class StoredEvent(LinkedEvent, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A row as it is stored. `event_number` orders the events of all streams; it is the database's, and not hashed."""

    hash: bytes
    event_number: int


class Fault(StrEnum):
    """Why a chain does not hold at a sequence."""

    GAP = "gap"
    """Another sequence stands where this one is due: an event was taken out, put in or renumbered."""
    UNLINKED = "unlinked"
    """The event does not name the hash of the one before it: events were exchanged, or an earlier one replaced."""
    EDITED = "edited"
    """The event's own hash is not the hash of its fields."""
    CUT = "cut"
    """An earlier export recorded an event here; today the chain ends before it."""
    REWRITTEN = "rewritten"
    """An earlier export recorded another hash for this event: the chain up to here was written anew."""


def unreadable_event() -> Refused:
    """Return the refusal to show an event whose stored values are not what the schema promises."""
    return Refused(
        Code.INTERNAL,
        "AUDIT_EVENT_UNREADABLE",
        "An audit event cannot be read: run `billinghelp audit verify` to see which stream is damaged.",
    )
