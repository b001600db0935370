"""What the surface answers: pages of the trail, and pages of its verification."""

from typing import Any

import msgspec
import pytest

from services.audit.methods import list_audit_events, verify_audit_trail
from services.audit.model import SYSTEM_STREAM, stream_of
from services.contract.clock import to_text
from services.contract.errors import Refused
from services.contract.paging import encode_token
from services.contract.requests import ListAuditEvents, VerifyAuditTrail
from services.contract.types import Outcome
from services.contract.views import AuditEventView, AuditPage, AuditVerification, StreamHead
from services.storage.engine import Store
from tests.services.audit.trail import NOW, write_events


def listed(store: Store, **fields: Any) -> AuditPage:
    with store.read() as conn:
        return list_audit_events(conn, ListAuditEvents(**fields))


def verified(store: Store, **fields: Any) -> AuditVerification:
    with store.read() as conn:
        return verify_audit_trail(conn, VerifyAuditTrail(**fields))


def all_listed(store: Store, **fields: Any) -> list[AuditEventView]:
    events: list[AuditEventView] = []
    token = None
    while True:
        page = listed(store, page_token=token, **fields)
        events += page.events
        token = page.next_page_token
        if token is None:
            return events


def verified_pages(store: Store, **fields: Any) -> list[AuditVerification]:
    pages = [verified(store, **fields)]
    while (token := pages[-1].next_page_token) is not None:
        pages.append(verified(store, page_token=token, **fields))
    return pages


def heads(store: Store) -> list[StreamHead]:
    found = verified(store).streams
    return [StreamHead(stream=v.stream, length=v.length, last_hash=v.last_hash) for v in found]


def test_an_event_is_shown_as_it_is_stored(store: Store) -> None:
    write_events(store, "acme-eu", 1)
    [event] = listed(store).events
    assert msgspec.structs.replace(event, previous_hash="", hash="") == AuditEventView(
        audit_event_id="acme-eu#1",
        stream="acme-eu",
        sequence=1,
        occurred_at=to_text(NOW),
        actor="olga@example.com",
        role="operator",
        action="MarkInvoiceVerified",
        resource="customers/acme-eu",
        etag_before="b1",
        etag_after="b2",
        request_id="req_1",
        outcome=Outcome.APPLIED,
        reason="PO checked with finance",
        payload='{"changes": []}',
        previous_hash="",
        hash="",
    )
    assert len(event.previous_hash) == len(event.hash) == 64


def test_pages_together_are_the_whole_list_in_either_order(store: Store) -> None:
    for name in ("acme", "beta", "acme", "acme", SYSTEM_STREAM, "beta", "acme"):
        write_events(store, name, 1)
    everything = ["acme#1", "beta#1", "acme#2", "acme#3", "system#1", "beta#2", "acme#4"]
    acme = ["acme#1", "acme#2", "acme#3", "acme#4"]
    for stream, expected in ((None, everything), ("acme", acme)):
        for size in (1, 2, 3, 4, 6, 7, 8, 50):
            oldest = all_listed(store, stream=stream, order="oldest", page_size=size)
            newest = all_listed(store, stream=stream, page_size=size)
            assert [event.audit_event_id for event in oldest] == expected
            assert [event.audit_event_id for event in newest] == expected[::-1]


def test_events_written_while_paging_neither_repeat_nor_hide_others(store: Store) -> None:
    write_events(store, "acme", 4)
    page = listed(store, page_size=2)
    write_events(store, "acme", 3)
    rest = listed(store, page_size=2, page_token=page.next_page_token)
    assert [event.sequence for event in page.events + rest.events] == [4, 3, 2, 1]


def test_a_page_may_change_its_size_but_not_its_query(store: Store) -> None:
    write_events(store, "acme", 4)
    token = listed(store, page_size=1).next_page_token
    assert len(listed(store, page_size=3, page_token=token).events) == 3
    for other in ({"order": "oldest"}, {"stream": "acme"}):
        with pytest.raises(Refused, match="another list"):
            listed(store, page_token=token, **other)


def test_a_forged_token_is_refused(store: Store) -> None:
    positions: list[Any] = [(2**63,), ("acme",), (), (1, 2), None]
    for position in positions:
        with pytest.raises(Refused) as refused:
            listed(store, page_token=encode_token(ListAuditEvents(), position))
        assert refused.value.reason == "INVALID_PAGE_TOKEN"


def test_bytes_that_are_no_text_are_shown_all_the_same(store: Store) -> None:
    write_events(store, "acme", 1, payload=b"\xff{}")
    assert listed(store).events[0].payload == "\ufffd{}"


def test_a_customer_called_system_has_a_stream_of_its_own(store: Store) -> None:
    write_events(store, stream_of("system"), 2)
    write_events(store, SYSTEM_STREAM, 1)
    assert [e.audit_event_id for e in listed(store, stream="system").events] == ["system#1"]
    assert [(v.stream, v.length) for v in verified(store).streams] == [("customer/system", 2), ("system", 1)]


def test_verification_pages_over_every_stream_once(store: Store) -> None:
    for number, stream in enumerate(["b", "A", "system", "é"], start=1):
        write_events(store, stream, number)
    # Streams that only an export knows stand in their place among those that exist.
    against = [StreamHead(stream=name, length=1, last_hash="00") for name in ("0", "c", "zz", "ü")]
    for size in (1, 2, 3, 7, 8, 50):
        first, *others = verified_pages(store, against=against, page_size=size)
        assert first.ledger is not None
        assert all(page.ledger is None for page in others)
        found = [stream for page in (first, *others) for stream in page.streams]
        assert [(v.stream, v.status, v.detail, v.length) for v in found] == [
            ("0", "BROKEN", "cut", 0),
            ("A", "OK", None, 2),
            ("b", "OK", None, 1),
            ("c", "BROKEN", "cut", 0),
            ("system", "OK", None, 3),
            ("zz", "BROKEN", "cut", 0),
            ("é", "OK", None, 4),
            ("ü", "BROKEN", "cut", 0),
        ]


def test_heads_recorded_earlier_hold_for_chains_that_grew(store: Store) -> None:
    write_events(store, "acme", 2)
    write_events(store, "beta", 3)
    recorded = heads(store)
    write_events(store, "acme", 1)
    write_events(store, "gamma", 1)
    found = verified(store, against=recorded).streams
    assert [(v.stream, v.status, v.length) for v in found] == [("acme", "OK", 3), ("beta", "OK", 3), ("gamma", "OK", 1)]
    assert [head for head in heads(store) if head.stream == "beta"] == recorded[1:]


def test_one_stream_is_verified_alone(store: Store) -> None:
    write_events(store, "acme", 2)
    write_events(store, "beta", 1)
    page = verified(store, stream="acme", against=[StreamHead(stream="gone", length=1, last_hash="00")])
    assert [(v.stream, v.status) for v in page.streams] == [("acme", "OK")]
    assert page.next_page_token is None
    assert page.ledger is not None


def test_the_system_stream_has_no_ledger(store: Store) -> None:
    write_events(store, SYSTEM_STREAM, 1)
    page = verified(store, stream=SYSTEM_STREAM)
    assert [(v.stream, v.status) for v in page.streams] == [("system", "OK")]
    assert page.ledger is None


def test_a_stream_that_nobody_wrote_to_is_not_called_fine(store: Store) -> None:
    assert verified(store, stream="acmee").streams == []


def test_two_heads_of_one_stream_are_refused(store: Store) -> None:
    head = StreamHead(stream="acme", length=1, last_hash="00")
    with pytest.raises(Refused, match="acme has two") as refused:
        verified(store, against=[head, head])
    assert refused.value.reason == "DUPLICATE_HEAD"


def test_the_trail_of_an_empty_store_is_empty_and_its_ledger_agrees(store: Store) -> None:
    page = verified(store)
    assert page.streams == []
    assert page.ledger is not None
    assert (page.ledger.customers, page.ledger.entries, page.ledger.mismatched) == (0, 0, [])
