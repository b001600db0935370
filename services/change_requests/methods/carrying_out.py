"""What follows an approval: the change is made where the tenant's allowance is kept, or by the platform first."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import msgspec

from services.change_requests.actors import PLATFORM
from services.change_requests.methods.judged import Judged, with_change
from services.change_requests.methods.recording import Step
from services.change_requests.model import ChangeRequest
from services.change_requests.rules import moved
from services.change_requests.tenant import Tenant
from services.change_requests.tenant_store import claim_hostnames, hostnames_of, release_hostnames, save_allowance
from services.contract.errors import Refused, precondition
from services.contract.types import ChangeRequestStatus
from services.storage.connection import Connection

_DONE = "the tenant's allowance is changed"


def carried_out(
    conn: Connection,
    approved: ChangeRequest,
    found: Judged,
    now: datetime,
    *,
    platform_applies: bool,
) -> list[Step]:
    """Carry out an approved change in the caller's transaction, and return the steps that this takes.

    Args:
        found: what it was judged to come to.
        platform_applies: it stands in line for the platform instead, its host names already the tenant's.

    Raises:
        Refused: `HOSTNAME_TAKEN`; `PLATFORM_MISSING`, where others stand in line, which would hold along with this one.
    """
    tenant, after = found.tenant, found.judgement.after
    claim_hostnames(conn, tenant.customer_id, after.hostnames)
    if platform_applies:
        return []
    if tenant.in_line:
        raise precondition(
            "PLATFORM_MISSING",
            "Earlier changes of this tenant stand in line for a platform that is not configured any more:"
            " configure it again, or have them taken back first.",
        )
    save_allowance(conn, tenant, after, now)
    return [applied(approved, now)]


def applied(approved: ChangeRequest, now: datetime) -> Step:
    """Return the last step of a change that was made."""
    return _ended(approved, ChangeRequestStatus.APPLIED, _DONE, now)


def failed(approved: ChangeRequest, why: str, now: datetime) -> Step:
    """Return the last step of a change that will not be made."""
    return _ended(approved, ChangeRequestStatus.FAILED, why, now)


def settle_hostnames(conn: Connection, tenant: Tenant, line: Sequence[ChangeRequest]) -> None:
    """Keep for a tenant the host names that it has and that those in line give it, and let others have the rest."""
    kept = {*tenant.allowance.hostnames}
    for approved in line:
        with suppress(Refused):  # one that can no longer be made will fail, and give it none
            tenant = with_change(tenant, approved)
            kept |= {*tenant.allowance.hostnames}
    release_hostnames(conn, tenant.customer_id, hostnames_of(conn, tenant.customer_id) - kept)
    claim_hostnames(conn, tenant.customer_id, kept)


def _ended(approved: ChangeRequest, status: ChangeRequestStatus, why: str, now: datetime) -> Step:
    ended = moved(approved, status, PLATFORM.actor, why, now)
    return Step(msgspec.structs.replace(ended, last_problem=None), PLATFORM, why)
