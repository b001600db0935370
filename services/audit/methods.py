"""What the surface calls: the trail's pages, and its verification."""

from typing import Annotated

import msgspec
from msgspec import Meta

from services.audit.ledger_store import verify_ledger
from services.audit.model import StoredEvent, customer_of, unreadable_event
from services.audit.rules import storable
from services.audit.store import list_events, streams, verify_stream, verify_streams
from services.contract.errors import invalid
from services.contract.paging import decode_token, encode_token, page_size
from services.contract.requests import ListAuditEvents, VerifyAuditTrail
from services.contract.types import Outcome
from services.contract.views import (
    AuditEventView,
    AuditPage,
    AuditVerification,
    LedgerVerification,
    StreamHead,
    StreamVerification,
)
from services.storage.connection import Connection

UNNAMED_STREAM = "?"
"""Stands for a stream whose name itself cannot be read; no customer id can be this."""

# Both databases number rows with 64 bits; a token that says more was not made here.
_Position = tuple[Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]]


def list_audit_events(conn: Connection, request: ListAuditEvents) -> AuditPage:
    """Return a page of one stream, or of all streams in the order in which their events were written.

    Raises:
        Refused: `INVALID_PAGE_SIZE`, `INVALID_PAGE_TOKEN`, `AUDIT_EVENT_UNREADABLE`.
    """
    query = msgspec.structs.replace(request, page_size=None, page_token=None)
    position = decode_token(query, request.page_token, _Position)
    size = page_size(request.page_size)
    after = None if position is None else position[0]
    events = list_events(conn, request.stream, request.order, after, size + 1)
    next_page_token = None
    if len(events) > size:
        last = events[size - 1]
        next_page_token = encode_token(query, (last.event_number if request.stream is None else last.sequence,))
    return AuditPage(events=[_view(event) for event in events[:size]], next_page_token=next_page_token)


def _view(event: StoredEvent) -> AuditEventView:
    try:
        outcome = Outcome(event.outcome)
    except ValueError as error:
        raise unreadable_event() from error
    return AuditEventView(
        audit_event_id=f"{event.stream}#{event.sequence}",
        stream=event.stream,
        sequence=event.sequence,
        occurred_at=event.occurred_at,
        actor=event.actor,
        role=event.role,
        action=event.action,
        resource=event.resource,
        etag_before=event.etag_before,
        etag_after=event.etag_after,
        request_id=event.request_id,
        outcome=outcome,
        reason=event.reason,
        payload=event.payload.decode(errors="replace"),
        previous_hash=event.previous_hash.hex(),
        hash=event.hash.hex(),
    )


def verify_audit_trail(conn: Connection, request: VerifyAuditTrail) -> AuditVerification:
    """Verify a page of streams in the order of their names; the first page checks the ledger too.

    The streams are those that exist and those that `against` names. With `stream` only that one is looked at, and of
    the ledger only that customer's part; the system stream has none.

    Raises:
        Refused: `INVALID_PAGE_SIZE`, `INVALID_PAGE_TOKEN`, `DUPLICATE_HEAD`.
    """
    query = msgspec.structs.replace(request, page_size=None, page_token=None)
    position = decode_token(query, request.page_token, tuple[str])
    size = page_size(request.page_size)
    after = None if position is None else storable(position[0])
    ledger = _ledger(conn, request.stream) if position is None else None
    recorded = _recorded(request.against)

    if request.stream is not None:
        only = storable(request.stream)
        verified = [verify_stream(conn, only, recorded.get(only))]
        # A stream that nobody ever wrote to is not a chain that holds: it is not there.
        verified = [found for found in verified if found.length or found.status != "OK"]
        return AuditVerification(streams=verified, ledger=ledger, next_page_token=None)

    existing = streams(conn, after, size + 1)
    missing = [name for name in recorded if after is None or name > after]
    names = sorted({*existing.names, *missing})
    verified = verify_streams(conn, names[:size], recorded)
    if len(names) > size:
        return AuditVerification(
            streams=verified, ledger=ledger, next_page_token=encode_token(query, (names[size - 1],))
        )
    if existing.fault is not None:
        verified.append(_unnamed(existing.fault))
    return AuditVerification(streams=verified, ledger=ledger, next_page_token=None)


def _ledger(conn: Connection, stream: str | None) -> LedgerVerification | None:
    if stream is None:
        return verify_ledger(conn)
    customer_id = customer_of(stream)
    return None if customer_id is None else verify_ledger(conn, customer_id)


def _recorded(heads: list[StreamHead]) -> dict[str, StreamHead]:
    recorded: dict[str, StreamHead] = {}
    for head in heads:
        name = storable(head.stream)
        if name in recorded:
            raise invalid("DUPLICATE_HEAD", f"Give one recorded head for each stream: {name} has two.")
        recorded[name] = head
    return recorded


def _unnamed(fault: str) -> StreamVerification:
    return StreamVerification(
        stream=UNNAMED_STREAM,
        status="UNREADABLE",
        length=0,
        last_hash="",
        detail=f"this stream and those behind it cannot be listed: {fault}",
    )
