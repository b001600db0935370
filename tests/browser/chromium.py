"""A real browser: Debian's Chromium without a window, steered by Playwright."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, async_playwright

WIDTHS = (400, 1200)
"""The narrowest and the usual page, in CSS pixels."""

HEIGHT = 900
"""Of a page, in CSS pixels."""

_PATIENCE_MS = 10_000  # for a step that takes some 50 ms on an idle machine


@asynccontextmanager
async def open_page() -> AsyncIterator[Page]:
    """Yield an empty page of a browser of its own; where there is no Chromium, the test is skipped and says so."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("There is no Chromium on this machine: `apt install chromium` brings it.")
    async with async_playwright() as playwright:
        # Chromium's own sandbox needs rights that a container does not have; the pages are ours.
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            page = await browser.new_page(viewport={"width": WIDTHS[-1], "height": HEIGHT})
            page.set_default_timeout(_PATIENCE_MS)
            yield page
        finally:
            await browser.close()
