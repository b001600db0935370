"""What a tenant's page of change requests asks the desk, and what it tells of what others did meanwhile."""

from collections.abc import Sequence

from billinghelp.desk_port import DeskPort, ask
from services.contract.requests import GetTenantChangeRequestWorkspace, ListBillingCustomers
from services.contract.types import ChangeRequestStatus, PolicyDecision
from services.contract.views import ChangeRequestView, ChangeRequestWorkspace, CustomerList
from widgets.tenant_requests import OPEN

_S = ChangeRequestStatus
_APPROVED = frozenset({_S.APPROVED, _S.APPLYING, _S.APPLIED})
_ENDED = {_S.APPLIED: "holds now", _S.EXPIRED: "expired", _S.FAILED: "could not be applied"}


async def read_workspace(desk: DeskPort, customer_id: str) -> ChangeRequestWorkspace:
    """Return what a tenant may use, what it may ask for, and what it asked for."""
    return await ask(desk, GetTenantChangeRequestWorkspace(customer_id=customer_id), ChangeRequestWorkspace)


async def has_clients(desk: DeskPort) -> bool:
    """Return whether the caller may turn to more than one customer."""
    return (await ask(desk, ListBillingCustomers(page_size=1), CustomerList)).total > 1


def waiting_words(requests: Sequence[ChangeRequestView]) -> str:
    """Return how many requests are waiting, ready to read; "" for none."""
    waiting = sum(1 for asked in requests if asked.status is _S.PENDING)
    return f"{waiting} waiting" if waiting else ""


def what_happened(before: Sequence[ChangeRequestView], after: Sequence[ChangeRequestView]) -> str:
    """Return what others did with requests that were shown before, a sentence each; "" for nothing."""
    statuses = {asked.change_request_id: asked.status for asked in before}
    return " ".join(
        _what_became_of(asked, statuses[asked.change_request_id])
        for asked in after
        if asked.status is not statuses.get(asked.change_request_id, asked.status)
    )


def open_first(requests: Sequence[ChangeRequestView]) -> list[ChangeRequestView]:
    """Return the requests that are not over, then the others, each the newest first."""
    newest_first = sorted(requests, key=lambda asked: asked.requested_at, reverse=True)
    return sorted(newest_first, key=lambda asked: asked.status not in OPEN)


def with_request(requests: Sequence[ChangeRequestView], asked: ChangeRequestView) -> list[ChangeRequestView]:
    """Return the requests with this one as it stands now."""
    return [asked, *(each for each in requests if each.change_request_id != asked.change_request_id)]


def _what_became_of(asked: ChangeRequestView, was: ChangeRequestStatus) -> str:
    what = f"«{asked.asks_for}»"
    if was is _S.PENDING and asked.status in _APPROVED:
        at_once = asked.policy_decision is not PolicyDecision.REVIEW
        by = "" if at_once or asked.decided_by is None else f" by {asked.decided_by}"
        return f"{what} was approved{by}{_because(asked.decision_reason)}"
    if asked.status is _S.REJECTED:
        return f"{what} was rejected by {asked.decided_by}{_because(asked.decision_reason)}"
    if asked.status is _S.CANCELLED:
        return f"{what} was taken back by {asked.ended_by}{_because(asked.end_reason)}"
    if asked.status in _ENDED:
        why = asked.end_reason if asked.status is _S.FAILED else None
        return f"{what} {_ENDED[asked.status]}{_because(why)}"
    return f"{what} is being applied by the platform."


def _because(reason: str | None) -> str:
    return f": {reason.rstrip('.')}." if reason else "."
