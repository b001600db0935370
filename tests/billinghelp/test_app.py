"""The app: it opens the desk after its first frame, says what is wrong, offers what the role has, and leaves well."""

import asyncio
from typing import Any, cast

import pytest
from textual import events
from textual.command import CommandPalette
from textual.geometry import Size
from textual.screen import Screen

from billinghelp.app import BillingHelpApp
from billinghelp.pages.billing_help import BillingHelpPage
from billinghelp.pages.help import HelpScreen
from billinghelp.pages.ledger import LedgerScreen
from services.contract.errors import Code, Refused
from services.contract.requests import MarkInvoiceVerified
from tests.billinghelp.fake_desk import FakeDesk, make_identity
from tests.billinghelp.running import NARROW, Running, running

LOCKED = Refused(Code.UNAVAILABLE, "STORE_LOCKED", "The database desk.db is busy with another change.")


def failing_then(desk: FakeDesk, failures: int) -> Any:
    """Return an opener that is refused some times, and then gives the desk."""
    left = iter(range(failures))

    def open_desk() -> FakeDesk:
        if next(left, None) is None:
            return desk
        raise LOCKED

    return open_desk


# ── start ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_shell_says_where_one_is_and_as_what() -> None:
    async with running() as run:
        assert "BILLING HELP" in run.text
        assert "💳 Billing Help" in run.text
        assert "desk.db" in run.text
        assert "dana (operator)" in run.text


async def test_the_demo_store_is_marked() -> None:
    async with running(demo=True) as run:
        assert "▲ demo store" in run.text


async def test_a_desk_that_cannot_be_opened_says_why_and_r_tries_again() -> None:
    desk = FakeDesk()
    async with running(desk, open_desk=failing_then(desk, 2), customer_id="acme-eu") as run:
        assert "The desk could not be opened" in run.text
        assert "The database desk.db is busy with another change." in run.text
        assert "r try again" in run.text
        await run.press("r")
        assert "The desk could not be opened" in run.text
        await run.press("r")
        assert "The desk could not be opened" not in run.text
        assert "Acme GmbH" in run.text


async def test_while_the_desk_cannot_be_opened_other_keys_do_nothing() -> None:
    async with running(open_desk=failing_then(FakeDesk(), 9)) as run:
        await run.press("slash", "n", "v", "f5")
        assert run.at_page
        assert "The desk could not be opened" in run.text


async def test_an_unknown_caller_is_a_desk_that_cannot_be_opened_and_the_store_is_given_back() -> None:
    from services.contract.requests import WhoAmI

    desk = FakeDesk()
    desk.refuse(WhoAmI, Refused(Code.UNAUTHENTICATED, "TOKEN_EXPIRED", "The token has expired: ask for another."))
    async with running(desk) as run:
        assert "The token has expired: ask for another." in run.text
        assert desk.closed


async def test_leaving_gives_the_store_back() -> None:
    desk = FakeDesk()
    async with running(desk):
        assert not desk.closed
    assert desk.closed


# ── roles ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ["customer_member", "customer_admin"])
async def test_a_role_without_pages_is_told_so_and_offered_nothing(role: str) -> None:
    methods = ["WhoAmI", "ListBillingCustomers", "GetCustomerBillingView"]
    desk = FakeDesk(identity=make_identity(role, methods=methods))
    async with running(desk, customer_id="acme-eu") as run:
        assert "Nothing here for this role" in run.text
        assert "F2" not in run.text
        assert "F5" not in run.text
        await run.press("slash", "n", "f5", "f2")
        assert run.at_page
        assert len(desk.calls) == 1
        await run.press("question_mark")
        assert "Find a customer" not in run.text
        assert "Audit" not in run.text
        await run.press("escape")
        titles = [command.title for command in run.app.get_system_commands(cast("Screen[object]", run.page))]
        assert not any("Audit" in title or "Billing Help" in title for title in titles)


async def test_an_operator_sees_both_pages_and_f5_and_f2_turn_to_them() -> None:
    async with running(customer_id="acme-eu") as run:
        await run.press("f5")
        assert "Audit trail" in run.text
        await run.press("f2")
        assert "Acme GmbH" in run.text


async def test_f2_leads_from_a_screen_over_the_page_to_the_page() -> None:
    async with running(customer_id="acme-eu") as run:
        await run.press("l")
        assert run.shows(LedgerScreen)
        await run.press("f2")
        assert run.at_page


async def test_a_click_in_the_sidebar_turns_to_a_page() -> None:
    from billinghelp.shell import Sidebar

    async with running() as run:
        await run.pilot.click(Sidebar, offset=(4, 2))
        await run.settle()
        assert "Audit trail" in run.text


async def test_a_click_in_the_footer_does_what_its_key_does() -> None:
    from billinghelp.pages.customer_search import CustomerSearch
    from billinghelp.shell import KeyBar

    async with running() as run:
        await run.pilot.click(KeyBar, offset=(3, 0))
        await run.settle()
        assert run.shows(CustomerSearch)


# ── help, palette, theme, keys ────────────────────────────────────────────────────────────────────────────────────────


async def test_help_lists_every_key_of_the_page_with_why_one_cannot_be_used() -> None:
    async with running(customer_id="bolt", size=(100, 200)) as run:
        await run.press("question_mark")
        assert run.shows(HelpScreen)
        for command in run.page.commands():
            assert command.title in run.text
        assert "Not now: Billing is verified already: nothing to do." in run.text
        await run.press("escape")
        assert run.at_page


async def test_the_palette_offers_the_same_commands_and_runs_them() -> None:
    async with running(customer_id="acme-eu") as run:
        await run.press("ctrl+p")
        assert run.shows(CommandPalette)
        await run.type("ledger")
        await run.until(lambda: "The customer's ledger entries" in run.text)
        await run.press("enter")
        await run.until(lambda: run.shows(LedgerScreen))


async def test_a_theme_can_be_chosen() -> None:
    async with running() as run:
        await run.page.action_command("app.theme")
        await run.settle()
        await run.type("light")
        await run.until(lambda: "light" in run.text)
        await run.press("enter")
        await run.until(lambda: run.app.theme == "light")


@pytest.mark.parametrize("theme", ["dark", "light", "16-colour"])
async def test_every_theme_draws_every_screen(theme: str) -> None:
    async with running(customer_id="acme-eu", theme=theme) as run:
        for keys in (["v", "escape"], ["slash", "escape"], ["question_mark", "escape"], ["1"], ["f5"]):
            await run.press(*keys)
        assert "Audit trail" in run.text


async def test_a_remapped_key_works_and_is_shown_everywhere_and_the_old_one_is_free() -> None:
    keys = {"billing_help.mark_invoice_verified": "f9", "app.help": "f1"}
    async with running(customer_id="acme-eu", keys=keys) as run:
        assert "F9 verify" in run.text
        assert "F9 Mark invoice verified" in run.text
        await run.press("v")
        assert run.at_page
        await run.press("f9")
        assert not run.at_page
        await run.press("escape", "f1")
        assert run.shows(HelpScreen)
        assert "F9" in run.text


def test_keys_that_clash_are_refused_before_the_app_starts() -> None:
    with pytest.raises(Refused, match="the key v is taken"):
        BillingHelpApp(FakeDesk, keys={"billing_help.refresh": "v"})


async def test_the_footer_keeps_what_can_be_used_and_the_way_to_help_where_space_is_short() -> None:
    async with running(customer_id="acme-eu", size=NARROW) as run:
        footer = run.text.splitlines()[-1]
        assert "? help" in footer
        assert "v verify" in footer
        run.bench.select("bolt")  # verified already
        await run.settle()
        footer = run.text.splitlines()[-1]
        assert "v verify" not in footer
        assert "c credit" in footer


async def test_sizes_that_follow_each_other_fast_come_to_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    # Textual 8.2.8 lays out for each, and two of them with any message between them then follow each other for ever.
    shown: list[Size] = []
    show_situation = BillingHelpPage.show_situation

    def show_and_post(page: BillingHelpPage) -> None:
        shown.append(page.size)
        if len(shown) < 100:  # far more than needed: a test that fails is to end as well
            page.call_later(lambda: None)
        show_situation(page)

    async with running(customer_id="acme-eu") as run:
        monkeypatch.setattr(BillingHelpPage, "show_situation", show_and_post)
        for size in (Size(100, 30), run.app.size):
            run.page.post_message(events.Resize(size, size))
            run.page.call_later(lambda: None)
        await run.settle()
        assert len(shown) < 10


# ── leaving ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_ctrl_q_leaves() -> None:
    async with running() as run:
        await run.pilot.press("ctrl+q")
        await run.pilot.pause()
        assert not run.app.is_running


async def test_ctrl_c_leaves_when_pressed_twice_also_from_the_composer() -> None:
    async with running(customer_id="acme-eu") as run:
        await run.press("i", "ctrl+c")
        assert run.app.is_running
        assert "Press ctrl+c again to leave." in run.notice
        await run.pilot.press("ctrl+c")
        await run.pilot.pause()
        assert not run.app.is_running


async def test_ctrl_c_copies_where_text_is_selected() -> None:
    async with running() as run:
        await run.press("slash")
        await run.type("acme")
        await run.press("shift+home", "ctrl+c")
        assert run.app.clipboard == "acme"
        assert "Press ctrl+c again" not in run.text


async def start_action(run: Running) -> None:
    """Begin an action that waits for the test."""
    await run.press("v")
    await run.type("rail approved")
    await run.press("enter")
    run.desk.gate = asyncio.Event()
    await run.press("enter", "escape")


async def test_quitting_during_an_action_waits_for_it_and_says_so() -> None:
    async with running(customer_id="acme-eu") as run:
        await start_action(run)
        await run.pilot.press("ctrl+q")
        await run.pilot.pause()
        assert run.app.is_running
        assert "Finishing «Mark invoice verified» for acme-eu, then leaving." in run.notice
        assert run.desk.gate is not None
        run.desk.gate.set()
        await run.until(lambda: not run.app.is_running)
        assert len(run.desk.asked(MarkInvoiceVerified)) == 1


async def test_quitting_twice_leaves_at_once_and_says_what_was_under_way() -> None:
    async with running(customer_id="acme-eu") as run:
        await start_action(run)
        await run.pilot.press("ctrl+q", "ctrl+q")
        await run.pilot.pause()
        assert not run.app.is_running
        assert "look at the audit trail" in str(run.app._exit_renderables[0])
        assert run.desk.gate is not None
        run.desk.gate.set()
