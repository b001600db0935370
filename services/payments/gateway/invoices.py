"""Invoices at Stripe: lists, what stands on them, how their collection went, and their documents."""

from urllib.parse import quote

import stripe

from services.payments.gateway import invoice_shapes as invoice_shapes
from services.payments.gateway import reading, reading_invoices
from services.payments.gateway.asking import V1, Asking
from services.payments.gateway.documents import fetch_document
from services.payments.gateway.faults import refused
from services.payments.gateway.http_client import Httpx2Client
from services.payments.gateway.shapes import read_as
from services.payments.port import RemoteInvoice, RemoteInvoiceDetail, RemoteInvoices

_MOST_PAYMENTS = 10  # of one invoice; nearly every one has a single payment intent, tried again and again
_MOST = 100  # lines of an invoice, and attempts: a page of Stripe's


class Invoices(Asking):
    """The part of the gateway that knows invoices."""

    async def invoices(self, account_id: str, *, after: str | None, limit: int) -> RemoteInvoices:
        """Return a customer's invoices; `after`: those that come after this one in the list."""
        params: stripe.params.InvoiceListParams = {"customer": account_id, "limit": limit}
        if after is not None:
            params["starting_after"] = after
        async with self._question() as v1:
            page = read_as(invoice_shapes.Invoices, await v1.invoices.list_async(params))
            found = tuple([reading_invoices.invoice(each) for each in page.data])
            return RemoteInvoices(invoices=found, has_more=page.has_more)

    async def invoice(self, invoice_id: str) -> RemoteInvoice:
        """Return an invoice."""
        async with self._question():
            return reading_invoices.invoice(
                await self._looked_up(invoice_shapes.Invoice, f"/v1/invoices/{quote(invoice_id, safe='')}")
            )

    async def invoice_detail(self, invoice_id: str) -> RemoteInvoiceDetail:
        """Return an invoice with its lines and payment attempts; of an endless one the first hundred of each."""
        async with self._question() as v1:
            asked: stripe.params.InvoiceRetrieveParams = {"expand": ["payments.data.payment.payment_intent"]}
            found = read_as(invoice_shapes.Invoice, await v1.invoices.retrieve_async(invoice_id, asked))
            lines = found.lines.data
            if found.lines.has_more:
                page = await v1.invoices.line_items.list_async(invoice_id, {"limit": _MOST})
                lines = read_as(invoice_shapes.Lines, page).data
            payments = [] if found.payments is None else [each.payment for each in found.payments.data[:_MOST_PAYMENTS]]
            attempts = [reading_invoices.attempt(charge) for charge in await _charges(v1, payments)]
            attempts += [waiting for each in payments if (waiting := reading_invoices.waiting(each)) is not None]
            again = found.next_payment_attempt
            return RemoteInvoiceDetail(
                invoice=reading_invoices.invoice(found),
                lines=tuple([reading_invoices.line(each) for each in lines]),
                attempts=tuple(sorted(attempts, key=lambda attempt: attempt.attempted_at, reverse=True)),
                next_attempt_at=None if again is None or found.status != "open" else reading.moment(again),
            )

    async def invoice_pdf(self, invoice: RemoteInvoice) -> bytes:
        """Return the document of an invoice that has one."""
        if invoice.pdf_url is None:
            raise refused("This invoice has no document yet: it gets one when it is finalised.")
        async with self._question():
            http = Httpx2Client(transport=self._transport)  # another one than for the API, which has the key at hand
            try:
                return await fetch_document(http, invoice.pdf_url)
            finally:
                await http.close_async()


async def _charges(v1: V1, payments: list[invoice_shapes.Payment]) -> list[invoice_shapes.Charge]:
    charges: list[invoice_shapes.Charge] = []
    for each in payments:
        if (intent := each.payment_intent) is not None:
            page = await v1.charges.list_async({"payment_intent": intent.id, "limit": _MOST})
            charges += read_as(invoice_shapes.ChargePage, page).data
        elif (charge := each.charge) is not None:
            charges.append(read_as(invoice_shapes.Charge, await v1.charges.retrieve_async(reading.identity(charge))))
    return charges
