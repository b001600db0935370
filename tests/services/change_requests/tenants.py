"""Tenants to judge changes on, under the policy that is shipped."""

from typing import Any

from services.change_requests.allowance import given_by
from services.change_requests.policy.file import shipped_policy
from services.change_requests.tenant import Tenant

POLICY = shipped_policy()
TIER = POLICY.tier("growth")


def make_tenant(**changes: Any) -> Tenant:
    """Return a tenant of the tier `TIER` that was granted nothing yet; `changes` are fields of `Tenant`."""
    given = given_by(TIER)
    fields: dict[str, Any] = {"customer_id": "acme-eu", "usage_tier": "growth", "given": given, "allowance": given}
    return Tenant(**fields | changes)
