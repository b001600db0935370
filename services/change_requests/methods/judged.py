"""A wanted change judged on what is stored."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from services.billing.model import CustomerFacts
from services.change_requests.judging import Judgement, judge
from services.change_requests.kinds.model import Kind
from services.change_requests.kinds.registry import KIND_BY_CODE
from services.change_requests.model import Terms
from services.change_requests.policy import BoundsPolicy
from services.change_requests.tenant import Tenant
from services.change_requests.tenant_store import load_tenant, taken_hostnames
from services.contract.context import CallContext
from services.contract.errors import invalid
from services.contract.types import ChangeRequestKind
from services.storage.connection import Connection


class Judged(NamedTuple):
    """What was judged, on what, and what it comes to."""

    kind: Kind
    tenant: Tenant
    judgement: Judgement


def judged(
    conn: Connection,
    context: CallContext,
    policy: BoundsPolicy,
    facts: CustomerFacts,
    code: ChangeRequestKind,
    desired: Mapping[str, str],
) -> Judged:
    """Return what a wanted change of a customer comes to now.

    Raises:
        Refused: `INVALID_REQUEST`, for a kind that no tenant asks for; the kind's own reasons.
    """
    kind = KIND_BY_CODE.get(code)
    if kind is None:
        raise invalid("INVALID_REQUEST", f"A {code} is not asked for in this way: choose another kind of change.")
    customer_id = facts.customer.customer_id
    tenant = load_tenant(conn, customer_id, facts.billing.usage_tier, policy, context.now)
    if names := kind.hostnames(kind.parse(desired, tenant)):
        tenant = msgspec.structs.replace(tenant, taken=taken_hostnames(conn, customer_id, names))
    return Judged(kind, tenant, judge(kind, desired, tenant, policy))


def terms_of(judgement: Judgement) -> Terms:
    """Return what a request keeps of a judgement."""
    return Terms(
        because=judgement.placement.because,
        changes=judgement.changes,
        impact=judgement.impact,
        growth=judgement.growth,
    )
