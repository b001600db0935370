"""Tests of shapes: every object is what the installed library, which is written for the same version, says it is."""

import pytest
from stripe._object_classes import get_object_class

from services.payments.sandbox.resources import (
    accounts,
    invoice_endings,
    invoice_items,
    setup_intents,
    subscriptions,
)
from tests.services.payments.sandbox.resources.conftest import DAY, FAILS_LATER, Shop
from tests.services.payments.sandbox.resources.shapes import fields_of, problems

_ONLY_WHEN_ASKED_FOR = {
    "customer": {"cash_balance", "invoice_credit_balance", "sources", "subscriptions", "tax", "tax_ids"},
    "invoice": {"confirmation_secret", "payments", "threshold_reason", "total_pretax_credit_amounts"},
    "price": {"currency_options", "tiers"},
    "charge": {"refunds"},
}
"""Fields that Stripe leaves out of its answers unless `expand` names them."""
_NOT_FOR_US = {
    "customer": {"business_name", "individual_name"},
    "product": {"tax_details"},
    "subscription": {"managed_payments", "presentment_details", "status_details"},
    "invoice": {"status_details"},
    "charge": {"authorization_code", "level3", "presentment_details", "transfer"},
    "payment_intent": {
        "allowed_payment_method_types",
        "hooks",
        "managed_payments",
        "payment_details",
        "payment_record",
        "presentment_details",
    },
    "setup_intent": {"allowed_payment_method_types", "attach_to_self", "managed_payments"},
}
"""Fields of features that nobody uses here; they are there only where the feature is."""
_KINDS = (
    "charge",
    "customer",
    "event",
    "invoice",
    "invoice_payment",
    "invoiceitem",
    "payment_intent",
    "payment_method",
    "price",
    "product",
    "setup_intent",
    "subscription",
    "subscription_schedule",
)


@pytest.fixture
def eventful(shop: Shop) -> Shop:
    """Return a shop in which everything has happened once."""
    subscription = shop.subscribe("growth")["id"]
    with shop.sandbox.world() as world:
        setup_intents.create(world, setup_intents.NewSetupIntent(customer=shop.customer))
        invoice_items.create(world, invoice_items.NewInvoiceItem(amount=500, currency="usd", customer=shop.customer))
        subscriptions.change_price(world, subscription, shop.prices["starter"], proration="create_prorations")
        subscriptions.change_at_period_end(world, subscription, shop.prices["growth"])
    shop.sandbox.advance(31 * DAY)
    shop.use_card({"id": subscription}, FAILS_LATER)
    shop.sandbox.advance(31 * DAY)
    with shop.sandbox.world() as world:
        invoice_endings.void(world, world.get("subscription", subscription)["latest_invoice"])
        subscriptions.cancel(world, subscription, at_period_end=False, prorate=True, invoice_now=True)
    return shop


def test_no_object_has_a_field_that_its_kind_lacks_or_lacks_one_that_its_kind_has(eventful: Shop) -> None:
    objects = [obj for kind in _KINDS for obj in eventful.all(kind)]
    with eventful.sandbox.world() as world:
        objects.append(accounts.retrieve(world, None))

    assert {obj["object"] for obj in objects} == {*_KINDS, "account"}
    assert {problem for obj in objects for problem in problems(obj)} == set()


@pytest.mark.parametrize("kind", [kind for kind in _KINDS if kind not in ("event", "payment_method")])
def test_what_is_null_is_there(eventful: Shop, kind: str) -> None:
    left_out = {"deleted"} | _ONLY_WHEN_ASKED_FOR.get(kind, set()) | _NOT_FOR_US.get(kind, set())

    for obj in eventful.all(kind):
        assert fields_of(get_object_class("V1", kind)).keys() - obj.keys() - left_out == set()


def test_nothing_is_live_or_of_an_earlier_version(eventful: Shop) -> None:
    assert not any(obj["livemode"] for kind in _KINDS for obj in eventful.all(kind))
    for invoice in eventful.all("invoice"):
        assert not invoice.keys() & {"paid", "charge", "payment_intent", "subscription", "quote", "tax", "discount"}
    for subscription in eventful.all("subscription"):
        assert not subscription.keys() & {"current_period_start", "current_period_end", "plan", "discount", "quantity"}
    assert {event["api_version"] for event in eventful.all("event")} == {"2026-10-28.endive"}


def test_of_a_card_no_number_is_kept_anywhere(eventful: Shop) -> None:
    everything = repr([eventful.all(kind) for kind in _KINDS])

    assert "4242424242424242" not in everything
    assert FAILS_LATER not in everything
    assert "'last4': '4242'" in everything
