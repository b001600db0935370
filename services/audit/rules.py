"""The chain: how an event is hashed, and whether a run of stored rows holds. Pure: no database, no clock."""

import hashlib
import struct
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from services.audit.model import Fault, LinkedEvent, StoredEvent
from services.contract.views import StreamHead, StreamVerification

# The marks keep the two kinds of hash apart, and a later format from this one.
_EVENT_MARK = b"billinghelp audit event 1\n"
_GENESIS_MARK = b"billinghelp audit genesis 1\n"

_COVERED = len(LinkedEvent.__struct_fields__)
_length_prefix = struct.Struct(">Q").pack
_NULL = b"\xff" * 8  # no field is this long, so null and empty differ


def _prefixed(value: str | bytes | int | None) -> bytes:
    if value is None:
        return _NULL
    stored = value if isinstance(value, bytes) else str(value).encode()
    return _length_prefix(len(stored)) + stored


def event_hash(event: LinkedEvent) -> bytes:
    """Return the SHA-256 of every field of `LinkedEvent`, the hash of the previous event among them.

    Each field goes in as the bytes that are stored (text in UTF-8, the sequence as decimal digits) behind their number
    as eight bytes, so that no two different events have the same input; null is eight bytes of 0xFF.
    """
    fields = msgspec.structs.astuple(event)[:_COVERED]
    return hashlib.sha256(_EVENT_MARK + b"".join(map(_prefixed, fields))).digest()


def genesis(stream: str) -> bytes:
    """Return what stands for the previous hash of a stream's first event: each stream begins from its own name."""
    return hashlib.sha256(_GENESIS_MARK + _prefixed(stream)).digest()


def storable(text: str) -> str:
    """Return `text` with U+FFFD for what PostgreSQL or UTF-8 cannot hold: U+0000 and lone surrogates.

    A refused attempt is recorded with what it sent, however malformed: recording it must not fail on that.
    """
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "\ufffd")


def decode(row: Sequence[Any]) -> StoredEvent:
    """Return a row (the fields of `StoredEvent`, in order) as an event, its types exactly those the schema promises.

    SQLite stores any type in any column, and some drivers would convert it quietly.

    Raises:
        msgspec.ValidationError: a value has another type; the message says which.
    """
    return msgspec.convert(tuple(row), StoredEvent, builtin_types=(bytes,))


class ChainCheck:
    """Verifies one stream: give it the stream's rows in order of sequence, then ask for the result.

    Args:
        stream: the stream's name.
        recorded: the stream's head in an earlier export; today's chain must extend it.
    """

    def __init__(self, stream: str, recorded: StreamHead | None = None) -> None:
        self._stream = stream
        self._recorded = recorded
        self._length = 0
        self._last_hash = genesis(stream)
        self._verdict: StreamVerification | None = None

    def take(self, row: Sequence[Any]) -> None:
        """Verify the next row. Once a row does not hold, those behind it are not looked at."""
        if self._verdict is not None:
            return
        try:
            event = decode(row)
        except msgspec.ValidationError as error:
            self.unreadable(str(error))
            return
        due = self._length + 1
        if event.sequence != due:
            self._broken(min(event.sequence, due), Fault.GAP)
        elif event.previous_hash != self._last_hash:
            self._broken(due, Fault.UNLINKED)
        elif event.hash != event_hash(event):
            self._broken(due, Fault.EDITED)
        elif self._recorded and self._recorded.length == due and self._recorded.last_hash.lower() != event.hash.hex():
            self._broken(due, Fault.REWRITTEN)
        else:
            self._length = due
            self._last_hash = event.hash

    def unreadable(self, detail: str) -> None:
        """Say that the next row cannot be read: neither that the chain holds nor that it is broken."""
        if self._verdict is None:
            self._verdict = self._found("UNREADABLE", detail=f"the event after sequence {self._length}: {detail}")

    def result(self) -> StreamVerification:
        """Return what was found. `length` and `last_hash` describe the part of the chain that holds."""
        if self._verdict is None and self._recorded and self._recorded.length > self._length:
            self._broken(self._length + 1, Fault.CUT)
        return self._verdict or self._found("OK")

    def _broken(self, sequence: int, fault: Fault) -> None:
        self._verdict = self._found("BROKEN", broken_at=sequence, detail=fault.value)

    def _found(
        self, status: Literal["OK", "BROKEN", "UNREADABLE"], broken_at: int | None = None, detail: str | None = None
    ) -> StreamVerification:
        return StreamVerification(
            stream=self._stream,
            status=status,
            length=self._length,
            last_hash=self._last_hash.hex() if self._length else "",
            broken_at=broken_at,
            detail=detail,
        )
