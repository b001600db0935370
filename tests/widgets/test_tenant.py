"""The panes and the form of a tenant's page: what became of a request in words, and texts and terminals of any kind."""

from datetime import timedelta
from typing import Any

import pytest
from rich.cells import cell_len
from textual.widgets import Input

from services.contract.types import ChangeRequestKind, ChangeRequestStatus, PolicyDecision
from services.contract.views import BoundBar, Change, ChangeRequestView, DesiredField, KindForm
from tests.builders import NOW
from tests.keyboard import type_text
from tests.widgets.harness import HOSTILE_NAMES, SIZES, Host, running, screen_text, sent, until
from tests.widgets.requests_to_show import make_change, make_tenant_preview
from widgets.format import ellipsis
from widgets.tenant_change_dialog import TenantChangeDialog
from widgets.tenant_change_form import FieldHint
from widgets.tenant_limits import KindList, TenantLimits, held_now
from widgets.tenant_request_details import TenantRequestDetails
from widgets.tenant_requests import RequestList, TenantRequests
from widgets.tenant_take_back import TakeBackDialog

_S = ChangeRequestStatus
DECIDED = {"decided_by": "olga", "decided_at": NOW, "decision_reason": "There is room."}
ENDED = {"ended_by": "tina", "ended_at": NOW, "end_reason": "not needed"}
ALL_HOSTILE = " ".join(ellipsis(name, 40) if len(name) > 60 else name for name in HOSTILE_NAMES)


def make_kind(text: str = "Storage") -> KindForm:
    """Return a kind of change whose texts are all this one."""
    return KindForm(
        kind=ChangeRequestKind.STORAGE_QUOTA,
        title=text,
        fields=[DesiredField(name="storage", label=text, example=text, hint=text)],
        current=[(text, text), (f"{text} too", text)],
        bars=[],
        bounds=[("no request", text), (text, text)],
        window=text,
        reason_example=text,
    )


def details(asked: ChangeRequestView, width: int = 100) -> list[str]:
    """Return the lines of a request in full."""
    block = TenantRequestDetails()
    block.set_reactive(TenantRequestDetails.asked, asked)
    block.set_reactive(TenantRequestDetails.now, NOW)
    return [line.content.plain for line in block.lines(width)]


@pytest.mark.parametrize(
    ("status", "fields", "said"),
    [
        (_S.PENDING, {}, ["○ waiting", "Expires          2026-10-27 12:00 (in 12 days), unless it is decided before"]),
        (
            _S.REJECTED,
            DECIDED,
            ["✗ rejected", "Rejected by      olga · 2026-10-15 12:00", "Because          There is"],
        ),
        (_S.APPLIED, {**DECIDED, **ENDED}, ["✓ applied", "Approved by      olga", "Applied          2026-10-15 12:00"]),
        (
            _S.APPLIED,
            {**DECIDED, "decided_by": "system:policy", "policy_decision": PolicyDecision.AUTO_APPROVE},
            [
                "The policy says  approved at once · version 2026-11-01",
                f"{' ' * 17}24 CPU is above",
                "Approved by      the policy · 2026-10-15 12:00",
            ],
        ),
        (
            _S.APPLYING,
            {**DECIDED, "attempts": 3, "next_attempt_at": NOW + timedelta(minutes=5), "last_problem": "It was busy."},
            ["◐ applying", "Platform         asked 3 times, again in 5 min", "Its answer       It was busy."],
        ),
        (
            _S.CANCELLED,
            ENDED,
            ["– taken back", "Taken back by    tina · 2026-10-15 12:00", "Because          not needed"],
        ),
        (_S.EXPIRED, {"expires_at": NOW}, ["– expired", "Expired          2026-10-15 12:00"]),
        (
            _S.FAILED,
            {**DECIDED, **ENDED},
            ["✗ failed", "Failed           2026-10-15 12:00", "Because          not needed"],
        ),
    ],
)
def test_a_request_says_what_became_of_it(status: ChangeRequestStatus, fields: dict[str, Any], said: list[str]) -> None:
    text = "\n".join(details(make_change(status=status, **fields)))
    assert [each for each in said if each not in text] == []


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
@pytest.mark.parametrize("width", [20, 60, 110])
def test_no_text_breaks_out_of_its_line(name: str, width: int) -> None:
    changes = [Change(label=name, before=name, after=name)]
    asked = make_change(changes=changes, impact=name, reason=name, requested_by=name, because=name, asks_for=name)
    assert all(cell_len(line) <= width for line in details(asked, width))
    rows = RequestList()
    rows.requests = [asked]
    row = "".join(text for text, _role in rows.row(0, width))
    assert cell_len(row) <= width
    assert "\x1b" not in row


@pytest.mark.parametrize("size", [SIZES[0], SIZES[-1]])
async def test_panes_and_dialogs_bear_any_text_in_any_terminal(size: tuple[int, int]) -> None:
    kind, asked = make_kind(ALL_HOSTILE), make_change(legal_name=ALL_HOSTILE, asks_for=ALL_HOSTILE, reason=ALL_HOSTILE)
    limits, requests = TenantLimits(), TenantRequests()
    app = Host(limits, requests, dialog=TenantChangeDialog(kind, "acme-eu", ALL_HOSTILE))
    async with running(app, size) as pilot:
        limits.show([kind])
        requests.show([asked], "", NOW)
        dialog = app.screen
        assert isinstance(dialog, TenantChangeDialog)
        await type_text(pilot, "3Ti")
        await until(pilot, lambda: sent(app, TenantChangeDialog.PreviewWanted))
        wanted = sent(app, TenantChangeDialog.PreviewWanted)[-1]
        dialog.show_refusal(wanted.serial, ALL_HOSTILE, "storage")
        await pilot.pause()
        assert "\x1b" not in screen_text(app)
        dialog.show_preview(wanted.serial, make_tenant_preview(because=ALL_HOSTILE, missing=[ALL_HOSTILE]))
        await pilot.pause()
        assert "\x1b" not in screen_text(app)
        dialog.leave()
        await pilot.pause()
        app.push_screen(TakeBackDialog(asked))
        await pilot.pause()
        assert "\x1b" not in screen_text(app)
        assert app.is_running


def quota(used: int | None = 9, window: str = "32 CPU more are approved at once in 24 hours.") -> KindForm:
    """Return the form of a quota with a bar, and of a value without one."""
    reach: dict[str, Any] = {"allowed": 16, "self_service": 16, "auto_approve": 48, "review": 192}
    reach |= {f"{name}_text": str(number) for name, number in reach.items()}
    fields = [("cpu", "CPU", "8"), ("hosts", "Hosts", "photos.apps.example.net")]
    return KindForm(
        kind=ChangeRequestKind.RESOURCE_QUOTA,
        title="Resource quota",
        fields=[DesiredField(name=name, label=label, example=like, hint="In all.") for name, label, like in fields],
        current=[("CPU", "16"), ("Default protection", "yes")],
        bars=[BoundBar(label="CPU", used=used, used_text="9" if used else "", **reach)],
        bounds=[("no request", "up to 16 CPU"), ("at once", "up to 48 CPU"), ("after review", "up to 192 CPU " * 9)],
        window=window,
        reason_example="because",
    )


async def test_beneath_the_bars_stands_how_far_each_bound_reaches_and_what_is_still_approved_at_once() -> None:
    limits = TenantLimits()
    app = Host(limits)
    async with running(app, (60, 40)) as pilot:
        limits.show([quota()])
        await pilot.pause()
        lines = screen_text(app).splitlines()
        bar = next(at for at, line in enumerate(lines) if line.startswith("CPU") and "│" in line)
        said = [" ".join(line.split()) for line in lines[bar + 1 :]]
        assert said[1:3] == ["no request up to 16 CPU", "at once up to 48 CPU"]
        assert said[3].startswith("after review up to 192 CPU up")
        assert "up to 192 CPU" in said[4]
        assert "32 CPU more are approved at once in 24 hours." in said
        column = {line.index("up to 16") for line in lines if "no request" in line and "up to" in line}
        assert column == {line.index("yes") for line in lines if line.startswith("Default protection")}
        limits.show([quota(window="")])
        await pilot.pause()
        assert screen_text(app).splitlines()[-1] == ""


async def test_what_does_not_fit_beneath_the_kinds_is_scrolled_to() -> None:
    limits = TenantLimits()
    app = Host(limits)
    async with running(app, (40, 14)) as pilot:
        limits.show([quota()])
        await pilot.pause()
        assert "approved at once" not in screen_text(app)
        for _page in range(5):
            limits.turn_page(1)
            await pilot.pause()
        assert "approved at once" in screen_text(app)
        limits.turn_page(-5)
        await pilot.pause()
        assert "Default protection" in screen_text(app)
        assert limits.selected == quota()


@pytest.mark.parametrize(("used", "hint"), [(9, "In all · 9 in use"), (None, "In all.")])
async def test_a_field_says_what_holds_now_and_what_is_in_use(used: int | None, hint: str) -> None:
    app = Host(dialog=TenantChangeDialog(quota(used), "acme-eu", "Acme GmbH"))
    async with running(app):
        assert [field.placeholder for field in app.screen.query(".wanted Input").results(Input)] == [
            "now 16",
            "like photos.apps.example.net",
        ]
        assert [note.text for note in app.screen.query(FieldHint)] == [hint, "In all."]


async def test_all_of_a_form_stands_in_one_column_that_its_longest_label_needs() -> None:
    dialog = TenantChangeDialog(quota(), "acme-eu", "Acme GmbH")
    app = Host(dialog=dialog)
    async with running(app) as pilot:
        await type_text(pilot, "24")
        await until(pilot, lambda: sent(app, TenantChangeDialog.PreviewWanted))
        dialog.show_preview(sent(app, TenantChangeDialog.PreviewWanted)[-1].serial, make_tenant_preview())
        await pilot.pause()
        lines = screen_text(app).splitlines()
        hint = next(line.index("In all · 9") for line in lines if "In all · 9" in line)
        assert {field.region.x for field in dialog.query(Input)} == {hint}
        assert next(line.index("8     →") for line in lines if "8     →" in line) == hint
        assert hint - next(line.index("Hosts") for line in lines if "Hosts" in line) == len("Default protection") + 2


async def test_only_the_pane_with_the_keyboard_marks_its_row_with_a_background() -> None:
    limits, requests = TenantLimits(), TenantRequests()
    app = Host(limits, requests)
    async with running(app) as pilot:
        limits.show([quota()])
        requests.show([make_change()], "", NOW)
        rows = [limits.query_one(KindList), requests.query_one(RequestList)]
        for here, elsewhere in (rows, rows[::-1]):
            here.focus()
            await pilot.pause()
            marked, plain = (each.get_component_rich_style("row-list--cursor").bgcolor for each in (here, elsewhere))
            assert plain == elsewhere.rich_style.bgcolor
            assert marked != plain


async def test_the_last_step_of_taking_back_names_its_key() -> None:
    app = Host(dialog=TakeBackDialog(make_change()))
    async with running(app):
        assert "Take back  ↵" in screen_text(app)


def test_what_holds_now_is_one_line() -> None:
    assert held_now(make_kind()) == "Storage Storage · Storage too Storage"


async def test_a_preview_of_older_values_is_dropped() -> None:
    dialog = TenantChangeDialog(make_kind(), "acme-eu", "Acme GmbH")
    app = Host(dialog=dialog)
    async with running(app) as pilot:
        await type_text(pilot, "3")
        await until(pilot, lambda: sent(app, TenantChangeDialog.PreviewWanted))
        older = sent(app, TenantChangeDialog.PreviewWanted)[-1]
        await type_text(pilot, "Ti")
        dialog.show_preview(older.serial, make_tenant_preview())
        assert dialog.preview is None
        await until(pilot, lambda: len(sent(app, TenantChangeDialog.PreviewWanted)) > 1)
        newer = sent(app, TenantChangeDialog.PreviewWanted)[-1]
        assert newer.desired == {"storage": "3Ti"}
        dialog.show_preview(newer.serial, make_tenant_preview())
        assert dialog.preview is not None
