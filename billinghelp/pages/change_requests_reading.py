"""What the Change Requests page asks the desk: the requests of a filter, one tenant's record, and how many wait."""

from typing import NamedTuple

from billinghelp.desk_port import DeskPort, ask
from billinghelp.pages.change_requests_merging import read_merged
from services.contract.requests import GetTenantChangeRequestWorkspace, ListTenantChangeRequests
from services.contract.types import CARRIED_OUT_BY, ChangeRequestStatus
from services.contract.views import BoundBar, ChangeRequestPage, ChangeRequestView, ChangeRequestWorkspace
from widgets.change_requests_wanted import STATUSES, Shown, Wanted
from widgets.format import count

PAGE_SIZE = 100
"""Requests a page: more than a screen shows."""

_LATEST = 9
"""How many of a tenant's requests its history has, the selected one among them."""


class Queue(NamedTuple):
    """The requests read so far, the token of the next page, and how many there are, ready to read, "" for none."""

    requests: list[ChangeRequestView]
    next_page_token: str | None
    total: str


class Record(NamedTuple):
    """What is known of a tenant beside a request: what it may use, and its other requests, the latest first."""

    bars: list[BoundBar]
    others: list[ChangeRequestView]


async def read_queue(desk: DeskPort, wanted: Wanted, *, at_least: int = 0) -> Queue:
    """Return the first requests of a filter, page by page until there are `at_least` as many, where there are."""
    queue = await read_page(desk, wanted, None)
    while queue.next_page_token is not None and len(queue.requests) < at_least:
        page = await read_page(desk, wanted, queue.next_page_token)
        queue = page._replace(requests=[*queue.requests, *page.requests])
    return queue


async def read_page(desk: DeskPort, wanted: Wanted, token: str | None) -> Queue:
    """Return one page: what waits the longest first, everything else the newest first."""
    request = ListTenantChangeRequests(
        customer_id=wanted.customer_id,
        kind=wanted.kind,
        policy_decision=wanted.policy_decision,
        order="oldest" if wanted.shown is Shown.WAITING else "newest",
        page_size=PAGE_SIZE,
    )
    statuses = (None,) if wanted.shown is Shown.ALL else STATUSES[wanted.shown]
    found = await read_merged(desk, request, statuses, token)
    total = count(found.total, is_more=found.total_is_more) if found.total else ""
    return Queue(found.requests, found.next_page_token, total)


async def read_record(desk: DeskPort, asked: ChangeRequestView) -> Record:
    """Return the record of the tenant that asks; what it may use only where the request would change that."""
    latest = await _latest(desk, asked.customer_id, _LATEST)
    others = [each for each in latest if each.change_request_id != asked.change_request_id]
    if asked.kind in CARRIED_OUT_BY:
        return Record([], others)
    request = GetTenantChangeRequestWorkspace(customer_id=asked.customer_id)
    workspace = await ask(desk, request, ChangeRequestWorkspace)
    return Record([bar for form in workspace.kinds for bar in form.bars], others)


async def what_became_of(desk: DeskPort, asked: ChangeRequestView) -> str:
    """Return who decided a request, how and why: `Ada rejected the request for Acme GmbH: not justified.`"""
    latest = await _latest(desk, asked.customer_id, PAGE_SIZE)
    now = next((each for each in latest if each.change_request_id == asked.change_request_id), None)
    if now is not None and now.status is ChangeRequestStatus.EXPIRED:
        return f"The request for {asked.legal_name} has expired: nobody decided it in time."
    if now is not None and now.status is ChangeRequestStatus.CANCELLED:
        return f"{now.ended_by} took back the request for {asked.legal_name}{_why(now.end_reason)}"
    if now is None or now.decided_by is None:
        return f"The request for {asked.legal_name} that stood here was decided elsewhere."
    decided = "rejected" if now.status is ChangeRequestStatus.REJECTED else "approved"
    return f"{now.decided_by} {decided} the request for {asked.legal_name}{_why(now.decision_reason)}"


async def count_waiting(desk: DeskPort) -> str:
    """Return how many requests wait: `2 waiting`, or empty when none does."""
    request = ListTenantChangeRequests(status=ChangeRequestStatus.PENDING, page_size=1)
    found = await ask(desk, request, ChangeRequestPage)
    return f"{count(found.total, is_more=found.total_is_more)} waiting" if found.total else ""


async def _latest(desk: DeskPort, customer_id: str, number: int) -> list[ChangeRequestView]:
    request = ListTenantChangeRequests(customer_id=customer_id, order="newest", page_size=number)
    return (await ask(desk, request, ChangeRequestPage)).change_requests


def _why(reason: str | None) -> str:
    return f": {reason.rstrip('.')}." if reason else ", without a reason."
