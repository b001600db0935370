"""A wanted change judged on what is stored."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import msgspec

from services.billing.model import CustomerFacts
from services.change_requests import store
from services.change_requests.hosts import domains_above
from services.change_requests.judging import Judgement, judge
from services.change_requests.kinds.model import Kind
from services.change_requests.kinds.registry import KIND_BY_CODE
from services.change_requests.model import Terms
from services.change_requests.policy.bounds import BoundsPolicy
from services.change_requests.rules import not_yet, overtaken
from services.change_requests.tenant import Tenant
from services.change_requests.tenant_store import has_names_of_others_below, hostnames_of_others, load_tenant
from services.contract.context import CallContext
from services.contract.errors import Refused, invalid
from services.contract.types import ChangeRequestKind
from services.storage.connection import Connection


class Judged(NamedTuple):
    """What was judged, on what, and what it comes to; `in_line`: the kinds of changes that are to be applied yet."""

    kind: Kind
    tenant: Tenant
    judgement: Judgement
    in_line: frozenset[ChangeRequestKind]


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
    in_line = {each.kind for each in store.in_line(conn, customer_id)} if tenant.in_line else ()
    if names := kind.hostnames(kind.parse(desired, tenant)):
        tenant = _with_neighbours(conn, tenant, names)
    return Judged(kind, tenant, judge(kind, desired, tenant, policy), frozenset(in_line))


def why_not_yet(found: Judged) -> Refused | None:
    """Return why a change cannot be made yet, where an earlier one of its kind is still to be applied."""
    return not_yet(found.kind.kind, found.in_line)


def _with_neighbours(conn: Connection, tenant: Tenant, names: Sequence[str]) -> Tenant:
    """Return a tenant with whose the host names are that it asks for, and those near them."""
    above = {name: domains_above(name) for name in names}
    others = hostnames_of_others(conn, tenant.customer_id, {*names, *chain.from_iterable(above.values())})
    near = {name for name, domains in above.items() if not others.isdisjoint(domains)}
    near |= {name for name in names if has_names_of_others_below(conn, tenant.customer_id, name)}
    return msgspec.structs.replace(tenant, taken=others.intersection(names), near=frozenset(near))


def why_overtaken(terms: Terms, found: Judged) -> Refused | None:
    """Return why a request of these terms cannot be approved, where more was granted since."""
    return overtaken(terms.growth, found.tenant.allowance, found.judgement.after)


def terms_of(judgement: Judgement) -> Terms:
    """Return what a request keeps of a judgement."""
    return Terms(
        because=judgement.placement.because,
        changes=judgement.changes,
        impact=judgement.impact,
        growth=judgement.growth,
    )
