"""The chain's rules: what a hash covers, and what a run of rows must be to hold."""

import hashlib
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.audit.model import LinkedEvent, StoredEvent, customer_of, stream_of
from services.audit.rules import ChainCheck, decode, event_hash, genesis, storable
from services.contract.views import StreamHead, StreamVerification

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
linked_events = st.builds(
    LinkedEvent,
    stream=texts,
    sequence=st.integers(1, 2**63 - 1),
    occurred_at=texts,
    actor=texts,
    role=texts,
    action=texts,
    resource=texts,
    etag_before=st.none() | texts,
    etag_after=st.none() | texts,
    request_id=st.none() | texts,
    outcome=texts,
    reason=st.none() | texts,
    payload=st.binary(max_size=20),
    previous_hash=st.binary(max_size=32),
)


def chain_of(stream: str, reasons: list[str | None]) -> list[StoredEvent]:
    """Return a chain that holds, with one event for each reason."""
    chain: list[StoredEvent] = []
    for sequence, reason in enumerate(reasons, start=1):
        linked = LinkedEvent(
            stream, sequence, "2026-10-15T12:00:00.000000Z", "olga", "operator", "ApproveTrial", "customers/acme",
            None, None, None, "applied", reason, b"{}", chain[-1].hash if chain else genesis(stream),
        )  # fmt: skip
        chain.append(StoredEvent(**msgspec.structs.asdict(linked), hash=event_hash(linked), event_number=sequence))
    return chain


def verify(chain: list[StoredEvent], recorded: StreamHead | None = None) -> StreamVerification:
    check = ChainCheck("acme", recorded)
    for event in chain:
        check.take(msgspec.structs.astuple(event))
    return check.result()


@given(linked_events, linked_events)
def test_different_events_never_share_a_hash(one: LinkedEvent, other: LinkedEvent) -> None:
    assert (event_hash(one) == event_hash(other)) is (one == other)


@given(linked_events, st.sampled_from(["etag_before", "etag_after", "request_id", "reason"]))
def test_null_and_empty_are_told_apart(event: LinkedEvent, field: str) -> None:
    null = msgspec.structs.replace(event, **{field: None})
    empty = msgspec.structs.replace(event, **{field: ""})
    assert event_hash(null) != event_hash(empty)


@given(linked_events, st.data())
def test_what_moves_from_one_field_to_the_next_changes_the_hash(event: LinkedEvent, data: st.DataObject) -> None:
    assume(event.actor)
    cut = data.draw(st.integers(0, len(event.actor) - 1))
    moved = msgspec.structs.replace(event, actor=event.actor[:cut], role=event.actor[cut:] + event.role)
    assert event_hash(moved) != event_hash(event)


def test_the_hash_is_the_documented_one() -> None:
    """A chain written today must verify with every later version, so the format is spelled out here once more."""
    [event] = chain_of("acme", ["agreed"])
    start = hashlib.sha256(b"billinghelp audit genesis 1\n" + bytes(7) + b"\x04acme").digest()
    fields = (
        b"acme", b"1", b"2026-10-15T12:00:00.000000Z", b"olga", b"operator", b"ApproveTrial", b"customers/acme",
        None, None, None, b"applied", b"agreed", b"{}", start,
    )  # fmt: skip
    covered = b"".join(b"\xff" * 8 if field is None else bytes(7) + bytes([len(field)]) + field for field in fields)
    assert event.hash == hashlib.sha256(b"billinghelp audit event 1\n" + covered).digest()


@given(st.text(max_size=20), st.text(max_size=20))
def test_each_stream_begins_from_its_own_name(one: str, other: str) -> None:
    one, other = storable(one), storable(other)
    assert (genesis(one) == genesis(other)) is (one == other)


@given(st.text(st.characters()))
def test_storable_text_can_be_stored_and_keeps_all_that_could_be_before(text: str) -> None:
    stored = storable(text)
    assert stored.encode().decode() == stored
    assert "\0" not in stored
    assert len(stored) <= len(text)
    if "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text):
        assert stored == text


@given(st.lists(st.none() | texts, max_size=8))
def test_a_chain_holds(reasons: list[str | None]) -> None:
    chain = chain_of("acme", reasons)
    found = verify(chain)
    assert (found.status, found.length) == ("OK", len(reasons))
    assert found.last_hash == (chain[-1].hash.hex() if chain else "")


@given(st.lists(texts, min_size=2, max_size=8, unique=True), st.data())
def test_events_in_any_other_order_are_broken_where_the_order_first_differs(
    reasons: list[str], data: st.DataObject
) -> None:
    """Exchanged events keep neither their links nor their sequence: renumbering them does not help."""
    chain = chain_of("acme", list(reasons))
    shuffled = data.draw(st.permutations(chain))
    assume(shuffled != chain)
    renumbered = [msgspec.structs.replace(event, sequence=n) for n, event in enumerate(shuffled, start=1)]
    first = next(n for n, (a, b) in enumerate(zip(chain, shuffled, strict=True), start=1) if a != b)
    assert (verify(renumbered).status, verify(renumbered).broken_at) == ("BROKEN", first)


@given(st.lists(texts, min_size=1, max_size=8), st.data())
def test_a_chain_extends_every_head_it_once_had(reasons: list[str], data: st.DataObject) -> None:
    chain = chain_of("acme", list(reasons))
    earlier = data.draw(st.sampled_from(chain))
    head = StreamHead(stream="acme", length=earlier.sequence, last_hash=earlier.hash.hex())
    assert verify(chain, head).status == "OK"


@given(st.lists(texts, min_size=1, max_size=8), st.data())
def test_a_cut_tail_shows_against_a_head(reasons: list[str], data: st.DataObject) -> None:
    chain = chain_of("acme", list(reasons))
    head = StreamHead(stream="acme", length=len(chain), last_hash=chain[-1].hash.hex())
    kept = data.draw(st.integers(0, len(chain) - 1))
    assert verify(chain[:kept]).status == "OK"
    found = verify(chain[:kept], head)
    assert (found.status, found.broken_at, found.detail) == ("BROKEN", kept + 1, "cut")


def test_a_chain_written_anew_shows_against_a_head() -> None:
    head = StreamHead(stream="acme", length=2, last_hash=chain_of("acme", ["a", "b"])[-1].hash.hex())
    rewritten = chain_of("acme", ["a", "other", "c"])
    assert verify(rewritten).status == "OK"
    found = verify(rewritten, head)
    assert (found.status, found.broken_at, found.detail) == ("BROKEN", 2, "rewritten")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("actor", b"olga"),
        ("actor", 7),
        ("actor", None),
        ("payload", "{}"),
        ("payload", 5),
        ("hash", None),
        ("sequence", "2"),
        ("sequence", 2.0),
    ],
)
def test_a_value_of_another_type_is_unreadable_neither_fine_nor_broken(field: str, value: Any) -> None:
    first, second = (list(msgspec.structs.astuple(event)) for event in chain_of("acme", ["a", "b"]))
    second[StoredEvent.__struct_fields__.index(field)] = value
    with pytest.raises(msgspec.ValidationError):
        decode(second)
    check = ChainCheck("acme")
    check.take(first)
    check.take(second)
    found = check.result()
    assert (found.status, found.length, found.broken_at) == ("UNREADABLE", 1, None)
    assert found.detail is not None
    assert found.detail.startswith("the event after sequence 1: ")


@given(st.from_regex(r"[A-Za-z0-9_.:\-]{1,64}", fullmatch=True) | st.just("system"))
def test_no_customer_shares_a_stream_with_another_or_with_the_system(customer_id: str) -> None:
    stream = stream_of(customer_id)
    assert stream != "system"
    assert customer_of(stream) == customer_id
    assert (stream == customer_id) is (customer_id != "system")


def test_the_system_stream_belongs_to_no_customer() -> None:
    assert customer_of("system") is None
