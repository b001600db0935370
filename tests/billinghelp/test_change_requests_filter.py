"""Which change requests the page shows: by status, kind, what the policy said, and tenant."""

from pathlib import Path

from services.contract.requests import CancelTenantChangeRequest
from services.contract.types import ChangeRequestKind
from tests.billinghelp.change_requests_office import (
    AVALON,
    CLEAR,
    HITACHI,
    approve,
    approve_change,
    offices,
    reject,
    request_change,
    request_credit,
    tenant_of,
)
from tests.surface import ADMIN, OTHER_OPERATOR, Workbench


def history(bench: Workbench) -> None:
    """Fill the queue: one waits of each sort, one was applied, one rejected, one taken back, and one needed nobody."""
    approve(bench, request_credit(bench, HITACHI), ADMIN)
    reject(bench, request_change(bench, CLEAR, cpu="100"), OTHER_OPERATOR)
    taken_back = request_change(bench, AVALON, ChangeRequestKind.ASSIGNMENT_MODE, mode="dedicated")
    bench.call(
        CancelTenantChangeRequest(
            customer_id=AVALON,
            change_request_id=taken_back.change_request_id,
            reason="not needed any more",
            request_id="back-1",
        ),
        tenant_of(AVALON),
    )
    request_change(bench, AVALON, ChangeRequestKind.STORAGE_QUOTA, storage="200Gi")
    request_change(bench, AVALON)
    request_credit(bench, CLEAR)


async def test_what_stands_elsewhere_in_its_life_is_a_filter_away_and_escape_shows_what_waits(tmp_path: Path) -> None:
    async with offices(tmp_path) as run:
        history(run.bench_elsewhere)
        await run.press("f4")
        assert run.names == [AVALON, CLEAR]
        await run.hit("slash", "right", "enter")
        assert "Nothing is being applied now." in run.text
        await run.hit("slash", "right", "enter")
        assert run.names == [AVALON, HITACHI]
        assert "Change requests  applied" in run.text
        assert "✓ applied" in run.text
        await run.hit("slash", "right", "enter")
        assert run.names == [CLEAR]
        assert "not justified." in run.text
        await run.hit("slash", "right", "enter")
        assert run.names == [AVALON]
        assert "Taken back by    tina" in run.text
        await run.hit("slash", "right", "enter")
        assert run.names == [CLEAR, AVALON, AVALON, AVALON, CLEAR, HITACHI]
        assert "– taken back" in run.text
        await run.press("escape")
        assert run.names == [AVALON, CLEAR]


async def test_one_kind_what_the_policy_said_and_one_tenant_are_asked_of_the_store(tmp_path: Path) -> None:
    async with offices(tmp_path) as run:
        history(run.bench_elsewhere)
        await run.hit("f4", "slash", "left", "down", "right", "right", "enter")
        assert run.names == [AVALON, CLEAR]
        assert "all, the newest first · Resource quota" in run.text
        await run.hit("slash", "down", "left", "left", "down", "right", "right", "enter")
        assert "all, the newest first · policy: at once" in run.text
        assert run.names == [AVALON]
        await run.hit("slash", "down", "down", "left", "left", "down", "right", "enter")
        assert "all, the newest first · only AvalonBay Communities" in run.text
        assert run.names == [AVALON] * 3


async def test_a_filter_that_lets_nothing_through_says_what_it_is_and_how_to_leave_it(tmp_path: Path) -> None:
    async with offices(tmp_path, (CLEAR, OTHER_OPERATOR)) as run:
        await run.hit("f4", "slash", "down", "left", "enter")
        said = "There is no such request: waiting for approval · Backup policy. Press esc for everything that waits."
        assert said in run.text
        await run.hit("slash", "escape")
        assert said in run.text
        await run.press("escape")
        assert run.names == [CLEAR]


async def test_the_requests_of_one_customer_are_shown_wherever_they_stand(tmp_path: Path) -> None:
    async with offices(tmp_path) as run:
        history(run.bench_elsewhere)
        approve_change(run.bench_elsewhere, request_change(run.bench_elsewhere, CLEAR, cpu="100"))
        await run.press("f4")
        await run.queue_page.show_customer(CLEAR, "Clear Skies Ltd")
        await run.settle()
        assert "all, the newest first · only Clear Skies Ltd" in run.text
        assert run.names == [CLEAR] * 3
        await run.hit("slash", "enter")
        assert run.names == [CLEAR] * 3
