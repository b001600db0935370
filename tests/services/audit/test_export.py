"""The export: what it carries, and that a file which is not whole is never taken for one."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.export import ExportWriter, export_document, read_heads
from services.contract.errors import Refused
from services.contract.types import Outcome
from services.contract.views import AuditEventView, StreamHead
from tests.services.audit.trail import NOW


def event(stream: str, sequence: int, reason: str | None = None) -> AuditEventView:
    return AuditEventView(
        audit_event_id=f"{stream}#{sequence}",
        stream=stream,
        sequence=sequence,
        occurred_at="2026-10-15T12:00:00.000000Z",
        actor="olga",
        role="operator",
        action="ApproveTrial",
        resource="customers/acme",
        etag_before=None,
        etag_after=None,
        request_id=None,
        outcome=Outcome.APPLIED,
        reason=reason,
        payload="{}",
        previous_hash=f"{sequence - 1:064x}",
        hash=f"{sequence:064x}",
    )


EVENTS = [event("beta", 1), event("acme", 1), event("beta", 2, "line\nbreak \u2028 ☂"), event("system", 1)]
HEADS = [
    StreamHead(stream="acme", length=1, last_hash=f"{1:064x}"),
    StreamHead(stream="beta", length=2, last_hash=f"{2:064x}"),
    StreamHead(stream="system", length=1, last_hash=f"{1:064x}"),
]
DOCUMENT = export_document(EVENTS, NOW)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def refusal(document: bytes) -> str:
    with pytest.raises(Refused) as refused:
        read_heads(document)
    return refused.value.reason


def test_an_export_is_lines_of_json_that_say_what_they_are() -> None:
    lines = [json.loads(line) for line in DOCUMENT.decode().removesuffix("\n").split("\n")]
    assert [line["type"] for line in lines] == ["billinghelp_audit_export", *["event"] * 4, *["head"] * 3, "end"]
    assert lines[0] == {"type": "billinghelp_audit_export", "version": 1, "exported_at": "2026-10-15T12:00:00Z"}
    assert [msgspec.convert(line["event"], AuditEventView) for line in lines[1:5]] == EVENTS
    assert lines[6] == {"type": "head", "stream": "beta", "events": 2, "length": 2, "last_hash": f"{2:064x}"}
    assert (lines[-1]["events"], lines[-1]["streams"]) == (4, 3)


def test_the_heads_of_an_export_can_be_read_back() -> None:
    assert read_heads(DOCUMENT) == HEADS


@given(st.lists(st.tuples(texts, st.integers(1, 50), texts), max_size=20), st.integers(1, 5))
def test_pages_write_the_same_bytes_as_the_whole(parts: list[tuple[str, int, str]], size: int) -> None:
    events = [event(*part) for part in parts]
    writer = ExportWriter(NOW)
    document = writer.start()
    for start in range(0, len(events), size):
        document += writer.events(events[start : start + size])
    document += writer.finish()
    assert document == export_document(events, NOW)
    lengths = {stream: max(s for name, s, _ in parts if name == stream) for stream, _, _ in parts}
    assert {head.stream: head.length for head in read_heads(document)} == lengths


def test_the_order_of_the_events_does_not_change_the_heads() -> None:
    assert read_heads(export_document(EVENTS[::-1], NOW)) == HEADS


def test_a_head_tells_that_events_are_missing_from_the_file() -> None:
    document = export_document([event("acme", 1), event("acme", 3)], NOW)
    head = json.loads(document.splitlines()[-2])
    assert (head["events"], head["length"]) == (2, 3)


def test_an_export_cut_short_anywhere_is_refused() -> None:
    first_line = DOCUMENT.index(b"\n")
    for length in range(len(DOCUMENT)):
        expected = "NOT_AN_AUDIT_EXPORT" if length < first_line else "AUDIT_EXPORT_DAMAGED"
        assert refusal(DOCUMENT[:length]) == expected


def test_an_export_without_some_of_its_lines_is_refused() -> None:
    lines = DOCUMENT.splitlines(keepends=True)
    for taken in range(1, len(lines)):
        assert refusal(b"".join(lines[:taken] + lines[taken + 1 :])) == "AUDIT_EXPORT_DAMAGED"


@given(st.integers(0, len(DOCUMENT) - 1), st.integers(1, 255))
def test_an_export_with_another_byte_is_refused_or_reads_the_same(position: int, change: int) -> None:
    """Only within the last line, which no digest covers, can a change go unnoticed; it then changes nothing read."""
    damaged = bytearray(DOCUMENT)
    damaged[position] ^= change
    try:
        assert read_heads(bytes(damaged)) == HEADS
    except Refused as error:
        assert error.reason in ("NOT_AN_AUDIT_EXPORT", "AUDIT_EXPORT_DAMAGED", "AUDIT_EXPORT_TOO_NEW")  # noqa: PT017
    else:
        assert position > DOCUMENT.rindex(b"\n", 0, -1)


@given(st.binary() | st.just(b"{}\n") | texts.map(str.encode))
def test_another_file_is_refused(document: bytes) -> None:
    assert refusal(document) == "NOT_AN_AUDIT_EXPORT"


def test_an_export_of_a_later_version_is_refused_as_that() -> None:
    assert refusal(DOCUMENT.replace(b'"version":1', b'"version":2')) == "AUDIT_EXPORT_TOO_NEW"


def test_an_export_of_an_empty_trail_has_no_heads() -> None:
    assert read_heads(export_document([], NOW)) == []
