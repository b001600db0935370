"""Long work on the whole audit trail, page by page, so that it can tell how far it is and be stopped."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from billinghelp.desk_port import DeskPort, ask
from billinghelp.files import replacing
from services.audit.export import ExportWriter
from services.contract.clock import Clock
from services.contract.requests import ListAuditEvents, VerifyAuditTrail
from services.contract.views import AuditPage, AuditVerification, LedgerVerification, StreamVerification
from widgets.format import count

STREAMS_A_PAGE = 200
EVENTS_A_PAGE = 500

Tell = Callable[[str], None]
"""Told in words how far the work is."""


class TrailVerdict(msgspec.Struct, frozen=True):
    """What verifying found: how many streams, those that are not OK, and the ledger's check."""

    streams: int
    broken: tuple[StreamVerification, ...]
    ledger: LedgerVerification | None

    @property
    def sound(self) -> bool:
        """Whether everything holds."""
        return not self.broken and (self.ledger is None or self.ledger.sound)

    @property
    def summary(self) -> str:
        """The verdict in one sentence."""
        streams = "1 stream" if self.streams == 1 else f"{count(self.streams)} streams"
        if self.sound:
            ledger = f", {count(self.ledger.entries)} ledger entries checked" if self.ledger else ""
            return f"{streams} OK{ledger}."
        found = [f"{count(len(self.broken))} of {streams} not OK"] if self.broken else []
        if self.ledger and self.ledger.unreadable:
            found.append(f"a ledger that cannot be read: {self.ledger.unreadable}")
        if self.ledger and self.ledger.mismatched:
            found.append(f"balances that differ from the ledger: {count(len(self.ledger.mismatched))}")
        return "; ".join(found) + "."


async def verify_trail(desk: DeskPort, stream: str | None, tell: Tell) -> TrailVerdict:
    """Verify one stream, or all. Holds what is broken in memory, never what is sound.

    Raises:
        Refused: what the desk refuses.
    """
    request = VerifyAuditTrail(stream=stream, page_size=STREAMS_A_PAGE)
    streams, ledger = 0, None
    broken: list[StreamVerification] = []
    while True:
        page = await ask(desk, request, AuditVerification)
        streams += len(page.streams)
        broken += [found for found in page.streams if found.status != "OK"]
        ledger = ledger or page.ledger
        if page.next_page_token is None:
            return TrailVerdict(streams, tuple(broken), ledger)
        tell(f"Verified {count(streams)} streams so far…")
        request = VerifyAuditTrail(stream=stream, page_size=STREAMS_A_PAGE, page_token=page.next_page_token)


async def export_trail(desk: DeskPort, stream: str | None, folder: Path, clock: Clock, tell: Tell) -> Path:
    """Write the trail, oldest event first, into a new file in `folder`, and return it. Stopped midway, it leaves none.

    Raises:
        Refused: what the desk refuses, or `FILE_NOT_WRITTEN`.
    """
    now = clock()
    path = folder / f"audit-{now:%Y%m%dT%H%M%S%f}.jsonl"
    writer = ExportWriter(now)
    request = ListAuditEvents(stream=stream, order="oldest", page_size=EVENTS_A_PAGE)
    written = 0
    with replacing(path) as file:
        await asyncio.to_thread(file.write, writer.start())
        while True:
            page = await ask(desk, request, AuditPage)
            await asyncio.to_thread(file.write, writer.events(page.events))
            written += len(page.events)
            if page.next_page_token is None:
                break
            tell(f"Wrote {count(written)} events so far…")
            request = ListAuditEvents(
                stream=stream, order="oldest", page_size=EVENTS_A_PAGE, page_token=page.next_page_token
            )
        await asyncio.to_thread(file.write, writer.finish())
    return path
