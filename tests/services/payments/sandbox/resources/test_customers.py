"""Tests of customers, and of what identifies the account, through the API."""

from typing import Any

import pytest
import stripe

from tests.services.payments.sandbox.resources.conftest import Shop


async def test_a_customer_keeps_what_is_said_and_forgets_what_is_unset(shop: Shop) -> None:
    customers = shop.client.v1.customers
    created = await customers.create_async(
        {"name": "Ateş A.Ş.", "email": "a@b.example", "metadata": {"customer_id": "cus-7", "tier": "growth"}}
    )
    before = shop.last_event()

    changed = await customers.update_async(created.id, {"email": "", "metadata": {"tier": "", "msp": "north"}})

    assert (changed.name, changed.email) == ("Ateş A.Ş.", None)
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"customer_id": "cus-7", "msp": "north"}
    assert shop.events_since(before) == ["customer.updated"]
    (event,) = (await shop.client.v1.events.list_async({"type": "customer.updated", "limit": 1})).data
    assert event.data.to_dict()["previous_attributes"] == {
        "email": "a@b.example",
        "metadata": {"msp": None, "tier": "growth"},
    }


async def test_all_metadata_is_unset_at_once(shop: Shop) -> None:
    created = await shop.client.v1.customers.create_async({"metadata": {"a": "1", "b": "2"}})

    changed = await shop.client.v1.customers.update_async(created.id, {"metadata": ""})

    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {}


async def test_a_customer_is_found_by_the_email_as_it_is_written(shop: Shop) -> None:
    found = await shop.client.v1.customers.list_async({"email": "billing@acme.example"})
    missed = await shop.client.v1.customers.list_async({"email": "Billing@acme.example"})

    assert ([each.id for each in found.data], missed.data) == ([shop.customer], [])


async def test_a_deleted_customer_is_told_as_deleted_and_can_do_nothing(shop: Shop) -> None:
    subscription = shop.subscribe()
    customers = shop.client.v1.customers
    before = shop.last_event()

    deleted = await customers.delete_async(shop.customer)

    assert deleted.deleted
    assert shop.events_since(before) == [
        "customer.subscription.deleted",
        "payment_method.detached",
        "customer.subscription.updated",
        "customer.deleted",
    ]
    assert (await customers.retrieve_async(shop.customer)).deleted
    assert shop.find(subscription, "subscription")["status"] == "canceled"
    assert (await customers.list_async()).data == []
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await customers.update_async(shop.customer, {"name": "Again"})
    assert (refusal.value.code, refusal.value.http_status) == ("resource_missing", 404)
    with pytest.raises(stripe.InvalidRequestError, match="No such customer") as refusal:
        await shop.client.v1.subscriptions.create_async(
            {"customer": shop.customer, "items": [{"price": shop.prices["starter"]}]}
        )
    assert (refusal.value.param, refusal.value.http_status) == ("customer", 400)


async def test_a_customers_subscriptions_are_there_when_they_are_asked_for(shop: Shop) -> None:
    subscription = shop.subscribe()

    plain = await shop.client.v1.customers.retrieve_async(shop.customer)
    asked = await shop.client.v1.customers.retrieve_async(shop.customer, {"expand": ["subscriptions"]})

    assert "subscriptions" not in plain
    assert asked.subscriptions is not None
    assert [each.id for each in asked.subscriptions.data] == [subscription["id"]]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"nickname": "Al"}, "nickname"),
        ({"invoice_settings": {"default_payment_method": "pm_none"}}, "invoice_settings[default_payment_method]"),
        ({"payment_method": "pm_none"}, "payment_method"),
        ({"address": {"planet": "Mars"}}, "address[planet]"),
    ],
)
async def test_what_a_customer_does_not_have_is_refused(shop: Shop, params: Any, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await shop.client.v1.customers.create_async(params)

    assert refusal.value.param == param


async def test_each_customers_invoices_are_numbered_by_themselves(shop: Shop) -> None:
    other = await shop.client.v1.customers.create_async({})

    assert shop.find(shop.customer, "customer")["invoice_prefix"] == "SBX-0001"
    assert (other.invoice_prefix, other.next_invoice_sequence) == ("SBX-0002", 1)


async def test_the_account_says_who_it_is(shop: Shop) -> None:
    account = await shop.client.v1.accounts.retrieve_current_async()

    assert (account.object, account.charges_enabled) == ("account", True)
    assert account.settings is not None
    assert "sandbox" in (account.settings.dashboard.display_name or "")
