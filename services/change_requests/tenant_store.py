"""What tenants may use, and use, in the database. Each function runs inside the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from services.change_requests.actors import POLICY
from services.change_requests.allowance import initial_allowance
from services.change_requests.model import Terms
from services.change_requests.policy import BoundsPolicy
from services.change_requests.tenant import Allowance, Growth, Tenant, Use
from services.contract.errors import precondition
from services.storage.engine import lock_name
from services.storage.tables import change_requests, exposed_hostnames, tenant_allowances, tenant_use

_ALLOWANCE = select(tenant_allowances.c.version, tenant_allowances.c.allowance).where(
    tenant_allowances.c.customer_id == bindparam("customer_id")
)
_USE = select(tenant_use.c.cpu, tenant_use.c.memory, tenant_use.c.storage).where(
    tenant_use.c.customer_id == bindparam("customer_id")
)
_GROWN = select(change_requests.c.terms).where(
    change_requests.c.customer_id == bindparam("customer_id"),
    change_requests.c.decided_by == POLICY.actor,
    change_requests.c.decided_at > bindparam("since"),
)


def load_tenant(
    conn: Connection, customer_id: str, usage_tier: str | None, policy: BoundsPolicy, now: datetime
) -> Tenant:
    """Return what a change of the customer is judged on; which host names are `taken` is not looked up."""
    key = {"customer_id": customer_id}
    granted = conn.execute(_ALLOWANCE, key).first()
    used = conn.execute(_USE, key).first()
    since = now - timedelta(hours=policy.window_hours)
    grown = Growth()
    for (terms,) in conn.execute(_GROWN, {**key, "since": since}):
        grown += msgspec.json.decode(terms, type=Terms).growth
    return Tenant(
        customer_id=customer_id,
        usage_tier=usage_tier,
        allowance=(
            initial_allowance(policy.tier(usage_tier))
            if granted is None
            else msgspec.json.decode(granted.allowance, type=Allowance)
        ),
        use=Use() if used is None else Use(cpu=used.cpu, memory=used.memory, storage=used.storage),
        version=0 if granted is None else granted.version,
        grown=grown,
    )


def taken_hostnames(conn: Connection, customer_id: str, hostnames: Sequence[str]) -> frozenset[str]:
    """Return those host names that belong to other tenants."""
    if not hostnames:
        return frozenset()
    found = conn.execute(
        select(exposed_hostnames.c.hostname).where(
            exposed_hostnames.c.hostname.in_(hostnames), exposed_hostnames.c.customer_id != customer_id
        )
    )
    return frozenset(found.scalars())


def save_allowance(conn: Connection, tenant: Tenant, after: Allowance, now: datetime) -> None:
    """Store what a tenant may use from now on. The customer's row is locked.

    Raises:
        Refused: `HOSTNAME_TAKEN`, where another tenant was faster.
    """
    row = {"version": tenant.version + 1, "allowance": msgspec.json.encode(after), "changed_at": now}
    if tenant.version == 0:
        conn.execute(insert(tenant_allowances), {"customer_id": tenant.customer_id, **row})
    else:
        conn.execute(update(tenant_allowances).where(tenant_allowances.c.customer_id == tenant.customer_id), row)
    before = set(tenant.allowance.hostnames)
    if gone := before - set(after.hostnames):
        conn.execute(delete(exposed_hostnames).where(exposed_hostnames.c.hostname.in_(sorted(gone))))
    for hostname in sorted(set(after.hostnames) - before):
        _expose(conn, tenant.customer_id, hostname)


def save_use(conn: Connection, customer_id: str, use: Use, now: datetime) -> None:
    """Store what a tenant uses now."""
    conn.execute(delete(tenant_use).where(tenant_use.c.customer_id == customer_id))
    conn.execute(insert(tenant_use), {"customer_id": customer_id, "measured_at": now, **msgspec.structs.asdict(use)})


def _expose(conn: Connection, customer_id: str, hostname: str) -> None:
    lock_name(conn, f"hostname:{hostname}")  # two tenants' transactions hold different rows
    if taken_hostnames(conn, customer_id, [hostname]):
        raise precondition("HOSTNAME_TAKEN", f"{hostname} belongs to another tenant: ask for another name.")
    conn.execute(insert(exposed_hostnames), {"hostname": hostname, "customer_id": customer_id})
