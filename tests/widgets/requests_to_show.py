"""Change requests for the widgets that show them."""

from datetime import timedelta
from typing import Any

from services.contract.types import ChangeRequestKind, ChangeRequestStatus, PolicyDecision
from services.contract.views import Change, ChangeRequestView, TenantChangePreview
from tests.builders import NOW


def make_request(change_request_id: str = "cr-1", **overrides: Any) -> ChangeRequestView:
    """Return a pending request that its reader may decide."""
    fields: dict[str, Any] = {
        "change_request_id": change_request_id,
        "customer_id": "acme-eu",
        "legal_name": "Acme GmbH",
        "kind": ChangeRequestKind.SUPPORT_CREDIT,
        "status": ChangeRequestStatus.PENDING,
        "asks_for": "160.00 h and $500.00",
        "params": {"workspace_hours": "160", "ai_cents": "50000"},
        "reason": "the import ran twice",
        "requested_by": "omar",
        "requested_at": NOW - timedelta(days=2),
        "decided_by": None,
        "decided_at": None,
        "decision_reason": None,
        "decidable": True,
        "why_not": None,
    }
    return ChangeRequestView(**(fields | overrides))


def make_change(change_request_id: str = "cr-2", **overrides: Any) -> ChangeRequestView:
    """Return a tenant's pending request that its reader may decide."""
    fields: dict[str, Any] = {
        "kind": ChangeRequestKind.RESOURCE_QUOTA,
        "asks_for": "CPU 8 → 24; Memory 16Gi → 96Gi",
        "params": {"cpu": "24", "memory": "96Gi"},
        "requested_by": "tina",
        "policy_decision": PolicyDecision.REVIEW,
        "policy_version": "2026-11-01",
        "because": "24 CPU is above the 16 that is approved at once.",
        "changes": [Change(label="CPU", before="8", after="24"), Change(label="Memory", before="16Gi", after="96Gi")],
        "impact": "+16 CPU, +80Gi memory",
        "expires_at": NOW + timedelta(days=12),
    }
    return make_request(change_request_id, **(fields | overrides))


def make_tenant_preview(**overrides: Any) -> TenantChangePreview:
    """Return what approving `make_change()` comes to, which is what was asked for."""
    asked = make_change()
    fields: dict[str, Any] = {
        "customer_id": asked.customer_id,
        "legal_name": asked.legal_name,
        "kind": asked.kind,
        "title": "Resource quota",
        "desired": asked.params,
        "decision": PolicyDecision.REVIEW,
        "verdict": "needs review",
        "because": asked.because,
        "changes": asked.changes,
        "impact": asked.impact,
        "missing": [],
        "digest": "d1",
        "policy_version": "2026-11-01",
        "change_request_id": asked.change_request_id,
        "allowed": True,
        "why_not": None,
    }
    return TenantChangePreview(**(fields | overrides))
