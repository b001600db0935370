"""The commands `changes list`, `changes show` and `changes preview`."""

import argparse
from collections.abc import Iterable, Iterator

import msgspec

from billinghelp.cli.changes_asked import preview_request, word
from billinghelp.cli.changes_text import (
    STATUS_WORDS,
    credit_preview_lines,
    list_lines,
    page_footer,
    preview_lines,
    request_lines,
    workspace_lines,
)
from billinghelp.cli.columns import folded
from billinghelp.cli.output import Output
from billinghelp.cli.session import Session, opened
from services.contract.errors import Code, Refused
from services.contract.requests import (
    GetTenantChangeRequestWorkspace,
    ListTenantChangeRequests,
    PreviewBillingAction,
    PreviewTenantChangeRequest,
)
from services.contract.types import CARRIED_OUT_BY, ChangeRequestKind, ChangeRequestStatus, PolicyDecision
from services.contract.views import (
    ActionPreview,
    ChangeRequestPage,
    ChangeRequestView,
    ChangeRequestWorkspace,
    TenantChangePreview,
    View,
)

_PAGE = 500

Preview = TenantChangePreview | ActionPreview
"""What approving a request would do: an action's preview, where it carries out an action."""


def listed(options: argparse.Namespace, output: Output) -> int:
    """Print requests: of those that wait the longest waiting first, else the newest first."""
    status = word(ChangeRequestStatus, options.status, "status", shown=STATUS_WORDS)
    request = ListTenantChangeRequests(
        customer_id=options.customer,
        kind=word(ChangeRequestKind, options.kind, "kind of change request"),
        status=status,
        policy_decision=word(PolicyDecision, options.bound, "bound"),
        order=options.order or ("oldest" if status is ChangeRequestStatus.PENDING else "newest"),
        page_size=min(options.limit, _PAGE),
    )
    with opened(options) as session:
        page = _page(session, request, options.limit)
    filtered = any((options.customer, options.kind, options.status, options.bound))
    _print(page, (*list_lines(page.change_requests, output.width), page_footer(page, filtered=filtered)), output)
    return 0


def show(options: argparse.Namespace, output: Output) -> int:
    """Print one request in full; without its id the tenant's workspace."""
    with opened(options) as session:
        if options.change_request is not None:
            asked = find(session, options.customer, options.change_request)
            _print(asked, request_lines(asked), output)
        else:
            workspace: ChangeRequestWorkspace = session.call(
                GetTenantChangeRequestWorkspace(customer_id=options.customer)
            )
            _print(workspace, workspace_lines(workspace, output.width), output)
    return 0


def preview(options: argparse.Namespace, output: Output) -> int:
    """Print what a wanted change, or approving a request, would come to."""
    request = preview_request(options)
    with opened(options) as session:
        if request.kind is None and request.change_request_id is not None:
            found = preview_approval(session, find(session, request.customer_id, request.change_request_id))
        else:
            found = session.call(request)
    _print(found, lines_of(found), output)
    return 0


def find(session: Session, customer_id: str, change_request_id: str) -> ChangeRequestView:
    """Return a customer's request.

    Raises:
        Refused: `CHANGE_REQUEST_NOT_FOUND`; the list's own.
    """
    page: ChangeRequestPage = session.call(
        ListTenantChangeRequests(customer_id=customer_id, change_request_id=change_request_id)
    )
    for asked in page.change_requests:
        return asked
    raise Refused(
        Code.NOT_FOUND,
        "CHANGE_REQUEST_NOT_FOUND",
        "This customer has no such change request: billinghelp changes list --customer ID names those there are.",
    )


def preview_approval(session: Session, asked: ChangeRequestView) -> Preview:
    """Return what approving a request would do now."""
    customer_id, change_request_id = asked.customer_id, asked.change_request_id
    action = CARRIED_OUT_BY.get(asked.kind)
    found: Preview = session.call(
        PreviewTenantChangeRequest(customer_id=customer_id, change_request_id=change_request_id)
        if action is None
        else PreviewBillingAction(customer_id=customer_id, change_request_id=change_request_id, action=action)
    )
    return found


def lines_of(found: Preview) -> Iterator[str]:
    """Return a preview as text."""
    return preview_lines(found) if isinstance(found, TenantChangePreview) else credit_preview_lines(found)


def _print(answer: View, lines: Iterable[str], output: Output) -> None:
    if output.as_json:
        output.json(answer)
    else:
        output.text(*folded(lines, output.width))


def _page(session: Session, request: ListTenantChangeRequests, limit: int) -> ChangeRequestPage:
    rows: list[ChangeRequestView] = []
    for page in _pages(session, request):
        rows += page.change_requests
        if len(rows) >= limit:
            break
    return msgspec.structs.replace(page, change_requests=rows[:limit])


def _pages(session: Session, request: ListTenantChangeRequests) -> Iterator[ChangeRequestPage]:
    while True:
        page: ChangeRequestPage = session.call(request)
        yield page
        if page.next_page_token is None:
            return
        request = msgspec.structs.replace(request, page_token=page.next_page_token)
