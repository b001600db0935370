"""The Billing Help page: every key does what the registry says, and every failure says why and what to press."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from billinghelp.pages.customer_audit import CustomerAuditScreen
from billinghelp.pages.customer_search import CustomerSearch
from billinghelp.pages.ledger import LedgerScreen
from billinghelp.pages.reading_dialog import ReadingDialog
from services.contract.errors import Code, Refused, precondition
from services.contract.requests import (
    ApplySupportCredit,
    AskBillingChat,
    ClearBillingChatThread,
    CompleteBillingChecklist,
    ExportBillingReport,
    ExtendTrial,
    GetCustomerBillingView,
    ListAuditEvents,
    ListBillingCustomers,
    MarkInvoiceVerified,
    ReverseSupportCredit,
)
from services.contract.types import Action, BillingState, BlockerCode, Starter
from services.contract.views import CustomerBillingView, CustomerList
from tests.billinghelp.fake_desk import FakeDesk, make_identity, make_preview, three_customers
from tests.billinghelp.running import NARROW, Running, running
from tests.builders import NOW, make_adjustment, make_view
from tests.clocks import FakeClock
from widgets.action_dialog import ActionDialog
from widgets.blockers import BlockerList
from widgets.chat.editor import QuestionEditor

REASON = "rail approved"


def unavailable(message: str = "The server does not answer.") -> Refused:
    return Refused(Code.UNAVAILABLE, "SERVER_UNREACHABLE", message)


async def apply(run: Running, reason: str = REASON) -> None:
    """Fill the reason of the open confirmation and apply it."""
    await run.type(reason)
    await run.press("enter", "enter")


# ── finding and walking ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_nobody_is_selected_unless_named() -> None:
    async with running() as run:
        assert run.bench.session.customer_id is None
        assert "Press / to find one" in run.text
        assert not run.desk.asked(GetCustomerBillingView)


async def test_the_customer_named_at_the_start_is_shown() -> None:
    async with running(customer_id="acme-eu") as run:
        assert "Acme GmbH" in run.text
        assert "Needs review" in run.text
        assert "Billing is not verified" in run.text


async def test_a_named_customer_who_does_not_exist_is_said_and_nobody_is_selected() -> None:
    async with running(customer_id="nobody") as run:
        assert "No such customer here" in run.notice
        assert run.bench.session.customer_id is None


async def test_slash_finds_a_customer_by_typing() -> None:
    async with running() as run:
        await run.press("slash")
        assert run.shows(CustomerSearch)
        await run.type("bolt")
        assert "Bolt Works" in run.text
        assert "Crux SA" not in run.text
        await run.press("enter")
        assert run.bench.session.customer_id == "bolt"
        assert "No immediate billing blocker found." in run.text


async def test_a_failed_search_says_why_in_the_picker() -> None:
    async with running() as run:
        run.desk.refuse(ListBillingCustomers, unavailable())
        await run.press("slash")
        assert "No customers available" in run.text
        assert "The server does not answer." in run.text


async def test_a_store_without_customers_says_how_to_import_some() -> None:
    async with running(FakeDesk(views={})) as run:
        assert "No customers available" in run.text
        assert "billinghelp import FILE" in run.text


async def test_n_and_p_walk_the_blocked_customers_and_n_wraps_with_a_word() -> None:
    async with running() as run:
        await run.press("n")
        assert run.bench.session.customer_id == "acme-eu"
        await run.press("n")  # Bolt is healthy
        assert run.bench.session.customer_id == "crux"
        await run.press("p")
        assert run.bench.session.customer_id == "acme-eu"
        await run.press("p")
        assert run.bench.session.customer_id == "acme-eu"
        assert "No customer before this one is blocked." in run.notice
        await run.press("n", "n")
        assert run.bench.session.customer_id == "acme-eu"
        assert "That was the last one." in run.notice


async def test_the_walk_keeps_to_the_cause_chosen_in_the_picker() -> None:
    async with running() as run:
        await run.press("slash", *["ctrl+t"] * (list(BlockerCode).index(BlockerCode.UNVERIFIED_BILLING) + 1))
        await run.press("escape", "n", "n")
        assert run.bench.session.customer_id == "acme-eu"  # Crux is blocked by another cause
        assert "That was the last one. This is the first customer blocked by «unverified billing»" in run.notice


async def test_walking_where_nobody_is_blocked_says_so() -> None:
    healthy = {"bolt": three_customers()["bolt"]}
    async with running(FakeDesk(views=healthy)) as run:
        await run.press("n")
        assert "No customer is blocked." in run.notice


async def test_an_answer_about_a_customer_who_is_no_longer_selected_is_dropped() -> None:
    async with running(customer_id="acme-eu") as run:
        run.bench.select("bolt")
        await run.settle()
        run.bench.show_view(run.desk.views["acme-eu"])
        await run.settle()
        assert "Bolt Works" in run.text
        assert "Acme GmbH" not in run.text


async def test_r_reads_again_after_a_failure() -> None:
    async with running() as run:
        run.desk.refuse(GetCustomerBillingView, unavailable())
        await run.press("n")
        assert "The server does not answer. Press r to try again." in run.notice
        run.desk.scripts.clear()
        await run.press("r")
        assert run.notice == ""
        assert "Needs review" in run.text


async def test_the_age_of_the_latest_adjustment_goes_on_without_a_key() -> None:
    clock = FakeClock(NOW)
    async with running(customer_id="acme-eu", clock=clock) as run:
        given = make_adjustment(booked_at=NOW)
        run.desk.views["acme-eu"] = make_view(customer_id="acme-eu", view_etag="v9", latest_adjustment=given)
        await run.bench.poll().wait()
        await run.settle()
        assert "support · just" in run.text
        clock.advance(timedelta(minutes=9))
        await run.bench.poll().wait()
        await run.settle()
        assert "support · 9 min" in run.text


@pytest.mark.parametrize("changed_at", [NOW, NOW - timedelta(days=300)], ids=["now", "by a clock that runs behind"])
async def test_a_change_made_elsewhere_shows_without_a_key_and_with_a_quiet_word(changed_at: datetime) -> None:
    clock = FakeClock(NOW)
    async with running(customer_id="acme-eu", clock=clock) as run:
        changed = make_view(customer_id="acme-eu", legal_name="Acme GmbH", view_etag="v9", changed_at=changed_at)
        run.desk.views["acme-eu"] = changed
        await run.bench.poll().wait()
        await run.settle()
        assert "No immediate billing blocker found." in run.text
        assert "changed elsewhere just now" in run.text
        asked = run.desk.asked(GetCustomerBillingView)[-1]
        assert asked.if_none_match == "v1"


async def test_an_unchanged_record_is_asked_about_cheaply_and_shown_as_it_was() -> None:
    async with running(customer_id="acme-eu") as run:
        before = run.bench.session.view
        await run.bench.poll().wait()
        assert run.bench.session.view is before
        assert "last change 2 min ago" in run.text


async def test_a_store_that_stops_answering_is_said_quietly_and_the_last_view_stays() -> None:
    async with running(customer_id="acme-eu") as run:
        run.desk.refuse(GetCustomerBillingView, unavailable())
        await run.bench.poll().wait()
        await run.settle()
        assert "shown as it was" in run.text
        assert "Needs review" in run.text


async def test_the_sidebar_counts_the_blocked_customers() -> None:
    async with running() as run:
        assert "2 blocked" in run.text


# ── acting ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_v_shows_before_and_after_takes_a_reason_and_applies_on_the_second_enter() -> None:
    async with running(customer_id="acme-eu") as run:
        await run.press("v")
        assert run.shows(ActionDialog)
        assert "Acme GmbH" in run.text
        await run.type(REASON)
        await run.press("enter")
        assert not run.desk.asked(MarkInvoiceVerified)
        await run.press("enter")
        sent = run.desk.asked(MarkInvoiceVerified)
        assert [(call.reason, call.etag, call.request_id) for call in sent] == [(REASON, "b1", "req_1")]
        assert "Mark invoice verified is recorded." in run.notice
        assert "No immediate billing blocker found." in run.text


async def test_escape_leaves_a_confirmation_with_nothing_done() -> None:
    async with running(customer_id="acme-eu") as run:
        await run.press("v")
        await run.type(REASON)
        await run.press("enter", "escape")
        assert run.at_page
        assert not run.desk.asked(MarkInvoiceVerified)


async def test_c_applies_a_support_credit_with_its_amounts() -> None:
    async with running(customer_id="bolt") as run:
        await run.press("c")
        await run.type("5")
        await run.press("tab")
        await run.type("250")
        await run.press("tab")
        # The dialog asks for its preview a moment after the last change.
        await run.until(lambda: {"workspace_hours": "5", "ai_cents": "250"} in run.desk.previewed())
        await apply(run)
        sent = run.desk.asked(ApplySupportCredit)
        assert [(call.workspace_hours, call.ai_cents) for call in sent] == [("5", "250")]


async def test_u_reverses_the_chosen_support_credit() -> None:
    async with running(customer_id="crux") as run:
        await run.press("u", "tab")
        await apply(run)
        assert [call.grant_id for call in run.desk.asked(ReverseSupportCredit)] == ["grant-7"]


async def test_k_completes_the_checklist_item() -> None:
    async with running(customer_id="crux") as run:
        await run.press("k")
        await apply(run)
        assert len(run.desk.asked(CompleteBillingChecklist)) == 1


async def test_t_and_x_approve_and_extend_a_trial() -> None:
    on_trial = make_view(customer_id="dawn", legal_name="Dawn", state=BillingState.TRIAL_APPROVED, trial_ends_at=NOW)
    async with running(FakeDesk(views=three_customers() | {"dawn": on_trial}), customer_id="acme-eu") as run:
        await run.press("t")
        assert "Approve trial" in run.text
        await run.press("escape")
        run.bench.select("dawn")
        await run.settle()
        await run.press("x")
        await apply(run)
        assert len(run.desk.asked(ExtendTrial)) == 1


async def test_an_action_that_is_not_allowed_says_why_instead_of_opening() -> None:
    async with running(customer_id="bolt") as run:
        await run.press("v")
        assert run.at_page
        assert "Billing is verified already: nothing to do." in run.notice


async def test_without_a_customer_an_action_says_what_to_press() -> None:
    async with running() as run:
        await run.press("v")
        assert "Nobody is selected: find a customer first." in run.notice


async def test_a_read_only_desk_says_so_and_offers_no_action() -> None:
    async with running(FakeDesk(identity=make_identity(read_only=True)), customer_id="acme-eu") as run:
        await run.press("v")
        assert run.at_page
        assert "read-only" in run.notice
        assert "▲ read-only" in run.text


async def test_a_refusal_keeps_the_dialog_and_says_that_nothing_was_recorded() -> None:
    async with running(customer_id="acme-eu") as run:
        run.desk.refuse(MarkInvoiceVerified, precondition("NOT_INVOICE_RAIL", "The rail is not invoice."))
        await run.press("v")
        await apply(run)
        assert run.shows(ActionDialog)
        assert "The rail is not invoice. Nothing was recorded." in " ".join(run.text.split())


async def test_a_stale_etag_shows_the_fresh_preview_and_keeps_the_reason() -> None:
    async with running(customer_id="acme-eu") as run:
        fresh = make_preview(run.desk.views["acme-eu"], Action.MARK_INVOICE_VERIFIED, etag="b7")

        def refuse_once(_request: MarkInvoiceVerified) -> None:
            del run.desk.scripts[MarkInvoiceVerified]
            raise Refused(
                Code.ABORTED, "STALE_ETAG", "The record has changed.", {"preview": msgspec.to_builtins(fresh)}
            )

        run.desk.scripts[MarkInvoiceVerified] = refuse_once
        await run.press("v")
        await apply(run)
        assert run.shows(ActionDialog)
        assert REASON in run.text
        await run.press("enter", "enter")
        assert [call.etag for call in run.desk.asked(MarkInvoiceVerified)] == ["b1", "b7"]
        assert run.at_page


async def test_an_action_goes_on_when_its_dialog_is_closed_and_its_result_is_shown_on_the_page() -> None:
    async with running(customer_id="acme-eu") as run:
        await run.press("v")
        await run.type(REASON)
        await run.press("enter")
        run.desk.gate = asyncio.Event()
        await run.press("enter", "escape")
        assert run.at_page
        assert run.app.place.runner is not None
        assert run.app.place.runner.titles_in_flight == ["«Mark invoice verified» for acme-eu"]
        run.desk.gate.set()
        run.desk.gate = None
        await run.settle()
        assert "Mark invoice verified is recorded." in run.notice


async def test_a_refusal_that_comes_after_its_dialog_was_closed_is_said_on_the_page() -> None:
    async with running(customer_id="acme-eu") as run:
        run.desk.refuse(MarkInvoiceVerified, precondition("NOT_INVOICE_RAIL", "The rail is not invoice."))
        await run.press("v")
        await run.type(REASON)
        await run.press("enter")
        run.desk.gate = asyncio.Event()
        await run.press("enter", "escape")
        run.desk.gate.set()
        run.desk.gate = None
        await run.settle()
        assert run.at_page
        assert "The rail is not invoice. Nothing was recorded." in run.notice


async def test_a_click_on_a_blocker_does_what_its_key_does() -> None:
    async with running(customer_id="acme-eu") as run:
        await run.pilot.click(BlockerList, offset=(5, 1))
        await run.settle()
        assert run.shows(ActionDialog)


# ── reading on and writing ────────────────────────────────────────────────────────────────────────────────────────────


async def test_l_opens_the_ledger_and_escape_leads_back() -> None:
    async with running(customer_id="acme-eu") as run:
        await run.press("l")
        assert run.shows(LedgerScreen)
        assert "billing support adjustment" in run.text
        await run.press("w")
        assert "Workspace hours only." in run.notice
        await run.press("r", "escape")
        assert run.at_page


async def test_a_opens_the_audit_trail_verifies_it_and_escape_leads_back() -> None:
    async with running(customer_id="acme-eu") as run:
        await run.press("a")
        assert run.shows(CustomerAuditScreen)
        assert "ApplySupportCredit" in run.text
        assert run.desk.asked(ListAuditEvents)[-1].stream == "acme-eu"
        await run.press("v")
        assert "OK" in run.text
        await run.press("r", "escape")
        assert run.at_page


async def test_e_writes_the_report_beside_an_earlier_one_and_says_where(tmp_path: Path) -> None:
    (tmp_path / "billing-report-acme-eu.md").write_text("the earlier one")
    async with running(customer_id="acme-eu", folder=tmp_path) as run:
        await run.press("e", "enter")
        assert (tmp_path / "billing-report-acme-eu.md").read_text() == "the earlier one"
        assert (tmp_path / "billing-report-acme-eu-2.md").read_bytes() == b"the report"
        assert "billing-report-acme-eu-2.md" in run.notice


async def test_an_export_that_cannot_be_written_says_why() -> None:
    async with running(customer_id="acme-eu", folder=Path("/nonexistent")) as run:
        await run.press("e", "enter")
        assert "could not be written" in run.notice
        assert run.desk.asked(ExportBillingReport)


async def test_h_shows_the_case_text_to_copy_or_save(tmp_path: Path) -> None:
    async with running(customer_id="acme-eu", folder=tmp_path) as run:
        await run.press("h")
        assert run.shows(ReadingDialog)
        assert "REV-4410" in run.text
        await run.press("y")
        assert "Acme GmbH" in run.app.clipboard
        await run.press("s")
        assert "Acme GmbH" in (tmp_path / "case-acme-eu.txt").read_text()
        await run.press("escape")
        assert run.at_page


async def test_h_says_that_there_is_nothing_to_hand_over_where_nothing_blocks() -> None:
    async with running(customer_id="bolt") as run:
        await run.press("h")
        assert "Nothing blocks this customer" in run.notice


# ── the chat ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("key", "starter"), zip("123", Starter, strict=True))
async def test_1_2_3_ask_the_starter_prompts(key: str, starter: Starter) -> None:
    async with running(customer_id="acme-eu") as run:
        await run.press(key)
        assert [call.starter for call in run.desk.asked(AskBillingChat)] == [starter]
        assert "They are blocked." in run.text


async def test_i_moves_to_the_composer_where_letters_are_text_and_escape_leaves_it() -> None:
    async with running(customer_id="acme-eu") as run:
        await run.press("i")
        assert isinstance(run.app.focused, QuestionEditor)
        await run.type("very new")
        assert run.at_page
        await run.press("enter")
        assert [call.question for call in run.desk.asked(AskBillingChat)] == ["very new"]
        await run.press("escape")
        assert run.app.focused is None


async def test_y_copies_the_answer_and_f_shows_its_facts() -> None:
    async with running(customer_id="acme-eu") as run:
        await run.press("y")
        assert "There is no answer yet" in run.notice
        await run.press("1", "y")
        assert run.app.clipboard == "They are blocked."
        await run.press("f")
        assert run.shows(ReadingDialog)
        assert "Needs review" in run.text


async def test_escape_stops_an_answer_that_is_being_written() -> None:
    async with running(customer_id="acme-eu") as run:
        run.desk.gate = asyncio.Event()
        await run.press("1")
        assert run.bench.chat is not None
        assert run.bench.chat.answering
        await run.press("escape")
        run.desk.gate = None
        await run.settle()
        assert not run.bench.chat.answering
        assert "stopped" in run.text


async def test_an_answer_that_fails_says_why_in_the_conversation() -> None:
    async with running(customer_id="acme-eu") as run:
        run.desk.story_breaks = unavailable("The guide does not answer.")
        await run.press("1")
        assert "The guide does not answer." in " ".join(run.text.split())


async def test_clearing_the_conversation_asks_first() -> None:
    async with running(customer_id="acme-eu") as run:
        await run.press("1")
        await run.page.action_command("billing_help.clear_chat")
        await run.settle()
        await run.press("enter")  # the first choice keeps it
        assert not run.desk.asked(ClearBillingChatThread)
        await run.page.action_command("billing_help.clear_chat")
        await run.settle()
        await run.press("down", "enter")
        assert len(run.desk.asked(ClearBillingChatThread)) == 1
        assert "They are blocked." not in run.text


# ── small terminals ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_narrow_terminal_shows_one_pane_and_tab_turns_to_the_next() -> None:
    async with running(customer_id="acme-eu", size=NARROW) as run:
        assert "1/3 summary ⇥" in run.text
        assert "Needs review" in run.text
        assert "Approve trial" not in run.text
        await run.press("tab")
        assert "2/3 actions ⇥" in run.text
        assert "Approve trial" in run.text
        await run.press("tab")
        assert "3/3 chat ⇥" in run.text
        assert "Guidance for" in run.text
        await run.press("tab")
        assert "1/3 summary ⇥" in run.text


async def test_in_a_narrow_terminal_a_starter_shows_the_chat_and_a_notice_stays_in_sight() -> None:
    async with running(customer_id="bolt", size=NARROW) as run:
        await run.press("1")
        assert "3/3 chat" in run.text
        await run.press("v")
        assert "Billing is verified already" in " ".join(run.text.split())


@pytest.mark.parametrize("size", [(140, 44), (120, 36), (100, 30), (80, 24), (60, 20), (20, 5)])
async def test_every_size_can_be_drawn_also_with_a_dialog_that_is_resized(size: tuple[int, int]) -> None:
    async with running(customer_id="acme-eu") as run:
        await run.press("v")
        await run.pilot.resize_terminal(*size)
        await run.settle()
        assert run.text
        await run.press("escape")
        assert run.text


# ── untrusted names ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name", ["[/x]", "[@click=app.quit]press me[/]", "\x1b]52;c;ZXZpbA==\x07Evil", "\u202egnp.exe"]
)
async def test_a_hostile_name_is_text_and_nothing_else(name: str) -> None:
    views: dict[str, CustomerBillingView] = {"evil": make_view(customer_id="evil", legal_name=name)}
    async with running(FakeDesk(views=views), customer_id="evil") as run:
        for keys in (["slash", "escape"], ["c", "escape"], ["l", "escape"], ["a", "escape"], ["1"]):
            await run.press(*keys)
        assert "\x1b" not in run.text
        assert "\u202e" not in run.text
        assert run.app.is_running


async def test_a_customer_list_without_the_selected_customer_leaves_the_selection_alone() -> None:
    async with running(customer_id="acme-eu") as run:
        run.desk.scripts[ListBillingCustomers] = lambda _request: CustomerList(
            customers=[], next_page_token=None, total=0, total_is_more=False
        )
        await run.press("r")
        assert run.bench.session.customer_id == "acme-eu"
        assert "none blocked" in run.text


async def test_steps_asked_for_at_once_are_all_taken() -> None:
    async with running() as run:
        run.bench.action_walk(1)
        run.bench.action_walk(1)
        await run.settle()
        assert run.bench.session.customer_id == "crux"


async def test_no_action_opens_for_the_customer_one_is_just_leaving() -> None:
    async with running(customer_id="acme-eu") as run:
        run.bench.action_walk(1)
        run.bench.action_act("ApplySupportCredit")
        assert run.at_page
        assert "press the key again" in run.notice
        await run.settle()
        assert run.bench.session.customer_id == "crux"


async def test_a_narrow_header_still_marks_the_demo() -> None:
    async with running(demo=True, size=NARROW) as run:
        assert "▲ demo" in run.text.splitlines()[0]
