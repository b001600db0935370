"""What tenants may use, and use, in the database. Each function runs inside the caller's transaction."""

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, text, update

from services.change_requests.actors import POLICY
from services.change_requests.allowance import allowance_of, given_by
from services.change_requests.model import Terms
from services.change_requests.policy.bounds import BoundsPolicy
from services.change_requests.store import IN_LINE
from services.change_requests.tenant import Granted, Growth, Tenant, Use
from services.contract.errors import precondition
from services.contract.types import PolicyDecision
from services.storage.engine import lock_name
from services.storage.tables import change_requests, customers, exposed_hostnames, tenant_allowances, tenant_use

_BELOW = (
    select(exposed_hostnames.c.hostname)
    .where(
        exposed_hostnames.c.hostname.like(bindparam("below")),
        exposed_hostnames.c.customer_id != bindparam("customer_id"),
    )
    .limit(1)
)
_HOLDER = select(exposed_hostnames.c.customer_id).where(exposed_hostnames.c.hostname == bindparam("hostname"))
_GROWN = select(change_requests.c.terms).where(
    change_requests.c.customer_id == bindparam("customer_id"),
    change_requests.c.decided_by == POLICY.actor,
    change_requests.c.decided_at > bindparam("since"),
    # the policy decides in the moment in which it is asked, and this one stands in an index
    change_requests.c.requested_at > bindparam("since"),
    # what needs no request is nobody's to bound
    change_requests.c.policy_decision == PolicyDecision.AUTO_APPROVE.value,
)
_FIRST_IN_LINE = (
    select(change_requests.c.decided_at)
    .where(change_requests.c.customer_id == bindparam("customer_id"), text(IN_LINE))
    .order_by(change_requests.c.decided_at)  # as it stands in the index, which SQLite would not take otherwise
    .limit(1)
)
# One statement: what was granted, what is in use, of either of which there may be nothing, and whether more is to be
# asked: how it has grown, and what is to be applied.
_TENANT = (
    select(
        tenant_allowances.c.version,
        tenant_allowances.c.granted,
        tenant_use.c.cpu,
        tenant_use.c.memory,
        tenant_use.c.storage,
        _GROWN.exists().label("grown"),
        _FIRST_IN_LINE.scalar_subquery().label("first_in_line"),
    )
    .select_from(customers)
    .outerjoin(tenant_allowances, tenant_allowances.c.customer_id == customers.c.customer_id)
    .outerjoin(tenant_use, tenant_use.c.customer_id == customers.c.customer_id)
    .where(customers.c.customer_id == bindparam("customer_id"))
)


def load_tenant(
    conn: Connection, customer_id: str, usage_tier: str | None, policy: BoundsPolicy, now: datetime
) -> Tenant:
    """Return what a change of the customer is judged on; whose the host names are that it asks for is not looked up."""
    keys = {"customer_id": customer_id, "since": now - timedelta(hours=policy.window_hours)}
    stored = conn.execute(_TENANT, keys).one()
    grown = Growth()
    for (terms,) in conn.execute(_GROWN, keys) if stored.grown else ():
        grown += msgspec.json.decode(terms, type=Terms).growth
    given = given_by(policy.tier(usage_tier))
    granted = Granted() if stored.granted is None else msgspec.json.decode(stored.granted, type=Granted)
    return Tenant(
        customer_id=customer_id,
        usage_tier=usage_tier,
        given=given,
        granted=granted,
        allowance=allowance_of(given, granted),
        use=None if stored.cpu is None else Use(cpu=stored.cpu, memory=stored.memory, storage=stored.storage),
        version=stored.version or 0,
        grown=grown,
        in_line=stored.first_in_line is not None,
    )


def hostnames_of_others(conn: Connection, customer_id: str, hostnames: Collection[str]) -> frozenset[str]:
    """Return those host names that belong to other tenants."""
    if not hostnames:
        return frozenset()
    found = conn.execute(
        select(exposed_hostnames.c.hostname).where(
            exposed_hostnames.c.hostname.in_(hostnames), exposed_hostnames.c.customer_id != customer_id
        )
    )
    return frozenset(found.scalars())


def has_names_of_others_below(conn: Connection, customer_id: str, hostname: str) -> bool:
    """Return whether another tenant has a host name below this one."""
    found = conn.execute(_BELOW, {"customer_id": customer_id, "below": f"%.{hostname}"})  # no name holds a % or a _
    return found.first() is not None


def save_granted(conn: Connection, tenant: Tenant, granted: Granted, now: datetime) -> None:
    """Store what a tenant is granted from now on. The customer's row is locked, and new host names are claimed."""
    row = {"version": tenant.version + 1, "granted": msgspec.json.encode(granted), "changed_at": now}
    if tenant.version == 0:
        conn.execute(insert(tenant_allowances), {"customer_id": tenant.customer_id, **row})
    else:
        conn.execute(update(tenant_allowances).where(tenant_allowances.c.customer_id == tenant.customer_id), row)
    release_hostnames(conn, tenant.customer_id, {*tenant.granted.hostnames} - {*granted.hostnames})


def claim_hostnames(conn: Connection, customer_id: str, hostnames: Collection[str]) -> None:
    """Make host names a tenant's own; those that it has stay so.

    Raises:
        Refused: `HOSTNAME_TAKEN`, where another tenant was faster.
    """
    for hostname in sorted(hostnames):
        lock_name(conn, f"hostname:{hostname}")  # two tenants' transactions hold different rows
        holder = conn.execute(_HOLDER, {"hostname": hostname}).scalar()
        if holder is None:
            conn.execute(insert(exposed_hostnames), {"hostname": hostname, "customer_id": customer_id})
        elif holder != customer_id:
            raise precondition("HOSTNAME_TAKEN", f"{hostname} belongs to another tenant: ask for another name.")


def release_hostnames(conn: Connection, customer_id: str, hostnames: Collection[str]) -> None:
    """Let others have a tenant's host names."""
    if hostnames:
        conn.execute(
            delete(exposed_hostnames).where(
                exposed_hostnames.c.hostname.in_(sorted(hostnames)), exposed_hostnames.c.customer_id == customer_id
            )
        )
