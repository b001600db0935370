"""Tests of cards, payment intents and setup intents through the API."""

from typing import Any

import pytest
import stripe

from tests.services.payments.sandbox.resources.conftest import FAILS_LATER, Shop


async def test_a_test_token_becomes_a_card_of_the_customer(shop: Shop) -> None:
    before = shop.last_event()

    card = await shop.client.v1.payment_methods.attach_async("pm_card_mastercard", {"customer": shop.customer})

    assert card.id.startswith("pm_")
    assert card.id != "pm_card_mastercard"
    assert card.card is not None
    assert (card.card.brand, card.card.last4, card.customer) == ("mastercard", "4444", shop.customer)
    assert shop.events_since(before) == ["payment_method.attached"]
    listed = await shop.client.v1.customers.payment_methods.list_async(shop.customer)
    assert [each.id for each in listed.data] == [card.id, shop.card]


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"),
    ],
)
async def test_a_card_that_fails_at_once_cannot_be_attached(shop: Shop, token: str, code: str) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        await shop.client.v1.payment_methods.attach_async(token, {"customer": shop.customer})

    assert refusal.value.http_status == 402
    assert refusal.value.error is not None
    assert refusal.value.error.decline_code == code
    assert refusal.value.user_message
    assert [card["id"] for card in shop.all("payment_method")] == [shop.card]


async def test_a_customer_whose_card_fails_at_once_is_not_created(shop: Shop) -> None:
    with pytest.raises(stripe.CardError):
        await shop.client.v1.customers.create_async({"payment_method": "pm_card_visa_chargeDeclined"})

    assert [customer["id"] for customer in shop.all("customer")] == [shop.customer]


async def test_another_customers_card_can_neither_be_attached_nor_charged(shop: Shop) -> None:
    other = await shop.client.v1.customers.create_async({})

    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        await shop.client.v1.payment_methods.attach_async(shop.card, {"customer": other.id})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method"):
        await shop.client.v1.customers.update_async(
            other.id, {"invoice_settings": {"default_payment_method": shop.card}}
        )
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await shop.client.v1.customers.payment_methods.retrieve_async(other.id, shop.card)
    assert refusal.value.http_status == 404


async def test_a_detached_card_is_no_default_any_more(shop: Shop) -> None:
    subscription = shop.subscribe()
    await shop.client.v1.customers.update_async(
        shop.customer, {"invoice_settings": {"default_payment_method": shop.card}}
    )
    before = shop.last_event()

    await shop.client.v1.payment_methods.detach_async(shop.card)

    assert shop.find(shop.customer, "customer")["invoice_settings"]["default_payment_method"] is None
    assert shop.find(subscription, "subscription")["default_payment_method"] is None
    assert shop.events_since(before) == [
        "payment_method.detached",
        "customer.updated",
        "customer.subscription.updated",
    ]
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        await shop.client.v1.payment_methods.detach_async(shop.card)


async def test_a_test_token_is_kept_as_the_card_that_it_became(shop: Shop) -> None:
    customer = await shop.client.v1.customers.update_async(
        shop.customer, {"invoice_settings": {"default_payment_method": "pm_card_visa"}}
    )
    draft = await shop.client.v1.invoices.create_async(
        {"customer": shop.customer, "default_payment_method": "pm_card_amex"}
    )

    assert customer.invoice_settings is not None
    for kept in (customer.invoice_settings.default_payment_method, draft.default_payment_method):
        assert isinstance(kept, str)
        assert shop.find(kept, "payment_method")["customer"] == shop.customer


async def test_a_card_whose_last_month_is_over_is_declined_as_expired(shop: Shop) -> None:
    await shop.client.v1.payment_methods.update_async(shop.card, {"card": {"exp_month": 10, "exp_year": 2026}})

    with pytest.raises(stripe.CardError) as refusal:
        await shop.client.v1.payment_intents.create_async(
            {
                "amount": 500,
                "currency": "usd",
                "customer": shop.customer,
                "payment_method": shop.card,
                "confirm": True,
            }
        )

    assert refusal.value.code == "expired_card"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"number": "4242424242424242", "exp_month": 13, "exp_year": 2030}, "invalid_expiry_month"),
        ({"number": "4242424242424242", "exp_month": 10, "exp_year": 26}, "invalid_expiry_year"),
        ({"number": "4242424242424241", "exp_month": 10, "exp_year": 30}, "incorrect_number"),
    ],
)
async def test_a_mistyped_card_is_told_from_a_declined_one(shop: Shop, typed: Any, code: str) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        await shop.client.v1.payment_methods.create_async({"type": "card", "card": typed})

    assert refusal.value.code == code


async def test_a_payment_intent_keeps_each_attempt(shop: Shop) -> None:
    payments = shop.client.v1.payment_intents
    bad = await shop.client.v1.payment_methods.attach_async("pm_card_chargeCustomerFail", {"customer": shop.customer})
    intent = await payments.create_async({"amount": 1_200, "currency": "jpy", "customer": shop.customer})
    before = shop.last_event()

    with pytest.raises(stripe.CardError) as refusal:
        await payments.confirm_async(intent.id, {"payment_method": bad.id})
    failed = await payments.retrieve_async(intent.id, {"expand": ["latest_charge"]})
    paid = await payments.confirm_async(intent.id, {"payment_method": shop.card})

    assert refusal.value.error is not None
    assert refusal.value.error.payment_intent is not None
    assert refusal.value.error.payment_intent.id == intent.id
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error is not None
    assert failed.last_payment_error.decline_code == "generic_decline"
    assert isinstance(failed.latest_charge, stripe.Charge)
    assert failed.latest_charge.failure_code == "card_declined"
    assert (paid.status, paid.amount_received, paid.last_payment_error) == ("succeeded", 1_200, None)
    attempts = await shop.client.v1.charges.list_async({"payment_intent": intent.id})
    assert [attempt.status for attempt in attempts.data] == ["succeeded", "failed"]
    assert shop.events_since(before) == [
        "charge.failed",
        "payment_intent.payment_failed",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]
    with pytest.raises(stripe.InvalidRequestError) as again:
        await payments.confirm_async(intent.id)
    assert again.value.code == "payment_intent_unexpected_state"


async def test_an_amount_that_its_currency_cannot_have_is_refused(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="multiples of 10"):
        await shop.client.v1.payment_intents.create_async({"amount": 1_005, "currency": "kwd"})


async def test_a_setup_intent_keeps_a_card_for_later(shop: Shop) -> None:
    setups = shop.client.v1.setup_intents
    intent = await setups.create_async({"customer": shop.customer, "metadata": {"operation": "op_1"}})
    assert (intent.status, intent.usage, intent.payment_method_types) == (
        "requires_payment_method",
        "off_session",
        ["card"],
    )
    before = shop.last_event()

    with pytest.raises(stripe.CardError) as refusal:
        await setups.confirm_async(intent.id, {"payment_method": "pm_card_visa_chargeDeclinedLostCard"})
    failed = await setups.retrieve_async(intent.id)
    done = await setups.confirm_async(intent.id, {"payment_method": "pm_card_amex"})

    assert refusal.value.error is not None
    assert refusal.value.error.decline_code == "lost_card"
    assert failed.last_setup_error is not None
    assert failed.last_setup_error.decline_code == "lost_card"
    assert (done.status, done.last_setup_error) == ("succeeded", None)
    assert isinstance(done.payment_method, str)
    assert shop.find(done.payment_method, "payment_method")["customer"] == shop.customer
    assert shop.events_since(before) == [
        "setup_intent.setup_failed",
        "payment_method.attached",
        "setup_intent.succeeded",
    ]
    with pytest.raises(stripe.InvalidRequestError) as again:
        await setups.cancel_async(intent.id)
    assert again.value.code == "setup_intent_unexpected_state"


@pytest.mark.parametrize("service", ["payment_intents", "setup_intents"])
async def test_kinds_of_payment_method_are_no_parameter_any_more(shop: Shop, service: str) -> None:
    params = {"amount": 100, "currency": "usd"} if service == "payment_intents" else {}

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await getattr(shop.client.v1, service).create_async(params | {"payment_method_types": ["card"]})

    assert (refusal.value.code, refusal.value.param) == ("parameter_unknown", "payment_method_types")


async def test_a_card_that_fails_later_can_be_kept(shop: Shop) -> None:
    card = await shop.client.v1.payment_methods.create_async(
        {"type": "card", "card": {"number": FAILS_LATER, "exp_month": 1, "exp_year": 2040}}
    )

    kept = await shop.client.v1.payment_methods.attach_async(card.id, {"customer": shop.customer})

    assert kept.customer == shop.customer
