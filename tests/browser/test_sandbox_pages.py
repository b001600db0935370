"""The sandbox's hosted pages in a real browser: Checkout and the portal, from the first look to the outcome."""

import random
import socket
from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from services.payments.sandbox.sandbox import Sandbox
from services.payments.sandbox.server import served
from tests.browser.chromium import HEIGHT, WIDTHS, open_page
from tests.services.payments.sandbox.client import make_client
from tests.services.payments.sandbox.shop import DECLINED, Shop, stocked

CONFIRMED = "4000 0025 0000 3155"


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop whose sandbox is served on a port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sandbox = Sandbox(base=f"http://127.0.0.1:{listener.getsockname()[1]}", randomness=random.Random(7))
        try:
            with served(sandbox, listener):
                yield stocked(sandbox, make_client(sandbox))
        finally:
            sandbox.close()


async def type_card(page: Page, number: str) -> None:
    """Fill in the form of a card."""
    await page.get_by_label("Card number").fill(number)
    await page.get_by_label("Expiry").fill("04 / 30")
    await page.get_by_label("CVC").fill("123")
    await page.get_by_label("Name on card").fill("Ada Example")


async def expect_to_fit(page: Page) -> None:
    """Expect that the page says what it is, and that at no width anything on it sticks out to the side."""
    await expect(page.get_by_role("note")).to_contain_text("Sandbox")
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        assert await page.evaluate("document.documentElement.scrollWidth") == width


async def test_checkout_is_completed_after_a_declined_card_with_one_that_its_owner_confirms(shop: Shop) -> None:
    success = f"{shop.sandbox.base}/sandbox?session={{CHECKOUT_SESSION_ID}}"
    session = await shop.checkout(success_url=success)
    async with open_page() as page:
        await page.goto(str(session.url))
        await expect_to_fit(page)
        await type_card(page, DECLINED)
        await page.get_by_role("button", name="Pay 49.00 USD").click()
        await expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
        await expect_to_fit(page)
        assert shop.all("subscription") == []
        await type_card(page, CONFIRMED)
        await page.get_by_role("button", name="Pay 49.00 USD").click()
        await expect(page.get_by_text("Your bank wants to know that it is you.")).to_be_visible()
        await expect_to_fit(page)
        await page.get_by_role("button", name="Confirm", exact=True).click()
        await page.wait_for_url(f"**/sandbox?session={session.id}")
        await page.goto(f"{shop.sandbox.base}/c/pay/{session.id}")
        await expect(page.get_by_text("You can close this page.")).to_be_visible()
    assert shop.one("subscription")["status"] == "active"
    assert shop.one("checkout.session")["status"] == "complete"


async def test_the_portal_schedules_a_downgrade_and_cancels_and_resumes(shop: Shop) -> None:
    shop.subscribe("growth_month")
    session = await shop.portal()
    async with open_page() as page:
        plan = page.get_by_role("region", name="Current plan")
        await page.goto(session.url)
        await expect_to_fit(page)
        await page.get_by_role("link", name="Switch plan").click()
        await expect_to_fit(page)
        await page.get_by_role("link", name="Choose Starter, 19.00 USD per month").click()
        await expect_to_fit(page)
        await page.get_by_role("button", name="Schedule the switch").click()
        await expect(plan).to_contain_text("then Starter for 19.00 USD per month.")
        assert shop.one("subscription")["schedule"] is not None
        await page.get_by_role("button", name="Keep Growth").click()
        await page.get_by_role("link", name="Cancel plan").click()
        await expect_to_fit(page)
        await page.get_by_role("button", name="Cancel plan").click()
        await expect(plan).to_contain_text("Ends on")
        assert shop.one("subscription")["cancel_at"] is not None
        await page.get_by_role("button", name="Keep Growth").click()
        await expect(plan).to_contain_text("Renews on")
        await expect_to_fit(page)
    subscription = shop.one("subscription")
    assert (subscription["cancel_at"], subscription["schedule"], subscription["status"]) == (None, None, "active")
