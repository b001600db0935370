"""Keys that come all at once, from quick hands, a paste or a slow line: each reaches what the one before it opened."""

from pathlib import Path
from typing import Any

import pytest
from textual.command import CommandPalette
from textual.events import Paste
from textual.widgets import Input

from billinghelp.pages.customer_search import CustomerSearch
from billinghelp.pages.help import HelpScreen
from billinghelp.pages.ledger import LedgerScreen
from services.contract.errors import Code, Refused
from services.contract.requests import ActionRequest, MarkInvoiceVerified, PreviewBillingAction
from tests.billinghelp.fake_desk import FakeDesk
from tests.billinghelp.running import Running, running
from tests.keyboard import events_of, send
from widgets.action_dialog import ActionDialog
from widgets.chat.composer import AskComposer
from widgets.chat.editor import QuestionEditor

REASON = "nap by wire, see /x"
"""Half of its letters are commands of the page."""


def typed_in(run: Running) -> dict[str | None, str]:
    """Return what stands in the fields of the screen on top."""
    return {field.id: field.value for field in run.app.screen.query(Input)}


def selected(run: Running) -> str | None:
    """Return who is selected."""
    return run.bench.session.customer_id


@pytest.mark.parametrize(("customer_id", "key"), [("acme-eu", "v"), ("crux", "k")])
async def test_a_reason_typed_with_the_key_of_an_action_lands_in_its_dialog(customer_id: str, key: str) -> None:
    async with running(customer_id=customer_id) as run:
        send(run.app, f"{key}{REASON}⏎")
        await run.until(lambda: typed_in(run).get("reason") == REASON)
        assert run.shows(ActionDialog)
        assert len(run.app.screen_stack) == 2
        assert selected(run) == customer_id
        assert not run.desk.asked(ActionRequest)


async def test_amounts_and_reason_typed_with_the_key_of_the_credit_land_in_their_fields() -> None:
    async with running(customer_id="acme-eu") as run:
        send(run.app, "c12⏎500⏎goodwill")
        await run.until(lambda: typed_in(run).get("reason") == "goodwill")
        assert typed_in(run) == {"workspace_hours": "12", "ai_cents": "500", "reason": "goodwill"}


async def test_what_is_pasted_behind_the_key_of_an_action_lands_in_its_dialog() -> None:
    async with running(customer_id="acme-eu") as run:
        send(run.app, "v", Paste("paid "), "by", Paste(" wire"))
        await run.until(lambda: typed_in(run) == {"reason": "paid by wire"})


async def test_a_name_typed_with_slash_is_looked_for() -> None:
    async with running() as run:
        send(run.app, "/bolt")
        await run.until(lambda: run.shows(CustomerSearch) and "Bolt Works" in run.text)
        assert list(typed_in(run).values()) == ["bolt"]


async def test_a_question_typed_with_i_is_written_in_the_composer() -> None:
    async with running(customer_id="acme-eu") as run:
        send(run.app, "inext invoice?")
        await run.until(lambda: run.app.screen.query_one(QuestionEditor).text == "next invoice?")
        assert run.at_page
        assert selected(run) == "acme-eu"


async def test_a_question_waits_for_a_composer_that_was_not_brought_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AskComposer, "on_mount", lambda composer: None)  # as before the next paint
    async with running(customer_id="acme-eu") as run:
        send(run.app, "inext?")
        await run.until(lambda: [editor.text for editor in run.app.screen.query(QuestionEditor)] == ["next?"])


async def test_what_is_typed_with_the_key_of_the_palette_is_looked_for_there() -> None:
    async with running(customer_id="acme-eu") as run:
        send(run.app, "⌘ledger")
        await run.until(lambda: run.shows(CommandPalette) and "The customer's ledger entries" in run.text)
        assert selected(run) == "acme-eu"


async def test_a_key_behind_one_that_opens_a_screen_is_a_command_of_that_screen() -> None:
    async with running(customer_id="acme-eu") as run:
        send(run.app, "lw?")
        await run.until(lambda: run.shows(HelpScreen))
        assert isinstance(run.app.screen_stack[1], LedgerScreen)
        assert "Back to the customer" in run.text
        send(run.app, "⎋⎋")
        await run.until(lambda: run.at_page)


async def test_behind_a_command_that_cannot_be_used_the_next_one_is_carried_out() -> None:
    async with running(customer_id="bolt") as run:  # verified already
        send(run.app, "v/ac")
        await run.until(lambda: run.shows(CustomerSearch))
        assert list(typed_in(run).values()) == ["ac"]
        assert len(run.app.screen_stack) == 2
        assert not run.notice  # why it could not be used goes with what is begun next


async def test_before_the_desk_is_open_every_key_is_taken_and_the_last_one_is_none_the_worse() -> None:
    def refuse() -> Any:
        raise Refused(Code.UNAVAILABLE, "STORE_LOCKED", "The database is busy.")

    async with running(FakeDesk(), open_desk=refuse) as run:
        send(run.app, "v/n?")
        await run.until(lambda: run.shows(HelpScreen))


async def test_an_escape_typed_behind_the_key_of_an_action_leaves_with_nothing_done_and_the_page_goes_on() -> None:
    async with running(customer_id="acme-eu") as run:
        send(run.app, "vwire⎋⎋/bo")
        await run.until(lambda: list(typed_in(run).values()) == ["bo"])
        assert len(run.app.screen_stack) == 2
        assert not run.desk.asked(ActionRequest)


async def test_enters_typed_before_the_preview_came_apply_nothing_and_the_reason_stays() -> None:
    async with running(customer_id="acme-eu") as run:
        run.desk.refuse(PreviewBillingAction, Refused(Code.UNAVAILABLE, "SERVER_UNREACHABLE", "No answer."))
        send(run.app, "vwire⏎⏎⏎")
        await run.until(lambda: typed_in(run) == {"reason": "wire"})
        assert "No answer." in run.text
        assert not run.desk.asked(MarkInvoiceVerified)
        assert run.shows(ActionDialog)


@pytest.mark.parametrize("on", ["⏎", "⇥⇥"])
async def test_enters_typed_before_the_preview_was_shown_apply_nothing_though_it_came_in_between(on: str) -> None:
    async with running(customer_id="acme-eu") as run:
        early = list(events_of(f"{on}⏎⏎"))
        await run.press("v")
        await run.type("wire")
        await run.until(lambda: isinstance(run.app.screen, ActionDialog) and run.app.screen.complete)
        for event in early:
            run.app.post_message(event)
        await run.settle()
        assert not run.desk.asked(MarkInvoiceVerified)
        run.app.screen.query_one(Input).focus()
        await run.press("enter", "enter")
        assert run.desk.asked(MarkInvoiceVerified)


async def test_leaving_waits_for_nothing_that_was_typed(tmp_path: Path) -> None:
    async with running(customer_id="acme-eu", folder=tmp_path) as run:
        send(run.app, "vwire")
        await run.pilot.press("ctrl+q")
        await run.pilot.pause()
        assert not run.app.is_running
