"""The requests of several statuses as one list: the desk filters by one status at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from billinghelp.desk_port import DeskPort, ask
from services.contract.requests import ListTenantChangeRequests
from services.contract.types import ChangeRequestStatus
from services.contract.views import ChangeRequestPage, ChangeRequestView

Statuses = Sequence[ChangeRequestStatus | None]
"""Whose requests; a null among them is every status."""


class Merged(NamedTuple):
    """One page: its requests, the token of the next one, and how many there are on all pages."""

    requests: list[ChangeRequestView]
    next_page_token: str | None
    total: int
    total_is_more: bool


class _Place(NamedTuple):
    """Where the list of one status goes on: the desk's page, and how many of its requests were given already."""

    status: ChangeRequestStatus | None
    page_token: str | None = None
    given: int = 0


_Places = list[_Place]


async def read_merged(
    desk: DeskPort, request: ListTenantChangeRequests, statuses: Statuses, token: str | None
) -> Merged:
    """Return a page of all these statuses in the request's order.

    Args:
        request: the filter but for the status.
        token: of this page, from the page before; null: the first one.
    """
    places = [_Place(status) for status in statuses] if token is None else msgspec.json.decode(token, type=_Places)
    pages = [await _page(desk, request, place) for place in places]
    left = [page.change_requests[place.given :] for page, place in zip(pages, places, strict=True)]
    given = _in_order(left, [page.next_page_token is not None for page in pages], newest=request.order == "newest")
    ids = {each.change_request_id for each in given}
    following, goes_on = [], False
    for place, page, rows in zip(places, pages, left, strict=True):
        taken = sum(row.change_request_id in ids for row in rows)
        is_read = taken == len(rows)
        goes_on = goes_on or not is_read or page.next_page_token is not None
        if is_read and page.next_page_token is not None:
            following.append(_Place(place.status, page.next_page_token))
        else:  # a list that has ended stays at its end: it still counts
            following.append(place._replace(given=place.given + taken))
    return Merged(
        requests=given,
        next_page_token=msgspec.json.encode(following).decode() if goes_on else None,
        total=sum(page.total for page in pages),
        total_is_more=any(page.total_is_more for page in pages),
    )


async def _page(desk: DeskPort, request: ListTenantChangeRequests, place: _Place) -> ChangeRequestPage:
    here = msgspec.structs.replace(request, status=place.status, page_token=place.page_token)
    return await ask(desk, here, ChangeRequestPage)


def _in_order(
    lists: Sequence[Sequence[ChangeRequestView]], go_on: Sequence[bool], *, newest: bool
) -> list[ChangeRequestView]:
    """Return what comes first of all the lists: up to where the first one ends of those that go on."""
    rows = sorted((row for rows in lists for row in rows), key=_when, reverse=newest)
    ends = [_when(rows[-1]) for rows, more in zip(lists, go_on, strict=True) if more and rows]
    if not ends:
        return rows
    end = max(ends) if newest else min(ends)
    return [row for row in rows if (_when(row) >= end if newest else _when(row) <= end)]


def _when(asked: ChangeRequestView) -> tuple[datetime, str]:
    return asked.requested_at, asked.change_request_id
