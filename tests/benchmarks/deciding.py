"""A tenant's request decided, whole, through the surface, against the same rows written by a bare driver."""

from services.contract.requests import (
    ApproveTenantChangeRequest,
    CreateTenantChangeRequest,
    ListTenantChangeRequests,
    PreviewTenantChangeRequest,
    RejectTenantChangeRequest,
)
from services.contract.types import ChangeRequestKind
from services.contract.views import ChangeRequestPage, ChangeRequestView, TenantChangePreview
from tests.benchmarks.actions import TWINS, Make, compare_kind, customers_of, named
from tests.benchmarks.bare_driver import require_same_rows
from tests.benchmarks.figures import Figure
from tests.surface import ADMIN, OWNER, Workbench, customer

_REASON = "Immich import needs 200 Gi storage and 4 Gi memory for initial library processing."


def measure(rounds: int) -> list[Figure]:
    """Compare what is decided by operators, what by the policy, and what is asked for, on both databases."""
    figures: list[Figure] = []
    customers = {kind: customers_of(kind, rounds) for kind in _KINDS}

    def feed(bench: Workbench) -> None:
        bench.feed(*map(customer, named(customers)))
        for kind in _OF_WAITING:
            for customer_id in named({kind: customers[kind]}):
                bench.call(_to_be_reviewed(bench, customer_id), ADMIN)

    for database, twins_of in TWINS.items():
        with twins_of(feed) as twins:
            figures += [
                compare_kind(f"{kind}, {database}", make, twins, customers[kind], OWNER)
                for kind, make in _KINDS.items()
            ]
            require_same_rows(twins.ours, twins.floor)
    return figures


def _approval(bench: Workbench, customer_id: str) -> ApproveTenantChangeRequest:
    asked = _waiting(bench, customer_id)
    fresh: TenantChangePreview = bench.call(
        PreviewTenantChangeRequest(customer_id=customer_id, change_request_id=asked.change_request_id), OWNER
    )
    return ApproveTenantChangeRequest(
        customer_id=customer_id,
        change_request_id=asked.change_request_id,
        digest=fresh.digest,
        reason="capacity is there",
        request_id="decide",
    )


def _rejection(bench: Workbench, customer_id: str) -> RejectTenantChangeRequest:
    return RejectTenantChangeRequest(
        customer_id=customer_id,
        change_request_id=_waiting(bench, customer_id).change_request_id,
        reason="no capacity this month",
        request_id="decide",
    )


def _waiting(bench: Workbench, customer_id: str) -> ChangeRequestView:
    page: ChangeRequestPage = bench.call(ListTenantChangeRequests(customer_id=customer_id), OWNER)
    return page.change_requests[0]


def _to_be_reviewed(bench: Workbench, customer_id: str) -> CreateTenantChangeRequest:
    return _asking(bench, customer_id, "1Ti")


def _approved_at_once(bench: Workbench, customer_id: str) -> CreateTenantChangeRequest:
    return _asking(bench, customer_id, "200Gi")


def _asking(bench: Workbench, customer_id: str, storage: str) -> CreateTenantChangeRequest:
    kind, desired = ChangeRequestKind.STORAGE_QUOTA, {"storage": storage}
    found: TenantChangePreview = bench.call(
        PreviewTenantChangeRequest(customer_id=customer_id, kind=kind, desired=desired, reason=_REASON), ADMIN
    )
    return CreateTenantChangeRequest(
        customer_id=customer_id,
        kind=kind,
        desired=desired,
        digest=found.digest,
        reason=_REASON,
        request_id="ask",
    )


_OF_WAITING: dict[str, Make] = {"approve a request": _approval, "reject a request": _rejection}
_KINDS: dict[str, Make] = _OF_WAITING | {
    "policy approves at once": _approved_at_once,
    "tenant asks for a review": _to_be_reviewed,
}
