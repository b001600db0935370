"""The Billing page as it looks to a tenant, an MSP and an operator. Look at each before accepting it."""

import os
from pathlib import Path

import pytest
from textual.pilot import Pilot

from billinghelp.app import BillingHelpApp
from billinghelp.pages import billing_plans
from billinghelp.pages.billing import BillingPage
from services.contract.views import Identity
from tests.billinghelp.payments_desk import PaymentsDesk, administrator, operator
from tests.billinghelp.running import NARROW, WIDE
from tests.billinghelp.test_snapshots import Snapshot, after
from tests.builders import NOW
from tests.clocks import FakeClock

MEDIUM = (100, 30)


def app_of(identity: Identity, theme: str = "dark", customer_id: str | None = None) -> BillingHelpApp:
    """Return the app on a scripted desk."""
    return BillingHelpApp(
        lambda: PaymentsDesk(identity=identity),
        customer_id=customer_id,
        theme=theme,
        log_folder=Path(os.devnull) / "logs",
        clock=FakeClock(NOW),
        new_id=lambda prefix: f"{prefix}_1",
    )


async def compare_plans(pilot: Pilot[None]) -> None:
    """Look at a larger plan until its cost is known."""
    await after("2", "right")(pilot)
    page = pilot.app.screen
    assert isinstance(page, BillingPage)
    while not page._looked:
        await pilot.pause()


def test_a_tenant_compares_plans(snap_compare: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(billing_plans, "PREVIEW_AFTER", 0.01)
    assert snap_compare(app_of(administrator()), terminal_size=WIDE, run_before=compare_plans)


def test_an_msp_looks_where_the_cost_of_a_client_comes_from(snap_compare: Snapshot) -> None:
    app = app_of(administrator(), "light")
    assert snap_compare(app, terminal_size=WIDE, run_before=after("slash", "c", "r", "u", "enter", "3"))


def test_an_operator_hands_the_page_of_an_invoice_over(snap_compare: Snapshot) -> None:
    app = app_of(operator(), customer_id="acme-eu")
    assert snap_compare(app, terminal_size=WIDE, run_before=after("f3", "p"))


@pytest.mark.parametrize("keys", [(), ("4",)], ids=["invoices", "nodes"])
def test_an_operators_page_in_a_smaller_terminal(snap_compare: Snapshot, keys: tuple[str, ...]) -> None:
    app = app_of(operator(), customer_id="acme-eu")
    assert snap_compare(app, terminal_size=MEDIUM, run_before=after("f3", *keys))


@pytest.mark.parametrize("keys", [(), ("1",)], ids=["plan", "invoices"])
def test_one_side_at_a_time(snap_compare: Snapshot, keys: tuple[str, ...]) -> None:
    assert snap_compare(app_of(administrator()), terminal_size=NARROW, run_before=after(*keys))
