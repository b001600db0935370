"""What tenants ask for, on the operator's page: the change, its tenant's record, and the decision."""

from pathlib import Path

import msgspec
import pytest

from billinghelp.pages.tenant_requests import TenantRequestsPage
from services.change_requests.policy.file import shipped_policy
from services.contract.requests import GetTenantChangeRequestWorkspace
from services.contract.types import ChangeRequestKind
from services.contract.views import ChangeRequestWorkspace
from tests.billinghelp.change_requests_office import (
    AVALON,
    CLEAR,
    HITACHI,
    Offices,
    approve_change,
    offices,
    reject,
    request_change,
    request_credit,
)
from tests.keyboard import send
from tests.surface import OTHER_OPERATOR, Workbench
from widgets.change_requests_decision import DecisionDialog

OTHERWISE = "Approved now, this comes to something else than was asked for"


def processors(bench: Workbench, customer_id: str = AVALON) -> str:
    """Return how many processors a tenant may use."""
    found: ChangeRequestWorkspace = bench.call(GetTenantChangeRequestWorkspace(customer_id=customer_id))
    return next(bar.allowed_text for form in found.kinds for bar in form.bars if bar.label == "CPU")


async def confirmation(run: Offices, key: str, reason: str) -> DecisionDialog:
    """Open a decision's confirmation, and give a reason."""
    await run.press(key)
    await run.type(reason)
    dialog = run.app.screen
    assert isinstance(dialog, DecisionDialog)
    return dialog


async def test_they_stand_in_one_queue_with_support_credits_and_say_what_the_policy_says(tmp_path: Path) -> None:
    async with offices(tmp_path, (HITACHI, OTHER_OPERATOR)) as run:
        request_change(run.bench_elsewhere)
        request_change(run.bench_elsewhere, AVALON, ChangeRequestKind.STORAGE_QUOTA, storage="200Gi")
        await run.press("f4")
        rows = [" ".join(line.split()) for line in run.text.splitlines()]
        assert any("3 h 株式会社日立製作所 c7-000036 Support credit 160.00 h above limits" in row for row in rows)
        change = "CPU 8 → 24; Memory 16Gi → 96Gi needs review"
        assert any(f"2 h AvalonBay Communities c7-000035 Resource quota {change}" in row for row in rows)
        assert "2 waiting" in run.text  # what was approved at once waits for nobody


async def test_one_is_shown_with_the_change_the_policy_s_reason_and_its_tenant_s_record(tmp_path: Path) -> None:
    async with offices(tmp_path) as run:
        bench = run.bench_elsewhere
        reject(bench, request_change(bench, AVALON, cpu="60"), OTHER_OPERATOR)
        request_change(bench, CLEAR, cpu="100")
        asked = request_change(bench)
        await run.press("f4", "down")
        assert run.selected == AVALON
        for said in (
            "8     →  24",
            "+16 CPU, +80Gi memory",
            f"The policy says  needs review · version {asked.policy_version}",
            "24 CPU is above the 16 that is approved at once",
            "tina · 2026-11-20 14:00 (1 h ago)",
            "Expires          2026-12-04 14:00 (in 13 days)",
        ):
            assert said in run.text
        await run.press("enter", "end")
        assert "What it may use now" in run.text
        assert "Its other requests" in run.text
        assert any(
            line.split()[:2] == ["CPU", "█" * 11 + "░" * 3 + "│" + "·" * 14 + "│" + "·" * 14 + "│"]
            for line in lines(run)
        )
        (other,) = [line for line in lines(run) if "✗ rejected" in line]
        assert other.split() == ["✗", "rejected", "3", "h", "Resource", "quota:", "CPU", "8", "→", "60", "omar"]
        await run.press("w")
        assert run.shows(TenantRequestsPage)
        assert "AvalonBay Communities" in run.text


def lines(run: Offices) -> list[str]:
    """Return the lines right of the sidebar."""
    return [line[24:] for line in run.text.splitlines()]


async def test_what_is_decided_is_done_or_not_and_each_time_the_next_in_line_is_there(tmp_path: Path) -> None:
    async with offices(tmp_path) as run:
        bench = run.bench_elsewhere
        request_change(bench)
        request_change(bench, HITACHI)
        request_credit(bench, CLEAR)
        await run.press("f4")
        await run.confirm("a", "capacity is there")
        assert "is approved" in run.notice
        assert (run.names, run.selected) == ([HITACHI, CLEAR], HITACHI)
        assert processors(bench) == "24"
        (event,) = [event for event in bench.events(AVALON) if event.action == "ApproveTenantChangeRequest"]
        assert (event.actor, event.reason) == ("olga", "capacity is there")
        await run.press("x", "enter")
        assert "at least 3 characters" in run.text
        assert "Nothing is changed, and the tenant reads your reason." in run.text
        await run.type("no capacity this month")
        await run.press("enter", "enter")
        assert "is rejected; nothing was changed." in run.notice
        assert (run.names, run.selected) == ([CLEAR], CLEAR)
        assert processors(bench, HITACHI) == "8"


async def test_what_changes_under_the_confirmation_is_shown_afresh_and_no_enter_applies_it_unseen(
    tmp_path: Path,
) -> None:
    async with offices(tmp_path) as run:
        bench = run.bench_elsewhere
        request_change(bench, AVALON, cpu="24")
        await run.press("f4")
        other = request_change(bench, AVALON, cpu="20")
        dialog = await confirmation(run, "a", "checked")
        approve_change(bench, other)
        send(run.app, "⏎⏎⏎⏎")
        await run.settle()
        assert run.app.screen is dialog
        assert "read the fresh preview, then send it again. Nothing was" in " ".join(run.text.replace("│", "").split())
        assert OTHERWISE in run.text
        assert processors(bench) == "20"
        await run.press("enter", "enter")
        assert processors(bench) == "24"


async def test_what_the_policy_allows_no_more_cannot_be_approved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with offices(tmp_path) as run:
        request_change(run.bench_elsewhere)
        policy = shipped_policy()
        growth = policy.tiers["growth"]
        quota = msgspec.structs.replace(growth.resource_quota, review=growth.resource_quota.auto_approve)
        tiers = {**policy.tiers, "growth": msgspec.structs.replace(growth, resource_quota=quota)}
        narrower = msgspec.structs.replace(policy, version="next", tiers=tiers)
        monkeypatch.setattr(run.bench_elsewhere.surface, "_bounds", lambda: narrower)
        await run.press("f4")
        assert "▲ 24 CPU is above 16, the most that is possible on this tier" in run.text
        dialog = await confirmation(run, "a", "checked")
        await run.press("enter")
        assert "not possible: see above" in run.text
        assert not dialog.complete


async def test_among_all_requests_the_next_that_waits_is_selected_after_a_decision(tmp_path: Path) -> None:
    async with offices(tmp_path) as run:
        bench = run.bench_elsewhere
        request_credit(bench, CLEAR)
        reject(bench, request_change(bench, HITACHI), OTHER_OPERATOR)
        request_change(bench)
        await run.hit("f4", "slash", "left", "enter")
        assert run.names == [AVALON, HITACHI, CLEAR]
        await run.confirm("a", "capacity is there")
        assert (run.names, run.selected) == ([AVALON, HITACHI, CLEAR], CLEAR)
