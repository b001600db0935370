"""3-D Secure: a card whose bank wants its cardholder to confirm a payment, on the pages and without anybody there."""

from typing import Any

import pytest
import stripe

from tests.services.payments.sandbox.pages.test_invoice_page import send_invoice
from tests.services.payments.sandbox.pages.visitor import CARD, Page, Visitor
from tests.services.payments.sandbox.shop import Shop

UNTIL_SET_UP, ALWAYS = "4000 0025 0000 3155", "4000 0027 6000 3184"
DAY = 86_400


async def asked(visitor: Visitor, address: str, number: str = UNTIL_SET_UP) -> Page:
    """Send a card, and return the page of its bank."""
    page = await visitor.open(address)
    page = await visitor.send(page.form(), number=number, **CARD)
    assert "Your bank wants to know that it is you." in page.text
    assert page.status == 200
    return page


async def test_a_confirmed_payment_is_made_and_one_that_is_not_is_refused(shop: Shop, visitor: Visitor) -> None:
    invoice = send_invoice(shop)
    address = str(invoice["hosted_invoice_url"])
    bank = await asked(visitor, address)
    refused = await visitor.send(bank.form(), confirmed="no")
    assert refused.status == 402
    assert "We are unable to authenticate your payment method." in refused.text
    assert shop.all("charge") == []
    intent = shop.one("payment_intent")
    assert intent["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    assert shop.one("invoice")["attempt_count"] == 1
    bank = await asked(visitor, address)
    assert "paid on" in (await visitor.follow(bank.form(), confirmed="yes")).text
    assert shop.one("charge")["status"] == "succeeded"


async def test_in_checkout_a_confirmed_card_pays_by_itself_from_then_on(shop: Shop, visitor: Visitor) -> None:
    session = await shop.checkout()
    bank = await asked(visitor, str(session.url))
    assert "49.00 USD" not in bank.text  # the bank's page stands between; the amount is Checkout's to say
    assert (await visitor.send(bank.form(), confirmed="no")).status == 402
    assert shop.all("subscription") == []
    bank = await asked(visitor, str(session.url))
    assert (
        await visitor.send(bank.form(), confirmed="yes")
    ).address == f"https://shop.example/done?session={session.id}"
    shop.sandbox.advance(32 * DAY)
    assert [each["status"] for each in shop.all("invoice")] == ["paid", "paid"]


async def test_a_card_that_is_to_be_confirmed_each_time_waits_for_its_owner(shop: Shop, visitor: Visitor) -> None:
    session = await shop.checkout()
    bank = await asked(visitor, str(session.url), ALWAYS)
    assert (await visitor.send(bank.form(), confirmed="yes")).status == 303
    before = len(shop.events())
    shop.sandbox.advance(32 * DAY)
    invoice, first = shop.all("invoice")
    assert first["status"] == "paid"
    assert (invoice["status"], invoice["attempted"], invoice["next_payment_attempt"]) == ("open", True, None)
    intent = shop.all("payment_intent")[0]
    assert (intent["status"], intent["next_action"]["type"]) == ("requires_action", "use_stripe_sdk")
    assert shop.one("subscription")["status"] == "past_due"
    told = shop.events()[before:]
    assert told[told.index("payment_intent.requires_action") :] == [
        "payment_intent.requires_action",
        "invoice.updated",
        "invoice.payment_failed",
        "invoice.payment_action_required",
        "customer.updated",
        "customer.subscription.updated",
    ]
    shop.sandbox.advance(20 * DAY)
    assert shop.one("subscription")["status"] == "past_due"  # nobody tries again, and nobody gives up
    bank = await asked(visitor, str(invoice["hosted_invoice_url"]), ALWAYS)
    await visitor.follow(bank.form(), confirmed="yes")
    assert shop.one("subscription")["status"] == "active"


async def test_a_card_is_set_up_with_its_owners_word(shop: Shop, visitor: Visitor) -> None:
    session = await shop.checkout(mode="setup", currency="usd", line_items=None)
    bank = await asked(visitor, str(session.url))
    refused = await visitor.send(bank.form(), confirmed="no")
    assert "We are unable to authenticate" in refused.text
    assert shop.one("setup_intent")["last_setup_error"]["code"] == "setup_intent_authentication_failure"
    bank = await asked(visitor, str(session.url))
    assert (await visitor.send(bank.form(), confirmed="yes")).status == 303
    assert shop.one("setup_intent")["status"] == "succeeded"


async def test_without_pages_an_intent_waits_for_its_cardholder(shop: Shop) -> None:
    v1 = shop.client.v1
    token = "pm_card_authenticationRequired"
    now: Any = {"customer": shop.customer, "payment_method": token, "confirm": True}
    paid = await v1.payment_intents.create_async(now | {"amount": 900, "currency": "usd"})
    kept = await v1.setup_intents.create_async(now)
    assert (paid.status, kept.status) == ("requires_action", "requires_action")
    with pytest.raises(stripe.CardError) as refused:
        await v1.payment_intents.confirm_async(paid.id, {"payment_method": token, "off_session": True})
    assert refused.value.code == "authentication_required"
    assert (await v1.payment_intents.cancel_async(paid.id)).status == "canceled"


async def test_a_kept_card_of_another_customer_cannot_be_confirmed_with(shop: Shop, visitor: Visitor) -> None:
    invoice = send_invoice(shop)
    bank = await asked(visitor, str(invoice["hosted_invoice_url"]))
    page = await visitor.send(bank.form(), payment_method=shop.add_card(), confirmed="yes")
    assert page.status == 404
