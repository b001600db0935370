"""The confirmation of every audited action."""

import asyncio
from collections.abc import Sequence
from itertools import cycle
from typing import Any

import pytest
from textual.events import Key, Paste
from textual.widgets import Button, Input

from services.contract.types import ACTION_TITLES, Action, Category, Unit
from services.contract.views import (
    ActionPreview,
    BlockerRef,
    BlockerView,
    Change,
    CustomerBillingView,
    SupportCreditLimits,
)
from tests.builders import make_blocked_view, make_lot
from tests.keyboard import events_of, type_text
from tests.widgets.harness import HOSTILE_NAMES, SIZES, Host, running, screen_text, sent, until
from widgets.action_dialog import ActionDialog
from widgets.action_form import LotChoice, limits_text, reason_hint, reason_problem
from widgets.action_subject import ActionSubmission, action_subject
from widgets.notice import NoticeBar

LIMITS = SupportCreditLimits(
    action_workspace_hours="100.00",
    action_ai_cents="50000",
    left_workspace_hours="480.00",
    left_ai_cents="190000",
    window_hours=24,
)
LOTS = [
    make_lot("grant-h", Unit.WORKSPACE_HOURS, "5.00", amount="10.00", category=Category.SUPPORT, reason="goodwill"),
    make_lot("grant-paid", Unit.WORKSPACE_HOURS, "40.00"),
    make_lot("grant-c", Unit.AI_CENTS, "1250", amount="2500", category=Category.SUPPORT),
]


def refs(blockers: Sequence[BlockerView]) -> list[BlockerRef]:
    return [BlockerRef(code=blocker.code, title=blocker.title) for blocker in blockers]


def make_preview(view: CustomerBillingView, action: Action, **overrides: Any) -> ActionPreview:
    """Return the preview of an action that clears every blocker."""
    fields: dict[str, Any] = {
        "customer_id": view.customer.customer_id,
        "legal_name": view.customer.legal_name,
        "action": action,
        "title": ACTION_TITLES[action],
        "etag": "b1",
        "allowed": True,
        "reason": None,
        "message": None,
        "changes": [Change(label="Billing state", before="Needs review", after="Verified")],
        "blockers_removed": refs(view.blockers),
        "blockers_remaining": [],
        "blockers_added": [],
        "limits": LIMITS if action is Action.APPLY_SUPPORT_CREDIT else None,
    }
    return ActionPreview(**(fields | overrides))


def open_dialog(action: Action, view: CustomerBillingView | None = None) -> tuple[Host, ActionDialog]:
    dialog = ActionDialog(action_subject(view or make_blocked_view(lots=LOTS), action))
    return Host(dialog=dialog), dialog


def wanted(app: Host) -> ActionDialog.PreviewWanted:
    return sent(app, ActionDialog.PreviewWanted)[-1]


def answer(app: Host, dialog: ActionDialog, **overrides: Any) -> None:
    """Answer the latest preview that was asked for."""
    dialog.show_preview(wanted(app).serial, make_preview(make_blocked_view(), wanted(app).subject.action, **overrides))


async def burst(app: Host, *typed: str | Paste, turns: int = 0) -> None:
    """Deliver keys as a terminal does that has them all at once; `turns`: of the event loop between two of them."""
    for event in events_of(*typed):
        app.post_message(event)
        for _ in range(turns):
            await asyncio.sleep(0)


def typed_in(dialog: ActionDialog) -> dict[str | None, str]:
    return {field.id: field.value for field in dialog.query(Input)}


def focused(app: Host) -> str | None:
    return app.focused.id if app.focused is not None else None


def submissions(app: Host) -> list[ActionSubmission]:
    confirmed = [message.submission for message in sent(app, ActionDialog.Submitted)]
    return [submission for submission in confirmed if isinstance(submission, ActionSubmission)]


SIMPLE = [
    Action.MARK_INVOICE_VERIFIED,
    Action.APPROVE_TRIAL,
    Action.EXTEND_TRIAL,
    Action.COMPLETE_BILLING_CHECKLIST,
]


@pytest.mark.parametrize("action", SIMPLE)
async def test_the_reason_then_two_enters_apply(action: Action) -> None:
    app, dialog = open_dialog(action)
    async with running(app) as pilot:
        answer(app, dialog)
        assert focused(app) == "reason"
        await type_text(pilot, "rail approved, PO-2978")
        await pilot.press("enter")
        assert focused(app) == "apply"
        assert not submissions(app)
        await pilot.press("enter")
        assert submissions(app) == [ActionSubmission("acme-eu", action, {}, "rail approved, PO-2978", "b1")]
        dialog.succeeded()
        await until(pilot, lambda: app.results)
        assert app.results == submissions(app)


async def test_it_names_the_customer_and_shows_before_and_after_and_what_becomes_of_the_blockers() -> None:
    app, dialog = open_dialog(Action.MARK_INVOICE_VERIFIED)
    async with running(app) as pilot:
        view = make_blocked_view()
        first, second = refs(view.blockers)
        answer(app, dialog, blockers_removed=[first], blockers_remaining=[second], blockers_added=[second])
        await pilot.pause()
        lines = [line.strip(" │") for line in screen_text(app).splitlines()]
        assert any(line.startswith("Acme GmbH") and line.endswith("acme-eu") for line in lines)
        assert "Billing state  Needs review  →  Verified" in lines
        assert "Blockers       2             →  2" in lines
        assert f"✓ removes  {first.title}" in lines
        assert f"▲ remains  {second.title}" in lines
        assert f"✗ adds     {second.title}" in lines
        assert "─ Mark invoice verified ─" in screen_text(app)


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("when", ["at once", "with a reason", "on apply", "while applying"])
async def test_escape_leaves_at_any_point(action: Action, when: str) -> None:
    app, dialog = open_dialog(action)
    async with running(app) as pilot:
        if when != "at once":
            if action is Action.APPLY_SUPPORT_CREDIT:
                await type_text(pilot, "5")
                await until(pilot, lambda: wanted(app).params["workspace_hours"] == "5")
            dialog.query_one("#reason", Input).focus()
            await type_text(pilot, "goodwill")
            answer(app, dialog)
            await pilot.pause()
        if when in ("on apply", "while applying"):
            await pilot.press("enter")
            assert focused(app) == "apply"
        if when == "while applying":
            await pilot.press("enter")
        await pilot.press("escape")
        await until(pilot, lambda: app.results)
        assert app.results == [None]
        assert len(submissions(app)) == (1 if when == "while applying" else 0)
        # A late answer finds nobody and does no harm.
        dialog.succeeded()
        dialog.failed("late")
        dialog.show_preview(99, make_preview(make_blocked_view(), action))


async def test_cancel_leaves_like_escape() -> None:
    app, _ = open_dialog(Action.MARK_INVOICE_VERIFIED)
    async with running(app) as pilot:
        await pilot.click("#cancel")
        await until(pilot, lambda: app.results)
        assert app.results == [None]


async def test_enter_does_not_reach_apply_while_the_form_is_incomplete() -> None:
    app, dialog = open_dialog(Action.MARK_INVOICE_VERIFIED)
    async with running(app) as pilot:
        await type_text(pilot, "goodwill")
        await pilot.press("enter")
        assert focused(app) == "reason"  # no preview yet
        assert "still looking" in screen_text(app)
        answer(app, dialog)
        await pilot.pause()
        assert "still looking" not in screen_text(app)
        await pilot.press(*["backspace"] * 6)
        await pilot.press("enter")
        assert focused(app) == "reason"
        assert "at least 3 characters" in screen_text(app)
        assert dialog.query_one("#apply", Button).disabled


async def test_two_enters_typed_faster_than_the_focus_moves_apply_and_one_alone_never_does() -> None:
    app, dialog = open_dialog(Action.MARK_INVOICE_VERIFIED)
    async with running(app) as pilot:
        answer(app, dialog)
        await type_text(pilot, "goodwill")
        await pilot.press("enter", "shift+tab", "shift+tab")
        assert focused(app) == "reason"
        await pilot.press("enter")
        assert not submissions(app)
        await pilot.press("shift+tab", "shift+tab")
        for key in ("x", "enter", "enter"):
            app.post_message(Key(key, "\r" if key == "enter" else key))
        await until(pilot, lambda: submissions(app))
        assert submissions(app)[0].reason == "goodwillx"


async def test_a_second_enter_while_applying_does_nothing() -> None:
    app, dialog = open_dialog(Action.MARK_INVOICE_VERIFIED)
    async with running(app) as pilot:
        answer(app, dialog)
        await type_text(pilot, "goodwill")
        await pilot.press("enter", "enter", "enter", "enter")
        await pilot.pause()
        assert len(submissions(app)) == 1
        assert "applying…" in screen_text(app)


async def test_a_failure_keeps_what_was_typed_says_why_and_lets_one_try_again_on_the_fresh_preview() -> None:
    app, dialog = open_dialog(Action.MARK_INVOICE_VERIFIED)
    async with running(app) as pilot:
        answer(app, dialog)
        await type_text(pilot, "goodwill")
        await pilot.press("enter", "enter")
        fresh = make_preview(make_blocked_view(), Action.MARK_INVOICE_VERIFIED, etag="b2")
        dialog.failed("The record changed meanwhile: look again.", fresh)
        await pilot.pause()
        assert "✗ Not done  The record changed meanwhile: look again. Nothing was" in screen_text(app)
        assert dialog.query_one("#reason", Input).value == "goodwill"
        assert focused(app) == "reason"  # one more enter applies nothing unread
        await pilot.press("enter")
        assert len(submissions(app)) == 1
        await pilot.press("enter")
        await pilot.pause()
        assert [submission.etag for submission in submissions(app)] == ["b1", "b2"]
        assert dialog.query_one(NoticeBar).notice is None


async def test_a_failure_without_a_fresh_preview_asks_for_one() -> None:
    app, dialog = open_dialog(Action.MARK_INVOICE_VERIFIED)
    async with running(app) as pilot:
        answer(app, dialog)
        await type_text(pilot, "goodwill")
        await pilot.press("enter", "enter")
        before = wanted(app).serial
        dialog.failed("No answer in time: ask again.", nothing_recorded=False)
        await until(pilot, lambda: wanted(app).serial > before)
        assert "Nothing was recorded" not in screen_text(app)


async def test_an_action_that_is_not_allowed_says_why_and_cannot_be_applied() -> None:
    app, dialog = open_dialog(Action.APPROVE_TRIAL)
    async with running(app) as pilot:
        answer(
            app, dialog, allowed=False, reason="TRIAL_ALREADY_USED", message="They were on trial before.", changes=[]
        )
        await type_text(pilot, "goodwill")
        await pilot.press("enter")
        text = screen_text(app)
        assert "▲ They were on trial before." in text
        assert "not allowed: see above" in text
        assert dialog.query_one("#apply", Button).disabled


async def test_a_refused_preview_says_why_and_a_stale_one_is_dropped() -> None:
    app, dialog = open_dialog(Action.APPROVE_TRIAL)
    async with running(app) as pilot:
        dialog.show_refusal(wanted(app).serial, "The store does not answer.")
        dialog.show_preview(wanted(app).serial - 1, make_preview(make_blocked_view(), Action.APPROVE_TRIAL))
        dialog.show_refusal(wanted(app).serial - 1, "stale")
        await pilot.pause()
        assert "▲ The store does not answer." in screen_text(app)


# ── support credit ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_support_credit_asks_for_hours_cents_and_reason_in_this_order() -> None:
    app, dialog = open_dialog(Action.APPLY_SUPPORT_CREDIT)
    async with running(app) as pilot:
        dialog.show_refusal(wanted(app).serial, "Enter an amount.")  # nothing entered: no noise
        assert focused(app) == "workspace_hours"
        await type_text(pilot, "5")
        await pilot.press("enter")
        assert focused(app) == "ai_cents"
        await type_text(pilot, "250")
        await pilot.press("enter")
        assert focused(app) == "reason"
        await type_text(pilot, "goodwill")
        await until(pilot, lambda: wanted(app).params == {"workspace_hours": "5", "ai_cents": "250"})
        answer(app, dialog)
        await pilot.press("enter", "enter")
        assert submissions(app)[0].params == {"workspace_hours": "5", "ai_cents": "250"}


async def test_support_credit_shows_what_is_left_to_the_operator_and_no_refusal_before_an_amount() -> None:
    app, dialog = open_dialog(Action.APPLY_SUPPORT_CREDIT)
    async with running(app, (90, 30)) as pilot:
        answer(app, dialog, allowed=False, reason="INVALID_AMOUNT", message="Enter an amount.", changes=[])
        await pilot.pause()
        text = screen_text(app)
        assert "left today: 480.00 h, $1,900.00 · at most 100.00 h, $500.00 at once" in text
        assert "Enter hours, cents or both" in text
        assert "Enter an amount." not in text


async def test_a_malformed_amount_is_refused_in_the_services_words() -> None:
    app, dialog = open_dialog(Action.APPLY_SUPPORT_CREDIT)
    async with running(app) as pilot:
        await type_text(pilot, "1e3")
        await until(pilot, lambda: wanted(app).params["workspace_hours"] == "1e3")
        dialog.show_refusal(wanted(app).serial, "Write hours as a decimal number with at most two places.")
        await pilot.pause()
        assert "▲ Write hours as a decimal number" in screen_text(app)


async def test_a_changed_amount_makes_the_preview_stale_until_the_new_one_comes() -> None:
    app, dialog = open_dialog(Action.APPLY_SUPPORT_CREDIT)
    async with running(app) as pilot:
        await type_text(pilot, "5")
        await until(pilot, lambda: wanted(app).params["workspace_hours"] == "5")
        stale = wanted(app).serial
        dialog.query_one("#reason", Input).value = "goodwill"
        answer(app, dialog)
        assert dialog.complete
        await type_text(pilot, "0")
        assert not dialog.complete
        dialog.show_preview(stale, make_preview(make_blocked_view(), Action.APPLY_SUPPORT_CREDIT))
        assert not dialog.complete
        await until(pilot, lambda: wanted(app).params["workspace_hours"] == "50")
        answer(app, dialog)
        assert dialog.complete


def test_the_window_of_the_limits_is_named() -> None:
    week = SupportCreditLimits(
        action_workspace_hours="1.00",
        action_ai_cents="100",
        left_workspace_hours="0.00",
        left_ai_cents="0",
        window_hours=168,
    )
    assert limits_text(week) == "left in 168 hours: 0.00 h, $0.00 · at most 1.00 h, $1.00 at once"


# ── typed faster than it is drawn ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("turns", range(4))
async def test_what_is_typed_in_one_go_lands_where_it_would_one_by_one(turns: int) -> None:
    app, dialog = open_dialog(Action.APPLY_SUPPORT_CREDIT)
    async with running(app) as pilot:
        await burst(app, "24⌫5⏎12⏎↑7⇥goodwill⏎", turns=turns)
        await until(pilot, lambda: wanted(app).params == {"workspace_hours": "25", "ai_cents": "127"})
        assert typed_in(dialog) == {"workspace_hours": "25", "ai_cents": "127", "reason": "goodwill"}
        assert focused(app) == "reason"  # no preview yet


async def test_what_is_pasted_after_enter_lands_in_the_next_field() -> None:
    app, dialog = open_dialog(Action.APPLY_SUPPORT_CREDIT)
    async with running(app) as pilot:
        await burst(app, Paste("2"), "⏎", Paste("0\nsecond line"), "⏎", Paste("good"), "will")
        await until(pilot, lambda: typed_in(dialog)["reason"] == "goodwill")
        assert typed_in(dialog) == {"workspace_hours": "2", "ai_cents": "0", "reason": "goodwill"}


async def test_a_lot_and_a_reason_typed_in_one_go() -> None:
    app, dialog = open_dialog(Action.REVERSE_SUPPORT_CREDIT)
    async with running(app) as pilot:
        await burst(app, "j⏎granted in a jiffy")
        await until(pilot, lambda: wanted(app).params == {"grant_id": "grant-c"})
        assert typed_in(dialog) == {"reason": "granted in a jiffy"}
        assert dialog.query_one(LotChoice).cursor == 1


async def test_an_amount_changed_in_one_go_with_two_enters_is_not_applied_on_the_preview_of_the_old_one() -> None:
    app, dialog = open_dialog(Action.APPLY_SUPPORT_CREDIT)
    async with running(app) as pilot:
        await burst(app, "5⏎0⏎goodwill")
        await until(pilot, lambda: wanted(app).params == {"workspace_hours": "5", "ai_cents": "0"})
        answer(app, dialog)
        assert dialog.complete
        dialog.set_focus(dialog.query_one("#workspace_hours"))
        await burst(app, "0⏎⏎⏎⏎")
        await until(pilot, lambda: wanted(app).params == {"workspace_hours": "50", "ai_cents": "0"})
        assert not submissions(app)
        assert focused(app) == "reason"


@pytest.mark.parametrize("turns", [0, 6, 8])
async def test_an_enter_under_way_when_a_refusal_comes_applies_nothing(turns: int) -> None:
    app, dialog = open_dialog(Action.MARK_INVOICE_VERIFIED)
    async with running(app) as pilot:
        answer(app, dialog)
        await burst(app, "goodwill⏎⏎")
        await until(pilot, lambda: submissions(app))
        await burst(app, "⏎", turns=turns)
        dialog.failed("Look again.", make_preview(make_blocked_view(), Action.MARK_INVOICE_VERIFIED, etag="b2"))
        await pilot.pause()
        assert [submission.etag for submission in submissions(app)] == ["b1"]


async def test_enters_typed_behind_an_escape_apply_nothing() -> None:
    app, dialog = open_dialog(Action.MARK_INVOICE_VERIFIED)
    async with running(app) as pilot:
        answer(app, dialog)
        await burst(app, "goodwill⎋⏎⏎")
        await until(pilot, lambda: app.results)
        assert app.results == [None]
        assert not submissions(app)


# ── reversing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_reversing_chooses_among_support_credits_with_something_left() -> None:
    app, dialog = open_dialog(Action.REVERSE_SUPPORT_CREDIT)
    async with running(app) as pilot:
        assert isinstance(app.focused, LotChoice)
        assert wanted(app).params == {"grant_id": "grant-h"}
        await pilot.press("j")
        await until(pilot, lambda: wanted(app).params == {"grant_id": "grant-c"})
        assert "$12.50 of $25.00" in screen_text(app)
        assert "40.00 h" not in screen_text(app)
        answer(app, dialog)
        await pilot.press("enter")
        assert focused(app) == "reason"
        await type_text(pilot, "granted twice")
        await pilot.press("enter", "enter")
        assert submissions(app)[0].params == {"grant_id": "grant-c"}


async def test_reversing_without_any_support_credit_says_so() -> None:
    app, dialog = open_dialog(Action.REVERSE_SUPPORT_CREDIT, make_blocked_view())
    async with running(app) as pilot:
        assert wanted(app).params == {}
        dialog.show_refusal(wanted(app).serial, "No support credit has anything left.")
        await pilot.press("enter")
        await pilot.pause()
        assert "No support credit has anything left." in screen_text(app)


# ── reasons ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        ("", "at least 3 characters"),
        ("  ab  ", "at least 3 characters"),
        ("\u202e\u200b\x1bab", "at least 3 characters"),
        ("abc", None),
        ("x" * 200, None),
        ("x" * 10_000, "9 800 characters too many"),
    ],
)
def test_a_reason_has_3_to_200_characters_after_cleaning(reason: str, problem: str | None) -> None:
    assert reason_problem(reason) == problem


def test_the_hint_counts_only_near_the_end() -> None:
    assert reason_hint("x" * 100) == ""
    assert reason_hint("x" * 180) == "180 / 200"


# ── terminals and texts ───────────────────────────────────────────────────────────────────────────────────────────────


# Each action is opened at one of the sizes, and then seen at all of them.
@pytest.mark.parametrize(("action", "size"), [*zip(Action, cycle(SIZES), strict=False)])
async def test_the_field_with_the_focus_stays_in_sight_at_any_size_and_through_a_resize(
    action: Action, size: tuple[int, int]
) -> None:
    app, dialog = open_dialog(action)
    async with running(app, size) as pilot:
        reason = dialog.query_one("#reason", Input)
        reason.focus()
        answer(app, dialog)
        for new_size in (size, *SIZES, (60, 20), (20, 5), (120, 36), size):
            await pilot.resize_terminal(*new_size)
            await pilot.pause()
            await pilot.pause()
            fields = dialog.query_one("ActionFields")
            assert fields.region.contains_region(reason.region), (new_size, fields.region, reason.region)
            apply = dialog.query_one("#apply", Button)
            assert app.screen.region.contains_region(apply.region)
            assert not fields.region.overlaps(apply.region)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_hostile_texts_are_shown_as_text(name: str) -> None:
    lot = make_lot("grant-1", category=Category.SUPPORT, reason=name)
    view = make_blocked_view(legal_name=name, customer_id="c" * 64, lots=[lot])
    for action in (Action.MARK_INVOICE_VERIFIED, Action.REVERSE_SUPPORT_CREDIT):
        dialog = ActionDialog(action_subject(view, action))
        app = Host(dialog=dialog, filtered=True)
        async with running(app, (60, 20)) as pilot:
            answer(app, dialog, changes=[Change(label=name, before=name, after=name)])
            dialog.query_one("#reason", Input).value = name
            await pilot.pause()
            dialog.failed(name)
            await pilot.pause()
            assert "\x1b" not in screen_text(app)
            assert "\u202e" not in screen_text(app)
