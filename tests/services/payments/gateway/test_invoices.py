"""The gateway on the sandbox: invoices, their lines, attempts and documents, and the list of events."""

from collections.abc import Callable
from datetime import timedelta

import httpx2
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from services.contract.errors import Refused
from services.contract.types import InvoiceStatus
from services.payments.port import RemoteInvoice, RemoteSubscription
from services.payments.sandbox.resources import invoices, payment_methods
from tests.services.payments.gateway.till import CHARGED_IN_VAIN, DAY, NOW, VISA, Till, open_till


async def unpaid(till: Till) -> RemoteSubscription:
    """Return a subscription whose second invoice could not be collected: an attempt failed, others will follow."""
    account_id = await till.account()
    found = await till.subscribed(account_id)
    with till.sandbox.world() as world:
        card = payment_methods.new_card(world, CHARGED_IN_VAIN, 1, 2030, account_id)
    await till.gateway.use_method(account_id, card["id"], "op-use")
    till.sandbox.advance(31 * DAY)
    return found


async def latest(till: Till, account_id: str) -> RemoteInvoice:
    (invoice, *_) = (await till.gateway.invoices(account_id, after=None, limit=10)).invoices
    return invoice


async def test_invoices_come_a_page_at_a_time_the_newest_first() -> None:
    async with open_till() as till:
        found = await till.subscribed(await till.account())
        till.sandbox.advance(100 * DAY)
        first = await till.gateway.invoices(found.account_id, after=None, limit=3)
        rest = await till.gateway.invoices(found.account_id, after=first.invoices[-1].invoice_id, limit=3)

    issued = [invoice.issued_at for invoice in (*first.invoices, *rest.invoices)]
    assert (len(issued), first.has_more, rest.has_more) == (4, True, False)
    assert issued == sorted(issued, reverse=True)


async def test_an_invoice_has_the_period_of_what_stands_on_it() -> None:
    async with open_till() as till:
        found = await till.subscribed(await till.account())
        invoice = await latest(till, found.account_id)

        assert (invoice.period_start, invoice.period_end) == (found.period_start, found.period_end)
        assert (invoice.amount, invoice.currency, invoice.status) == (9_900, "usd", InvoiceStatus.PAID)
        assert (invoice.number, invoice.issued_at, invoice.due_at) == ("SBX-0001-0001", NOW, None)
        assert await till.gateway.invoice(invoice.invoice_id) == invoice


async def test_an_invoice_shows_how_its_collection_went() -> None:
    async with open_till() as till:
        found = await unpaid(till)
        till.sandbox.advance(4 * DAY)
        invoice = await latest(till, found.account_id)
        detail = await till.gateway.invoice_detail(invoice.invoice_id)

        assert (detail.invoice, detail.invoice.status) == (invoice, InvoiceStatus.OPEN)
        assert [(line.description, line.amount, line.proration) for line in detail.lines] == [
            ("1 × Growth (at 99.00 USD / month)", 9_900, False)
        ]
        assert [attempt.status for attempt in detail.attempts] == ["failed", "failed"]
        assert detail.attempts[0].attempted_at - detail.attempts[1].attempted_at == timedelta(days=3)
        assert detail.attempts[0].problem == "Your card was declined."
        assert detail.attempts[0].method is not None
        assert (detail.attempts[0].method.brand, detail.attempts[0].method.last4) == ("visa", "0341")
        assert detail.next_attempt_at == detail.attempts[0].attempted_at + timedelta(days=5)


async def test_a_payment_by_hand_is_the_last_attempt() -> None:
    async with open_till() as till:
        found = await unpaid(till)
        invoice = await latest(till, found.account_id)
        with till.sandbox.world() as world:
            card = payment_methods.new_card(world, VISA, 1, 2030, found.account_id)
            invoices.pay(world, invoice.invoice_id, card["id"])
        detail = await till.gateway.invoice_detail(invoice.invoice_id)

        assert [attempt.status for attempt in detail.attempts] == ["succeeded", "failed"]
        assert (detail.attempts[0].problem, detail.next_attempt_at) == (None, None)
        assert (detail.invoice.status, detail.invoice.amount_remaining) == (InvoiceStatus.PAID, 0)


async def test_an_invoice_that_a_charge_paid_without_an_intent_shows_it_too() -> None:
    async with open_till() as till:
        found = await till.subscribed(await till.account())
        (payment,), (charge,) = till.all("invoice_payment"), till.all("charge")
        till.put(payment | {"payment": {"type": "charge", "charge": charge["id"], "payment_intent": None}})
        detail = await till.gateway.invoice_detail((await latest(till, found.account_id)).invoice_id)

    assert [(attempt.status, attempt.amount) for attempt in detail.attempts] == [("succeeded", 9_900)]


async def test_a_draft_has_no_page_and_no_document_yet() -> None:
    async with open_till() as till:
        found = await till.subscribed(await till.account())
        till.sandbox.advance(30 * DAY)
        draft = await latest(till, found.account_id)

        assert (draft.status, draft.number, draft.hosted_url) == (InvoiceStatus.DRAFT, None, None)
        with pytest.raises(Refused, match="no document yet") as refused:
            await till.gateway.invoice_pdf(draft)
        assert refused.value.reason == "PAYMENTS_REFUSED"


async def test_the_lines_of_a_long_invoice_are_all_there() -> None:
    async with open_till() as till:
        found = await till.subscribed(await till.account())
        (raw,) = till.all("invoice")
        lines = raw["lines"]
        more = [lines["data"][0] | {"id": f"il_{number}"} for number in range(25)]
        till.put(raw | {"lines": lines | {"data": more, "has_more": True}})
        detail = await till.gateway.invoice_detail((await latest(till, found.account_id)).invoice_id)

    assert len(detail.lines) == 25


async def test_an_invoice_of_another_shape_is_not_taken_for_one() -> None:
    async with open_till() as till:
        found = await till.subscribed(await till.account())
        invoice = await latest(till, found.account_id)
        (raw,) = till.all("invoice")
        for odd in ({"total": "99"}, {"currency": "USD "}, {"lines": None}, {"status": "lost"}, {"created": -1}):
            till.put(raw | odd)
            with pytest.raises(Refused) as refused:
                await till.gateway.invoice(invoice.invoice_id)
            assert refused.value.reason == "PAYMENTS_FAILED"


async def test_an_address_that_no_browser_may_be_sent_to_is_none() -> None:
    async with open_till() as till:
        await till.subscribed(await till.account())
        (raw,) = till.all("invoice")
        till.put(raw | {"hosted_invoice_url": "javascript:alert(1)", "invoice_pdf": "file:///etc/passwd"})
        invoice = await till.gateway.invoice(raw["id"])

    assert (invoice.hosted_url, invoice.pdf_url) == (None, None)


def serving(answer: Callable[[str], tuple[int, dict[str, str], bytes]], seen: list[dict[bytes, bytes]]) -> ASGIApp:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(dict(scope["headers"]))
        status, headers, body = answer(scope["path"])
        fields = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": body})

    return application


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"/pdf": (200, {}, b"%PDF-1.7 x")}, b"%PDF-1.7 x"),
        ({"/pdf": (302, {"location": "/f"}, b""), "/f": (200, {}, b"%PDF-1.7 y")}, b"%PDF-1.7 y"),
        ({"/pdf": (302, {"location": "/pdf"}, b"")}, "PAYMENTS_FAILED"),
        ({"/pdf": (302, {"location": "http://example.com/f"}, b"")}, "PAYMENTS_FAILED"),
        ({"/pdf": (200, {}, b"<html>")}, "PAYMENTS_FAILED"),
        ({"/pdf": (302, {}, b"")}, "PAYMENTS_FAILED"),
        ({"/pdf": (404, {}, b"")}, "PAYMENTS_OBJECT_GONE"),
        ({"/pdf": (503, {}, b"")}, "PAYMENTS_UNREACHABLE"),
    ],
)
async def test_a_document_is_a_pdf_or_a_clear_refusal(
    answers: dict[str, tuple[int, dict[str, str], bytes]], outcome: bytes | str
) -> None:
    seen: list[dict[bytes, bytes]] = []
    async with open_till() as till:
        found = await till.subscribed(await till.account())
        (raw,) = till.all("invoice")
        till.put(raw | {"invoice_pdf": "https://pay.example/pdf"})
        invoice = await latest(till, found.account_id)
        till.gateway._transport = httpx2.ASGITransport(app=serving(answers.__getitem__, seen))
        if isinstance(outcome, bytes):
            assert await till.gateway.invoice_pdf(invoice) == outcome
        else:
            with pytest.raises(Refused) as refused:
                await till.gateway.invoice_pdf(invoice)
            assert refused.value.reason == outcome

    assert seen
    assert all(b"authorization" not in headers for headers in seen)


async def test_a_document_that_nobody_serves_is_out_of_reach() -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("nobody", request=request)

    async with open_till() as till:
        found = await till.subscribed(await till.account())
        invoice = await latest(till, found.account_id)
        till.gateway._transport = httpx2.MockTransport(refuse)
        with pytest.raises(Refused) as refused:
            await till.gateway.invoice_pdf(invoice)

    assert refused.value.reason == "PAYMENTS_UNREACHABLE"


async def test_events_come_a_page_at_a_time_and_say_whose_they_are() -> None:
    async with open_till() as till:
        account_id = await till.account()
        await till.subscribed(account_id)
        everything = await till.gateway.events(NOW, None)
        newest = everything.events[0]
        rest = await till.gateway.events(NOW, newest.event_id)

        assert rest.events == everything.events[1:]
        assert {
            event.account_id for event in everything.events if event.type.startswith(("customer.", "invoice."))
        } == {account_id}
        assert (newest.type, newest.object_kind, newest.livemode) == (
            "checkout.session.completed",
            "checkout.session",
            False,
        )
        assert (await till.gateway.events(NOW + timedelta(seconds=1), None)).events == ()


async def test_the_event_of_a_card_that_was_taken_away_says_whose_it_was() -> None:
    async with open_till() as till:
        account_id = await till.account()
        await till.subscribed(account_id)
        with till.sandbox.world() as world:
            payment_methods.detach(world, None, world.all("payment_method")[0]["id"])
        events = (await till.gateway.events(NOW, None)).events

        assert [event.account_id for event in events if event.type == "payment_method.detached"] == [account_id]
