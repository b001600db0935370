"""Checkout sessions over the API, with the real client."""

from typing import Any

import pytest
import stripe

from services.payments.sandbox.sandbox import Sandbox
from tests.clocks import FakeClock
from tests.services.payments.sandbox.shapes import assert_has_shape
from tests.services.payments.sandbox.shop import Shop, stocked


@pytest.fixture
def shop(sandbox: Sandbox, client: stripe.StripeClient) -> Shop:
    """A shop on 2026-11-20 12:00 UTC."""
    return stocked(sandbox, client)


async def test_a_session_for_a_subscription_has_stripes_shape(shop: Shop, clock: FakeClock) -> None:
    session = await shop.checkout(client_reference_id="acme", metadata={"op": "1"})
    assert_has_shape(session, stripe.checkout.Session)
    assert session.id.startswith("cs_test_")
    assert session.url == f"{shop.sandbox.base}/c/pay/{session.id}"
    assert (session.status, session.payment_status, session.ui_mode) == ("open", "unpaid", "hosted_page")
    assert (session.amount_total, session.currency) == (4_900, "usd")
    assert session.expires_at == int(clock().timestamp()) + 24 * 3600
    assert session.customer_details is not None
    assert session.customer_details.email == "ap@acme.example"
    assert session.client_reference_id == "acme"
    assert session.to_dict()["metadata"] == {"op": "1"}
    assert "line_items" not in session


async def test_a_session_for_a_setup_has_an_intent_and_nothing_to_pay(shop: Shop) -> None:
    data = {"metadata": {"op": "2"}}
    session = await shop.checkout(mode="setup", currency="eur", line_items=None, setup_intent_data=data)
    assert_has_shape(session, stripe.checkout.Session)
    assert (session.payment_status, session.currency, session.amount_total) == ("no_payment_required", "eur", None)
    intent = await shop.client.v1.setup_intents.retrieve_async(str(session.setup_intent))
    assert (intent.status, intent.customer) == ("requires_payment_method", shop.customer)
    assert intent.to_dict()["metadata"] == {"op": "2"}


async def test_line_items_come_when_they_are_asked_for(shop: Shop) -> None:
    session = await shop.checkout(line_items=[{"price": shop.prices["growth_year"], "quantity": 3}])
    listed = await shop.client.v1.checkout.sessions.line_items.list_async(session.id)
    (line,) = listed.data
    assert_has_shape(line, stripe.LineItem)
    assert (line.description, line.quantity, line.amount_total) == ("Growth", 3, 147_000)
    again = await shop.client.v1.checkout.sessions.retrieve_async(session.id, {"expand": ["line_items", "customer"]})
    assert again.line_items is not None
    assert again.line_items.data[0].id == line.id
    assert isinstance(again.customer, stripe.Customer)


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"success_url": None}, "parameter_missing", "success_url"),
        ({"success_url": "javascript:alert(1)"}, "url_invalid", "success_url"),
        ({"cancel_url": "/back"}, "url_invalid", "cancel_url"),
        ({"line_items": None}, "parameter_missing", "line_items"),
        ({"line_items": [{"price": "price_none"}]}, "resource_missing", "line_items[0][price]"),
        ({"customer": "cus_none"}, "resource_missing", "customer"),
        ({"customer_email": "a@b.example"}, None, "customer_email"),
        ({"expires_at": 1}, None, "expires_at"),
        ({"currency": "eur"}, None, "line_items[0][price]"),
        ({"line_items": [{"price": "price_a"}, {"price": "price_b"}]}, None, "line_items[1]"),
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        ({"mode": "payment"}, None, "mode"),
        ({"mode": "setup"}, None, "line_items"),
        ({"mode": "setup", "line_items": None}, "parameter_missing", "currency"),
        ({"mode": "setup", "line_items": None, "customer": None}, "parameter_missing", "customer"),
        ({"setup_intent_data": {"description": "x"}}, None, "setup_intent_data"),
    ],
)
async def test_what_stripe_refuses_is_refused_with_its_parameter(
    shop: Shop, params: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        await shop.checkout(**params)
    assert (raised.value.code, raised.value.param) == (code, param)
    assert shop.all("checkout.session") == []


async def test_an_inactive_price_is_not_sold(shop: Shop) -> None:
    await shop.client.v1.prices.update_async(shop.prices["growth_month"], {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        await shop.checkout()


async def test_sessions_are_listed_by_customer_and_status(shop: Shop) -> None:
    first, second = await shop.checkout(), await shop.checkout()
    await shop.client.v1.checkout.sessions.expire_async(first.id)
    listed = await shop.client.v1.checkout.sessions.list_async({"customer": shop.customer, "status": "open"})
    assert [session.id for session in listed.data] == [second.id]
    assert len((await shop.client.v1.checkout.sessions.list_async({})).data) == 2


async def test_metadata_is_changed_key_by_key(shop: Shop) -> None:
    session = await shop.checkout(metadata={"kept": "1", "dropped": "2"})
    sessions = shop.client.v1.checkout.sessions
    changed = await sessions.update_async(session.id, {"metadata": {"dropped": "", "new": "3"}})
    assert changed.to_dict()["metadata"] == {"kept": "1", "new": "3"}


async def test_a_session_expires_once_by_hand(shop: Shop) -> None:
    session = await shop.checkout()
    expired = await shop.client.v1.checkout.sessions.expire_async(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert shop.events()[-1] == "checkout.session.expired"
    with pytest.raises(stripe.InvalidRequestError, match="expired"):
        await shop.client.v1.checkout.sessions.expire_async(session.id)


async def test_a_setup_that_expires_takes_its_intent_along(shop: Shop) -> None:
    session = await shop.checkout(mode="setup", currency="usd", line_items=None)
    await shop.client.v1.checkout.sessions.expire_async(session.id)
    intent = await shop.client.v1.setup_intents.retrieve_async(str(session.setup_intent))
    assert (intent.status, intent.cancellation_reason) == ("canceled", "abandoned")


async def test_a_session_expires_by_itself(shop: Shop) -> None:
    session = await shop.checkout()
    shop.sandbox.advance(24 * 3600 - 1)
    assert (await shop.client.v1.checkout.sessions.retrieve_async(session.id)).status == "open"
    shop.sandbox.advance(1)
    assert (await shop.client.v1.checkout.sessions.retrieve_async(session.id)).status == "expired"
    assert shop.events().count("checkout.session.expired") == 1
