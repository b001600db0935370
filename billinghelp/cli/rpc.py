"""The command `rpc`: any method of the surface, JSON in and out."""

import argparse
import sys

from billinghelp.cli.output import Output
from billinghelp.cli.session import Session, opened
from services.contract.errors import invalid
from services.contract.requests import AskBillingChat, WhoAmI
from services.surface.wire import decode_request


def run(options: argparse.Namespace, output: Output) -> int:
    """Call one method, or list those that the caller may use."""
    output.as_json = True
    if not options.list and options.method is None:
        raise invalid("USAGE", "Name a method, or use --list.")
    with opened(options) as session:
        if options.list:
            output.json({"methods": session.call(WhoAmI()).methods})
            return 0
        body = sys.stdin.buffer.read() if options.body == "-" else options.body.encode(errors="surrogateescape")
        request = decode_request(options.method, body)
        if isinstance(request, AskBillingChat):
            session.run(_stream(session, request, output))
        else:
            output.json(session.call(request))
    return 0


async def _stream(session: Session, request: AskBillingChat, output: Output) -> None:
    async for event in session.desk.stream(request):
        output.json(event)
