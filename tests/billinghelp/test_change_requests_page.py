"""The Change Requests page on a real surface: olga at the app, omar elsewhere; four eyes see every large credit."""

from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from billinghelp.pages.change_requests import ChangeRequestsPage
from services.contract.errors import Code, Refused
from services.contract.principals import Principal, Role
from services.contract.requests import ListTenantChangeRequests, MarkInvoiceVerified, Request
from services.contract.types import ChangeRequestStatus
from tests.billinghelp.change_requests_office import (
    AVALON,
    CLEAR,
    HITACHI,
    approve,
    offices,
    reject,
)
from tests.billinghelp.running import NARROW
from tests.keyboard import send
from tests.surface import ADMIN, OPERATOR, OTHER_OPERATOR
from widgets.action_dialog import ActionDialog

MEMBER = Principal(actor="max", role=Role.CUSTOMER_MEMBER, customer_id=CLEAR)


# ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_credit_above_the_limit_is_requested_and_the_rail_shows_the_way_to_the_queue(tmp_path: Path) -> None:
    async with offices(tmp_path, customer_id=AVALON) as run:
        await run.press("c")
        await run.type("160")
        await run.press("enter", "enter")
        await run.type("goodwill")
        await run.until(lambda: "Request  ↵" in run.text)
        assert "Another operator must approve this" in run.text
        assert "once approved" in run.text
        await run.press("enter", "enter")
        assert "waits for another's approval" in run.notice
        (waits,) = [line for line in run.text.splitlines() if "1 request waits for approval." in line]
        assert waits.split("approval.")[1].split()[0] == "o"
        assert "1 waiting" in run.text
        assert run.bench_elsewhere.view(AVALON).credits.workspace_hours == "0.00"
        await run.press("f4")
        assert run.selected == AVALON


async def test_who_asked_is_not_told_any_longer_that_it_waits_once_it_is_decided(tmp_path: Path) -> None:
    async with offices(tmp_path, customer_id=AVALON) as run:
        await run.press("c")
        await run.type("160")
        await run.press("enter", "enter")
        await run.type("goodwill")
        await run.until(lambda: "Request  ↵" in run.text)
        await run.press("enter", "enter")
        await run.bench.poll().wait()
        assert "waits for another's approval" in run.notice
        await run.press("f4")
        bench, (asked,) = run.bench_elsewhere, run.queue_page.queue.requests
        bench.clock.advance(minutes=9)
        reject(bench, asked, OTHER_OPERATOR)
        await run.look_again()
        assert "omar rejected the request for AvalonBay Communities: not justified." in run.notice
        await run.press("f2")
        await run.bench.poll().wait()
        await run.settle()
        assert run.bench.notice.notice is None


# ── the queue ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_longest_waiting_comes_first_with_what_approving_it_would_change(tmp_path: Path) -> None:
    async with offices(tmp_path, (HITACHI, OTHER_OPERATOR), (AVALON, OTHER_OPERATOR)) as run:
        await run.press("f4")
        assert run.names == [HITACHI, AVALON]
        assert "Support credit: 160.00 h" in run.text
        assert "omar · 2026-11-20 12:00 (2 h ago)" in run.text
        assert "0.00 h  →  160.00 h" in run.text
        assert "the import ran twice" in run.text
        assert "2 waiting" in run.text
        await run.press("down")
        assert run.selected == AVALON
        assert "Billing is not verified" in run.text


async def test_one_s_own_request_is_shown_with_the_reason_why_another_must_decide_it(tmp_path: Path) -> None:
    async with offices(tmp_path, (AVALON, OPERATOR)) as run:
        await run.press("f4")
        assert "▲ You asked for this yourself: another operator must decide it." in run.text
        for key in ("a", "x"):
            await run.press(key)
            assert not run.shows(ActionDialog)
            assert "You asked for this yourself" in run.notice


async def test_nothing_that_waits_is_said_so(tmp_path: Path) -> None:
    async with offices(tmp_path) as run:
        await run.press("f4")
        assert "Nothing waits for approval." in run.text
        assert run.app.place.waiting == ""
        await run.press("a")
        assert "There is no request here" in run.notice


async def test_a_queue_that_cannot_be_read_says_why_and_the_next_look_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with offices(tmp_path, (AVALON, OTHER_OPERATOR)) as run:

        async def silent(_request: Request) -> Any:
            raise Refused(Code.UNAVAILABLE, "STORE_LOCKED", "The database is busy.")

        with monkeypatch.context() as patched:
            patched.setattr(run.app.place.desk, "call", silent)
            await run.press("f4")
            assert "✗ The database is busy. Press r to try again." in run.text
        await run.press("r")
        assert "The database is busy." not in run.text
        assert run.names == [AVALON]


async def test_more_are_brought_at_the_end_and_a_look_keeps_them_and_the_cursor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billinghelp.pages.change_requests_reading.PAGE_SIZE", 2)
    pending = [(customer_id, OTHER_OPERATOR) for customer_id in (AVALON, HITACHI, CLEAR)]
    async with offices(tmp_path, *pending) as run:
        await run.press("f4")
        assert run.names == [AVALON, HITACHI]
        await run.press("G")
        assert run.names == [AVALON, HITACHI, CLEAR]
        await run.press("down")
        assert run.selected == CLEAR
        await run.look_again()
        assert (run.names, run.selected) == ([AVALON, HITACHI, CLEAR], CLEAR)


@pytest.mark.parametrize("key", ["a", "x"])
async def test_a_reason_typed_with_the_key_of_a_decision_lands_in_its_confirmation(tmp_path: Path, key: str) -> None:
    async with offices(tmp_path, (AVALON, OTHER_OPERATOR)) as run:
        await run.press("f4")
        send(run.app, f"{key}axo jar⏎⏎")
        await run.until(
            lambda: [field.value for field in run.app.screen.query("#reason").results(Input)] == ["axo jar"]
        )
        assert isinstance(run.app.screen, ActionDialog)
        assert run.bench_elsewhere.call(ListTenantChangeRequests(), OPERATOR).change_requests[0].status == "pending"


async def test_what_is_decided_elsewhere_leaves_the_queue_without_moving_the_cursor(tmp_path: Path) -> None:
    pending = [(customer_id, ADMIN) for customer_id in (AVALON, HITACHI, CLEAR)]
    async with offices(tmp_path, *pending) as run:
        await run.press("f4", "down")
        first, second, _ = run.queue_page.queue.requests
        approve(run.bench_elsewhere, first, OTHER_OPERATOR)
        await run.look_again()
        assert (run.names, run.selected, run.notice) == ([HITACHI, CLEAR], HITACHI, "")
        approve(run.bench_elsewhere, second, OTHER_OPERATOR)
        await run.look_again()
        assert run.selected == CLEAR
        assert "omar approved the request for 株式会社日立製作所: seen elsewhere." in run.notice


async def test_ages_go_on_while_the_store_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with offices(tmp_path, (AVALON, OTHER_OPERATOR)) as run:
        await run.press("f4")
        assert "(1 h ago)" in run.text

        async def silent(_request: Request) -> Any:
            raise Refused(Code.UNAVAILABLE, "STORE_LOCKED", "The database is busy.")

        monkeypatch.setattr(run.app.place.desk, "call", silent)
        run.bench_elsewhere.clock.advance(hours=4)
        await run.look_again()
        assert "(5 h ago)" in run.text
        assert "5 h  " in run.text


async def test_the_customer_of_a_request_is_a_key_away(tmp_path: Path) -> None:
    async with offices(tmp_path, (CLEAR, OTHER_OPERATOR)) as run:
        await run.press("f4", "o")
        assert run.bench.session.customer_id == CLEAR
        assert "Guidance for Clear Skies Ltd" in run.text


async def test_in_a_narrow_terminal_enter_shows_the_request_and_escape_the_queue(tmp_path: Path) -> None:
    async with offices(tmp_path, (AVALON, OTHER_OPERATOR), size=NARROW) as run:
        await run.press("f4")
        assert "1/2 queue enter" in run.text
        assert "Asked by" not in run.text
        await run.press("enter")
        assert "2/2 request esc" in run.text
        assert "Asked by" in run.text
        assert "0.00 h  →  160.00 h" in run.text
        await run.press("escape")
        assert "Asked by" not in run.text
        await run.press("enter", "slash", "enter")
        assert "1/2 queue enter" in run.text  # of another filter, the queue is what one wants to see


# ── deciding ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_approving_applies_the_credit_and_goes_on_to_the_next_in_line(tmp_path: Path) -> None:
    pending = [(customer_id, OTHER_OPERATOR) for customer_id in (AVALON, HITACHI, CLEAR)]
    async with offices(tmp_path, *pending) as run:
        await run.press("f4", "down")
        await run.confirm("a", "checked with finance")
        assert "has a support credit of 160.00 h" in run.notice
        assert (run.names, run.selected) == ([AVALON, CLEAR], CLEAR)
        assert "2 waiting" in run.text
        assert run.bench_elsewhere.view(HITACHI).credits.workspace_hours == "160.00"
        event = run.bench_elsewhere.events(HITACHI)[-1]
        assert (event.actor, event.action, event.reason) == (
            "olga",
            "ApproveTenantChangeRequest",
            "checked with finance",
        )


async def test_rejecting_needs_a_reason_and_grants_nothing(tmp_path: Path) -> None:
    async with offices(tmp_path, (AVALON, OTHER_OPERATOR)) as run:
        await run.press("f4", "x", "enter")
        assert "at least 3 characters" in run.text
        assert "Nothing is granted; omar gets back what this had reserved" in run.text
        await run.type("ask sales first")
        await run.press("enter", "enter")
        assert "is rejected; nothing was granted." in run.notice
        assert "Nothing waits for approval." in run.text
        request = ListTenantChangeRequests(status=ChangeRequestStatus.REJECTED)
        (rejected,) = run.bench_elsewhere.call(request, OTHER_OPERATOR).change_requests
        assert (rejected.decided_by, rejected.decision_reason) == ("olga", "ask sales first")
        assert run.bench_elsewhere.view(AVALON).credits.workspace_hours == "0.00"


async def test_a_record_that_changed_meanwhile_is_shown_afresh_before_it_is_approved(tmp_path: Path) -> None:
    async with offices(tmp_path, (AVALON, OTHER_OPERATOR)) as run:
        await run.press("f4", "a")
        await run.type("checked")
        bench = run.bench_elsewhere
        bench.act(bench.request(MarkInvoiceVerified, AVALON), OTHER_OPERATOR)
        await run.press("enter", "enter")
        dialog = run.app.screen
        assert isinstance(dialog, ActionDialog)
        assert "Nothing was recorded." in run.text
        assert dialog.complete
        await run.press("enter", "enter")
        assert "has a support credit of 160.00 h" in run.notice


async def test_who_was_faster_is_named_and_the_queue_is_read_again(tmp_path: Path) -> None:
    async with offices(tmp_path, (AVALON, ADMIN), (CLEAR, ADMIN)) as run:
        await run.press("f4", "x")
        await run.type("too much")
        approve(run.bench_elsewhere, run.queue_page.queue.requests[0], OTHER_OPERATOR)
        await run.press("enter", "enter")
        assert "omar approved this on 2026-11-20 14:00" in run.text
        assert "Nothing was recorded." in run.text
        await run.press("escape")
        assert (run.names, run.selected) == ([CLEAR], CLEAR)
        assert run.bench_elsewhere.view(AVALON).credits.workspace_hours == "160.00"


async def test_escape_decides_nothing(tmp_path: Path) -> None:
    async with offices(tmp_path, (AVALON, OTHER_OPERATOR)) as run:
        await run.press("f4", "a")
        await run.type("checked")
        await run.press("enter", "escape")
        assert run.names == [AVALON]
        assert [event.action for event in run.bench_elsewhere.events(AVALON)] == ["CreateTenantChangeRequest"]


# ── who sees it ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_tenant_s_member_does_not_see_it(tmp_path: Path) -> None:
    async with offices(tmp_path, principal=MEMBER) as run:
        assert "Nothing here for this role" in run.text
        assert "F4" not in run.text
        await run.press("f4")
        assert not isinstance(run.app.page, ChangeRequestsPage)


async def test_a_read_only_desk_decides_nothing(tmp_path: Path) -> None:
    async with offices(tmp_path, (AVALON, OTHER_OPERATOR), read_only=True) as run:
        await run.press("f4", "a")
        assert "This desk is read-only" in run.notice
