"""Invoices of Stripe's: one that it told of, or a customer's latest."""

from collections.abc import Sequence

from services.billing.model import CustomerFacts, Invoice
from services.contract.errors import Refused
from services.contract.views import Change
from services.contract.wording import date, money
from services.payments.mirror import store as mirror_store
from services.payments.mirror.effects import invoice_of, with_invoices, without_invoice
from services.payments.mirror.recording import INVOICE, record
from services.payments.mirror.under_lock import Held, Mirror, known_account, locked, owner_of, settle
from services.payments.port import PaymentProvider, RemoteInvoices
from services.storage.connection import Connection

_AT_ONCE = 100  # as many as Stripe gives in one answer


async def sync_invoice(mirror: Mirror, held: Held) -> None:
    invoice_id = held.hint.object_id
    try:
        found = await mirror.provider.invoice(invoice_id)
    except Refused as refused:
        if refused.reason != "PAYMENTS_OBJECT_GONE":
            raise
        await settle(mirror, held, lambda conn: _forget_invoice(conn, mirror, held))
        return

    def write(conn: Connection) -> None:
        customer_id = owner_of(conn, found.account_id)
        before = locked(conn, customer_id)
        invoice = invoice_of(found)
        known = mirror_store.invoice_by_id(conn, customer_id, invoice_id)
        if known == invoice:
            return
        mirror_store.save_invoices(conn, customer_id, [invoice])
        mirror_store.forget_invoices_read_at(conn, customer_id)
        _record(conn, mirror, before, with_invoices(before, [invoice]), held, [_change(known, invoice)])

    await settle(mirror, held, write)


def _forget_invoice(conn: Connection, mirror: Mirror, held: Held) -> None:
    invoice_id = held.hint.object_id
    customer_id = mirror_store.owner_of_invoice(conn, invoice_id)
    if customer_id is None:
        return  # never heard of
    before = locked(conn, customer_id)
    mirror_store.forget_invoice(conn, customer_id, invoice_id)
    mirror_store.forget_invoices_read_at(conn, customer_id)
    gone = Change(label=f"Invoice {invoice_id}", before="draft", after="deleted")
    _record(conn, mirror, before, without_invoice(before, invoice_id), held, [gone])


async def sync_invoices(mirror: Mirror, held: Held) -> None:
    """Read the latest invoices of a customer of Stripe's; all of them, where none was known before."""
    account_id = held.hint.object_id
    provider = mirror.provider
    customer_id, known = await mirror.in_thread(lambda: _known_invoices(mirror, account_id))
    page = await _latest(provider, account_id)
    found = list(page.invoices)
    while page.has_more and not known:
        page = await provider.invoices(account_id, after=found[-1].invoice_id, limit=_AT_ONCE)
        found += page.invoices
    invoices = [invoice_of(each) for each in found]

    def write(conn: Connection) -> None:
        before = locked(conn, customer_id)
        known = {i.invoice_id: mirror_store.invoice_by_id(conn, customer_id, str(i.invoice_id)) for i in invoices}
        new = [each for each in invoices if known[each.invoice_id] != each]
        mirror_store.set_invoices_read_at(conn, customer_id, mirror.clock())
        if new:
            mirror_store.save_invoices(conn, customer_id, new)
            changes = [_change(known[each.invoice_id], each) for each in new]
            _record(conn, mirror, before, with_invoices(before, new), held, changes)

    await settle(mirror, held, write)


async def _latest(provider: PaymentProvider, account_id: str) -> RemoteInvoices:
    try:
        page = await provider.invoices(account_id, after=None, limit=_AT_ONCE)
    except Refused as refused:
        if refused.reason != "PAYMENTS_OBJECT_GONE":
            raise
        page = RemoteInvoices(invoices=(), has_more=False)
    if not page.invoices:  # which is no news of a customer whom Stripe does not know
        await known_account(provider, account_id)
    return page


def _known_invoices(mirror: Mirror, account_id: str) -> tuple[str, int]:
    with mirror.store.read() as conn:
        customer_id = owner_of(conn, account_id)
        return customer_id, mirror_store.known_at_stripe(conn, customer_id)


def _record(
    conn: Connection,
    mirror: Mirror,
    before: CustomerFacts,
    after: CustomerFacts,
    held: Held,
    changes: Sequence[Change],
) -> None:
    because, said = held.event_ids, "as Stripe has it" if len(changes) == 1 else f"as Stripe has {len(changes)}"
    record(conn, mirror.context(), before, after, action=INVOICE, because=because, reason=said, also=changes)


def _change(known: Invoice | None, invoice: Invoice) -> Change:
    return Change(
        label=f"Invoice {invoice.number}", before="not known" if known is None else _said(known), after=_said(invoice)
    )


def _said(invoice: Invoice) -> str:
    due = "" if invoice.due_at is None else f", due {date(invoice.due_at)}"
    return f"{invoice.status}, {money(invoice.amount, invoice.currency)}{due}"
