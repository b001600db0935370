"""Somebody pays in a browser, and the page in the terminal changes by itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page
from textual.pilot import Pilot

from billinghelp.app import BillingHelpApp
from billinghelp.config import Flags, load_settings
from billinghelp.desk import open_desk
from services.contract.policy import Policy
from services.contract.principals import Principal, Role
from services.contract.requests import ImportCustomers
from services.storage.engine import Store
from services.surface.surface import Surface
from tests.browser.chromium import open_page

CUSTOMER = b'{"customer_id": "acme-eu", "legal_name": "Acme GmbH", "billing": {"state": "verified"}}'
SIZE = (140, 44)
WITHIN = 20.0  # seconds: a payment shows after one or two on an idle machine


class Terminal:
    """The app on a real store, with a sandbox of its own on a port of this machine."""

    def __init__(self, app: BillingHelpApp, pilot: Pilot[None]) -> None:
        self._app = app
        self._pilot = pilot

    @property
    def text(self) -> str:
        """What the screen shows, line by line."""
        return "\n".join(strip.text for strip in self._app.screen._compositor.render_strips())

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self._pilot.press(*keys)

    async def shows(self, words: str) -> None:
        """Wait until the screen shows these words."""
        await self.until(lambda: words in self.text, words)

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until a condition holds."""
        try:
            async with asyncio.timeout(WITHIN):
                while not condition():
                    await self._pilot.pause(0.05)
        except TimeoutError:
            pytest.fail(f"never showed «{what}»:\n{self.text}")

    async def address(self) -> str:
        """Copy the address of the page that the dialog shows, and return it."""
        earlier = self._app.clipboard
        await self._pilot.press("y")
        await self.until(lambda: self._app.clipboard != earlier, "an address that is copied")
        return self._app.clipboard


@asynccontextmanager
async def terminal(tmp_path: Path) -> AsyncIterator[Terminal]:
    """Run the app for the owner of a store with one customer, who pays nothing yet."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    settings = load_settings(Flags(database_url=url), {}, tmp_path / "config.toml")
    surface = Surface(Store(url), policy=Policy())
    feeder = Principal(actor="feeder", role=Role.SERVICE)
    surface.dispatch(feeder, ImportCustomers(source="test", format="jsonl", content=CUSTOMER))
    surface.close()
    app = BillingHelpApp(
        lambda: open_desk(settings, sends=True), customer_id="acme-eu", theme="dark", log_folder=tmp_path
    )
    async with app.run_test(size=SIZE) as pilot:
        yield Terminal(app, pilot)


async def pay(page: Page, address: str, number: str) -> None:
    """Fill in a card on a page of the sandbox's, and send it."""
    await page.goto(address)
    await page.get_by_label("Card number").fill(number)
    await page.get_by_label("Expiry").fill("04 / 30")
    await page.get_by_label("CVC").fill("123")
    await page.get_by_label("Name on card").fill("Ada Example")
    await page.get_by_role("button").first.click()


async def test_a_plan_is_bought_in_checkout_and_made_smaller_in_the_portal(tmp_path: Path) -> None:
    async with open_page() as page, terminal(tmp_path) as desk:
        await desk.shows("Acme GmbH")
        await desk.press("f3")
        await desk.shows("Stripe sandbox: no real money")
        await desk.press("2")
        await desk.shows("79.00 USD")
        await desk.press("right", "enter")  # from Starter to Growth
        await desk.shows("/c/pay/")
        address = await desk.address()
        await pay(page, address, "4000000000000002")
        await page.get_by_text("Your card was declined.").wait_for()
        await pay(page, address, "4242424242424242")
        await page.get_by_text("The subscription is paid.").wait_for()
        await desk.shows("Growth is active now.")
        await desk.press("escape")
        await desk.shows("Visa ·· 4242")

        await desk.press("left")
        await desk.shows("↓ downgrade")
        await desk.press("enter")
        await desk.shows("/p/session/")
        await page.goto(await desk.address())
        await page.get_by_role("button", name="Schedule the switch").click()
        await desk.shows("then Starter")
