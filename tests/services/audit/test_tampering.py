"""Someone holds the database and changes it: what verification says. One test a hashed field, then the other ways."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, insert, select, text, update

from services.audit.methods import list_audit_events, verify_audit_trail
from services.audit.model import LinkedEvent, StoredEvent
from services.audit.rules import event_hash, genesis
from services.audit.store import list_events, verify_stream, verify_streams
from services.contract.errors import Refused
from services.contract.requests import ListAuditEvents, VerifyAuditTrail
from services.contract.views import StreamHead, StreamVerification
from services.storage.engine import Store
from services.storage.tables import audit_events
from tests.services.audit.trail import tampering, write_events

TAMPERED: dict[str, list[Any]] = {
    "stream": ["other"],
    "sequence": [0, 4, -(2**62), 2**62],
    "occurred_at": ["2026-10-15T12:00:00.000001Z", ""],
    "actor": ["olga@example.com ", ""],
    "role": ["platform_admin"],
    "action": ["ApproveTrial"],
    "resource": ["customers/acme"],
    "etag_before": ["b2", "", None],
    "etag_after": ["b3", "", None],
    "request_id": ["req_2", "", None],
    "outcome": ["denied", "nonsense"],
    "reason": ["PO checked with Finance", "", None],
    "payload": [b'{"changes":[]}', b""],
    "previous_hash": [b"\0" * 32, b""],
    "hash": [b"\0" * 32, b""],
}
KINDS = {"stream": "gap", "sequence": "gap", "previous_hash": "unlinked"}


def verify(store: Store, recorded: StreamHead | None = None, stream: str = "acme") -> StreamVerification:
    with store.read() as conn:
        return verify_stream(conn, stream, recorded)


def head(store: Store) -> StreamHead:
    found = verify(store)
    assert found.status == "OK"
    return StreamHead(stream="acme", length=found.length, last_hash=found.last_hash)


def test_every_column_but_the_row_number_is_hashed_and_tampered_with_here() -> None:
    assert set(TAMPERED) == {column.name for column in audit_events.c} - {"event_number"}
    assert set(TAMPERED) == {*LinkedEvent.__struct_fields__, "hash"}


@pytest.mark.parametrize("column", TAMPERED)
def test_an_edit_of_any_field_is_found_at_its_event(store: Store, column: str) -> None:
    for number, value in enumerate(TAMPERED[column]):
        stream = f"acme-{number}"
        write_events(store, stream, 3)
        write_events(store, "beta", 3)
        with tampering(store) as conn:
            edit = update(audit_events).where(audit_events.c.stream == stream, audit_events.c.sequence == 2)
            conn.execute(edit.values({column: value}))
        found = verify(store, stream=stream)
        first_not_to_hold = min(2, value) if column == "sequence" else 2
        assert (found.status, found.broken_at) == ("BROKEN", first_not_to_hold)
        assert found.detail == KINDS.get(column, "edited")
        assert found.length == max(first_not_to_hold - 1, 0)
        assert verify(store, stream="beta").status == "OK"


@pytest.mark.parametrize(("taken", "broken_at"), [([1], 1), ([2], 2), ([1, 2], 1), ([2, 3], 2)])
def test_deleted_events_leave_a_gap(store: Store, taken: list[int], broken_at: int) -> None:
    write_events(store, "acme", 4)
    with tampering(store) as conn:
        conn.execute(delete(audit_events).where(audit_events.c.sequence.in_(taken)))
    found = verify(store)
    assert (found.status, found.broken_at, found.detail, found.length) == ("BROKEN", broken_at, "gap", broken_at - 1)


def test_a_gap_closed_by_renumbering_does_not_link(store: Store) -> None:
    write_events(store, "acme", 4)
    with tampering(store) as conn:
        conn.execute(delete(audit_events).where(audit_events.c.sequence == 2))
        for sequence in (3, 4):
            conn.execute(update(audit_events).where(audit_events.c.sequence == sequence).values(sequence=sequence - 1))
    found = verify(store)
    assert (found.status, found.broken_at, found.detail) == ("BROKEN", 2, "unlinked")


def test_exchanged_events_do_not_link(store: Store) -> None:
    write_events(store, "acme", 4)
    with tampering(store) as conn:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            conn.execute(update(audit_events).where(audit_events.c.sequence == old).values(sequence=new))
    found = verify(store)
    assert (found.status, found.broken_at, found.detail) == ("BROKEN", 2, "unlinked")


def test_an_event_moved_to_another_stream_is_found_there(store: Store) -> None:
    write_events(store, "acme", 3)
    write_events(store, "beta", 2)
    with tampering(store) as conn:
        moved = (audit_events.c.stream == "acme") & (audit_events.c.sequence == 3)
        conn.execute(update(audit_events).where(moved).values(stream="beta"))
    found = verify(store, stream="beta")
    assert (found.status, found.broken_at, found.detail) == ("BROKEN", 3, "unlinked")


def test_a_cut_tail_shows_only_against_an_export(store: Store) -> None:
    write_events(store, "acme", 4)
    recorded = head(store)
    with tampering(store) as conn:
        conn.execute(delete(audit_events).where(audit_events.c.sequence > 2))
    assert verify(store).status == "OK"
    found = verify(store, recorded)
    assert (found.status, found.broken_at, found.detail, found.length) == ("BROKEN", 3, "cut", 2)


def test_a_whole_stream_taken_away_shows_only_against_an_export(store: Store) -> None:
    write_events(store, "acme", 2)
    recorded = head(store)
    with tampering(store) as conn:
        conn.execute(delete(audit_events))
    with store.read() as conn:
        assert verify_audit_trail(conn, VerifyAuditTrail()).streams == []
        for request in (VerifyAuditTrail(against=[recorded]), VerifyAuditTrail(stream="acme", against=[recorded])):
            [found] = verify_audit_trail(conn, request).streams
            assert (found.stream, found.status, found.broken_at, found.detail) == ("acme", "BROKEN", 1, "cut")


def test_a_chain_written_anew_shows_only_against_an_export(store: Store) -> None:
    write_events(store, "acme", 3)
    recorded = head(store)
    with store.read() as conn:
        events = list_events(conn, "acme", "oldest", None, 10)
    with tampering(store) as conn:
        conn.execute(delete(audit_events))
        previous = genesis("acme")
        for event in events:
            linked = LinkedEvent(*msgspec.structs.astuple(event)[: len(LinkedEvent.__struct_fields__)])
            linked = msgspec.structs.replace(linked, actor="someone else", previous_hash=previous)
            previous = event_hash(linked)
            conn.execute(insert(audit_events), msgspec.structs.asdict(linked) | {"hash": previous})
    write_events(store, "acme", 2)
    assert verify(store).status == "OK"
    found = verify(store, recorded)
    assert (found.status, found.broken_at, found.detail) == ("BROKEN", 3, "rewritten")


def test_what_was_added_since_the_export_is_fine(store: Store) -> None:
    write_events(store, "acme", 3)
    recorded = head(store)
    write_events(store, "acme", 3)
    assert verify(store, recorded).status == "OK"


def test_a_row_the_database_fails_on_is_unreadable_and_the_others_are_verified(store: Store) -> None:
    """Here by a division by zero: PostgreSQL then refuses the transaction's further statements; SQLite answers null."""
    for stream in ("a", "b", "c"):
        write_events(store, stream, 2)
    columns = ", ".join(name for name in StoredEvent.__struct_fields__ if name != "actor")
    damaged = "CASE WHEN stream = 'b' AND sequence = 2 THEN CAST(1 / (sequence - sequence) AS TEXT) ELSE actor END"
    with store.write() as conn:
        conn.execute(text("ALTER TABLE audit_events RENAME TO hidden_events"))
        conn.execute(text(f"CREATE VIEW audit_events AS SELECT {columns}, {damaged} AS actor FROM hidden_events"))
    with store.read() as conn:
        assert [v.status for v in verify_streams(conn, ["a", "b", "c"])] == ["OK", "UNREADABLE", "OK"]
        with pytest.raises(Refused, match="audit verify"):
            list_audit_events(conn, ListAuditEvents(stream="b"))
        assert len(list_audit_events(conn, ListAuditEvents(stream="a")).events) == 2


def test_a_mistake_in_a_statement_is_not_taken_for_an_unreadable_row(postgres_store: Store) -> None:
    write_events(postgres_store, "a", 1)
    with postgres_store.write() as conn:
        conn.execute(text("ALTER TABLE audit_events RENAME TO hidden_events"))
    with pytest.raises(Refused) as refused, postgres_store.read() as conn:
        verify_stream(conn, "a")
    assert refused.value.reason == "STORE_FAULT"


# ── SQLite keeps any bytes in any column ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def three_streams(sqlite_store: Store) -> Store:
    """Return a store of three streams with two events each."""
    for stream in ("a", "b", "c"):
        write_events(sqlite_store, stream, 2)
    return sqlite_store


UNREADABLE = [
    "actor = CAST(x'6fff' AS TEXT)",
    "actor = x'6f6c6761'",
    "reason = CAST(x'c328' AS TEXT)",
    "payload = '{}'",
    "payload = 5",
    "hash = 'text'",
    "sequence = 'two'",
    "sequence = 2.5",
]


@pytest.mark.parametrize("damage", UNREADABLE)
def test_a_row_that_is_not_what_the_schema_promises_is_unreadable(three_streams: Store, damage: str) -> None:
    with tampering(three_streams) as conn:
        conn.execute(text(f"UPDATE audit_events SET {damage} WHERE stream = 'b' AND sequence = 2"))
    with three_streams.read() as conn:
        found = verify_audit_trail(conn, VerifyAuditTrail()).streams
        assert [(v.stream, v.status) for v in found] == [("a", "OK"), ("b", "UNREADABLE"), ("c", "OK")]
        assert [v.broken_at for v in found] == [None, None, None]
        assert found[1].detail is not None
        assert found[1].detail.isprintable()
        with pytest.raises(Refused, match="audit verify") as refused:
            list_audit_events(conn, ListAuditEvents(stream="b"))
        assert refused.value.reason == "AUDIT_EVENT_UNREADABLE"
        assert len(list_audit_events(conn, ListAuditEvents(stream="a")).events) == 2


@pytest.mark.parametrize("name", ["x'62'", "CAST(x'62ff' AS TEXT)"])
def test_a_stream_whose_name_cannot_be_read_is_unreadable(three_streams: Store, name: str) -> None:
    with tampering(three_streams) as conn:
        conn.execute(text(f"UPDATE audit_events SET stream = {name} WHERE stream = 'c'"))
    with three_streams.read() as conn:
        found = verify_audit_trail(conn, VerifyAuditTrail())
    assert [(v.stream, v.status) for v in found.streams] == [("a", "OK"), ("b", "OK"), ("?", "UNREADABLE")]
    assert found.next_page_token is None


def test_an_event_with_an_impossible_outcome_is_not_shown(three_streams: Store) -> None:
    with tampering(three_streams) as conn:
        conn.execute(text("UPDATE audit_events SET outcome = 'nonsense' WHERE stream = 'b'"))
    with pytest.raises(Refused, match="audit verify"), three_streams.read() as conn:
        list_audit_events(conn, ListAuditEvents())


def test_a_stream_on_a_damaged_page_is_unreadable_and_the_others_are_verified(sqlite_path: Path) -> None:
    store = Store(f"sqlite:///{sqlite_path}")
    for stream in ("a", "b", "c"):
        write_events(store, stream, 40, reason=f"the reason in {stream} " + "x" * 500)
    store.close()
    contents = bytearray(sqlite_path.read_bytes())
    page_size = int.from_bytes(contents[16:18])
    page = contents.index(b"the reason in b") // page_size + 1  # one page on: surely b's alone
    contents[page * page_size : page * page_size + 8] = b"\xff" * 8
    sqlite_path.write_bytes(contents)
    with store.read() as conn:
        found = verify_streams(conn, ["a", "b", "c"])
    store.close()
    assert [v.status for v in found] == ["OK", "UNREADABLE", "OK"]


def test_a_long_stream_is_verified_across_reads(store: Store) -> None:
    write_events(store, "acme", 2_500)
    with tampering(store) as conn:
        conn.execute(update(audit_events).where(audit_events.c.sequence == 2_400).values(reason="x"))
    found = verify(store)
    assert (found.status, found.broken_at, found.length) == ("BROKEN", 2_400, 2_399)
    with store.read() as conn:
        last_good = conn.scalar(select(audit_events.c.hash).where(audit_events.c.sequence == 2_399))
    assert last_good is not None
    assert found.last_hash == last_good.hex()
