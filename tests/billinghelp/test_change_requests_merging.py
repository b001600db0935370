"""Several statuses as one list: nothing is lost, nothing comes twice, and all comes in order, page by page."""

import asyncio
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from billinghelp.pages.change_requests_merging import read_merged
from services.contract.requests import ListTenantChangeRequests, Request
from services.contract.types import ChangeRequestStatus
from services.contract.views import ChangeRequestPage, ChangeRequestView
from tests.billinghelp.fake_desk import FakeDesk
from tests.builders import NOW
from tests.widgets.requests_to_show import make_request

STATUSES = (ChangeRequestStatus.CANCELLED, ChangeRequestStatus.EXPIRED, ChangeRequestStatus.FAILED)


def desk_with(requests: list[ChangeRequestView]) -> FakeDesk:
    """Return a desk that pages through the requests of one status, as the store does."""

    def listed(asked: Any) -> ChangeRequestPage:
        newest = asked.order == "newest"
        rows = sorted((r for r in requests if r.status is asked.status), key=lambda r: r.requested_at, reverse=newest)
        start = int(asked.page_token or 0)
        end = start + asked.page_size
        return ChangeRequestPage(
            change_requests=rows[start:end],
            next_page_token=str(end) if end < len(rows) else None,
            total=len(rows),
            total_is_more=False,
        )

    scripts: dict[type[Request], Any] = {ListTenantChangeRequests: listed}
    return FakeDesk(scripts=scripts)


@given(
    statuses=st.lists(st.sampled_from(STATUSES), max_size=24),
    page_size=st.integers(1, 7),
    newest=st.booleans(),
)
def test_the_pages_together_are_all_requests_in_order(
    statuses: list[ChangeRequestStatus], page_size: int, newest: bool
) -> None:
    every = [
        make_request(f"cr-{number:02}", status=status, requested_at=NOW + timedelta(minutes=number))
        for number, status in enumerate(statuses)
    ]
    request = ListTenantChangeRequests(order="newest" if newest else "oldest", page_size=page_size)
    read: list[str] = []
    token = None
    while True:
        page = asyncio.run(read_merged(desk_with(every), request, STATUSES, token))
        read += [asked.change_request_id for asked in page.requests]
        assert page.total == len(every)
        token = page.next_page_token
        if token is None:
            break
        assert page.requests
    expected = [asked.change_request_id for asked in every]
    assert read == (expected[::-1] if newest else expected)
