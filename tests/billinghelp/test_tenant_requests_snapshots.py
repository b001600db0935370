"""A tenant's Change Requests page as it looks: two sizes, two themes, its form. Look at each before accepting it."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.billinghelp.real_desk import real_app
from tests.billinghelp.running import NARROW, WIDE
from tests.billinghelp.test_snapshots import Snapshot, after
from tests.billinghelp.test_tenant_requests_page import TENANT, ask_elsewhere, decide
from tests.keyboard import send
from tests.surface import Workbench
from widgets.dialog_parts import Hint


def ask_for_some(bench: Workbench) -> None:
    """Leave a request that was rejected, one that was approved at once, and two that wait."""
    decide(bench, ask_elsewhere(bench, "19Ti"), approve=False)
    bench.clock.advance(days=2)
    for storage in ("600Gi", "3Ti", "4Ti"):
        ask_elsewhere(bench, storage)
        bench.clock.advance(hours=3)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_limits_beside_requests(snap_compare: Snapshot, tmp_path: Path, theme: str) -> None:
    with real_app(tmp_path, principal=TENANT, theme=theme) as (app, bench):
        ask_for_some(bench)
        keys = ["f4", "down"] if theme == "dark" else ["f4", "down", "tab", "down", "down"]
        assert snap_compare(app, terminal_size=WIDE, run_before=after(*keys))


async def fill_in(pilot: Pilot[None]) -> None:
    """Ask for storage, with a reason that does not tell all yet."""
    await after("f4")(pilot)
    send(pilot.app, "jn3Ti⏎Immich import")
    while "could still say" not in "".join(hint.text for hint in pilot.app.screen.query("#hint").results(Hint)):
        await pilot.pause()


def test_the_form_with_a_preview_that_needs_review(snap_compare: Snapshot, tmp_path: Path) -> None:
    with real_app(tmp_path, principal=TENANT) as (app, _bench):
        assert snap_compare(app, terminal_size=WIDE, run_before=fill_in)


def test_the_requests_in_a_narrow_terminal(snap_compare: Snapshot, tmp_path: Path) -> None:
    with real_app(tmp_path, principal=TENANT) as (app, bench):
        ask_for_some(bench)
        assert snap_compare(app, terminal_size=NARROW, run_before=after("f4", "tab"))
