"""The Billing Help page as it looks: three widths, three themes, and the dialogs. Look at each before accepting it."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.worker import WorkerCancelled

from tests.billinghelp.real_desk import real_app

AVALON = "c7-000035"
SIZES = {"wide": (120, 36), "medium": (90, 30), "narrow": (60, 20)}
Snapshot = Callable[..., bool]


def after(*keys: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    """Return what presses keys, and lets everything settle before and after each."""

    async def press(pilot: Pilot[None]) -> None:
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)

    return press


async def settled(pilot: Pilot[None]) -> None:
    """Wait until nothing is read, answered or drawn any more."""
    while True:
        await pilot.pause()
        busy = [worker for worker in pilot.app.workers if not worker.is_finished]
        # a dialog's worker waits for the person: it is under way, and nothing more comes of waiting for it
        busy = [worker for worker in busy if not isinstance(pilot.app.screen, ModalScreen)]
        if not busy:
            return
        for worker in busy:
            with suppress(WorkerCancelled):
                await worker.wait()


def typed(text: str) -> Iterable[str]:
    """Return the keys that type a text."""
    return ["space" if char == " " else char for char in text]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["dark", "light", "16-colour"])
def test_the_page_with_a_blocked_customer(snap_compare: Snapshot, tmp_path: Path, size: str, theme: str) -> None:
    with real_app(tmp_path, customer_id=AVALON, theme=theme) as (app, _bench):
        assert snap_compare(app, terminal_size=SIZES[size], run_before=after("1"))


@pytest.mark.parametrize("size", SIZES)
def test_the_page_before_anybody_is_selected(snap_compare: Snapshot, tmp_path: Path, size: str) -> None:
    with real_app(tmp_path) as (app, _bench):
        assert snap_compare(app, terminal_size=SIZES[size], run_before=after())


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_the_confirmation(snap_compare: Snapshot, tmp_path: Path, size: str) -> None:
    with real_app(tmp_path, customer_id=AVALON) as (app, _bench):
        assert snap_compare(app, terminal_size=SIZES[size], run_before=after("v", *typed("agreed")))


def test_the_picker(snap_compare: Snapshot, tmp_path: Path) -> None:
    with real_app(tmp_path) as (app, _bench):
        assert snap_compare(app, terminal_size=SIZES["wide"], run_before=after("slash", "a"))


def test_the_ledger(snap_compare: Snapshot, tmp_path: Path) -> None:
    with real_app(tmp_path, customer_id="c7-000037") as (app, _bench):
        assert snap_compare(app, terminal_size=SIZES["wide"], run_before=after("l"))
