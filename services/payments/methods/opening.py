"""A page of Stripe's is opened for a person: written down before Stripe is asked, and told of in the trail.

Who wishes what somebody was sent to a page for before is sent to the same page while it waits: it may have been mailed.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec

from services.actions.transaction import fingerprint_of, request_id_reused, revised
from services.audit.store import append
from services.billing import store as billing_store
from services.billing.model import CustomerFacts
from services.contract.context import CallContext
from services.contract.errors import Refused, customer_not_found
from services.contract.requests import StartRequest
from services.contract.types import HostedPageKind
from services.contract.views import HostedPage
from services.payments import operations_store
from services.payments.accounts import ensure_account, gone_from_stripe
from services.payments.calls import PaymentCall
from services.payments.mirror import store as mirror_store
from services.payments.mirror.effects import superseded
from services.payments.model import PAGES_LAST, Operation, OperationKind
from services.payments.port import HostedSession
from services.payments.trail import payment_event
from services.storage.connection import Connection

_log = logging.getLogger(__name__)

_PATIENCE = 2.0  # seconds for which a page that is there waits for earlier ones to be closed
_TO_FILL_IN = timedelta(minutes=10)  # who is sent to a page has at least that long

Check = Callable[[Connection, CustomerFacts], None]
"""Refuses what cannot be started as things stand."""

Ask = Callable[[CustomerFacts, str, str], Awaitable[HostedSession]]
"""Asks Stripe for the page: of a customer, known by this id at Stripe, under this idempotency key."""


async def open_page(
    call: PaymentCall, request: StartRequest, kind: OperationKind, check: Check, ask: Ask, said: str
) -> HostedPage:
    """Return the page that a request leads to, and close those of its kind that others wished something else of.

    Args:
        said: what people are told beside its address.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `REQUEST_ID_REUSED`, what `check` refuses, and what the provider's port names.
    """
    page = await _opened_once(call, request, kind, check, ask, said)
    if kind in operations_store.CLOSABLE and not page.replayed:
        closing = asyncio.create_task(_close_earlier(call, request.customer_id))
        call.keep(closing)
        await asyncio.wait((closing,), timeout=_PATIENCE)
    return page


async def _opened_once(
    call: PaymentCall, request: StartRequest, kind: OperationKind, check: Check, ask: Ask, said: str
) -> HostedPage:
    facts, operation, earlier = await call.transact(partial(_begin, call=call, request=request, kind=kind, check=check))
    if operation.answer is not None:
        return _replayed(operation.answer)
    account_id = await ensure_account(call, facts)
    page = None if earlier is None else await _waiting(call, earlier, account_id)
    if page is None:
        page, earlier = await _asked(call, facts, account_id, operation.operation_id, ask), None
    # Asked for again after a lost answer, it is the latest page by now, whatever was opened in between.
    opened_at = call.context.now if earlier is None else earlier.started_at
    operation = msgspec.structs.replace(operation, started_at=opened_at)
    return await call.transact(partial(_opened, call=call, request=request, operation=operation, page=page, said=said))


async def _waiting(call: PaymentCall, earlier: Operation, account_id: str) -> HostedSession | None:
    """Return the page of an earlier operation, if it waits and there is time to fill it in."""
    try:
        found = await call.provider.session(str(earlier.session_id))
    except Refused as refused:
        if refused.reason != "PAYMENTS_OBJECT_GONE":
            raise
        return None
    if found.url is None or found.account_id != account_id or found.expires_at < call.context.now + _TO_FILL_IN:
        return None
    return HostedSession(session_id=found.session_id, url=found.url, expires_at=found.expires_at)


async def _asked(call: PaymentCall, facts: CustomerFacts, account_id: str, key: str, ask: Ask) -> HostedSession:
    try:
        return await ask(facts, account_id, key)
    except Refused as refused:
        if refused.reason != "PAYMENTS_OBJECT_GONE":
            raise
        facts = await gone_from_stripe(call, facts, account_id, refused)
    # Deleted at Stripe: another one is made, once, and asked for under a key of its own.
    account_id = await ensure_account(call, facts)
    return await ask(facts, account_id, f"{key}-again")


def _begin(
    conn: Connection, call: PaymentCall, request: StartRequest, kind: OperationKind, check: Check
) -> tuple[CustomerFacts, Operation, Operation | None]:
    """Write down what is to be asked of Stripe, or find what was written down under this request id.

    Beside it stands the operation of whose page the same was wished before, where none of its kind came after it.
    """
    context, customer_id = call.context, request.customer_id
    billing_store.lock_customer(conn, customer_id)
    facts = billing_store.load_facts(conn, customer_id)
    if facts is None:
        raise customer_not_found()
    fingerprint = _fingerprint(context, request)
    pages, _wish = operations_store.still_open(conn, customer_id, context.now - PAGES_LAST)
    earlier = _of_same_wish(pages, kind, fingerprint)
    known = operations_store.find(conn, customer_id, request.request_id)
    if known is not None:
        if known.fingerprint != fingerprint:
            raise request_id_reused()
        if known.answer is None:
            check(conn, facts)
        return facts, known, earlier
    check(conn, facts)
    operation = Operation(
        customer_id=customer_id,
        request_id=request.request_id,
        operation_id=context.new_id("pay"),
        kind=kind,
        fingerprint=fingerprint,
        started_at=context.now,
    )
    operations_store.add(conn, operation)
    return facts, operation, earlier


def _of_same_wish(pages: Sequence[Operation], kind: OperationKind, fingerprint: bytes) -> Operation | None:
    earlier = superseded(pages)
    latest = next((page for page in pages if page.kind is kind and page not in earlier), None)
    return latest if latest is not None and _wish_in(latest.fingerprint) == _wish_in(fingerprint) else None


def _fingerprint(context: CallContext, request: StartRequest) -> bytes:
    """Return what makes a request the same one: a hash of who asks for what, then what is wished of the page."""
    wish = {name: getattr(request, name) for name in request.__struct_fields__ if name not in _COMMON}
    return fingerprint_of(context, request) + msgspec.json.encode(wish, order="deterministic")


def _wish_in(fingerprint: bytes) -> bytes:
    return fingerprint[hashlib.sha256().digest_size :]


def _opened(
    conn: Connection, call: PaymentCall, request: StartRequest, operation: Operation, page: HostedSession, said: str
) -> HostedPage:
    customer_id = request.customer_id
    billing_store.lock_customer(conn, customer_id)
    before = billing_store.load_facts(conn, customer_id)
    known = operations_store.find(conn, customer_id, request.request_id)
    if before is None or known is None:
        raise customer_not_found()
    if known.answer is not None:  # the same request at the same time was faster
        return _replayed(known.answer)
    if operation.kind is OperationKind.SETUP:
        _keep_setup(conn, call, before, page.expires_at)
    # Not the address: whoever has it can use the page.
    told = {"kind": operation.kind, "operation_id": operation.operation_id, "session_id": page.session_id}
    told |= {name: getattr(request, name) for name in request.__struct_fields__ if name not in _COMMON}
    action, request_id = type(request).__name__, request.request_id
    event = payment_event(call.context, before, before, action=action, told=told, request_id=request_id)
    answer = HostedPage(
        kind=HostedPageKind(operation.kind.value),
        url=page.url,
        expires_at=page.expires_at,
        notice=said,
        replayed=False,
        audit_event_id=append(conn, event),
    )
    operations_store.end_page(conn, page.session_id, call.context.now)  # what comes of it is this one's business now
    kept = msgspec.structs.replace(operation, session_id=page.session_id, answer=msgspec.json.encode(answer))
    operations_store.answered(conn, kept)
    return answer


_COMMON = frozenset(StartRequest.__struct_fields__)


def _replayed(answer: bytes) -> HostedPage:
    return msgspec.structs.replace(msgspec.json.decode(answer, type=HostedPage), replayed=True)


def _keep_setup(conn: Connection, call: PaymentCall, before: CustomerFacts, open_until: datetime | None) -> None:
    payments = msgspec.structs.replace(before.payments, setup_open_until=open_until)
    after = revised(msgspec.structs.replace(before, payments=payments), call.context)
    mirror_store.save_profile(conn, before.customer.customer_id, payments)
    billing_store.save(conn, before, after, call.context.now)


async def _close_earlier(call: PaymentCall, customer_id: str) -> None:
    """Close the pages in whose place others were opened. What cannot be closed now is closed by who reads Stripe next.

    One that was completed meanwhile stays as it is, and so does what it led to: Stripe tells of it as of any other.
    """
    since = call.context.now - PAGES_LAST
    try:
        pages, _wish = await call.read(lambda conn: operations_store.still_open(conn, customer_id, since))
        for page in superseded(pages):
            await call.provider.close_session(str(page.session_id))
    except Refused as refused:
        _log.warning("An earlier page of %s was not closed: %s", customer_id, refused.reason)
