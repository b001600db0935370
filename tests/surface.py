"""A surface over a test store with its own clock, and customers fed through the ordinary import."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec

from services.change_requests.policy.bounds import BoundsPolicy
from services.contract.ids import NewId
from services.contract.policy import Policy
from services.contract.principals import Principal, Role
from services.contract.requests import (
    ActionRequest,
    GetCustomerBillingView,
    ImportCustomers,
    ListAuditEvents,
    Request,
)
from services.contract.views import ActionReceipt, AuditEventView, CustomerBillingView
from services.guidance.guide import Guide
from services.storage.engine import Store
from services.surface.surface import Surface

START = datetime(2026, 11, 20, 12, tzinfo=UTC)

OPERATOR = Principal(actor="olga", role=Role.OPERATOR)
OTHER_OPERATOR = Principal(actor="omar", role=Role.OPERATOR)
ADMIN = Principal(actor="ada", role=Role.PLATFORM_ADMIN)
SERVICE = Principal(actor="feeder", role=Role.SERVICE)
OWNER = Principal(actor="root", role=Role.OPERATOR, local=True)


class ManualClock:
    """A clock that moves when it is told to, and a tick at every look, so that no two events share a moment."""

    def __init__(self, start: datetime = START) -> None:
        self.now = start

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def advance(self, **by: float) -> None:
        """Move the clock."""
        self.now += timedelta(**by)


def counting_ids() -> NewId:
    """Return ids that are the same in every run."""
    numbers: Iterator[int] = count(1)
    return lambda prefix: f"{prefix}_{next(numbers):06d}"


class Workbench:
    """A surface, its clock and its store."""

    def __init__(
        self,
        store: Store,
        *,
        policy: Policy | None = None,
        read_only: bool = False,
        guide: Guide | None = None,
        bounds: Callable[[], BoundsPolicy] | None = None,
        platform_applies: bool = False,
    ) -> None:
        self.store = store
        self.clock = ManualClock()
        self.surface = Surface(
            store,
            policy=policy or Policy(),
            clock=self.clock,
            new_id=counting_ids(),
            read_only=read_only,
            guide=guide,
            bounds=bounds,
            platform_applies=platform_applies,
        )
        self._requests = count(1)

    def call(self, request: Request, principal: Principal = OPERATOR) -> Any:
        """Return the surface's answer."""
        return self.surface.dispatch(principal, request)

    def act(self, request: ActionRequest, principal: Principal = OPERATOR) -> ActionReceipt:
        """Return an action's receipt, whose view must be what the store then really holds."""
        receipt: ActionReceipt = self.call(request, principal)
        stored = self.view(request.customer_id)
        assert receipt.view == msgspec.structs.replace(stored, as_of=receipt.view.as_of)
        return receipt

    def feed(self, *customers: dict[str, Any]) -> None:
        """Import customers, given as in an import file."""
        content = "\n".join(json.dumps(customer) for customer in customers).encode()
        self.call(ImportCustomers(source="test", format="jsonl", content=content), SERVICE)

    def view(self, customer_id: str = "acme-eu") -> CustomerBillingView:
        """Return a customer's view."""
        answer: CustomerBillingView = self.call(GetCustomerBillingView(customer_id=customer_id))
        return answer

    def events(self, stream: str = "acme-eu") -> list[AuditEventView]:
        """Return a stream's events, oldest first."""
        events: list[AuditEventView] = self.call(ListAuditEvents(stream=stream, order="oldest")).events
        return events

    def request(self, kind: type[ActionRequest], customer_id: str = "acme-eu", **fields: Any) -> ActionRequest:
        """Return an action's request on the customer's record as it stands, with a fresh request id."""
        defaults = {
            "reason": "agreed with finance",
            "request_id": f"req-{next(self._requests)}",
            "etag": fields.pop("etag", None) or self.view(customer_id).billing.etag,
        }
        return kind(customer_id=customer_id, **(defaults | fields))


def customer(customer_id: str = "acme-eu", **fields: Any) -> dict[str, Any]:
    """Return an import line: an invoice customer with an approved manual rail whose billing needs review."""
    billing = {
        "state": "needs_review",
        "payment_rail": "invoice",
        "usage_tier": "growth",
        "invoice_rail_approved": True,
        "commercial_reference": "PO-7781",
    } | fields.pop("billing", {})
    return {
        "customer_id": customer_id,
        "legal_name": "Acme GmbH",
        "billing": billing,
        "checklist": [{"item": "billing", "status": "open"}],
    } | fields
