"""The commands `audit verify`, `audit show` and `audit export`."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from billinghelp.cli.output import Output
from billinghelp.cli.session import Session, opened
from billinghelp.cli.text import event_lines, stream_line, verification_summary
from billinghelp.files import replacing
from services.audit.export import ExportWriter, read_heads
from services.contract.clock import system_clock
from services.contract.errors import invalid
from services.contract.requests import ListAuditEvents, VerifyAuditTrail
from services.contract.views import AuditEventView, AuditVerification, StreamHead

_PAGE = 500
_OK, _NOT_OK = 0, 1


def verify(options: argparse.Namespace, output: Output) -> int:
    """Verify every chain and the ledger: one line a stream, then a summary line."""
    against = _heads(options.against, options.stream)
    request = VerifyAuditTrail(stream=options.stream, against=against, page_size=_PAGE)
    pages: list[AuditVerification] = []
    with opened(options) as session:
        for page in _verified(session, request):
            pages.append(page)
            if not output.as_json:
                output.text(*(stream_line(stream) for stream in page.streams))
    streams = [stream for page in pages for stream in page.streams]
    ledger = pages[0].ledger
    sound = all(s.status == "OK" for s in streams) and (ledger is None or ledger.sound)
    if output.as_json:
        output.json({"ok": sound, "streams": streams, "ledger": ledger})
    else:
        output.text(*verification_summary(streams, ledger, against=options.against is not None))
    return _OK if sound else _NOT_OK


def _verified(session: Session, request: VerifyAuditTrail) -> Iterator[AuditVerification]:
    while True:
        page: AuditVerification = session.call(request)
        yield page
        if page.next_page_token is None:
            return
        request = msgspec.structs.replace(request, page_token=page.next_page_token)


def _heads(file: str | None, stream: str | None) -> list[StreamHead]:
    if file is None:
        return []
    try:
        heads = read_heads(Path(file).read_bytes())
    except OSError as error:
        raise invalid("FILE_NOT_READABLE", f"{file} cannot be read: {error.strerror}.") from error
    return [head for head in heads if stream in (None, head.stream)]


def show(options: argparse.Namespace, output: Output) -> int:
    """Print the newest events, newest first."""
    request = ListAuditEvents(stream=options.stream, page_size=min(options.limit, _PAGE))
    with opened(options) as session:
        events = [event for page in _pages(session, request, options.limit) for event in page][: options.limit]
    if output.as_json:
        output.json({"events": events})
    elif events:
        output.text(*(line for event in events for line in event_lines(event)))
    else:
        output.text("No audit events yet.")
    return 0


def export(options: argparse.Namespace, output: Output) -> int:
    """Write the whole trail, oldest event first, with every stream's length and last hash."""
    request = ListAuditEvents(stream=options.stream, order="oldest", page_size=_PAGE)
    with opened(options) as session:
        if options.output == "-":
            _write(session, request, sys.stdout.buffer)
            return 0
        if Path(options.output).exists() and not options.force:
            # an earlier export is what later ones are held against: it must not go by a slip of the pen
            raise invalid("FILE_EXISTS", f"{options.output} is there already: name another file, or add --force.")
        with replacing(options.output) as file:
            events = _write(session, request, file)
    if output.as_json:
        output.json({"file": options.output, "events": events})
    else:
        output.text(f"Wrote {events} events to {options.output}.")
    return 0


def _write(session: Session, request: ListAuditEvents, file: BinaryIO) -> int:
    writer = ExportWriter(system_clock())
    written = 0
    file.write(writer.start())
    for events in _pages(session, request):
        file.write(writer.events(events))
        written += len(events)
    file.write(writer.finish())
    return written


def _pages(session: Session, request: ListAuditEvents, enough: int | None = None) -> Iterator[list[AuditEventView]]:
    seen = 0
    while True:
        page = session.call(request)
        yield page.events
        seen += len(page.events)
        if page.next_page_token is None or (enough is not None and seen >= enough):
            return
        request = msgspec.structs.replace(request, page_token=page.next_page_token)
