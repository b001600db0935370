"""Appending to the trail and reading it back, on every database."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from services.audit.model import SYSTEM_STREAM, NewEvent, StoredEvent
from services.audit.rules import genesis, storable
from services.audit.store import append, list_events, streams, verify_stream, verify_streams
from services.contract.types import Outcome
from services.storage.engine import Store
from services.storage.tables import audit_events, customer_status, customers
from tests.services.audit.trail import NOW, new_event, write_events

any_text = st.text(st.characters(), max_size=30)  # null characters and lone surrogates among them
contents = st.fixed_dictionaries(
    {
        "occurred_at": st.datetimes(timezones=st.timezones()),
        "actor": any_text,
        "role": any_text,
        "action": any_text,
        "resource": any_text,
        "etag_before": st.none() | any_text,
        "etag_after": st.none() | any_text,
        "request_id": st.none() | any_text,
        "outcome": st.sampled_from(Outcome),
        "reason": st.none() | any_text,
        "payload": st.binary(max_size=30),
    }
)
fresh_stream = (f"stream-{number}" for number in count())


def read_stream(store: Store, stream: str) -> list[StoredEvent]:
    with store.read() as conn:
        return list_events(conn, stream, "oldest", None, 1_000)


def test_an_event_is_named_by_its_stream_and_sequence(store: Store) -> None:
    with store.write() as conn:
        names = [append(conn, new_event(stream=stream)) for stream in ("acme", "acme", "beta", SYSTEM_STREAM, "acme")]
    assert names == ["acme#1", "acme#2", "beta#1", "system#1", "acme#3"]


def test_events_are_linked_from_the_genesis_of_their_stream(store: Store) -> None:
    write_events(store, "acme", 3)
    first, second, third = read_stream(store, "acme")
    assert first.previous_hash == genesis("acme")
    assert second.previous_hash == first.hash
    assert third.previous_hash == second.hash


def test_what_was_appended_in_a_transaction_that_failed_is_not_there(store: Store) -> None:
    def append_and_fail() -> None:
        with store.write() as conn:
            append(conn, new_event(stream="acme"))
            raise ZeroDivisionError

    write_events(store, "acme", 1)
    with pytest.raises(ZeroDivisionError):
        append_and_fail()
    write_events(store, "acme", 1)
    with store.read() as conn:
        found = verify_stream(conn, "acme")
    assert (found.status, found.length) == ("OK", 2)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(contents, min_size=1, max_size=4))
def test_any_contents_can_be_recorded_read_and_verified(store: Store, events: list[dict[str, object]]) -> None:
    stream = next(fresh_stream)
    written = [NewEvent(stream=stream, **event) for event in events]  # type: ignore[arg-type]
    with store.write() as conn:
        for event in written:
            append(conn, event)
    for event, stored in zip(written, read_stream(store, stream), strict=True):
        for field in ("actor", "role", "action", "resource", "etag_before", "etag_after", "request_id", "reason"):
            given_text = getattr(event, field)
            assert getattr(stored, field) == (None if given_text is None else storable(given_text))
        assert (stored.payload, stored.outcome) == (event.payload, event.outcome.value)
    with store.read() as conn:
        found = verify_stream(conn, stream)
    assert (found.status, found.length) == ("OK", len(events))


@pytest.mark.parametrize("stream", ["acme", SYSTEM_STREAM])
def test_eight_writers_of_one_stream_leave_one_unbroken_chain(store: Store, stream: str) -> None:
    """Counts match also where links break (a head read before the lock was there), so the chain itself is verified."""
    with store.write() as conn:
        customer = {"legal_name": "Acme", "ownership": "external", "search_text": "acme", "created_at": NOW}
        conn.execute(insert(customers), {"customer_id": "acme", **customer})
        status = {"revision": 1, "changed_at": NOW, "lots_created": 0, "sort_name": "acme", "blocked": False}
        conn.execute(insert(customer_status), {"customer_id": "acme", "blocked_since": None, **status})
    lock = select(customer_status.c.revision).where(customer_status.c.customer_id == "acme").with_for_update()

    def write(_number: int) -> str:
        with store.write() as conn:
            if stream != SYSTEM_STREAM:  # which append locks itself
                conn.execute(lock)
            return append(conn, new_event(stream=stream))

    with ThreadPoolExecutor(8) as threads:
        names = list(threads.map(write, range(200)))
    assert sorted(names) == sorted(f"{stream}#{sequence}" for sequence in range(1, 201))
    with store.read() as conn:
        found = verify_stream(conn, stream)
    assert (found.status, found.length) == ("OK", 200)


@pytest.mark.parametrize("changes", [{"sequence": 3}, {"previous_hash": b"another"}])
def test_the_database_refuses_a_fork(store: Store, changes: dict[str, object]) -> None:
    """Neither the second event's sequence nor its previous hash can be used a second time."""
    write_events(store, "acme", 2)
    with store.read() as conn:
        row = conn.execute(select(audit_events).where(audit_events.c.sequence == 2)).mappings().one()
    fork = {**row, "hash": b"fork", **changes}
    del fork["event_number"]
    with pytest.raises(DBAPIError), store.write() as conn:
        conn.execute(insert(audit_events), fork)


@pytest.mark.parametrize("statement", ["UPDATE audit_events SET reason = 'x'", "DELETE FROM audit_events"])
def test_the_database_refuses_to_change_the_trail(store: Store, statement: str) -> None:
    write_events(store, "acme", 1)
    with pytest.raises(DBAPIError), store.write() as conn:
        conn.execute(text(statement))
    with store.read() as conn:
        assert verify_stream(conn, "acme").status == "OK"


def test_events_are_listed_in_either_order_from_any_position(store: Store) -> None:
    write_events(store, "acme", 3)
    write_events(store, "beta", 1)
    write_events(store, "acme", 1)
    with store.read() as conn:
        assert [e.sequence for e in list_events(conn, "acme", "oldest", None, 10)] == [1, 2, 3, 4]
        assert [e.sequence for e in list_events(conn, "acme", "newest", None, 10)] == [4, 3, 2, 1]
        assert [e.sequence for e in list_events(conn, "acme", "oldest", 1, 2)] == [2, 3]
        assert [e.sequence for e in list_events(conn, "acme", "newest", 3, 10)] == [2, 1]
        everything = list_events(conn, None, "oldest", None, 10)
        assert [e.stream for e in everything] == ["acme", "acme", "acme", "beta", "acme"]
        assert list_events(conn, None, "newest", everything[1].event_number, 10) == everything[:1]
        assert list_events(conn, "nobody\0", "oldest", None, 10) == []


def test_streams_are_named_once_in_order(store: Store) -> None:
    for stream in ("b", "A", "é", "a", "b", "B", "z"):
        write_events(store, stream, 2)
    with store.read() as conn:
        assert streams(conn, None, 10).names == ["A", "B", "a", "b", "z", "é"]
        assert streams(conn, "B", 3).names == ["a", "b", "z"]


def test_several_streams_are_verified_in_one_pass(store: Store) -> None:
    for number, stream in enumerate(["a", "b", "c"], start=1):
        write_events(store, stream, number)
    with store.read() as conn:
        found = verify_streams(conn, ["a", "b", "bb", "c"])
        assert [(v.stream, v.length) for v in found] == [("a", 1), ("b", 2), ("bb", 0), ("c", 3)]
        assert {v.status for v in found} == {"OK"}
        assert found == [verify_stream(conn, name) for name in ("a", "b", "bb", "c")]
        assert [v.stream for v in verify_streams(conn, ["a", "c"])] == ["a", "c"]
        assert verify_streams(conn, []) == []
