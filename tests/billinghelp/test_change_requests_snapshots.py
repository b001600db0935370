"""The Change Requests page as it looks: two sizes, two themes, and its dialogs. Look at each before accepting it."""

from pathlib import Path

import pytest

from services.contract.types import ChangeRequestKind
from tests.billinghelp.change_requests_office import (
    AVALON,
    CLEAR,
    HITACHI,
    approve_change,
    reject,
    request_change,
    request_credit,
)
from tests.billinghelp.real_desk import real_app
from tests.billinghelp.running import NARROW, WIDE
from tests.billinghelp.test_snapshots import Snapshot, after, typed
from tests.surface import OPERATOR, OTHER_OPERATOR, Workbench

SIZES = {"wide": WIDE, "narrow": NARROW}
NARROW_LIGHT = ["f4", "enter", "pagedown"]


def fill(bench: Workbench) -> None:
    """Fill the queue with what tenants and operators ask for, and with some history."""
    approve_change(bench, request_change(bench, AVALON, ChangeRequestKind.STORAGE_QUOTA, storage="1Ti"))
    reject(bench, request_change(bench, AVALON, cpu="60"), OTHER_OPERATOR)
    bench.clock.advance(days=2)
    request_change(bench)
    request_credit(bench, HITACHI)
    request_change(bench, CLEAR, ChangeRequestKind.EGRESS, hosts="api.example.com, files.example.com", ports="8443")
    request_change(bench, AVALON, ChangeRequestKind.ASSIGNMENT_MODE, mode="dedicated")
    request_credit(bench, CLEAR, OPERATOR)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_the_queue(snap_compare: Snapshot, tmp_path: Path, size: str, theme: str) -> None:
    with real_app(tmp_path, theme=theme) as (app, bench):
        fill(bench)
        keys = NARROW_LIGHT if (size, theme) == ("narrow", "light") else ["f4"]
        assert snap_compare(app, terminal_size=SIZES[size], run_before=after(*keys))


def test_the_confirmation_of_an_approval(snap_compare: Snapshot, tmp_path: Path) -> None:
    with real_app(tmp_path) as (app, bench):
        request_credit(bench, AVALON)
        assert snap_compare(app, terminal_size=WIDE, run_before=after("f4", "a", *typed("checked")))


def test_the_confirmation_of_what_a_tenant_asks_for(snap_compare: Snapshot, tmp_path: Path) -> None:
    with real_app(tmp_path) as (app, bench):
        request_change(bench, AVALON, cpu="24")
        approve_change(bench, request_change(bench, AVALON, cpu="20"))
        assert snap_compare(app, terminal_size=WIDE, run_before=after("f4", "a", *typed("checked")))


def test_the_filter_over_an_empty_queue(snap_compare: Snapshot, tmp_path: Path) -> None:
    with real_app(tmp_path) as (app, bench):
        fill(bench)
        keys = ("f4", "slash", "right", "enter", "slash", "down", "right")
        assert snap_compare(app, terminal_size=NARROW, run_before=after(*keys))
