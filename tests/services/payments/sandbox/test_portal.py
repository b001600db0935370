"""Portal configurations and sessions over the API, with the real client."""

from typing import Any

import pytest
import stripe

from services.payments.sandbox.sandbox import Sandbox
from tests.services.payments.sandbox.shapes import assert_has_shape
from tests.services.payments.sandbox.shop import Shop, stocked

ENABLED = {"enabled": True}


@pytest.fixture
def shop(sandbox: Sandbox, client: stripe.StripeClient) -> Shop:
    """A shop on 2026-11-20 12:00 UTC."""
    return stocked(sandbox, client)


async def growth_alone(shop: Shop) -> Any:
    """Return the feature of switching to Growth, monthly, and to nothing else."""
    price = await shop.client.v1.prices.retrieve_async(shop.prices["growth_month"])
    return {
        "enabled": True,
        "default_allowed_updates": ["price"],
        "products": [{"product": str(price.product), "prices": [price.id]}],
        "schedule_at_period_end": {"conditions": [{"type": "decreasing_item_amount"}]},
    }


async def test_a_session_has_stripes_shape_and_the_default_configuration(shop: Shop) -> None:
    session = await shop.portal()
    assert_has_shape(session, stripe.billing_portal.Session)
    assert session.url == f"{shop.sandbox.base}/p/session/{session.id}"
    assert (session.flow, session.return_url) == (None, "https://shop.example/billing")
    configuration = await shop.client.v1.billing_portal.configurations.retrieve_async(str(session.configuration))
    assert_has_shape(configuration, stripe.billing_portal.Configuration)
    assert configuration.is_default
    assert (await shop.portal()).configuration == configuration.id


async def test_a_configuration_leaves_off_what_it_does_not_name(shop: Shop) -> None:
    features: Any = {"subscription_update": await growth_alone(shop), "invoice_history": ENABLED}
    made = await shop.client.v1.billing_portal.configurations.create_async(
        {"features": features, "default_return_url": "https://shop.example/", "metadata": {"plan": "1"}}
    )
    assert_has_shape(made, stripe.billing_portal.Configuration)
    assert made.features.invoice_history.enabled
    assert not made.features.subscription_cancel.enabled
    update = made.features.subscription_update
    assert update.proration_behavior == "none"
    assert update.products is not None
    assert update.products[0].prices == [shop.prices["growth_month"]]
    assert [each.type for each in update.schedule_at_period_end.conditions] == ["decreasing_item_amount"]
    session = await shop.portal(configuration=made.id, return_url=None)
    assert session.return_url == "https://shop.example/"


async def test_a_configuration_is_changed_feature_by_feature(shop: Shop) -> None:
    configurations = shop.client.v1.billing_portal.configurations
    made = await configurations.create_async({"features": {"subscription_update": await growth_alone(shop)}})
    changed = await configurations.update_async(
        made.id, {"features": {"subscription_update": {"proration_behavior": "always_invoice"}}, "name": "Main"}
    )
    update = changed.features.subscription_update
    assert (update.enabled, update.proration_behavior, changed.name) == (True, "always_invoice", "Main")
    await configurations.update_async(made.id, {"active": False})
    assert [each.id for each in (await configurations.list_async({"active": False})).data] == [made.id]
    with pytest.raises(stripe.InvalidRequestError, match="not active"):
        await shop.portal(configuration=made.id)


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"products": None}, "features[subscription_update][products]"),
        ({"default_allowed_updates": None}, "features[subscription_update][default_allowed_updates]"),
        ({"products": [{"product": "prod_none", "prices": ["x"]}]}, "features[subscription_update][products]"),
        ({"surprise": 1}, "features[subscription_update][surprise]"),
    ],
)
async def test_a_configuration_that_cannot_be_is_refused(shop: Shop, change: dict[str, Any], param: str) -> None:
    features: Any = {"subscription_update": await growth_alone(shop) | change}
    with pytest.raises(stripe.InvalidRequestError) as raised:
        await shop.client.v1.billing_portal.configurations.create_async({"features": features})
    assert raised.value.param == param


async def test_each_flow_has_an_address_of_its_own(shop: Shop) -> None:
    subscription = shop.subscribe()
    item = shop.one("subscription")["items"]["data"][0]["id"]
    about = {"subscription": subscription}
    change = about | {"items": [{"id": item, "price": shop.prices["starter_month"]}]}
    flows: list[tuple[dict[str, Any], str]] = [
        ({"type": "payment_method_update"}, "/cards/new"),
        ({"type": "subscription_cancel", "subscription_cancel": about}, f"/subscriptions/{subscription}/cancel"),
        ({"type": "subscription_update", "subscription_update": about}, f"/subscriptions/{subscription}/plans"),
        (
            {"type": "subscription_update_confirm", "subscription_update_confirm": change},
            f"/subscriptions/{subscription}/plans/{shop.prices['starter_month']}",
        ),
    ]
    for flow, path in flows:
        session = await shop.portal(flow_data=flow)
        assert_has_shape(session, stripe.billing_portal.Session)
        assert session.url == f"{shop.sandbox.base}/p/session/{session.id}{path}"
        assert session.flow is not None
        assert session.flow.type == flow["type"]
        assert session.flow.after_completion.type == "portal_homepage"


@pytest.mark.parametrize(
    ("flow", "param"),
    [
        ({"type": "customer_update"}, "flow_data[type]"),
        ({"type": "subscription_cancel"}, "flow_data[subscription_cancel]"),
        (
            {"type": "payment_method_update", "subscription_cancel": {"subscription": "sub_x"}},
            "flow_data[subscription_cancel]",
        ),
        (
            {"type": "subscription_cancel", "subscription_cancel": {"subscription": "sub_x"}},
            "flow_data[subscription_cancel][subscription]",
        ),
        (
            {"type": "payment_method_update", "after_completion": {"type": "redirect"}},
            "flow_data[after_completion][redirect]",
        ),
        (
            {"type": "payment_method_update"}
            | {"after_completion": {"type": "redirect", "redirect": {"return_url": "ftp://x"}}},
            "flow_data[after_completion][redirect][return_url]",
        ),
    ],
)
async def test_a_flow_that_leads_nowhere_is_refused(shop: Shop, flow: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        await shop.portal(flow_data=flow)
    assert raised.value.param == param


async def test_a_flow_is_about_the_customers_own_subscription_that_has_not_ended(shop: Shop) -> None:
    subscription = shop.subscribe()
    flow = {"type": "subscription_cancel", "subscription_cancel": {"subscription": subscription}}
    other = await shop.client.v1.customers.create_async({"name": "Other"})
    with pytest.raises(stripe.InvalidRequestError, match="another customer"):
        await shop.portal(customer=other.id, flow_data=flow)
    await shop.client.v1.subscriptions.cancel_async(subscription)
    with pytest.raises(stripe.InvalidRequestError, match="ended"):
        await shop.portal(flow_data=flow)


async def test_a_flow_needs_its_feature_and_a_price_that_may_be_chosen(shop: Shop) -> None:
    subscription = shop.subscribe()
    item = shop.one("subscription")["items"]["data"][0]["id"]
    configurations = shop.client.v1.billing_portal.configurations
    growth = await configurations.create_async({"features": {"subscription_update": await growth_alone(shop)}})
    with pytest.raises(stripe.InvalidRequestError, match="disabled"):
        await shop.portal(configuration=growth.id, flow_data={"type": "payment_method_update"})
    change = {"subscription": subscription, "items": [{"id": item, "price": shop.prices["starter_month"]}]}
    flow = {"type": "subscription_update_confirm", "subscription_update_confirm": change}
    with pytest.raises(stripe.InvalidRequestError, match="not among those"):
        await shop.portal(configuration=growth.id, flow_data=flow)
    change["items"] = [{"id": item, "price": shop.prices["growth_jpy"]}]
    with pytest.raises(stripe.InvalidRequestError, match=r"only supports `jpy`.*expected currency: `usd`"):
        await shop.portal(flow_data=flow)
    change["items"] = [{"id": "si_none", "price": shop.prices["growth_month"]}]
    with pytest.raises(stripe.InvalidRequestError, match="subscription_item"):
        await shop.portal(configuration=growth.id, flow_data=flow)


async def test_a_deleted_or_unknown_customer_has_no_portal(shop: Shop) -> None:
    await shop.client.v1.customers.delete_async(shop.customer)
    for customer in (shop.customer, "cus_none"):
        with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
            await shop.portal(customer=customer)
