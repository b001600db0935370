"""What a declined card on a hosted page leaves behind, as at Stripe: the attempt, with its sentence."""

from typing import Any

from tests.services.payments.sandbox.pages.test_invoice_page import send_invoice
from tests.services.payments.sandbox.pages.visitor import CARD, Visitor
from tests.services.payments.sandbox.shop import DECLINED, GOOD, Shop

ATTEMPT = ["charge.failed", "payment_intent.payment_failed"]


async def decline(shop: Shop, visitor: Visitor, address: str) -> list[str]:
    """Send a card that is declined, and return the events that this brings about."""
    before = len(shop.events())
    page = await visitor.open(address)
    page = await visitor.send(page.form(), number=DECLINED, **CARD)
    assert "Your card was declined." in page.text
    assert shop.all("payment_method", customer=shop.customer) == []
    return shop.events()[before:]


async def test_on_an_invoices_page_it_counts_as_an_attempt_to_pay_it(shop: Shop, visitor: Visitor) -> None:
    invoice = send_invoice(shop)
    told = await decline(shop, visitor, str(invoice["hosted_invoice_url"]))
    assert told == [*ATTEMPT, "invoice.updated", "invoice.payment_failed"]
    (charge,) = (await shop.client.v1.charges.list_async({"customer": shop.customer})).data
    assert (charge.status, charge.failure_message) == ("failed", "Your card was declined.")
    intent = await shop.client.v1.payment_intents.retrieve_async(str(charge.payment_intent))
    assert intent.last_payment_error is not None
    assert (intent.status, intent.last_payment_error.decline_code) == ("requires_payment_method", "generic_decline")
    assert intent.latest_charge == charge.id
    found = await shop.client.v1.invoices.retrieve_async(str(invoice["id"]))
    assert (found.status, found.attempted, found.attempt_count) == ("open", True, 1)


async def test_by_hand_nobody_falls_behind_before_the_invoice_is_due(shop: Shop, visitor: Visitor) -> None:
    invoice = send_invoice(shop)
    await decline(shop, visitor, str(invoice["hosted_invoice_url"]))
    assert shop.one("subscription")["status"] == "active"
    assert shop.one("customer")["delinquent"] is False


async def test_in_checkout_the_attempt_alone_is_known_and_the_page_stays_open(shop: Shop, visitor: Visitor) -> None:
    session = await shop.checkout()
    assert await decline(shop, visitor, str(session.url)) == ["payment_intent.created", *ATTEMPT]
    assert shop.one("charge")["amount"] == 4_900
    assert shop.one("checkout.session")["status"] == "open"
    assert shop.all("subscription") == shop.all("invoice") == []
    page = await visitor.open(str(session.url))
    assert (await visitor.send(page.form(), number=GOOD, **CARD)).status == 303
    events = shop.events()
    assert events.index("payment_method.attached") < events.index("customer.subscription.created")


async def test_a_card_that_cannot_be_kept_leaves_its_reason_with_the_setup(shop: Shop, visitor: Visitor) -> None:
    session = await shop.checkout(mode="setup", currency="usd", line_items=None)
    assert await decline(shop, visitor, str(session.url)) == ["setup_intent.setup_failed"]
    intent = await shop.client.v1.setup_intents.retrieve_async(str(session.setup_intent))
    assert intent.last_setup_error is not None
    assert (intent.status, intent.last_setup_error.message) == ("requires_payment_method", "Your card was declined.")


async def test_a_card_that_is_declined_does_not_use_up_a_customers_credit(shop: Shop, visitor: Visitor) -> None:
    credit: Any = {"balance": -4_000}
    with shop.sandbox.world() as world:
        world.put(world.get("customer", shop.customer) | credit)
    session = await shop.checkout()
    await decline(shop, visitor, str(session.url))
    assert shop.one("charge")["amount"] == 900
    assert shop.one("customer")["balance"] == -4_000
