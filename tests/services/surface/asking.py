"""How the tests ask for changes, decide and look, through the surface."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec
import pytest

from services.change_requests.policy.bounds import BoundsPolicy
from services.change_requests.policy.file import shipped_policy
from services.contract.errors import Refused
from services.contract.principals import Principal, Role
from services.contract.requests import (
    ApproveTenantChangeRequest,
    CancelTenantChangeRequest,
    CreateTenantChangeRequest,
    GetTenantChangeRequestWorkspace,
    PreviewTenantChangeRequest,
    RejectTenantChangeRequest,
    VerifyAuditTrail,
)
from services.contract.types import ChangeRequestKind
from services.contract.views import (
    ChangeRequestReceipt,
    ChangeRequestWorkspace,
    TenantChangePreview,
)
from tests.surface import Workbench, customer
from tests.surface_over_http import bench_over_http

ACME = Principal(actor="anna", role=Role.CUSTOMER_ADMIN, customer_id="acme-eu")
BETA = Principal(actor="ben", role=Role.CUSTOMER_ADMIN, customer_id="beta")
MSP = Principal(actor="mona", role=Role.CUSTOMER_ADMIN, customer_id="msp")
REASON = "Immich import needs 200 Gi storage and 4 Gi memory for initial library processing."
TIER = shipped_policy().tier("growth")
AT_ONCE = {"storage": TIER.storage_quota.auto_approve.storage}
AFTER_REVIEW = {"storage": TIER.storage_quota.review.storage}
NEVER = {"storage": "1Ei"}


EVERYWHERE = ["sqlite", "postgresql", "over HTTP"]
"""HTTP is the same way to both databases, so one of them is enough."""


@contextmanager
def opened_bench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """Yield a desk at the place that the fixture's parameter names, with three tenants."""
    store = request.getfixturevalue("postgres_store" if request.param == "postgresql" else "sqlite_store")
    roomy = msgspec.structs.replace(TIER.auto_growth, storage="1Pi")
    tiers = {**shipped_policy().tiers, "growth": msgspec.structs.replace(TIER, auto_growth=roomy)}
    policy = [msgspec.structs.replace(shipped_policy(), tiers=tiers)]
    with ExitStack() as opened:
        bench: Workbench
        if request.param == "over HTTP":
            bench = opened.enter_context(bench_over_http(store, bounds=lambda: policy[-1]))
        else:
            bench = Workbench(store, bounds=lambda: policy[-1])
        bench.feed(customer("msp"), customer("acme-eu", parent_customer_id="msp"), customer("beta"))
        bench.policies = policy  # type: ignore[attr-defined]
        yield bench


def change_policy(bench: Workbench, **fields: Any) -> None:
    """Let another policy hold from now on."""
    policies: list[BoundsPolicy] = bench.policies  # type: ignore[attr-defined]
    policies.append(msgspec.structs.replace(policies[-1], **fields))


def previewed(
    bench: Workbench,
    desired: dict[str, str],
    by: Principal = ACME,
    kind: ChangeRequestKind = ChangeRequestKind.STORAGE_QUOTA,
    customer_id: str = "acme-eu",
) -> TenantChangePreview:
    found: TenantChangePreview = bench.call(
        PreviewTenantChangeRequest(customer_id=customer_id, kind=kind, desired=desired, reason=REASON), by
    )
    return found


def asking(found: TenantChangePreview, request_id: str = "ask-1", **fields: Any) -> CreateTenantChangeRequest:
    request = CreateTenantChangeRequest(
        customer_id=found.customer_id,
        kind=found.kind,
        desired=found.desired,
        digest=found.digest,
        reason=REASON,
        request_id=request_id,
    )
    return msgspec.structs.replace(request, **fields)


def ask(
    bench: Workbench, desired: dict[str, str], by: Principal = ACME, request_id: str = "ask-1", **told: Any
) -> ChangeRequestReceipt:
    receipt: ChangeRequestReceipt = bench.call(asking(previewed(bench, desired, by, **told), request_id), by)
    return receipt


def deciding(bench: Workbench, asked: ChangeRequestReceipt, **fields: Any) -> ApproveTenantChangeRequest:
    """Return an approval of what its fresh preview shows."""
    customer_id, change_request_id = asked.change_request.customer_id, asked.change_request.change_request_id
    fresh: TenantChangePreview = bench.call(
        PreviewTenantChangeRequest(customer_id=customer_id, change_request_id=change_request_id)
    )
    approval = ApproveTenantChangeRequest(
        customer_id=customer_id,
        change_request_id=change_request_id,
        digest=fresh.digest,
        reason="capacity is there",
        request_id="decide-1",
    )
    return msgspec.structs.replace(approval, **fields)


def rejecting(asked: ChangeRequestReceipt, request_id: str = "reject-1") -> RejectTenantChangeRequest:
    return RejectTenantChangeRequest(
        customer_id=asked.change_request.customer_id,
        change_request_id=asked.change_request.change_request_id,
        reason="no capacity this month",
        request_id=request_id,
    )


def cancelling(asked: ChangeRequestReceipt, request_id: str = "cancel-1") -> CancelTenantChangeRequest:
    return CancelTenantChangeRequest(
        customer_id=asked.change_request.customer_id,
        change_request_id=asked.change_request.change_request_id,
        reason="not needed any more",
        request_id=request_id,
    )


def refused(bench: Workbench, request: Any, by: Principal) -> Refused:
    with pytest.raises(Refused) as caught:
        bench.call(request, by)
    return caught.value


def workspace(bench: Workbench, by: Principal = ACME, customer_id: str = "acme-eu") -> ChangeRequestWorkspace:
    found: ChangeRequestWorkspace = bench.call(GetTenantChangeRequestWorkspace(customer_id=customer_id), by)
    return found


def storage_allowed(bench: Workbench, by: Principal = ACME, customer_id: str = "acme-eu") -> str:
    forms = {form.kind: form for form in workspace(bench, by, customer_id).kinds}
    return forms[ChangeRequestKind.STORAGE_QUOTA].bars[0].allowed_text


def trail(bench: Workbench, customer_id: str = "acme-eu") -> list[tuple[str, str, str]]:
    """Return who did what to requests, oldest first; every chain must hold."""
    assert all(stream.status == "OK" for stream in bench.call(VerifyAuditTrail()).streams)
    return [
        (event.action, event.actor, event.outcome)
        for event in bench.events(customer_id)
        if event.action.endswith("ChangeRequest")
    ]
