"""A customer's invoices: what Stripe has is read into the records at most once a minute, and listed from there."""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

import msgspec
from msgspec import Meta

from services.billing.model import CustomerFacts, Invoice
from services.billing.plan_views import method_view
from services.billing.views import invoice_view
from services.contract.errors import Refused
from services.contract.paging import decode_token, encode_token, page_size
from services.contract.requests import GetInvoice, ListInvoices
from services.contract.views import InvoiceDetail, InvoiceLineView, InvoicePage, PaymentAttemptView
from services.payments.accounts import account_of, unknown_account
from services.payments.calls import PaymentCall, facts_of
from services.payments.methods.hosted import invoice_not_found
from services.payments.mirror import store as mirror_store
from services.payments.mirror.effects import invoice_of
from services.payments.mirror.sync import sync
from services.payments.mirror.under_lock import UnknownAccountError, hold, release
from services.payments.model import Hint, Subject
from services.payments.port import RemoteAttempt, RemoteInvoiceDetail, RemoteInvoiceLine
from services.storage.connection import Connection

CACHED = timedelta(seconds=60)
"""For how long what Stripe said of a customer's invoices counts."""

_PATIENCE = 2.0  # seconds
_LOCK_WITHIN = 5.0  # seconds: who reads the same invoices just now is soon done

_Position = tuple[Annotated[datetime, Meta(tz=True)], str]


async def list_invoices(call: PaymentCall, request: ListInvoices) -> InvoicePage:
    """Return a page of invoices, newest first. Where Stripe cannot be asked: those that are known, and why.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `INVALID_PAGE_SIZE`, `INVALID_PAGE_TOKEN`.
    """
    query = msgspec.structs.replace(request, page_size=None, page_token=None, refresh=False)
    place, size = decode_token(query, request.page_token, _Position), page_size(request.page_size)
    facts, read_at = await call.read(partial(_known, customer_id=request.customer_id))
    account_id, problem = account_of(facts), None
    is_fresh = read_at is not None and not request.refresh and call.context.now - read_at < CACHED
    # A page further down continues what the first one showed, and a session that only reads writes nothing down.
    if account_id is not None and place is None and not is_fresh and not call.read_only:
        known = await call.read(lambda conn: mirror_store.known_at_stripe(conn, request.customer_id))
        problem = await _read_within(call, account_id, _PATIENCE if known else None)
        _facts, read_at = await call.read(partial(_known, customer_id=request.customer_id))
    found = await call.read(lambda conn: mirror_store.page_of_invoices(conn, request.customer_id, place, size + 1))
    last = found[size - 1] if len(found) > size else None
    return InvoicePage(
        invoices=[invoice_view(each) for each in found[:size]],
        next_page_token=encode_token(query, (last.issued_at, last.number)) if last else None,
        fetched_at=read_at,
        problem=problem,
    )


async def _read_within(call: PaymentCall, account_id: str, seconds: float | None) -> str | None:
    """Read a customer's invoices from Stripe, and return why they are not what Stripe has now.

    Who knows some already is not kept waiting for long: it goes on, and the next list shows what came of it.
    """
    reading = asyncio.create_task(_read_again(call, account_id))
    call.keep(reading)
    done, _ = await asyncio.wait((reading,), timeout=seconds)
    return reading.result() if done else "Stripe has not answered yet: these are the invoices as they were known."


async def _read_again(call: PaymentCall, account_id: str) -> str | None:
    """Read a customer's invoices from Stripe, and return why they could not be."""
    mirror = call.mirror
    try:
        held = await hold(mirror, Hint(Subject.INVOICES, account_id), within=_LOCK_WITHIN)
        try:
            await sync(mirror, held)
        except BaseException:
            await release(mirror, held)
            raise
    except UnknownAccountError:
        return unknown_account().message
    except Refused as refused:
        return refused.message
    return None


def _known(conn: Connection, customer_id: str) -> tuple[CustomerFacts, datetime | None]:
    return facts_of(conn, customer_id), mirror_store.invoices_read_at(conn, customer_id)


async def get_invoice(call: PaymentCall, request: GetInvoice) -> InvoiceDetail:
    """Return one invoice, its lines and how its collection went. Where Stripe cannot be asked: what is known, and why.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `INVOICE_NOT_FOUND`; with `pdf` also what the provider's port names.
    """
    facts = await call.facts(request.customer_id)
    known = await call.read(lambda conn: mirror_store.invoice_by_id(conn, request.customer_id, request.invoice))
    if known is None:
        raise invoice_not_found()
    if known.invoice_id is None or (account_id := account_of(facts)) is None:
        return _recorded(known, None if known.invoice_id is None else "Stripe has deleted this customer.")
    try:
        detail = await call.provider.invoice_detail(known.invoice_id)
    except Refused as refused:
        if request.pdf:
            raise
        return _recorded(known, refused.message)
    if detail.invoice.account_id != account_id:
        raise invoice_not_found()
    pdf = await call.provider.invoice_pdf(detail.invoice) if request.pdf else None
    return _shown(detail, pdf)


def _recorded(invoice: Invoice, problem: str | None) -> InvoiceDetail:
    return InvoiceDetail(
        invoice=invoice_view(invoice),
        lines=[],
        attempts=[],
        next_attempt_at=None,
        amount_remaining=0 if invoice.status != "open" else invoice.amount,
        hosted_url=None,
        problem=problem,
    )


def _shown(detail: RemoteInvoiceDetail, pdf: bytes | None) -> InvoiceDetail:
    return InvoiceDetail(
        invoice=invoice_view(invoice_of(detail.invoice)),
        lines=[_line(each) for each in detail.lines],
        attempts=[_attempt(each) for each in detail.attempts],
        next_attempt_at=detail.next_attempt_at,
        amount_remaining=detail.invoice.amount_remaining,
        hosted_url=detail.invoice.hosted_url,
        pdf=pdf,
    )


def _line(line: RemoteInvoiceLine) -> InvoiceLineView:
    return InvoiceLineView(**msgspec.structs.asdict(line))


def _attempt(attempt: RemoteAttempt) -> PaymentAttemptView:
    return PaymentAttemptView(
        attempted_at=attempt.attempted_at,
        amount=attempt.amount,
        currency=attempt.currency,
        status=attempt.status,
        method=None if attempt.method is None else method_view(attempt.method).text,
        problem=attempt.problem,
    )
