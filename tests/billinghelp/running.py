"""The app on a fake desk, for tests: start it, wait until nothing is under way, read what the screen says."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen
from textual.worker import WorkerCancelled

from billinghelp.app import BillingHelpApp
from billinghelp.pages.billing_help import BillingHelpPage
from billinghelp.pages.workbench import Workbench
from tests.billinghelp.fake_desk import FakeDesk
from tests.builders import NOW
from tests.clocks import FakeClock
from tests.keyboard import type_text

WIDE = (140, 44)
NARROW = (60, 20)


class Running:
    """A running app with its pilot and its desk."""

    def __init__(self, app: BillingHelpApp, pilot: Pilot[None], desk: FakeDesk) -> None:
        self.app = app
        self.pilot = pilot
        self.desk = desk

    @property
    def page(self) -> BillingHelpPage:
        """The Billing Help page."""
        page = self.app.screen_stack[0]
        assert isinstance(page, BillingHelpPage)
        return page

    @property
    def bench(self) -> Workbench:
        """What stands on the page."""
        assert self.page.bench is not None
        return self.page.bench

    def shows(self, kind: type[Screen[Any]]) -> bool:
        """Return whether a screen of this kind is on top."""
        return isinstance(self.app.screen, kind)

    @property
    def at_page(self) -> bool:
        """Whether nothing lies over the page."""
        return self.app.screen is self.page

    @property
    def text(self) -> str:
        """What the screen shows, line by line."""
        width, height = self.app.size
        lines = self.app.screen._compositor.render_strips()
        assert len(lines) == height
        assert all(strip.cell_length == width for strip in lines)
        return "\n".join(strip.text for strip in lines)

    @property
    def notice(self) -> str:
        """What the notice says, whether or not it fits the screen."""
        bar = self.app.page.notice_bar() if self.app.page else None
        return f"{bar.notice.mark} {bar.notice.text}" if bar and bar.notice else ""

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, and wait each time."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def type(self, text: str) -> None:
        """Type a text."""
        await type_text(self.pilot, text)
        await self.settle()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the app go on until the condition holds, then until nothing is under way."""
        async with asyncio.timeout(5):
            while not condition():
                await self.pilot.pause()
        await self.settle()

    async def settle(self) -> None:
        """Wait until no worker is under way that does not wait for the test, and the screen is drawn."""
        while True:
            await self.pilot.pause()
            busy = [worker for worker in self.app.workers if not worker.is_finished]
            if not busy or self.desk.gate is not None:
                return
            for worker in busy:
                with suppress(WorkerCancelled):
                    await worker.wait()


@asynccontextmanager
async def running(
    desk: FakeDesk | None = None,
    *,
    customer_id: str | None = None,
    size: tuple[int, int] = WIDE,
    open_desk: Callable[[], Any] | None = None,
    folder: Path = Path("/nonexistent"),
    clock: FakeClock | None = None,
    **options: Any,
) -> AsyncIterator[Running]:
    """Run the app on a desk until the test is done with it."""
    desk = desk or FakeDesk()
    numbers = count(1)
    app = BillingHelpApp(
        open_desk or (lambda: desk),
        customer_id=customer_id,
        folder=folder,
        log_folder=Path(os.devnull) / "logs",  # a test that breaks the app leaves no file behind
        theme=options.pop("theme", "dark"),
        clock=clock or FakeClock(NOW),
        new_id=lambda prefix: f"{prefix}_{next(numbers)}",
        **options,
    )
    async with app.run_test(size=size) as pilot:
        run = Running(app, pilot, desk)
        await run.settle()
        yield run
