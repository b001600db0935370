"""A customer's requests that wait or were rejected are told of on Billing Help, with the key that leads to them."""

from pathlib import Path

from services.contract.types import ChangeRequestStatus
from tests.billinghelp.change_requests_office import AVALON, HITACHI, offices, reject, request_change
from tests.billinghelp.running import NARROW
from tests.surface import OTHER_OPERATOR


async def test_a_rejected_request_leads_to_all_that_the_customer_asked_for(tmp_path: Path) -> None:
    async with offices(tmp_path, (HITACHI, OTHER_OPERATOR), customer_id=AVALON) as run:
        reject(run.bench_elsewhere, request_change(run.bench_elsewhere), OTHER_OPERATOR)
        await run.press("r")
        (told,) = [line for line in run.text.splitlines() if "A request was rejected on" in line]
        assert told.split("2026-11-20.")[1].split()[0] == "o"
        await run.press("o")
        assert run.names == [AVALON]
        assert run.queue_page.queue.requests[0].status is ChangeRequestStatus.REJECTED
        assert "not justified." in run.text
        await run.press("escape")
        assert run.names == [HITACHI]


async def test_the_way_there_is_open_for_a_customer_without_requests_too(tmp_path: Path) -> None:
    async with offices(tmp_path, (HITACHI, OTHER_OPERATOR), customer_id=AVALON, size=NARROW) as run:
        await run.press("o")
        assert run.names == []
        await run.press("escape")
        assert run.names == [HITACHI]
