"""An invoice's page and its PDF."""

import io

from pypdf import PdfReader

from services.payments.sandbox.resources import customers, subscriptions
from tests.services.payments.sandbox.pages.visitor import CARD, Visitor
from tests.services.payments.sandbox.shop import DECLINED, GOOD, Shop


def send_invoice(shop: Shop, lookup_key: str = "growth_month") -> dict[str, object]:
    """Subscribe the customer so that its invoices are sent, and return the first one once it is open."""
    with shop.sandbox.world() as world:
        subscriptions.start(
            world,
            customer=shop.customer,
            price=shop.prices[lookup_key],
            payment_method=None,
            metadata={},
            collection_method="send_invoice",
        )
    shop.sandbox.advance(2 * 3600)
    return shop.one("invoice")


async def test_an_open_invoice_is_paid_by_card_which_is_not_kept(shop: Shop, visitor: Visitor) -> None:
    invoice = send_invoice(shop)
    page = await visitor.open(str(invoice["hosted_invoice_url"]))
    assert "Invoice SBX-0001-0001 49.00 USD open due 20 December 2026" in page.text
    page = await visitor.send(page.form(), number="", **CARD)
    assert "Type the whole card number." in page.text
    page = await visitor.send(page.form(), number=DECLINED, **CARD)
    assert page.status == 402
    assert "Your card was declined." in page.text
    form = page.form()
    page = await visitor.follow(form, number=GOOD, **CARD)
    assert "paid on 20 November 2026" in page.text
    assert "Left to pay 0.00 USD" in page.text
    assert page.forms == []
    await visitor.follow(form._replace(fields={"token": "form_other"}), number=GOOD, **CARD)
    assert len(shop.all("charge", paid=True)) == 1
    assert shop.all("payment_method", customer=shop.customer) == []


async def test_the_pdf_has_the_lines_the_total_and_says_sandbox(shop: Shop, visitor: Visitor) -> None:
    change = customers.CustomerFields(name="株式会社 <Acme>")
    with shop.sandbox.world() as world:
        customers.update(world, change, shop.customer)
    invoice = send_invoice(shop, "growth_jpy")
    response = await visitor.download(str(invoice["invoice_pdf"]))
    assert response.headers["content-disposition"] == 'attachment; filename="SBX-0001-0001.pdf"'
    text = PdfReader(io.BytesIO(response.content)).pages[0].extract_text()
    for part in ("SANDBOX", "Invoice SBX-0001-0001", "<Acme>", "Growth Japan", "7,000 JPY", "Left to pay"):
        assert part in text
    assert "7,000.00" not in text


async def test_a_draft_is_not_shown(shop: Shop, visitor: Visitor) -> None:
    shop.subscribe()
    shop.sandbox.advance(30 * 86_400 + 60)
    draft = shop.one("invoice", status="draft")
    assert (await visitor.open(f"/i/{draft['id']}")).status == 404
    assert (await visitor.open(f"/i/{draft['id']}/pdf")).status == 404
