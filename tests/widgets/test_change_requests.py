"""The queue of change requests: its columns, its cursor, and texts and terminals of any kind."""

from datetime import timedelta
from typing import Any

import pytest

from services.contract.types import ChangeRequestKind, ChangeRequestStatus
from services.contract.views import ChangeRequestView
from tests.builders import NOW
from tests.widgets.harness import HOSTILE_NAMES, SIZES, Host, running, screen_text, sent
from widgets.action_dialog import ActionDialog
from widgets.action_subject import Decision, decision_subject
from widgets.change_requests import ChangeRequestQueue
from widgets.change_requests_details import ChangeRequestDetails


def make_request(change_request_id: str = "cr-1", **overrides: Any) -> ChangeRequestView:
    """Return a pending request that its reader may decide."""
    fields: dict[str, Any] = {
        "change_request_id": change_request_id,
        "customer_id": "acme-eu",
        "legal_name": "Acme GmbH",
        "kind": ChangeRequestKind.SUPPORT_CREDIT,
        "status": ChangeRequestStatus.PENDING,
        "asks_for": "160.00 h and $500.00",
        "params": {"workspace_hours": "160", "ai_cents": "50000"},
        "reason": "the import ran twice",
        "requested_by": "omar",
        "requested_at": NOW - timedelta(days=2),
        "decided_by": None,
        "decided_at": None,
        "decision_reason": None,
        "decidable": True,
        "why_not": None,
    }
    return ChangeRequestView(**(fields | overrides))


def hostile() -> list[ChangeRequestView]:
    """Return requests whose every text means harm."""
    return [
        make_request(
            f"cr-{number}",
            legal_name=name,
            asks_for=name,
            reason=name,
            requested_by=name,
            decidable=number % 2 == 0,
            why_not=name,
        )
        for number, name in enumerate(HOSTILE_NAMES)
    ]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (120, "2 days Acme GmbH acme-eu Support credit: 160.00 h and $500.00 omar the import ran twice"),
        (100, "2 days Acme GmbH acme-eu Support credit: 160.00 h and $500.00 omar the import ran twice"),
        (90, "2 days Acme GmbH acme-eu 160.00 h and $500.00 omar the import ran twice"),
        (70, "2 days Acme GmbH acme-eu 160.00 h and $500.00 omar the import ran…"),
        (60, "2 days Acme GmbH acme-eu 160.00 h and $500.00"),
    ],
)
async def test_a_row_says_as_much_as_fits(width: int, shown: str) -> None:
    queue = ChangeRequestQueue()
    app = Host(queue)
    async with running(app, (width, 20)) as pilot:
        queue.show([make_request()], None, NOW)
        await pilot.pause()
        rows = [" ".join(row.split()) for row in screen_text(app).splitlines()]
        assert shown in rows


async def test_columns_are_as_wide_as_their_texts_need_and_the_reason_has_the_rest() -> None:
    queue = ChangeRequestQueue()
    app = Host(queue)
    reason = "migration rerun, as agreed"
    async with running(app, (100, 20)) as pilot:
        queue.show([make_request(requested_by="Olga Petrovna Ivanova", reason=reason)], None, NOW)
        await pilot.pause()
        (row,) = [" ".join(row.split()) for row in screen_text(app).splitlines() if "GmbH" in row and "2 days" in row]
        assert row == f"2 days Acme GmbH acme-eu 160.00 h and $500.00 Olga Petrovna Ivanova {reason}"


async def test_the_cursor_stays_on_its_request_while_others_come_and_go() -> None:
    queue = ChangeRequestQueue()
    async with running(Host(queue)):
        first, second, third = (make_request(f"cr-{number}") for number in range(3))
        queue.show([first, second, third], None, NOW)
        queue.query_one("ChangeRequestList").cursor = 1  # type: ignore[attr-defined]
        queue.show([second, third], None, NOW)
        assert queue.selected == second
        queue.show([first, second, third], None, NOW)
        assert queue.selected == second
        queue.settle(second, NOW, stays=False)
        assert queue.selected == third
        queue.settle(third, NOW, stays=False)
        assert queue.selected == first
        queue.settle(first, NOW, stays=False)
        assert queue.selected is None


async def test_the_end_of_the_list_asks_for_more_once() -> None:
    queue = ChangeRequestQueue()
    app = Host(queue)
    async with running(app) as pilot:
        queue.show([make_request()], "t1", NOW)
        queue.focus_list()
        await pilot.press("down", "down")
        assert [wanted.token for wanted in sent(app, ChangeRequestQueue.MoreWanted)] == ["t1"]
        queue.add_page("stale", [make_request("cr-8")], None, NOW)
        queue.add_page("t1", [make_request("cr-9")], None, NOW)
        assert [asked.change_request_id for asked in queue.requests] == ["cr-1", "cr-9"]


def test_what_was_decided_says_by_whom_when_and_why() -> None:
    details = ChangeRequestDetails()
    decided: dict[str, Any] = {
        "decided_by": "olga",
        "decided_at": NOW,
        "decision_reason": "ask sales first",
        "decidable": False,
    }
    request = make_request(status=ChangeRequestStatus.REJECTED, why_not="olga rejected this.", **decided)
    details.set_reactive(ChangeRequestDetails.asked, request)
    text = "\n".join(line.content.plain for line in details.lines(80))
    assert "✗ rejected" in text
    assert f"Rejected by      olga · {NOW:%Y-%m-%d %H:%M}" in text
    assert "Because          ask sales first" in text


@pytest.mark.parametrize("size", SIZES)
async def test_the_queue_survives_hostile_texts_and_small_terminals(size: tuple[int, int]) -> None:
    queue = ChangeRequestQueue()
    app = Host(queue)
    async with running(app, size) as pilot:
        queue.show(hostile(), None, NOW)
        queue.focus_list()
        for _name in HOSTILE_NAMES:
            await pilot.press("j")
        await pilot.resize_terminal(60, 20)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert "\x1b" not in screen_text(app)
        assert "\u202e" not in screen_text(app)


@pytest.mark.parametrize("decision", Decision)
async def test_the_confirmation_of_a_decision_shows_hostile_texts_as_text(decision: Decision) -> None:
    for request in hostile():
        app = Host(dialog=ActionDialog(decision_subject(request, decision)))
        async with running(app, (60, 20)):
            assert "\x1b" not in screen_text(app)
            assert "\u202e" not in screen_text(app)
