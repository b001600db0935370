"""Checkout, as a person completes it: what is shown, what a card brings about, and that nothing is done twice."""

import pytest

from tests.clocks import FakeClock
from tests.services.payments.sandbox.pages.visitor import CARD, Visitor
from tests.services.payments.sandbox.shop import DECLINED, FAILS_LATER, GOOD, Shop


async def test_the_page_says_what_is_bought_for_how_much_and_that_it_is_a_sandbox(shop: Shop, visitor: Visitor) -> None:
    session = await shop.checkout()
    page = await visitor.open(str(session.url))
    assert page.status == 200
    assert "Subscribe to Growth 49.00 USD per month" in page.text
    assert "Pay 49.00 USD" in page.text
    assert "Sandbox No money moves." in page.text
    assert page.links["← Cancel and go back"] == "https://shop.example/plans"


async def test_a_declined_card_stays_on_the_page_and_a_good_one_subscribes(shop: Shop, visitor: Visitor) -> None:
    session = await shop.checkout(subscription_data={"metadata": {"customer_id": "acme"}}, metadata={"op": "1"})
    page = await visitor.open(str(session.url))
    page = await visitor.send(page.form(), number=DECLINED, **CARD)
    assert page.status == 402
    assert "Your card was declined." in page.text
    assert shop.all("subscription") == []
    done = await visitor.send(page.form(), number=GOOD, **CARD)
    assert done.address == f"https://shop.example/done?session={session.id}"
    subscription = shop.one("subscription")
    assert subscription["status"] == "active"
    assert subscription["metadata"] == {"customer_id": "acme"}
    completed = await shop.client.v1.checkout.sessions.retrieve_async(session.id)
    assert (completed.status, completed.payment_status, completed.url) == ("complete", "paid", None)
    assert (completed.subscription, completed.invoice) == (subscription["id"], subscription["latest_invoice"])
    assert shop.one("invoice")["status"] == "paid"
    events = shop.events()
    assert events[-1] == "checkout.session.completed"
    assert "invoice.paid" in events


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (FAILS_LATER, "Your card was declined."),
        ("4000000000009995", "Your card has insufficient funds."),
        ("4000000000000127", "Your card's security code is incorrect."),
        ("4000056655665557", "Your card number is incorrect."),
        ("4917610000000000", "Your request was in test mode, but used a non test (live) card."),
    ],
)
async def test_each_refusal_has_its_sentence_and_leaves_no_card_behind(
    shop: Shop, visitor: Visitor, number: str, sentence: str
) -> None:
    page = await visitor.open(str((await shop.checkout()).url))
    page = await visitor.send(page.form(), number=number, **CARD)
    assert page.status == 402
    assert sentence in page.text.replace("’", "'")
    assert shop.all("subscription") == []
    assert shop.all("payment_method", customer=shop.customer) == []


async def test_the_same_form_twice_and_another_tab_bring_about_one_subscription(shop: Shop, visitor: Visitor) -> None:
    session = await shop.checkout()
    first, other = await visitor.open(str(session.url)), await visitor.open(str(session.url))
    sent = [await visitor.send(form, number=GOOD, **CARD) for form in (first.form(), first.form(), other.form())]
    assert {page.address for page in sent} == {f"https://shop.example/done?session={session.id}"}
    assert len(shop.all("subscription")) == len(shop.all("charge")) == 1


async def test_a_completed_session_says_that_the_page_can_be_closed(shop: Shop, visitor: Visitor) -> None:
    session = await shop.checkout()
    page = await visitor.open(str(session.url))
    await visitor.send(page.form(), number=GOOD, **CARD)
    page = await visitor.open(str(session.url))
    assert "Thank you The subscription is paid. You can close this page." in page.text
    assert page.links["Continue"] == f"https://shop.example/done?session={session.id}"


async def test_a_card_is_set_up_without_a_charge(shop: Shop, visitor: Visitor) -> None:
    session = await shop.checkout(mode="setup", currency="usd", line_items=None)
    page = await visitor.open(str(session.url))
    assert "Nothing is charged today." in page.text
    page = await visitor.send(page.form(), number=DECLINED, **CARD)
    assert "Your card was declined." in page.text
    assert shop.one("setup_intent")["last_setup_error"]["decline_code"] == "generic_decline"
    done = await visitor.send(page.form(), number=GOOD, **CARD)
    assert done.status == 303
    intent = shop.one("setup_intent")
    assert (intent["id"], intent["status"]) == (session.setup_intent, "succeeded")
    card = shop.one("payment_method", customer=shop.customer)
    assert (card["id"], card["billing_details"]["name"]) == (intent["payment_method"], "Ada Example")
    assert shop.all("charge") == []
    assert shop.events()[-1] == "checkout.session.completed"


async def test_a_session_without_a_customer_asks_for_an_address_and_makes_one_customer(
    shop: Shop, visitor: Visitor
) -> None:
    session = await shop.checkout(customer=None)
    page = await visitor.open(str(session.url))
    page = await visitor.send(page.form(), number=GOOD, email="nobody", **CARD)
    assert "Type an e-mail address" in page.text
    page = await visitor.send(page.form(), number=DECLINED, email="ada@example.com", **CARD)
    page = await visitor.send(page.form(), number=GOOD, **CARD)
    assert page.status == 303
    customer = shop.one("customer", email="ada@example.com")
    assert shop.one("subscription")["customer"] == customer["id"]


async def test_what_cannot_be_read_is_said_field_by_field_and_no_number_is_echoed(shop: Shop, visitor: Visitor) -> None:
    page = await visitor.open(str((await shop.checkout()).url))
    page = await visitor.send(page.form(), number="4242 4242", expiry="01 / 20", cvc="12", name="Ada <b>Example</b>")
    assert page.status == 400
    for sentence in ("Type the whole card number.", "This date has passed.", "Type the 3 or 4 digits."):
        assert sentence in page.text
    assert "4242 4242" not in page.form().fields.values()
    assert page.form().fields["name"] == "Ada <b>Example</b>"
    assert "<b>" not in page.html


async def test_a_session_whose_time_is_over_takes_no_card(shop: Shop, visitor: Visitor, clock: FakeClock) -> None:
    session = await shop.checkout(expires_at=int(clock().timestamp()) + 1800)
    page = await visitor.open(str(session.url))
    shop.sandbox.advance(1800)
    sent = await visitor.send(page.form(), number=GOOD, **CARD)
    assert sent.status == 410
    assert "This link has expired Nothing was charged." in sent.text
    assert shop.all("subscription") == []
    assert shop.one("checkout.session")["status"] == "expired"


async def test_a_form_without_its_token_is_refused(shop: Shop, visitor: Visitor) -> None:
    page = await visitor.open(str((await shop.checkout()).url))
    page.form().fields.clear()
    sent = await visitor.send(page.form(), number=GOOD, **CARD)
    assert sent.status == 400
    assert "This form is incomplete" in sent.text


async def test_an_address_that_leads_nowhere_is_a_page_too(visitor: Visitor) -> None:
    page = await visitor.open("/c/pay/cs_test_none")
    assert page.status == 404
    assert "No such checkout.session" in page.text
