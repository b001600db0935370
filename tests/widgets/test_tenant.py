"""The panes and the form of a tenant's page: what became of a request in words, and texts and terminals of any kind."""

from datetime import timedelta
from typing import Any

import pytest
from rich.cells import cell_len

from services.contract.types import ChangeRequestKind, ChangeRequestStatus, PolicyDecision
from services.contract.views import Change, ChangeRequestView, DesiredField, KindForm
from tests.builders import NOW
from tests.keyboard import type_text
from tests.widgets.harness import HOSTILE_NAMES, SIZES, Host, running, screen_text, sent, until
from tests.widgets.requests_to_show import make_change, make_tenant_preview
from widgets.format import ellipsis
from widgets.tenant_change_dialog import TenantChangeDialog
from widgets.tenant_limits import TenantLimits, held_now
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
        (_S.PENDING, {}, ["○ waiting", "Expires        2026-10-27 12:00 (in 12 days), unless it is decided before"]),
        (
            _S.REJECTED,
            DECIDED,
            ["✗ rejected", "Rejected by    olga · 2026-10-15 12:00", "Because        There is"],
        ),
        (_S.APPLIED, {**DECIDED, **ENDED}, ["✓ applied", "Approved by    olga", "Applied        2026-10-15 12:00"]),
        (
            _S.APPLIED,
            {**DECIDED, "decided_by": "system:policy", "policy_decision": PolicyDecision.AUTO_APPROVE},
            ["Policy         approved at once: 24 CPU", "Approved by    the policy · 2026-10-15 12:00"],
        ),
        (
            _S.APPLYING,
            {**DECIDED, "attempts": 3, "next_attempt_at": NOW + timedelta(minutes=5), "last_problem": "It was busy."},
            ["◐ applying", "Platform       asked 3 times, again in 5 min", "Its answer     It was busy."],
        ),
        (_S.CANCELLED, ENDED, ["– taken back", "Taken back by  tina · 2026-10-15 12:00", "Because        not needed"]),
        (_S.EXPIRED, {"expires_at": NOW}, ["– expired", "Expired        2026-10-15 12:00"]),
        (_S.FAILED, {**DECIDED, **ENDED}, ["✗ failed", "Failed         2026-10-15 12:00", "Because        not needed"]),
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
