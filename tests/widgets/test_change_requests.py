"""The queue of change requests: its columns, its cursor, and texts and terminals of any kind."""

from typing import Any

import pytest
from rich.cells import cell_len

from services.contract.types import ChangeRequestKind, ChangeRequestStatus, PolicyDecision
from services.contract.views import Change, ChangeRequestView
from tests.builders import NOW
from tests.widgets.harness import HOSTILE_NAMES, SIZES, Host, running, screen_text, sent
from tests.widgets.requests_to_show import make_change, make_request, make_tenant_preview
from widgets.action_dialog import ActionDialog
from widgets.action_subject import Decision, decision_subject
from widgets.change_requests import ChangeRequestQueue
from widgets.change_requests_decision import DecisionDialog
from widgets.change_requests_details import STATUS_MARKS, ChangeRequestDetails
from widgets.change_requests_difference import ApprovalNow
from widgets.change_requests_filter import FilterDialog
from widgets.change_requests_list import ChangeRequestList
from widgets.change_requests_wanted import STATUSES, Shown, Wanted


def _texts(request: ChangeRequestView) -> dict[str, str]:
    return {name: getattr(request, name) for name in ("legal_name", "asks_for", "reason", "requested_by")}


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


CREDIT = "2 days Acme GmbH acme-eu Support credit 160.00 h and $500.00 above limits omar the import ran twice"
CHANGE = "2 days Acme GmbH acme-eu Resource quota CPU 8 → 24; Memory 16Gi → 96Gi needs review"


@pytest.mark.parametrize(
    ("width", "asked", "shown"),
    [
        (140, make_change(), f"{CHANGE} tina the import ran twice"),
        (120, make_request(), CREDIT),
        (110, make_request(), CREDIT),
        (100, make_change(), f"{CHANGE} tina"),
        (90, make_request(), "2 days Acme GmbH acme-eu Support credit 160.00 h and $500.00 above limits omar"),
        (80, make_change(), "2 days Acme GmbH Resource quota CPU 8 → 24; Memory 16Gi → 96Gi needs review"),
        (70, make_change(), "2 days Acme GmbH Resource quota CPU 8 → 24; Memory… needs review"),
        (
            100,
            make_change(kind=ChangeRequestKind.EXPOSURE_HOSTNAME, asks_for="+press.example.net, -old.example.net"),
            "2 days Acme GmbH acme-eu Exposure hostname +press.example.net, -old.example.net needs review",
        ),
        (60, make_request(), "2 days Acme GmbH Support credit: 160.00 h and $500.00"),
        (60, make_change(), "2 days Acme GmbH Resource quota: CPU 8 → 24; Memory 16Gi…"),
    ],
)
async def test_a_row_says_as_much_as_fits(width: int, asked: ChangeRequestView, shown: str) -> None:
    queue = ChangeRequestQueue()
    app = Host(queue)
    async with running(app, (width, 20)) as pilot:
        queue.show([asked], None, NOW)
        await pilot.pause()
        rows = [" ".join(row.split()) for row in screen_text(app).splitlines()]
        assert shown in rows


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (None, "above limits"),
        (PolicyDecision.SELF_SERVICE, "no request"),
        (PolicyDecision.AUTO_APPROVE, "at once"),
        (PolicyDecision.REVIEW, "needs review"),
    ],
)
def test_what_the_policy_says_is_called_the_same_in_the_list_and_in_the_filter(
    decision: PolicyDecision | None, words: str
) -> None:
    rows = ChangeRequestList()
    rows.show([make_change(policy_decision=decision)], from_start=True)
    heading = "".join(text for text, _role in rows.heading(110))
    row = "".join(text for text, _role in rows.row(0, 110))
    at = heading.index("Policy")
    assert row[at:].startswith(f"{words} ")
    if decision is not None:
        assert Wanted(policy_decision=decision).words.endswith(f" · policy: {words}")


@pytest.mark.parametrize("width", [120, 80, 50])
async def test_every_kind_in_every_state_has_its_row_and_its_details(width: int) -> None:
    queue = ChangeRequestQueue()
    app = Host(queue)
    every = [
        make_change(f"cr-{kind}-{status}-{said}", kind=kind, status=status, policy_decision=said, decidable=False)
        for kind in ChangeRequestKind
        for status in ChangeRequestStatus
        for said in (None, *PolicyDecision)
    ]
    async with running(app, (width, 30)) as pilot:
        queue.show(every, None, NOW)
        rows = queue.query_one(ChangeRequestList)
        for index, asked in enumerate(every):
            row = "".join(text for text, _role in rows.row(index, width))
            assert cell_len(row) <= width
            assert STATUS_MARKS[asked.status].glyph in row
            details = ChangeRequestDetails()
            details.set_reactive(ChangeRequestDetails.asked, asked)
            assert str(STATUS_MARKS[asked.status]) in details.lines(width)[0].content.plain
        await pilot.pause()


async def test_columns_are_as_wide_as_their_texts_need_and_the_reason_has_the_rest() -> None:
    queue = ChangeRequestQueue()
    app = Host(queue)
    reason = "migration rerun, as agreed"
    async with running(app, (140, 20)) as pilot:
        queue.show([make_request(requested_by="Olga Petrovna Ivanova", reason=reason)], None, NOW)
        await pilot.pause()
        (row,) = [" ".join(row.split()) for row in screen_text(app).splitlines() if "GmbH" in row and "2 days" in row]
        asked_for = "Support credit 160.00 h and $500.00 above limits"
        assert row == f"2 days Acme GmbH acme-eu {asked_for} Olga Petrovna Ivanova {reason}"


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


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({}, ""),
        (
            {"changes": [Change(label="CPU", before="20", after="24")]},
            "this comes to something else than was asked for",
        ),
        ({"decision": PolicyDecision.AUTO_APPROVE}, "The policy says something else of this by now: approved at once."),
        ({"allowed": False, "why_not": "The tenant may use more than this by now."}, "▲ The tenant may use more than"),
    ],
)
async def test_approving_it_now_is_spoken_of_where_it_is_not_what_was_asked_for(now: dict[str, Any], said: str) -> None:
    queue = ChangeRequestQueue()
    app = Host(queue)
    async with running(app) as pilot:
        queue.show([make_change()], None, NOW)
        queue.show_change(make_change(), make_tenant_preview(**now))
        queue.show_change(make_change("cr-of-nobody"), make_tenant_preview(allowed=False, why_not="dropped"))
        await pilot.pause()
        block = queue.query_one(ApprovalNow)
        assert said in " ".join(" ".join(line.content.plain.split()) for line in block.lines(90))
        assert bool(block.lines(90)) is bool(said)


async def test_the_record_of_another_tenant_is_never_shown_beneath_a_request() -> None:
    queue = ChangeRequestQueue()
    app = Host(queue)
    other = make_change("cr-3", customer_id="bolt", legal_name="Bolt Works")
    async with running(app, (120, 40)) as pilot:
        queue.show([make_request(), other], None, NOW)
        queue.show_record(make_request(), [], [make_change("cr-4", asks_for="CPU 1 → 2")])
        await pilot.pause()
        assert "○ waiting           2 days     Resource quota: CPU 1 → 2" in screen_text(app)
        queue.focus_list()
        await pilot.press("down")
        assert "CPU 1 → 2" not in screen_text(app)
        queue.show_no_record(other, "The database is busy.")
        await pilot.pause()
        assert "✗ The database is busy." in screen_text(app)


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
    for number, request in enumerate(hostile()):
        tenants = DecisionDialog(make_change(**_texts(request)), decision)
        app = Host(dialog=tenants if number % 2 else ActionDialog(decision_subject(request, decision)))
        async with running(app, (60, 20)):
            assert "\x1b" not in screen_text(app)
            assert "\u202e" not in screen_text(app)


@pytest.mark.parametrize(("size", "name"), [(SIZES[0], HOSTILE_NAMES[3]), (SIZES[-1], HOSTILE_NAMES[5])])
async def test_the_filter_goes_round_its_values_in_any_terminal_and_shows_hostile_names_as_text(
    size: tuple[int, int], name: str
) -> None:
    app = Host(dialog=FilterDialog(Wanted(), make_request(legal_name=name)))
    async with running(app, size) as pilot:
        await pilot.press("left", "down", "l", "down", "space", "down", "right")
        assert "\x1b" not in screen_text(app)
        assert "\u202e" not in screen_text(app)
        await pilot.press("enter")
        chosen = Wanted(Shown.ALL, ChangeRequestKind.SUPPORT_CREDIT, PolicyDecision.REVIEW, "acme-eu", name)
        assert app.results == [chosen]


async def test_leaving_the_filter_chooses_nothing() -> None:
    app = Host(dialog=FilterDialog(Wanted(Shown.ENDED), None))
    async with running(app) as pilot:
        assert "◂ taken back, expired or failed ▸" in screen_text(app)
        await pilot.press("right", "escape")
        assert app.results == [None]


@pytest.mark.parametrize("shown", Shown)
def test_every_filter_says_what_it_shows_and_that_there_is_nothing(shown: Shown) -> None:
    assert Wanted(shown).words
    assert Wanted(shown).nothing.endswith(".")
    narrow = Wanted(shown, customer_id="acme-eu", legal_name="Acme GmbH")
    assert narrow.words == f"{Wanted(shown).words} · only Acme GmbH"
    assert "esc" in narrow.nothing


def test_a_name_that_ends_with_a_full_stop_brings_no_second_one() -> None:
    nothing = Wanted(customer_id="c7-1", legal_name="Tesselbrook Freight B.V.").nothing
    assert "· only Tesselbrook Freight B.V. Press esc" in nothing


def test_every_status_is_shown_by_one_filter_beside_all() -> None:
    shown = [status for which in Shown if which is not Shown.ALL for status in STATUSES[which]]
    assert sorted(shown) == sorted(ChangeRequestStatus)
    assert [Wanted().admits(make_request(status=status)) for status in (ChangeRequestStatus.PENDING, shown[-1])] == [
        True,
        False,
    ]
