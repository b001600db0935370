"""The Change Requests page as it looks: two sizes, two themes, and its dialogs. Look at each before accepting it."""

from pathlib import Path

import pytest

from tests.billinghelp.real_desk import real_app
from tests.billinghelp.running import NARROW, WIDE
from tests.billinghelp.test_change_requests_page import AVALON, CLEAR, HITACHI, request_credit
from tests.billinghelp.test_snapshots import Snapshot, after, typed
from tests.surface import OPERATOR, OTHER_OPERATOR

SIZES = {"wide": WIDE, "narrow": NARROW}


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_the_queue(snap_compare: Snapshot, tmp_path: Path, size: str, theme: str) -> None:
    with real_app(tmp_path, theme=theme) as (app, bench):
        for customer_id, who in ((AVALON, OTHER_OPERATOR), (HITACHI, OPERATOR), (CLEAR, OTHER_OPERATOR)):
            request_credit(bench, customer_id, who)
        keys = ["f4", "enter"] if (size, theme) == ("narrow", "light") else ["f4"]
        assert snap_compare(app, terminal_size=SIZES[size], run_before=after(*keys))


def test_the_confirmation_of_an_approval(snap_compare: Snapshot, tmp_path: Path) -> None:
    with real_app(tmp_path) as (app, bench):
        request_credit(bench, AVALON)
        assert snap_compare(app, terminal_size=WIDE, run_before=after("f4", "a", *typed("checked")))
