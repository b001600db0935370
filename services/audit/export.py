"""The export of the trail: JSON lines that can be kept elsewhere and held against tomorrow's chains.

    {"type": "billinghelp_audit_export", "version": 1, "exported_at": …}     first line
    {"type": "event", "event": {…}}                                          one line an event
    {"type": "head", "stream": …, "events": …, "length": …, "last_hash": …}  one line a stream
    {"type": "end", "events": …, "streams": …, "sha256": …}                  last line

A head's `events` counts the events in the file, `length` those in the chain: they differ where the export is partial.
The last line carries the SHA-256 of all bytes before it, so that a file that was cut short or damaged is noticed. It is
no signature: what protects the trail is that the export is kept where the database's writers cannot reach it.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from services.contract.errors import Refused, invalid
from services.contract.views import AuditEventView, StreamHead


class _Header(msgspec.Struct, frozen=True, tag_field="type", tag="billinghelp_audit_export"):
    version: int
    exported_at: datetime


class _EventLine(msgspec.Struct, frozen=True, tag_field="type", tag="event"):
    event: AuditEventView


class _HeadLine(msgspec.Struct, frozen=True, tag_field="type", tag="head"):
    stream: str
    events: int
    length: int
    last_hash: str


class _End(msgspec.Struct, frozen=True, tag_field="type", tag="end"):
    events: int
    streams: Annotated[int, Meta(ge=0)]
    sha256: str


_VERSION = 1


class ExportWriter:
    """Writes an export page by page: `start()`, `events(page)` for each page, `finish()`; each returns bytes to write.

    It holds one head a stream in memory, never the events.
    """

    def __init__(self, exported_at: datetime) -> None:
        self._exported_at = exported_at
        self._heads: dict[str, _HeadLine] = {}
        self._digest = hashlib.sha256()
        self._events = 0

    def start(self) -> bytes:
        """Return the first line."""
        return self._lines([_Header(_VERSION, self._exported_at)])

    def events(self, events: Iterable[AuditEventView]) -> bytes:
        """Return the lines of some events; the last of a stream by sequence becomes its head."""
        lines = []
        for event in events:
            lines.append(_EventLine(event))
            self._events += 1
            head = self._heads.get(event.stream)
            seen = 1 if head is None else head.events + 1
            if head is None or event.sequence > head.length:
                self._heads[event.stream] = _HeadLine(event.stream, seen, event.sequence, event.hash)
            else:
                self._heads[event.stream] = msgspec.structs.replace(head, events=seen)
        return self._lines(lines)

    def finish(self) -> bytes:
        """Return the heads, in the order of their streams' names, and the last line."""
        heads = self._lines([self._heads[stream] for stream in sorted(self._heads)])
        return heads + self._lines([_End(self._events, len(self._heads), self._digest.hexdigest())])

    def _lines(self, lines: Iterable[msgspec.Struct]) -> bytes:
        written = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        self._digest.update(written)
        return written


def export_document(events: Iterable[AuditEventView], exported_at: datetime) -> bytes:
    """Return a whole export of `events` at once."""
    writer = ExportWriter(exported_at)
    return writer.start() + writer.events(events) + writer.finish()


def read_heads(document: bytes) -> list[StreamHead]:
    """Return the heads that an export recorded.

    Raises:
        Refused: `NOT_AN_AUDIT_EXPORT`; `AUDIT_EXPORT_DAMAGED`, when it is one but was cut short or changed;
            `AUDIT_EXPORT_TOO_NEW`.
    """
    first, _, _ = document.partition(b"\n")
    try:
        header = msgspec.json.decode(first, type=_Header)
    except ValueError as error:
        message = "This file is not an audit export: give one that `billinghelp audit export` wrote."
        raise invalid("NOT_AN_AUDIT_EXPORT", message) from error
    if header.version != _VERSION:
        message = "This audit export was written by a newer version of Billing Help: use that version."
        raise invalid("AUDIT_EXPORT_TOO_NEW", message)
    try:
        heads = _undamaged_heads(document)
    except ValueError as error:
        raise _damaged() from error
    return [StreamHead(stream=head.stream, length=head.length, last_hash=head.last_hash) for head in heads]


def _undamaged_heads(document: bytes) -> list[_HeadLine]:
    body, newline, last = document.removesuffix(b"\n").rpartition(b"\n")
    end = msgspec.json.decode(last, type=_End)
    if not document.endswith(b"\n") or hashlib.sha256(body + newline).hexdigest() != end.sha256:
        raise _damaged()
    _, *lines = body.rsplit(b"\n", end.streams)
    heads = [msgspec.json.decode(line, type=_HeadLine) for line in lines]
    if len(heads) != end.streams or sum(head.events for head in heads) != end.events:
        raise _damaged()
    return heads


def _damaged() -> Refused:
    message = "This audit export is incomplete or was changed after it was written: use an undamaged copy of it."
    return invalid("AUDIT_EXPORT_DAMAGED", message)
