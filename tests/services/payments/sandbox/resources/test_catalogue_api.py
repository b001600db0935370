"""Tests of products and prices through the API."""

from typing import Any

import pytest
import stripe

from tests.services.payments.sandbox.resources.conftest import Shop


async def test_prices_are_found_by_lookup_key(shop: Shop) -> None:
    prices = shop.client.v1.prices

    found = await prices.list_async(
        {"lookup_keys": ["growth", "growth_jpy", "gone"], "active": True, "expand": ["data.product"]}
    )

    assert {price.lookup_key: (price.unit_amount, price.currency) for price in found.data} == {
        "growth": (9_000, "usd"),
        "growth_jpy": (7_001, "jpy"),
    }
    assert {price.product.name for price in found.data if isinstance(price.product, stripe.Product)} == {"Growth"}


async def test_prices_are_filtered_by_rhythm_product_and_currency(shop: Shop) -> None:
    prices = shop.client.v1.prices
    growth = (await prices.retrieve_async(shop.prices["growth"])).product
    assert isinstance(growth, str)

    yearly = await prices.list_async({"recurring": {"interval": "year"}})
    of_growth = await prices.list_async({"product": growth, "currency": "usd", "type": "recurring"})

    assert [price.lookup_key for price in yearly.data] == ["growth_year"]
    assert [price.lookup_key for price in of_growth.data] == ["growth_year", "growth"]


async def test_a_lookup_key_moves_only_when_it_is_told_to(shop: Shop) -> None:
    prices = shop.client.v1.prices
    product = (await prices.retrieve_async(shop.prices["growth"])).product
    dearer: Any = {"product": product, "currency": "usd", "unit_amount": 9_900, "lookup_key": "growth"}

    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        await prices.create_async(dearer)
    moved = await prices.create_async(dearer | {"transfer_lookup_key": True, "recurring": {"interval": "month"}})

    assert [price.id for price in (await prices.list_async({"lookup_keys": ["growth"]})).data] == [moved.id]
    assert shop.find(shop.prices["growth"], "price")["lookup_key"] is None


async def test_a_price_can_bring_its_product(shop: Shop) -> None:
    price = await shop.client.v1.prices.create_async(
        {"currency": "eur", "unit_amount": 500, "product_data": {"name": "Support hour"}, "expand": ["product"]}
    )

    assert isinstance(price.product, stripe.Product)
    assert (price.type, price.recurring, price.product.name) == ("one_time", None, "Support hour")
    assert str(price.unit_amount_decimal) == "500"


async def test_an_inactive_price_a_price_asked_once_and_a_price_that_is_gone_cannot_be_subscribed_to(
    shop: Shop,
) -> None:
    client = shop.client.v1
    once = await client.prices.create_async({"currency": "usd", "unit_amount": 5, "product_data": {"name": "Once"}})
    await client.prices.update_async(shop.prices["growth"], {"active": False})

    for price, said in (
        (shop.prices["growth"], "inactive"),
        (once.id, "type=one_time"),
        ("price_gone", "No such price"),
    ):
        with pytest.raises(stripe.InvalidRequestError, match=said) as refusal:
            await client.subscriptions.create_async({"customer": shop.customer, "items": [{"price": price}]})
        assert refusal.value.param == "items[0][price]"


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"currency": "kwd", "unit_amount": 1_001, "product_data": {"name": "A"}}, "unit_amount"),
        ({"currency": "usd", "unit_amount": -1, "product_data": {"name": "A"}}, "unit_amount"),
        ({"currency": "usd", "unit_amount": 1, "product": "prod_none"}, "product"),
        ({"currency": "usd", "unit_amount": 1, "product_data": {"name": "A"}, "tiers": [{"up_to": "inf"}]}, "tiers"),
        ({"unit_amount": 1, "product_data": {"name": "A"}}, "currency"),
        ({"currency": "usd", "unit_amount": 1}, None),
    ],
)
async def test_a_price_that_cannot_be_is_refused(shop: Shop, params: Any, param: str | None) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await shop.client.v1.prices.create_async(params)

    assert refusal.value.param == param


async def test_products_are_created_changed_and_listed(shop: Shop) -> None:
    products = shop.client.v1.products
    made = await products.create_async({"name": "Enterprise", "id": "prod_enterprise", "unit_label": "seat"})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await products.create_async({"name": "Enterprise", "id": "prod_enterprise"})

    changed = await products.update_async(made.id, {"active": False, "metadata": {"rank": "3"}})

    assert refusal.value.code == "resource_already_exists"
    assert (changed.active, changed.unit_label) == (False, "seat")
    assert [each.id for each in (await products.list_async({"active": False})).data] == ["prod_enterprise"]
    assert [each.name for each in (await products.list_async({"ids": [made.id]})).data] == ["Enterprise"]
