"""The rail: header, summary, blockers, actions, notice."""

import asyncio
from datetime import timedelta

import pytest

from services.contract.types import (
    Action,
    BillingState,
    BlockerCode,
    ChecklistStatus,
    EntryKind,
    PaymentRail,
    Unit,
)
from services.contract.views import CustomerBillingView, NoticeView
from tests.builders import NOW, make_actions, make_adjustment, make_blocked_view, make_view
from tests.widgets.harness import HOSTILE_NAMES, KEYS, SIZES, Host, running, screen_text, sent
from widgets import notice
from widgets.action_list import ActionList, state_of
from widgets.blockers import NO_BLOCKER, BlockerList, Shown
from widgets.customer_header import CustomerHeader
from widgets.line_block import LineBlock
from widgets.notice import NoticeBar
from widgets.summary import BillingSummary


def text_of(block: LineBlock, width: int = 60) -> list[str]:
    return [row.content.plain.rstrip() for row in block.lines(width)]


# ── header ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_header_says_how_to_find_somebody_while_nobody_is_selected() -> None:
    header = CustomerHeader()
    async with running(Host(header)):
        assert text_of(header)[0] == "Customer  Press / to find one"


async def test_the_header_names_the_customer_and_the_id() -> None:
    header = CustomerHeader()
    async with running(Host(header)):
        header.set_customer("c7-000035", "AvalonBay Communities")
        name, beneath = text_of(header)
        assert name.split() == ["Customer", "AvalonBay", "Communities", "▾"]
        assert beneath.split() == ["c7-000035", "↻", "r", "↓", "e"]


@pytest.mark.parametrize(
    ("offset", "message"),
    [
        ((12, 0), CustomerHeader.PickerWanted),
        ((-6, 1), CustomerHeader.RefreshWanted),
        ((-1, 1), CustomerHeader.ExportWanted),
        ((12, 1), CustomerHeader.PickerWanted),
    ],
)
async def test_a_click_on_the_header_does_what_it_points_at(offset: tuple[int, int], message: type[object]) -> None:
    header = CustomerHeader()
    app = Host(header)
    async with running(app) as pilot:
        header.set_customer("c7-000035", "AvalonBay Communities")
        await pilot.pause()
        x, y = offset
        await pilot.click(header, offset=(x % header.size.width, y))
        assert [type(m) for m in app.seen if type(m).__qualname__.startswith("CustomerHeader.")][-1] is message


# ── summary ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_summary_shows_state_rail_credits_and_checklist_each_with_what_belongs_beneath() -> None:
    view = make_blocked_view(workspace_hours="0.00", ai_cents="80", usage_tier="business")
    assert text_of(BillingSummary(view)) == [
        "Billing state   ▲ Needs review",
        "                REV-4410",
        "Payment rail    Invoice",
        "                business tier",
        "Credits         0.00 h      $0.80",
        "                1 active lot",
        "Checklist       ○ Billing open",
        "                no adjustments",
    ]


def test_the_compact_summary_takes_one_line_a_row_and_never_cuts_the_value() -> None:
    summary = BillingSummary(make_blocked_view(latest_adjustment=make_adjustment()))
    summary.set_reactive(BillingSummary.compact, True)
    lines = text_of(summary, 44)
    assert len(lines) == 4
    assert lines[0] == "Billing state   ▲ Needs review      REV-4410"
    assert lines[3].startswith("Checklist       ○ Billing open +5.00 h")
    assert lines[3].endswith("…")


def test_the_summary_says_when_a_trial_ends_or_ended() -> None:
    def beneath(days: int) -> str:
        view = make_view(state=BillingState.TRIAL_APPROVED, trial_ends_at=NOW + timedelta(days=days))
        return text_of(BillingSummary(view))[1].strip()

    assert beneath(9) == "ends in 9 days"
    assert beneath(-3) == "ended 3 days ago"


async def test_ages_go_on_with_the_clock() -> None:
    summary = BillingSummary(make_view(latest_adjustment=make_adjustment("5.00")))
    app = Host(summary)
    async with running(app) as pilot:
        assert "+5.00 h support · 3 days ago" in screen_text(app)
        summary.now = NOW + timedelta(days=1)
        await pilot.pause()
        assert "+5.00 h support · 4 days ago" in screen_text(app)


def test_the_latest_adjustment_shows_a_grant_as_given_and_a_void_as_taken_back() -> None:
    given = make_view(latest_adjustment=make_adjustment("5.00"))
    voided = make_view(latest_adjustment=make_adjustment("1250", Unit.AI_CENTS, kind=EntryKind.VOID))
    assert text_of(BillingSummary(given))[-1].strip() == "+5.00 h support · 3 days ago"
    assert text_of(BillingSummary(voided))[-1].strip() == "-$12.50 support · 3 days ago"


def test_overage_is_shown_only_where_there_is_some() -> None:
    assert "overage" not in "".join(text_of(BillingSummary(make_view())))
    lines = text_of(BillingSummary(make_view(overage_workspace_hours="1.25", overage_ai_cents="40")), 80)
    assert lines[5].strip() == "2 active lots · overage 1.25 h · overage $0.40"


def test_a_customer_without_a_billing_item_has_none_open() -> None:
    assert text_of(BillingSummary(make_view(billing_item=None)))[6] == "Checklist       ● No billing item"
    assert "… Billing in progress" in text_of(BillingSummary(make_view(billing_item=ChecklistStatus.IN_PROGRESS)))[6]


def test_without_a_customer_the_labels_stand_alone() -> None:
    assert text_of(BillingSummary())[0].split() == ["Billing", "state", "–"]


# ── blockers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def blockers_of(view: CustomerBillingView) -> BlockerList:
    blockers = BlockerList(KEYS)
    blockers.set_reactive(BlockerList.view, view)
    return blockers


def test_no_blocker_reads_exactly_as_promised() -> None:
    lines = text_of(blockers_of(make_view()))
    assert lines[1] == "No immediate billing blocker found."
    assert lines[1] == NO_BLOCKER


def test_each_blocker_shows_the_key_that_resolves_it_and_what_it_blocks() -> None:
    lines = text_of(blockers_of(make_blocked_view()))
    assert lines[0].split() == ["Billing", "blockers", "2"]
    assert lines[1].startswith("▲ Billing is not verified")
    assert lines[1].endswith("v")
    assert lines[2].strip() == "blocks provisioning, managed AI"


def test_less_room_takes_details_then_the_note_then_the_areas() -> None:
    heights = []
    for shown in sorted(Shown, reverse=True):
        blockers = blockers_of(make_blocked_view())
        blockers.set_reactive(BlockerList.shown, shown)
        lines = text_of(blockers)
        heights.append(len(lines))
        assert any("blocks provisioning" in text for text in lines) == (shown is not Shown.TITLES)
        assert any("operator-verified" in text for text in lines) == (shown >= Shown.AREAS_AND_NOTE)
    assert heights == sorted(set(heights), reverse=True)


def test_a_blocker_that_somebody_else_must_clear_shows_the_handoff_key() -> None:
    view = make_view(blockers=[BlockerCode.OVERDUE_INVOICE])
    lines = text_of(blockers_of(view))
    assert lines[1].startswith(f"▲ {view.blockers[0].title}")
    assert lines[1].endswith("h")


def test_notices_are_quieter_and_the_note_names_who_can_be_operator_verified() -> None:
    view = make_view(notices=[NoticeView(code="low", text="AI credit is low.")])
    text = " ".join(text_of(blockers_of(view)))
    assert "· AI credit is low." in text
    assert "Internal or platform-owned customers on invoice can be operator-verified" in text


async def test_a_click_on_a_blocker_does_what_its_key_does() -> None:
    blockers = BlockerList(KEYS)
    app = Host(blockers)
    async with running(app) as pilot:
        blockers.view = make_blocked_view()
        await pilot.pause()
        await pilot.click(blockers, offset=(4, 1))
        assert [m.action for m in sent(app, BlockerList.Chosen)] == [Action.MARK_INVOICE_VERIFIED]
        blockers.view = make_view(blockers=[BlockerCode.OVERDUE_INVOICE])
        await pilot.pause()
        await pilot.click(blockers, offset=(4, 2))
        assert [m.code for m in sent(app, BlockerList.HandoffWanted)] == [BlockerCode.OVERDUE_INVOICE]


@pytest.mark.parametrize("code", ["pending_request", "rejected_request"])
async def test_notices_of_requests_lead_to_them(code: str) -> None:
    blockers = BlockerList(KEYS, requests="o")
    app = Host(blockers)
    async with running(app) as pilot:
        waits = NoticeView(code=code, text="1 request waits for approval.")
        blockers.view = make_view(notices=[waits])
        await pilot.pause()
        assert text_of(blockers)[2].split() == ["⇄", "1", "request", "waits", "for", "approval.", "o"]
        await pilot.click(blockers, offset=(4, 2))
        assert len(sent(app, BlockerList.RequestsWanted)) == 1


# ── actions ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def actions_of(view: CustomerBillingView | None) -> ActionList:
    actions = ActionList(KEYS)
    actions.set_reactive(ActionList.view, view)
    return actions


def test_three_actions_are_always_there_and_one_that_is_not_allowed_says_why() -> None:
    lines = text_of(actions_of(make_view(actions=make_actions(message="They do not pay by invoice."))))
    assert lines == [
        "v  Mark invoice verified",
        "   They do not pay by invoice.",
        "t  Approve trial",
        "   They do not pay by invoice.",
        "c  Apply support credit",
        "   They do not pay by invoice.",
    ]


def test_the_other_actions_appear_when_they_can_serve() -> None:
    lines = text_of(actions_of(make_view(actions=make_actions(*Action))))
    assert [line[0] for line in lines] == ["v", "t", "c", "x", "k", "u"]


def test_a_locked_desk_shows_the_actions_and_says_why_none_is_possible() -> None:
    actions = actions_of(make_blocked_view())
    actions.set_reactive(ActionList.locked, "This desk is read-only.")
    assert text_of(actions)[-1] == "This desk is read-only."
    assert all(row.target is None for row in actions.lines(60))


def test_compact_actions_take_one_line_each() -> None:
    actions = actions_of(make_view(actions=make_actions(message="A long reason " * 9)))
    actions.set_reactive(ActionList.compact, True)
    assert len(text_of(actions, 40)) == 3


async def test_a_click_on_an_action_chooses_it_even_when_it_is_not_allowed() -> None:
    actions = ActionList(KEYS)
    app = Host(actions)
    async with running(app) as pilot:
        actions.view = make_view(payment_rail=PaymentRail.PREPAID)
        await pilot.pause()
        await pilot.click(actions, offset=(5, 0))
        await pilot.click(actions, offset=(5, len(text_of(actions)) - 1))
        chosen = [m.action for m in sent(app, ActionList.Chosen)]
        assert chosen == [Action.MARK_INVOICE_VERIFIED, Action.APPLY_SUPPORT_CREDIT]


def test_the_state_of_an_action_is_found_in_the_view() -> None:
    state = state_of(make_blocked_view(), Action.MARK_INVOICE_VERIFIED)
    assert state is not None
    assert state.allowed
    assert state_of(make_view(actions=[]), Action.APPROVE_TRIAL) is None


# ── notice ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_notice_says_in_a_word_how_it_went_and_goes_when_it_is_dismissed() -> None:
    bar = NoticeBar()
    app = Host(bar)
    async with running(app) as pilot:
        assert bar.size.height == 0
        bar.show_success("Acme GmbH is verified.")
        await pilot.pause()
        assert text_of(bar) == ["✓ Done  Acme GmbH is verified."]
        assert bar.has_class("-success")
        await pilot.click(bar)
        assert bar.notice is None
        assert len(sent(app, NoticeBar.Dismissed)) == 1
        assert not bar.dismiss()


async def test_what_is_done_goes_by_itself_and_an_error_with_what_is_begun_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notice, "SHOWN_FOR", 0.01)
    gone, errors, working = NoticeBar(), NoticeBar(), NoticeBar()
    async with running(Host(gone, errors, working)) as pilot:
        errors.show_success("Acme GmbH is verified.")
        errors.show_error("The record changed.")
        working.show_progress("Recording…")
        gone.show_success("Acme GmbH is verified.")
        async with asyncio.timeout(5):
            while gone.notice is not None:
                await pilot.pause()
        assert errors.is_error
        for bar in (errors, working):
            bar.move_on()
        assert errors.notice is None
        assert text_of(working) == ["… Working  Recording…"]


async def test_an_error_says_why_and_that_nothing_was_recorded_where_that_is_known() -> None:
    bar = NoticeBar()
    async with running(Host(bar)):
        bar.show_error("The record changed.")
        assert text_of(bar) == ["✗ Not done  The record changed. Nothing was recorded."]
        bar.show_error("No answer in time.", nothing_recorded=False)
        assert text_of(bar) == ["✗ Not done  No answer in time."]
        assert bar.is_error
        bar.show_progress("Applying")
        assert text_of(bar) == ["… Working  Applying"]
        assert not bar.is_error


async def test_without_a_notice_the_quiet_line_stands_there() -> None:
    bar = NoticeBar()
    async with running(Host(bar)) as pilot:
        bar.quiet = "✓ ready · last change 2 min ago"
        await pilot.pause()
        assert bar.size.height == 1


# ── untrusted text and small terminals ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_a_hostile_name_is_shown_as_text_at_any_size(name: str, size: tuple[int, int]) -> None:
    header, summary, blockers, actions, bar = (
        CustomerHeader(),
        BillingSummary(),
        BlockerList(KEYS),
        ActionList(KEYS),
        NoticeBar(),
    )
    app = Host(header, summary, blockers, actions, bar)
    async with running(app, size) as pilot:
        view = make_blocked_view(
            legal_name=name,
            review_reference=name,
            usage_tier=name,
            notices=[NoticeView(code="x", text=name)],
            actions=make_actions(message=name),
        )
        header.set_customer("a" * 64, name)
        summary.view = blockers.view = actions.view = view
        bar.show_error(name)
        bar.quiet = name
        await pilot.pause()
        for compact in (True, False):
            summary.compact = actions.compact = compact
            blockers.shown = Shown.TITLES if compact else Shown.EVERYTHING
            await pilot.pause()
        assert not any(ord(char) < 32 and char != "\n" for char in screen_text(app))
        assert "\u202e" not in screen_text(app)
        await pilot.click(header, offset=(min(12, size[0] - 1), 0))
        assert app.is_running


async def test_markup_in_a_name_stays_visible() -> None:
    header = CustomerHeader()
    app = Host(header)
    async with running(app) as pilot:
        header.set_customer("x", "[EU] Kontor [b]AG[/b]")
        await pilot.pause()
        assert "[EU] Kontor [b]AG[/b]" in screen_text(app)
