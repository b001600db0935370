"""What the Change Requests page asks the desk: the requests of a filter, and how many wait."""

from enum import StrEnum
from typing import NamedTuple

from billinghelp.desk_port import DeskPort, ask
from services.contract.requests import ListTenantChangeRequests
from services.contract.types import ChangeRequestKind, ChangeRequestStatus
from services.contract.views import ChangeRequestPage, ChangeRequestView
from widgets.format import count

PAGE_SIZE = 100
"""Requests a page: more than a screen shows."""

_KIND = ChangeRequestKind.SUPPORT_CREDIT
"""What is decided on this page; what tenants ask for is previewed and decided through the surface's own methods."""

_DECIDED = {ChangeRequestStatus.APPLIED: "approved", ChangeRequestStatus.REJECTED: "rejected"}


class Shown(StrEnum):
    """Which requests are shown."""

    WAITING = "pending"
    APPROVED = "applied"
    REJECTED = "rejected"
    ALL = "all"


class Queue(NamedTuple):
    """The requests read so far, the token of the next page, and how many there are, ready to read, "" for none."""

    requests: list[ChangeRequestView]
    next_page_token: str | None
    total: str


async def read_queue(desk: DeskPort, shown: Shown, *, at_least: int = 0) -> Queue:
    """Return the first requests of a filter, page by page until there are `at_least` as many, where there are."""
    queue = await read_page(desk, shown, None)
    while queue.next_page_token is not None and len(queue.requests) < at_least:
        page = await read_page(desk, shown, queue.next_page_token)
        queue = page._replace(requests=[*queue.requests, *page.requests])
    return queue


async def read_page(desk: DeskPort, shown: Shown, token: str | None) -> Queue:
    """Return one page: what waits the longest first, what was decided the newest first."""
    request = ListTenantChangeRequests(
        kind=_KIND,
        status=None if shown is Shown.ALL else ChangeRequestStatus(shown.value),
        order="oldest" if shown is Shown.WAITING else "newest",
        page_size=PAGE_SIZE,
        page_token=token,
    )
    page = await ask(desk, request, ChangeRequestPage)
    total = count(page.total, is_more=page.total_is_more) if page.total else ""
    return Queue(page.change_requests, page.next_page_token, total)


async def what_became_of(desk: DeskPort, asked: ChangeRequestView) -> str:
    """Return who decided a request, how and why: `Ada rejected the request for Acme GmbH: not justified.`"""
    request = ListTenantChangeRequests(customer_id=asked.customer_id, kind=_KIND, order="newest", page_size=PAGE_SIZE)
    page = await ask(desk, request, ChangeRequestPage)
    now = next((each for each in page.change_requests if each.change_request_id == asked.change_request_id), None)
    if now is None or now.decided_by is None:
        return f"The request for {asked.legal_name} that stood here was decided elsewhere."
    why = f": {now.decision_reason.rstrip('.')}" if now.decision_reason else ""
    return f"{now.decided_by} {_DECIDED[now.status]} the request for {asked.legal_name}{why}."


async def count_waiting(desk: DeskPort) -> str:
    """Return how many requests wait: `2 waiting`, or empty when none does."""
    request = ListTenantChangeRequests(kind=_KIND, status=ChangeRequestStatus.PENDING, page_size=1)
    found = await ask(desk, request, ChangeRequestPage)
    return f"{count(found.total, is_more=found.total_is_more)} waiting" if found.total else ""
