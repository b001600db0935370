"""How the tests ask for support credits above the limits, and decide on them, through the surface."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec
import pytest

from services.contract.errors import Refused
from services.contract.policy import Policy
from services.contract.principals import Principal, Role
from services.contract.requests import (
    ApplySupportCredit,
    ApproveTenantChangeRequest,
    ListTenantChangeRequests,
    PreviewBillingAction,
    RejectTenantChangeRequest,
    VerifyAuditTrail,
    WhoAmI,
)
from services.contract.types import Action
from services.contract.views import (
    ActionPreview,
    ActionReceipt,
    ChangeRequestPage,
    ChangeRequestReceipt,
    ChangeRequestView,
)
from tests.surface import OPERATOR, OTHER_OPERATOR, Workbench, customer
from tests.surface_over_http import bench_over_http

Decision = ApproveTenantChangeRequest | RejectTenantChangeRequest
DECISIONS: tuple[type[Decision], ...] = (ApproveTenantChangeRequest, RejectTenantChangeRequest)
THIRD_OPERATOR = Principal(actor="ona", role=Role.OPERATOR)


@contextmanager
def opened_bench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """Yield a desk with low limits at the place that the fixture's parameter names."""
    store = request.getfixturevalue("postgres_store" if request.param == "postgresql" else "sqlite_store")
    policy = Policy(action_limit_hours=10, operator_limit_hours=15)
    with ExitStack() as opened:
        bench: Workbench
        if request.param == "over HTTP":
            bench = opened.enter_context(bench_over_http(store, policy=policy))
        else:
            bench = Workbench(store, policy=policy)
        bench.feed(customer(), customer("beta"))
        yield bench


def ask(
    bench: Workbench, customer_id: str = "acme-eu", by: Principal = OPERATOR, hours: str = "12", **fields: Any
) -> ActionReceipt:
    """Ask for more than one action may grant."""
    request = bench.request(ApplySupportCredit, customer_id, workspace_hours=hours, **fields)
    receipt = bench.act(request, by)
    assert receipt.outcome == "pending_approval"
    return receipt


def decision(kind: type[Decision], asked: ActionReceipt, **fields: Any) -> Decision:
    """Return a decision as the preview of it, or the view, suggests."""
    own = {"etag": asked.view.billing.etag} if kind is ApproveTenantChangeRequest else {}
    common = {
        "customer_id": asked.view.customer.customer_id,
        "change_request_id": asked.change_request_id,
        "reason": "seen and agreed",
        "request_id": f"decision-{asked.change_request_id}-{kind.__name__}",
    }
    return kind(**(common | own | fields))


def decide(
    bench: Workbench, kind: type[Decision], asked: ActionReceipt, by: Principal = OTHER_OPERATOR, **fields: Any
) -> ChangeRequestReceipt:
    """Decide, and check that the receipt's view is what the store then really holds."""
    receipt: ChangeRequestReceipt = bench.call(decision(kind, asked, **fields), by)
    stored = bench.view(asked.view.customer.customer_id)
    assert receipt.view == msgspec.structs.replace(stored, as_of=receipt.view.as_of)
    return receipt


def refused(bench: Workbench, request: Any, by: Principal = OTHER_OPERATOR) -> Refused:
    with pytest.raises(Refused) as caught:
        bench.call(request, by)
    return caught.value


def preview(bench: Workbench, asked: ActionReceipt, by: Principal = OTHER_OPERATOR, **fields: Any) -> ActionPreview:
    request = PreviewBillingAction(
        customer_id=asked.view.customer.customer_id,
        action=Action.APPLY_SUPPORT_CREDIT,
        change_request_id=asked.change_request_id,
    )
    found: ActionPreview = bench.call(msgspec.structs.replace(request, **fields), by)
    return found


def listed(bench: Workbench, by: Principal = OPERATOR, **fields: Any) -> list[ChangeRequestView]:
    page: ChangeRequestPage = bench.call(ListTenantChangeRequests(**fields), by)
    return page.change_requests


def left(bench: Workbench, by: Principal = OPERATOR) -> str:
    """Return how many hours the operator may still grant today."""
    hours: str = bench.call(WhoAmI(), by).support_credit_limits.left_workspace_hours
    return hours


def all_is_sound(bench: Workbench) -> bool:
    found = bench.call(VerifyAuditTrail())
    return all(stream.status == "OK" for stream in found.streams) and not found.ledger.mismatched
