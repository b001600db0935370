"""Commands that read: customers, show, ask, export."""

import argparse
import sys
from contextlib import aclosing

from billinghelp.answer_papers import payload_text
from billinghelp.cli.output import Output
from billinghelp.cli.session import Session, opened
from billinghelp.cli.text import answer_footer, customer_line, list_footer, view_lines
from billinghelp.files import write_file, write_new_file
from services.contract.errors import Code, Refused, invalid
from services.contract.requests import (
    AskBillingChat,
    ExportBillingReport,
    GetBillingChatThread,
    GetCustomerBillingView,
    ListBillingCustomers,
    PreviewBillingChatPayload,
)
from services.contract.types import BlockerCode, ReportFormat, Starter
from services.contract.views import ChatAnswer, ChatDelta, ChatError, ChatPayload, CustomerList

_PAGE = 500


def customers(options: argparse.Namespace, output: Output) -> int:
    """Print the list of customers."""
    request = ListBillingCustomers(
        query=options.query,
        blocker=_blocker(options.blocker),
        blocked_only=options.blocked,
        order=options.order,
        page_size=min(options.limit, _PAGE),
    )
    with opened(options) as session:
        page = _pages(session, request, options.limit)
    if output.as_json:
        output.json(page)
    else:
        filtered = bool(options.query or options.blocked or options.blocker)
        output.text(*(customer_line(row) for row in page.customers), list_footer(page, filtered=filtered))
    return 0


def _pages(session: Session, request: ListBillingCustomers, limit: int) -> CustomerList:
    import msgspec

    page: CustomerList = session.call(request)
    rows = list(page.customers)
    while page.next_page_token and len(rows) < limit:
        page = session.call(msgspec.structs.replace(request, page_token=page.next_page_token))
        rows += page.customers
    return msgspec.structs.replace(page, customers=rows[:limit])


def _blocker(text: str | None) -> BlockerCode | None:
    if text is None:
        return None
    try:
        return BlockerCode(text)
    except ValueError as error:
        known = ", ".join(BlockerCode)
        raise invalid("USAGE", f"There is no blocker {text!r}: choose one of {known}.") from error


def show(options: argparse.Namespace, output: Output) -> int:
    """Print one customer's summary and blockers."""
    with opened(options) as session:
        view = session.call(GetCustomerBillingView(customer_id=options.customer))
    if output.as_json:
        output.json(view)
    else:
        output.text(*view_lines(view))
    return 0


def ask(options: argparse.Namespace, output: Output) -> int:
    """Print guidance as it is written, or with --payload what would be sent for it."""
    if (options.question is None) == (options.starter is None):
        raise invalid("USAGE", "Give a question or --starter, one of the two.")
    starter = Starter(options.starter) if options.starter else None
    with opened(options) as session:
        if options.payload:
            _print_payload(session, options.customer, options.question, starter, output)
        else:
            request = AskBillingChat(customer_id=options.customer, question=options.question, starter=starter)
            session.run(_stream(session, request, output))
    return 0


def _print_payload(
    session: Session, customer: str, question: str | None, starter: Starter | None, output: Output
) -> None:
    preview = PreviewBillingChatPayload(customer_id=customer, question=question, starter=starter)
    found: ChatPayload = session.call(preview)
    if output.as_json:
        output.json(found)
    else:
        output.text(*payload_text(found, sent=False).split("\n"))


async def _stream(session: Session, request: AskBillingChat, output: Output) -> None:
    if output.interactive and not output.as_json:
        thread = await session.desk.call(GetBillingChatThread(customer_id=request.customer_id, page_size=1))
        if thread.host is not None:
            output.aside(f"Asking {thread.engine} at {thread.host}… (ctrl+c stops)")
    async with aclosing(session.desk.stream(request)) as events:
        async for event in events:
            if isinstance(event, ChatError):
                raise Refused(Code(event.code), event.reason, event.message, event.details)
            if output.as_json:
                output.json(event)
            elif isinstance(event, ChatDelta):
                if event.notice:
                    output.paragraph(f"▲ {event.notice}")
                output.piece(event.text)
            elif isinstance(event, ChatAnswer):
                output.text("", "", answer_footer(event.message))


def export(options: argparse.Namespace, output: Output) -> int:
    """Write the billing report."""
    request = ExportBillingReport(customer_id=options.customer, format=ReportFormat(options.format))
    with opened(options) as session:
        report = session.call(request)
    if options.output == "-":
        sys.stdout.buffer.write(report.content)
        return 0
    if options.output is None:
        path = str(write_new_file(report.filename, report.content))
    else:
        path = options.output
        write_file(path, report.content)
    if output.as_json:
        output.json({"file": path, "media_type": report.media_type, "bytes": len(report.content)})
    else:
        output.text(f"Wrote {path}.")
    return 0
