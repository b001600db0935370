"""The gateway on the sandbox: Checkout, setups and the customer portal."""

from typing import Literal
from urllib.parse import parse_qs

import httpx2
import pytest

from services.contract.errors import Refused
from services.payments.gateway.stripe_gateway import StripeGateway
from services.payments.port import HostedSession, RemoteSubscription
from services.payments.sandbox import checkout_outcome
from services.payments.sandbox.errors import ApiError
from services.payments.sandbox.faults import Fault
from services.payments.sandbox.sandbox import TEST_KEY
from services.payments.settings import PaymentSettings
from tests.services.payments.gateway.till import CHARGED_IN_VAIN, NOW, Till, open_till


async def look(till: Till, address: str) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=till.sandbox.application)) as browser:
        return await browser.get(address)


async def checkout(till: Till, account_id: str, key: str = "op-1") -> HostedSession:
    price_id = till.prices["growth_monthly"]
    return await till.gateway.start_checkout(account_id, "acme", price_id, replaces=None, key=key)


async def test_a_checkout_page_is_opened_once_for_a_key_and_its_outcome_is_learned() -> None:
    async with open_till() as till:
        account_id = await till.account()
        page = await checkout(till, account_id)
        assert await checkout(till, account_id) == page
        assert len(till.all("checkout.session")) == 1
        assert "Growth" in (await look(till, page.url)).text

        waiting = await till.gateway.session(page.session_id)
        assert (waiting.mode, waiting.status, waiting.subscription_id) == ("subscription", "open", None)
        till.complete(page)
        done = await till.gateway.session(page.session_id)
        assert (done.status, done.account_id) == ("complete", account_id)
        assert done.subscription_id == till.all("subscription")[0]["id"]
        assert done.method_id == till.all("payment_method")[0]["id"]


async def test_a_checkout_page_carries_our_customer_and_what_it_replaces() -> None:
    async with open_till() as till:
        account_id, price_id = await till.account(), till.prices["growth_monthly"]
        page = await till.gateway.start_checkout(account_id, "acme", price_id, replaces="sub_before", key="op-1")
        till.complete(page)
        (session,), (subscription,) = till.all("checkout.session"), till.all("subscription")

        assert session["client_reference_id"] == "acme"
        for carried in (session["metadata"], subscription["metadata"]):
            assert carried == {"customer_id": "acme", "replaces": "sub_before"}


async def test_a_declined_card_leaves_the_page_open() -> None:
    async with open_till() as till:
        page = await checkout(till, await till.account())
        with pytest.raises(ApiError):
            till.complete(page, CHARGED_IN_VAIN)

        assert (await till.gateway.session(page.session_id)).status == "open"
        assert till.all("subscription") == []


async def test_a_page_that_nobody_used_expires() -> None:
    async with open_till() as till:
        page = await checkout(till, await till.account())
        with till.sandbox.world() as world:
            checkout_outcome.expire(world, world.get("checkout.session", page.session_id))
        assert page.expires_at is not None

        assert page.expires_at > NOW
        assert (await till.gateway.session(page.session_id)).status == "expired"


async def test_a_page_is_closed_once_and_leads_nowhere_any_more() -> None:
    async with open_till() as till:
        page = await checkout(till, await till.account())
        for _ in range(2):
            assert (await till.gateway.close_session(page.session_id)).status == "expired"
        assert "expired" in (await look(till, page.url)).text


async def test_a_page_that_was_completed_is_not_closed() -> None:
    async with open_till() as till:
        page = await checkout(till, await till.account())
        till.complete(page)
        outcome = await till.gateway.close_session(page.session_id)
        assert (outcome.status, outcome.subscription_id) == ("complete", till.all("subscription")[0]["id"])


async def test_a_page_that_cannot_be_closed_just_now_is_told_to_be_open() -> None:
    async with open_till() as till:
        page = await checkout(till, await till.account())
        till.sandbox.fail(Fault(kind="error", method="POST"))
        assert (await till.gateway.close_session(page.session_id)).status == "open"
        with pytest.raises(Refused) as refused:
            await till.gateway.close_session("cs_test_none")
        assert refused.value.reason == "PAYMENTS_OBJECT_GONE"


async def test_a_setup_tells_what_it_registered_when_it_is_complete() -> None:
    async with open_till() as till:
        account_id = await till.account()
        page = await till.gateway.start_setup(account_id, "acme", "eur", "op-1")
        waiting = await till.gateway.session(page.session_id)
        assert (waiting.mode, waiting.status, waiting.method_id) == ("setup", "open", None)

        till.complete(page)
        done = await till.gateway.session(page.session_id)
        assert done.method_id == till.all("payment_method")[0]["id"]
        assert till.all("setup_intent")[0]["metadata"] == {"customer_id": "acme"}


async def test_after_checkout_a_sandbox_shows_a_page_that_can_be_closed() -> None:
    async with open_till() as till:
        page = await checkout(till, await till.account())
        till.complete(page)
        (session,) = till.all("checkout.session")
        shown = await look(till, session["success_url"].replace("{CHECKOUT_SESSION_ID}", page.session_id))

        assert "You can close this page" in shown.text
        assert session["cancel_url"] is None


async def test_after_checkout_stripe_leads_to_the_page_that_is_set() -> None:
    async with open_till(return_url="https://example.com/billing") as till:
        await checkout(till, await till.account())
        (session,) = till.all("checkout.session")

        assert (session["success_url"], session["cancel_url"]) == ("https://example.com/billing",) * 2


async def test_after_checkout_stripe_leads_to_the_web_site_that_it_has_of_the_business() -> None:
    forms: list[dict[str, list[str]]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/v1/account":
            return httpx2.Response(200, json={"object": "account", "business_profile": {"url": "https://acme.example"}})
        forms.append(parse_qs(request.content.decode()))
        page = {"id": "cs_1", "url": "https://checkout.example/1", "mode": "setup", "status": "open", "expires_at": 1}
        return httpx2.Response(200, json=page | {"object": "checkout.session"})

    gateway = StripeGateway(PaymentSettings(key=TEST_KEY), sold=[], transport=httpx2.MockTransport(answer))
    page = await gateway.start_setup("cus_1", "acme", "usd", "op-1")
    await gateway.hang_up()

    assert page.url == "https://checkout.example/1"
    assert (forms[0]["success_url"], forms[0]["cancel_url"]) == (["https://acme.example"],) * 2


async def test_stripe_itself_needs_a_page_to_lead_to_and_says_so() -> None:
    async with open_till(sandboxed=False) as till:
        assert till.gateway.label == "Stripe test mode"
        with pytest.raises(Refused, match="STRIPE_RETURN_URL") as refused:
            await checkout(till, await till.account())

        assert refused.value.reason == "PAYMENTS_NOT_CONFIGURED"
        assert till.all("checkout.session") == []


async def test_a_checkout_page_for_a_customer_that_is_gone_is_refused() -> None:
    async with open_till() as till:
        with pytest.raises(Refused, match="this customer") as refused:
            await checkout(till, "cus_gone")

        assert (refused.value.reason, refused.value.details["param"]) == ("PAYMENTS_OBJECT_GONE", "customer")


async def test_a_price_that_is_sold_no_longer_is_refused_with_stripes_words() -> None:
    async with open_till() as till:
        (price,) = till.all("price", lookup_key="growth_monthly")
        till.put(price | {"active": False})
        with pytest.raises(Refused, match="inactive") as refused:
            await checkout(till, await till.account())

        assert refused.value.reason == "PAYMENTS_REFUSED"


Purpose = Literal["overview", "payment_method", "change_plan", "cancel"]


async def portal(
    till: Till, found: RemoteSubscription | None, purpose: Purpose, price: str | None = None, key: str = "op-1"
) -> HostedSession:
    account_id = till.all("customer")[0]["id"]
    price_id = None if price is None else till.prices[price]
    return await till.gateway.start_portal(account_id, purpose, subscription=found, price_id=price_id, key=key)


@pytest.mark.parametrize(
    ("purpose", "price", "shown"),
    [
        ("overview", None, "Growth"),
        ("payment_method", None, "Card number"),
        ("change_plan", None, "Starter"),
        ("change_plan", "business_yearly", "Business"),
        ("cancel", None, "Cancel"),
    ],
)
async def test_the_portal_opens_where_the_purpose_begins(purpose: Purpose, price: str | None, shown: str) -> None:
    async with open_till() as till:
        found = await till.subscribed(await till.account())
        page = await portal(till, found, purpose, price)
        answer = await look(till, page.url)

        assert await portal(till, found, purpose, price) == page
        assert answer.status_code == 200
        assert shown in answer.text
        assert page.expires_at is None


async def test_the_portal_lets_customers_switch_among_all_plans_and_smaller_ones_wait() -> None:
    async with open_till() as till:
        await portal(till, await till.subscribed(await till.account()), "overview")
        (configuration,) = till.all("billing_portal.configuration")
        update = configuration["features"]["subscription_update"]

        assert {price for product in update["products"] for price in product["prices"]} == set(till.prices.values())
        assert [condition["type"] for condition in update["schedule_at_period_end"]["conditions"]] == [
            "decreasing_item_amount",
            "shortening_interval",
        ]
        assert configuration["features"]["subscription_cancel"]["mode"] == "at_period_end"


async def test_the_portal_leads_back_to_the_page_that_is_set() -> None:
    async with open_till(return_url="https://example.com/billing") as till:
        await till.account()
        await portal(till, None, "overview")

        assert till.all("billing_portal.session")[0]["return_url"] == "https://example.com/billing"


async def test_one_configuration_serves_every_process_until_a_price_changes() -> None:
    async with open_till() as till:
        found = await till.subscribed(await till.account())
        await portal(till, found, "overview", key="op-1")
        till.gateway._configurations.clear()  # as in another process
        await portal(till, found, "overview", key="op-2")
        assert len(till.all("billing_portal.configuration")) == 1

        (price,) = till.all("price", lookup_key="starter_monthly")
        till.put(price | {"active": False})
        await portal(till, found, "overview", key="op-3")
        assert len(till.all("billing_portal.configuration")) == 2


async def test_the_portal_of_a_platform_that_sells_nothing_shows_cards_and_invoices() -> None:
    async with open_till(prices=[]) as till:
        await till.account()
        page = await portal(till, None, "overview")

        assert (await look(till, page.url)).status_code == 200


@pytest.mark.parametrize("purpose", ["change_plan", "cancel"])
async def test_there_is_nothing_to_change_without_a_subscription(purpose: Purpose) -> None:
    async with open_till() as till:
        await till.account()
        with pytest.raises(Refused, match="choose a plan first") as refused:
            await portal(till, None, purpose)

        assert refused.value.reason == "PAYMENTS_REFUSED"


async def test_what_has_ended_cannot_be_changed_in_the_portal() -> None:
    async with open_till() as till:
        found = await till.subscribed(await till.account())
        await till.gateway.end_subscription(found.subscription_id, "op-end")
        with pytest.raises(Refused, match="has ended") as refused:
            await portal(till, found, "cancel")

        assert refused.value.reason == "PAYMENTS_REFUSED"
